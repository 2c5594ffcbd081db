"""What any two editions mean together for data of the first: both must permit, the less is shown, and the shorter time is kept."""

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from hypothesis import given, settings

from camket.policy.changes import widened_purposes
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import decide
from camket.policy.keeping import kept_until
from camket.policy.narrowing import narrowed, serves_the_person
from camket.policy.retain import RetentionRules, RuleMissing, erase_after, parse_period
from camket.policy.terms import CollectionId, Decision, LegalBasis, Operation, Redaction, RoleId
from tests.policy.acts import asked
from tests.policy.drawn import Drawn, editions
from tests.policy.pairs import two_policies
from tests.policy.sample import sample_policy
from tests.policy.second_opinion import every_cell
from tests.stage import TIMES

pytestmark = pytest.mark.clause("8.5")

CLOSED = datetime(2026, 11, 23, 5, tzinfo=UTC)
SHOWN = {Redaction.FULL: 3, Redaction.MASKED: 2, Redaction.LAST4: 2, Redaction.EXISTS: 1}


def pairs(old: Drawn, new: Drawn) -> list[tuple[Decision, Decision, Decision]]:
    """Return the answers of both, and of both together, to every single question there is about either."""
    found = []
    for key, name in {*every_cell(old.policy), *every_cell(new.policy)}:
        ask = asked(key, name)
        own, later = decide(old.policy, role=key[0], ask=ask), decide(new.policy, role=key[0], ask=ask)
        found.append((own, later, narrowed(own, later)))
    return found


class TestTwoEditionsTogether:
    @settings(max_examples=25 * TIMES)
    @given(editions(), editions())
    def test_permit_what_both_permit_and_nothing_else(self, old: Drawn, new: Drawn) -> None:
        for own, later, both in pairs(old, new):
            assert both.is_permitted == (own.is_permitted and later.is_permitted)

    @settings(max_examples=25 * TIMES)
    @given(editions(), editions())
    def test_ask_for_what_either_asks_for_and_show_no_more_than_either(self, old: Drawn, new: Drawn) -> None:
        for own, later, both in pairs(old, new):
            if both.is_permitted:
                assert both.obligations == own.obligations | later.obligations
                for name, redaction in both.redactions.items():
                    assert SHOWN[redaction] <= min(SHOWN[own.redactions[name]], SHOWN[later.redactions[name]])

    @settings(max_examples=25 * TIMES)
    @given(editions())
    def test_are_as_one_where_nothing_changed(self, drawn: Drawn) -> None:
        for own, _, both in pairs(drawn, drawn):
            assert both is own

    def test_show_that_there_is_one_where_each_hides_another_part(self) -> None:
        policy = sample_policy()
        key, name = next(iter(every_cell(policy)))
        own = decide(policy, role=key[0], ask=asked(key, name))
        decision = replace(own, redactions=MappingProxyType({name: Redaction.MASKED}), outcome=own.outcome.PERMITTED)
        other = replace(decision, redactions=MappingProxyType({name: Redaction.LAST4}))
        assert dict(narrowed(decision, other).redactions) == {name: Redaction.EXISTS}

    @pytest.mark.parametrize(
        ("role", "operation", "is_theirs"),
        [("subject", "use", True), ("subject", "collect", False), ("system", "erase", True), ("adviser", "use", False)],
    )
    def test_leave_the_person_their_own_hand(self, role: str, operation: str, *, is_theirs: bool) -> None:
        assert serves_the_person(RoleId(role), Operation(operation)) == is_theirs


class TestWhatAYesCovers:
    @settings(max_examples=25 * TIMES)
    @given(two_policies())
    def test_is_everything_where_the_other_means_the_same_and_no_question_that_only_the_other_answers(
        self, both: tuple[CompiledPolicy, CompiledPolicy]
    ) -> None:
        old, new = both
        assert widened_purposes(old, old) == frozenset()
        widened = widened_purposes(old, new)
        for key, name in every_cell(new):
            role, operation, purpose, _ = key
            if serves_the_person(role, operation) or purpose in widened:
                continue
            if decide(new, role=role, ask=asked(key, name)).is_permitted:
                assert decide(old, role=role, ask=asked(key, name)).is_permitted, (key, name)

    def test_is_nothing_where_another_company_asks(self) -> None:
        policy = sample_policy()
        assert policy.controller is not None
        other = replace(policy, controller=replace(policy.controller, name="Another Company Ltd"))
        assert widened_purposes(policy, other) == frozenset(policy.purposes)


class TestHowLongOldDataIsKept:
    def until(self, old: str, new: str, *, basis: LegalBasis = LegalBasis.CONSENT) -> datetime:
        policy = sample_policy()
        purpose = next(iter(policy.purposes))
        of = {purpose: replace(policy.purposes[purpose], basis=basis, article="" if basis is LegalBasis.CONSENT else "Sample Act art. 1")}
        rules = [rule for rule in policy.retention.rules if purpose in rule.purposes]
        kept = [
            replace(
                policy,
                number=number,
                purposes=MappingProxyType({**policy.purposes, **of}),
                retention=RetentionRules(timezone=policy.timezone, rules=(replace(rules[0], collections=(), keep=parse_period(period)),)),
            )
            for number, period in ((1, old), (2, new))
        ]
        collection = CollectionId(next(iter(policy.collections)))
        return kept_until(purpose=purpose, collection=collection, closed_at=CLOSED, collected=kept[0], in_force=kept[1])[0]

    @pytest.mark.parametrize(("old", "new"), [("P30D", "P90D"), ("P90D", "P30D")])
    def test_is_the_shorter_time_of_both(self, old: str, new: str) -> None:
        assert self.until(old, new) == self.until("P30D", "P30D")

    @pytest.mark.parametrize(("old", "new"), [("P30D", "P90D"), ("P90D", "P30D")])
    def test_is_that_of_the_edition_in_force_for_a_duty_of_law(self, old: str, new: str) -> None:
        assert self.until(old, new, basis=LegalBasis.LEGAL_OBLIGATION) == self.until(new, new)

    def test_is_the_own_one_where_the_other_has_none_and_nothing_where_neither_has(self) -> None:
        policy = sample_policy()
        bare = replace(policy, number=2, retention=RetentionRules(timezone=policy.timezone, rules=()))
        purpose, collection = policy.retention.rules[0].purposes[0], CollectionId(next(iter(policy.collections)))
        asked_of = {"purpose": purpose, "collection": collection, "closed_at": CLOSED}
        until, _ = kept_until(**asked_of, collected=policy, in_force=bare)
        assert until == erase_after(**asked_of, rules=policy.retention)
        with pytest.raises(RuleMissing):
            kept_until(**asked_of, collected=bare, in_force=bare)
