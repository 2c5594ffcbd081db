"""The editions this company publishes: each compiles under its law, and what it permits has a clause that a person can read."""

import tomllib
from pathlib import Path

import pytest

from camket.policy.compiler import Compilation, compile_edition
from camket.policy.exports import as_json, from_json
from camket.policy.regimes import parse_regime
from camket.policy.source import EditionSource
from tests.policy.sample import policy_of

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "policies").glob("*/*/edition.toml"))


def compiled(folder: Path) -> Compilation:
    """Return one edition, compiled under the law it names."""
    files = {path.name: path.read_text() for path in folder.iterdir()}
    regime = tomllib.loads(files["edition.toml"])["regime"]
    return compile_edition(EditionSource(files=files), parse_regime((ROOT / "regimes" / f"{regime}.toml").read_text()))


@pytest.mark.parametrize("folder", FOLDERS, ids=[f"{folder.parent.name}/{folder.name}" for folder in FOLDERS])
class TestAPublishedEdition:
    def test_compiles_under_its_law_and_round_trips(self, folder: Path) -> None:
        policy = policy_of(compiled(folder))
        assert from_json(as_json(policy)) == policy

    @pytest.mark.clause("7.2")
    def test_permits_nothing_without_a_clause_in_each_language(self, folder: Path) -> None:
        compilation = compiled(folder)
        policy = policy_of(compilation)
        assert policy.table
        for document in compilation.documents.values():
            numbers = {clause.number for clause in document.clauses}
            for grants in policy.table.values():
                for grant in grants.values():
                    assert grant.clauses
                    assert set(grant.clauses) <= numbers

    def test_keeps_nothing_for_which_no_clause_says_how_long(self, folder: Path) -> None:
        policy = policy_of(compiled(folder))
        for collection in policy.collections.values():
            for purpose in collection.purposes:
                assert policy.retention.rule_for(purpose, collection.id).keep.shortest_days >= 0


class TestTheFolderOfEditions:
    def test_is_not_empty(self) -> None:
        assert FOLDERS
