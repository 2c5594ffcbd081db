"""A clause's rules, gathered from the compiled value: nothing of it is lost and nothing made up."""

from pathlib import Path

import pytest

from camket.policy.clauses import GrantGroup, rules_of
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.regimes import parse_regime
from camket.policy.source import EditionSource
from camket.policy.terms import ClauseNumber
from tests.house.tree import ROOT

EDITION = ROOT / "policies" / "wesoft" / "edition-1"


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    files = {path.name: path.read_text("utf-8") for path in Path(EDITION).iterdir()}
    compiled = compile_edition(EditionSource(files=files), parse_regime((ROOT / "regimes" / "vn-2026.toml").read_text("utf-8"))).policy
    assert compiled is not None
    return compiled


def spread(group: GrantGroup) -> set[tuple[str, ...]]:
    """The single grants that a group stands for."""
    return {
        (role, operation, purpose, recipient, name)
        for role in group.roles
        for operation in group.operations
        for purpose in group.purposes
        for recipient in group.recipients
        for name in group.fields
    }


def single(policy: CompiledPolicy, clause: ClauseNumber) -> set[tuple[str, ...]]:
    return {(*key, name) for key, grants in policy.table.items() for name, grant in grants.items() if clause in grant.clauses}


class TestTheGroupsOfAClause:
    def test_are_what_the_table_holds_of_it_and_each_grant_stands_in_one(self, policy: CompiledPolicy) -> None:
        clauses = {clause for grants in policy.table.values() for grant in grants.values() for clause in grant.clauses}
        assert len(clauses) > 20
        for clause in clauses:
            groups = rules_of(policy, clause).grants
            assert set().union(*map(spread, groups)) == single(policy, clause), clause
            assert sum(len(spread(group)) for group in groups) == len(single(policy, clause)), clause

    @pytest.mark.clause("6.4")
    def test_hold_nothing_that_another_clause_forbids(self, policy: CompiledPolicy) -> None:
        (forbidden,) = rules_of(policy, ClauseNumber("6.4")).prohibitions
        for clause in {clause for grants in policy.table.values() for grant in grants.values() for clause in grant.clauses}:
            assert not any(group.roles & forbidden.roles for group in rules_of(policy, clause).grants)

    @pytest.mark.clause("3.11")
    def test_say_on_what_a_permit_depends(self, policy: CompiledPolicy) -> None:
        (group,) = rules_of(policy, ClauseNumber("3.11")).grants
        assert group.roles == {"legal"}
        assert group.recipients == {"procuracy", "court", "police_investigation"}
        assert group.obligations == {"justification", "second_person"}


class TestAClauseWithoutARule:
    def test_has_nothing_gathered(self, policy: CompiledPolicy) -> None:
        found = rules_of(policy, ClauseNumber("1.8"))
        assert not any(getattr(found, name) for name in found.__slots__)
