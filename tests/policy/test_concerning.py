"""Whom a change concerns: nobody for whom every answer stays as it was, and nobody is told without at least one thing that changes for them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camket.policy.changes import WHOLE_TEXT, ChangeKind, Direction, Held, Holding, Reach, When, change_id, difference, widening_changes
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import decide
from camket.policy.retain import RetainRule, RuleMissing
from camket.policy.terms import ROLES, Ask, CollectionId, EditionNumber, FieldName, LegalBasis, Operation, PurposeId
from tests.policy.drawn import edition
from tests.policy.pairs import two_policies
from tests.policy.test_edition_1 import POLICY
from tests.stage import TIMES

pytestmark = pytest.mark.clause("8.2")
# what is owed to everybody, and what is about no data
GENERAL = {ChangeKind.RIGHT, ChangeKind.STATEMENT, ChangeKind.SAFEGUARD, ChangeKind.CONTROLLER, ChangeKind.NOTICE, ChangeKind.FRAME}


@st.composite
def reaches(draw: st.DrawFn) -> tuple[Reach, Held]:
    """Draw two editions that follow each other, and somebody of whom something is held."""
    old, new = draw(two_policies())
    old, new = replace(old, number=EditionNumber(1)), replace(new, number=EditionNumber(2))
    holdings = [
        Holding(edition=EditionNumber(1), collection=name, fields=frozenset(draw(st.sets(st.sampled_from(rule.fields)))))
        for name, rule in old.collections.items()
        if draw(st.booleans())
    ]
    agreed = draw(st.sets(st.sampled_from(sorted(old.purposes))))
    reach = Reach(old=old, new=new, widened_since=lambda _: widening_changes(old, new))
    return reach, Held(holdings=frozenset(holdings), agreed=frozenset((one, EditionNumber(1)) for one in agreed))


def period(policy: CompiledPolicy, purpose: PurposeId, collection: CollectionId) -> object:
    try:
        rule: RetainRule = policy.retention.rule_for(purpose, collection)
    except RuleMissing:
        return None
    return rule.after, rule.keep


def pursued(reach: Reach, held: Held) -> list[tuple[Holding, PurposeId]]:
    """What is held of somebody, for each purpose that it serves and that they did not refuse."""
    agreed = {purpose for purpose, _ in held.agreed}
    found = []
    for holding in held.holdings:
        for policy in (reach.old, reach.new):
            rule = policy.collections.get(holding.collection)
            for purpose in rule.purposes if rule else ():
                bases = [one.purposes[purpose].basis for one in (reach.old, reach.new) if purpose in one.purposes]
                if purpose in agreed or any(basis is not LegalBasis.CONSENT for basis in bases):
                    found.append((holding, purpose))
    return found


def answers(reach: Reach, held: Held) -> bool:
    """Whether any answer about what is held differs: who may do what with it, what it serves, and for how long it is kept."""
    for holding, purpose in pursued(reach, held):
        if period(reach.old, purpose, holding.collection) != period(reach.new, purpose, holding.collection):
            return True
        for field in holding.fields:
            for role in ROLES:
                for operation in set(Operation) - {Operation.COLLECT}:
                    for recipient in {*reach.old.recipients, *reach.new.recipients, "controller"}:
                        ask = Ask(operation=operation, fields=frozenset({field}), purpose=purpose, recipient=recipient)
                        one, other = (decide(policy, role=role, ask=ask) for policy in (reach.old, reach.new))
                        if (one.outcome, one.obligations, dict(one.redactions)) != (other.outcome, other.obligations, dict(other.redactions)):
                            return True
    return False


class TestWhoIsTold:
    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_told_of_at_least_one_change_that_was_found(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        concern = reach.of(held)
        assert set(concern.changes) <= set(reach.changes)
        if concern.to_agree:
            assert concern.changes
        if concern.changes:
            assert held.holdings
            assert any(one.is_significant for one in reach.changes.values())

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_nobody_for_whom_every_answer_stays(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        told = {reach.changes[name].kind for name in reach.of(held).changes}
        if told and not told & (GENERAL | {ChangeKind.PURPOSE, ChangeKind.FIELD, ChangeKind.COLLECTION}):
            assert answers(reach, held)

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_whoever_is_among_several_who_share_an_address(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        alone, nobody = reach.of(held), Held()
        assert reach.of(nobody).changes == ()
        assert set(reach.of(nobody, held).changes) == set(alone.changes)

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_nobody_whose_details_came_under_the_new_edition(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        newer = frozenset(replace(one, edition=reach.new.number) for one in held.holdings)
        assert reach.of(replace(held, holdings=newer)).changes == ()


class TestFromWhenAChangeHolds:
    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_said_of_each_that_is_told_and_waits_only_where_a_yes_is_asked(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        concern = reach.of(held)
        assert {one.change for one in concern.standings} == set(concern.changes)
        for one in concern.standings:
            if one.when is When.AGREED:
                assert concern.to_agree
                assert set(one.purposes) <= set(concern.to_agree)
            if one.when is not When.ANYWAY and reach.changes[one.change].kind is not ChangeKind.PROHIBITION:
                assert reach.changes[one.change].direction is Direction.WIDER

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_said_with_names_of_what_is_held_alone(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        concern = reach.of(held)
        assert set(concern.fields) <= {name for one in held.holdings for name in one.fields}
        assert set(concern.collections) <= {one.collection for one in held.holdings}

    @given(drawn=reaches())
    @settings(max_examples=30 * TIMES)
    def test_is_said_of_everything_where_nobody_in_particular_is_told(self, drawn: tuple[Reach, Held]) -> None:
        reach, held = drawn
        told = reach.everything()
        assert {name for name in reach.names if reach.weighs(name)} <= set(told.changes)
        assert {one.change for one in told.standings} == set(told.changes)
        # whoever looks at it before it goes out has seen all that anybody is told, also what weighs nothing by itself
        assert set(reach.of(held).changes) <= set(told.changes)


class TestTheNameOfAChange:
    @given(pair=two_policies())
    @settings(max_examples=30 * TIMES)
    def test_is_its_own_and_the_same_at_every_look(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        first, second = ([change_id(one) for one in difference(*pair).changes] for _ in range(2))
        assert first == second
        assert len(set(first)) == len(first)


class TestARightThatTheTextNoLongerNames:
    """What a clause said without a rule is owed to whoever we hold anything of, as a right is."""

    def test_is_told_to_whoever_we_hold_anything_of_and_to_nobody_else(self) -> None:
        saying, silent = (edition([], sayings).policy for sayings in ([("measure_appeal",)], []))
        reach = Reach(old=saying, new=replace(silent, number=EditionNumber(2)), widened_since=lambda _: {})
        holding = Holding(edition=EditionNumber(1), collection=CollectionId("all"), fields=frozenset({FieldName("name")}))
        assert [reach.changes[name].kind for name in reach.of(Held(holdings=frozenset({holding}))).changes] == [ChangeKind.STATEMENT]
        assert reach.of(Held()).changes == ()


class TestAnEditionThatSomebodyRaised:
    @settings(max_examples=20 * TIMES)
    @given(reaches())
    def test_is_told_to_all_whom_any_of_its_changes_touches_and_to_nobody_else(self, drawn: tuple[Reach, Held]) -> None:
        found, held = drawn
        raised = Reach(old=found.old, new=found.new, widened_since=found.widened_since, is_raised=True)
        told = raised.of(held)
        assert set(found.of(held).changes) <= set(told.changes)
        assert set(told.changes) <= set(raised.names)
        assert not told.changes or any(map(raised.weighs, told.changes))

    def test_in_which_no_rule_differs_is_told_to_whoever_s_details_are_held(self) -> None:
        old, new = (replace(POLICY, number=EditionNumber(number)) for number in (1, 2))
        raised = Reach(old=old, new=new, widened_since=lambda _: {}, is_raised=True)
        holding = Holding(edition=EditionNumber(1), collection=CollectionId("contact"), fields=frozenset(POLICY.fields))
        assert raised.names == (WHOLE_TEXT,)
        assert raised.of(Held(holdings=frozenset({holding}))).changes == (WHOLE_TEXT,)
        assert raised.of(Held()).changes == ()
        assert replace(raised, is_raised=False).of(Held(holdings=frozenset({holding}))).changes == ()
