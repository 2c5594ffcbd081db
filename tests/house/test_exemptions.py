"""Every exemption carries its reason beside it (house §8.13)."""

from pathlib import Path

import pytest

from tests.house.measures import exemptions_without_reason, pyproject, waivers_without_reason
from tests.house.tree import listed, project_files


class TestAWaiverInTheCode:
    def test_says_why(self) -> None:
        bare = [finding for path in project_files() if path.suffix == ".py" for finding in waivers_without_reason(path)]
        assert not bare, listed(bare)

    @pytest.mark.parametrize("comment", ["# noqa: S101", "# type: ignore[arg-type]", "# noqa", "# pragma: no cover", "# noqa: E402, F401  # x"])
    def test_is_found_when_it_does_not(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, comment: str) -> None:
        monkeypatch.setattr("tests.house.tree.ROOT", tmp_path)
        planted = tmp_path / "planted.py"
        planted.write_text(f"X = '# noqa: in a string'\nY = 1  {comment}\n")
        assert waivers_without_reason(planted) == [f"planted.py:2 {comment}"]

    def test_is_left_alone_when_it_does(self, tmp_path: Path) -> None:
        planted = tmp_path / "planted.py"
        planted.write_text("X = 1  # noqa: S101 - the tool asserts what it was told\n")
        assert waivers_without_reason(planted) == []


class TestAnExemptionInTheSettings:
    def test_says_why(self) -> None:
        bare = exemptions_without_reason(pyproject())
        assert not bare, listed(bare)

    @pytest.mark.parametrize(
        "settings",
        [
            'ignore = [\n    "E501",\n]',
            '[tool.ruff.lint.per-file-ignores]\n"src/**" = ["S101"]',
            '[[tool.mypy.overrides]]\nmodule = ["x"]\nignore_missing_imports = true',
        ],
    )
    def test_is_found_when_it_does_not(self, settings: str) -> None:
        assert exemptions_without_reason(settings)
