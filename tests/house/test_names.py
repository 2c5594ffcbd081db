"""One word, one thing: no drawer for odds and ends, no room that nobody drew, one shape for every duty."""

from pathlib import Path

import pytest

from tests.house.tree import HOUSE, ROOT, listed, name_of, project_files

DRAWERS = frozenset({"utils", "util", "helpers", "helper", "common", "core", "base", "managers", "manager", "signals", "misc", "services", "tasks"})
ALLOWED = {
    "src/camket/duties/services": "the services a customer has bought (house §2)",
    "src/camket/config/sqlite/base.py": "Django looks for a database back end under this name",
}
DUTY_FILES = frozenset({"__init__", "models", "rules", "actions", "queries", "letters", "apps", "migrations", "templates"})


def drawers(paths: list[Path]) -> list[str]:
    """Return every file or folder, of those that hold Python, whose name says nothing of what is in it."""
    named = {place for path in paths for place in (path, *path.parents) if place.stem in DRAWERS and ROOT in place.parents}
    return sorted(name_of(place) for place in named if name_of(place) not in ALLOWED)


def odd_files(duty: Path) -> list[str]:
    """Return the modules and packages in a duty's folder that are none of those every duty has; plain data may lie beside them."""
    inside = (place for place in duty.iterdir() if place.suffix == ".py" or any(place.rglob("*.py")))
    return sorted(name_of(place) for place in inside if place.stem not in DUTY_FILES)


class TestTheNamesOfModules:
    def test_say_what_is_in_them(self) -> None:
        assert not drawers([path for path in project_files() if path.suffix == ".py"])

    @pytest.mark.parametrize("name", ["duties/intake/utils.py", "web/common/menu.py", "vault/signals.py"])
    def test_are_refused_when_they_do_not(self, name: str) -> None:
        assert drawers([HOUSE / name])

    def test_are_excused_only_with_a_reason_and_while_they_exist(self) -> None:
        gone = [name for name in ALLOWED if not (ROOT / name).exists() and "duties/" not in name]
        assert not gone, f"no longer there, so no longer excused: {gone}"


class TestADuty:
    def test_has_the_files_every_duty_has_and_no_other_kind(self) -> None:
        duties = [folder for folder in (HOUSE / "duties").iterdir() if (folder / "__init__.py").exists()]
        odd = [name for duty in duties for name in odd_files(duty)]
        assert not odd, listed([f"{name}: models, rules, actions, queries, letters, apps, migrations, nothing else" for name in odd])

    def test_with_an_odd_file_is_noticed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tests.house.tree.ROOT", tmp_path)
        (tmp_path / "rules.py").touch()
        (tmp_path / "services.py").touch()
        assert odd_files(tmp_path) == ["services.py"]
