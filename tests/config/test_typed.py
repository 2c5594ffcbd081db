"""What people are told to type starts this program and no other."""

from pathlib import Path

import pytest

from camket.config.typed import as_typed


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with its launcher, and a shell that knows no camket."""
    launcher = tmp_path / "my camket" / ".venv" / "bin" / "camket"
    launcher.parent.mkdir(parents=True)
    launcher.touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    return tmp_path / "my camket"


class TestTheCommand:
    @pytest.mark.parametrize("typed", [".venv/bin/camket", "{checkout}/.venv/bin/camket", "script/../.venv/bin/camket"])
    def test_of_a_checkout_is_told_from_where_one_stands(self, checkout: Path, typed: str) -> None:
        assert as_typed(typed.format(checkout=checkout), folder=checkout) == ".venv/bin/camket"

    def test_of_a_checkout_is_told_whole_from_elsewhere(self, checkout: Path, tmp_path: Path) -> None:
        assert as_typed(f"{checkout}/.venv/bin/camket", folder=tmp_path / "elsewhere") == f"'{checkout}/.venv/bin/camket'"

    def test_is_its_name_where_the_shell_finds_it(self, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", str(checkout / ".venv" / "bin"))
        assert as_typed(f"{checkout}/.venv/bin/camket", folder=checkout) == "camket"

    def test_is_a_module_where_it_was_started_as_one(self, checkout: Path) -> None:
        assert as_typed("/usr/lib/python3/site-packages/camket/__main__.py", folder=checkout) == "python -m camket"

    @pytest.mark.parametrize("typed", ["", "-c", "/usr/bin/pytest", "granian"])
    def test_is_its_name_where_another_program_holds_it(self, checkout: Path, typed: str) -> None:
        assert as_typed(typed, folder=checkout) == "camket"
