"""What is installed is what was locked, to the byte, wherever it is fetched from."""

import re
import tomllib

import pytest

from tests.house.tree import ROOT, listed, name_of, project_files

LISTS = ("run", "all", "next", "peers")


def normal(name: str) -> str:
    """Return a package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(text: str) -> dict[str, list[str]]:
    """Return the hashes of every pinned package of a requirements file by its name."""
    found: dict[str, list[str]] = {}
    current = ""
    for line in text.splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", line):
            current = normal(match[1])
            found.setdefault(current, [])
        found.get(current, []).extend(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


def asked_for(kind: str) -> set[str]:
    """Return the names that pyproject.toml asks for: to run, in all, or to be measured against."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, groups = project["project"]["dependencies"], project["dependency-groups"]
    asked = {"run": run, "all": [*run, *groups["dev"]], "next": [*run, *groups["dev"], *groups["next"]], "peers": groups["peers"]}[kind]
    return {normal(re.split(r"[\[<>=!~; ]", requirement)[0]) for requirement in asked}


class TestALockedList:
    @pytest.fixture(params=LISTS)
    def kind(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def text(self, kind: str) -> str:
        return (ROOT / "requirements" / f"{kind}.txt").read_text()

    def test_pins_every_package_by_hash(self, text: str) -> None:
        bare = [name for name, hashes in pinned(text).items() if not hashes]
        loose = [line for line in text.splitlines() if line and not line.startswith((" ", "#")) and "==" not in line]
        assert not bare, listed(bare)
        assert not loose, listed(loose)

    def test_holds_everything_that_pyproject_asks_for(self, kind: str, text: str) -> None:
        missing = sorted(asked_for(kind) - set(pinned(text)))
        assert not missing, f"run script/lock: {missing} are in pyproject.toml and not in requirements/{kind}.txt"

    def test_names_no_place_to_fetch_from(self, text: str) -> None:
        assert not re.findall(r"(?m)^.*(?:://|--(?:extra-)?index-url|--find-links|@ ).*$", text)


class TestTheTwoLists:
    def test_agree_on_what_they_share(self) -> None:
        run, everything = (pinned((ROOT / "requirements" / f"{kind}.txt").read_text()) for kind in ("run", "all"))
        apart = [name for name, hashes in run.items() if everything.get(name) != hashes]
        assert not apart, f"run script/lock: {apart} differ between requirements/run.txt and requirements/all.txt"


class TestTheNextDjango:
    def test_is_the_only_thing_that_differs_from_ours(self) -> None:
        ours, theirs = (pinned((ROOT / "requirements" / f"{kind}.txt").read_text()) for kind in ("all", "next"))
        apart = {name for name, hashes in theirs.items() if ours.get(name) != hashes}
        assert apart == {"django"}, f"run script/lock: {apart} differ between requirements/all.txt and requirements/next.txt"


class TestThePeers:
    def test_are_taken_at_our_version_where_we_share_a_package(self) -> None:
        """What is measured beside each other runs on the same Django, the same cryptography, the same SQLite."""
        ours, theirs = (pinned((ROOT / "requirements" / f"{kind}.txt").read_text()) for kind in ("all", "peers"))
        apart = [name for name, hashes in theirs.items() if name in ours and ours[name] != hashes]
        assert not apart, f"run script/lock: {apart} differ between requirements/all.txt and requirements/peers.txt"

    def test_are_imported_by_nothing_of_ours(self) -> None:
        rivals = re.compile(
            r"(?m)^\s*(?:import|from)\s+(?:casbin|auditlog|django_cryptography|encrypted_\w+|simple_history|hobofan_regorus|pymerkle)\b"
        )
        mine = [path for path in project_files() if path.suffix == ".py" and (ROOT / "bench" / "peers") not in path.parents]
        assert not [name_of(path) for path in mine if rivals.search(path.read_text())]
        assert rivals.search((ROOT / "bench" / "peers" / "merkle.py").read_text()), "the scanner finds nothing where there is something"


class TestTheReader:
    def test_sees_a_package_without_hashes(self) -> None:
        assert pinned("one==1 \\\n    --hash=sha256:" + "a" * 64 + "\ntwo==2 ; python_version < '3'\n")["two"] == []
