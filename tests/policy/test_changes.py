"""What differs between two editions: nothing is passed over, nothing is told that is not so, and what weighs is found by itself."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings

from camket.policy.changes import ALL_ELSE, Change, ChangeKind, Direction, difference, reaching_changes, sentence, widened_purposes
from camket.policy.compiled import CompiledPolicy, SafeguardId, SafeguardRule
from camket.policy.compiler import compile_edition
from camket.policy.decide import decide
from camket.policy.document import Statement
from camket.policy.retain import RetentionRules, RuleMissing, parse_period
from camket.policy.terms import ClauseNumber, Operation, Outcome
from tests.policy.acts import Act, Cell, asked, cell
from tests.policy.drawn import KNOWN, edition, editions, permits
from tests.policy.pairs import two_policies
from tests.policy.sample import EDITION, edited, policy_of, sample_policy
from tests.policy.second_opinion import every_cell
from tests.stage import TIMES


def answers(policy: CompiledPolicy) -> dict[Cell, tuple[object, ...]]:
    """Return the whole answer to every single question there is about the policy."""
    found: dict[Cell, tuple[object, ...]] = {}
    for key, name in every_cell(policy):
        one = decide(policy, role=key[0], ask=asked(key, name))
        found[key, name] = (one.outcome, one.clauses, one.obligations, dict(one.redactions))
    return found


def kept(policy: CompiledPolicy) -> dict[tuple[str, str], object]:
    """Return the rule that binds each need that can arise, the general one by the name of whatever else there is."""
    found: dict[tuple[str, str], object] = {}
    for purpose in policy.purposes:
        for collection in (None, *policy.collections):
            try:
                rule = policy.retention.rule_for(purpose, collection)
            except RuleMissing:
                continue
            length = (rule.keep.years * 12 + rule.keep.months, rule.keep.weeks * 7 + rule.keep.days)
            found[purpose, collection or ALL_ELSE] = (rule.after, length, rule.clause)
    return found


def meaning(policy: CompiledPolicy) -> tuple[object, ...]:
    """Return all that the policy means, read off without any comparing: the second opinion of these tests."""
    collections = {
        name: (set(one.fields), set(one.purposes), set(one.required), {frozenset(group) for group in one.one_of}, one.clause)
        for name, one in policy.collections.items()
    }
    return (
        answers(policy),
        kept(policy),
        dict(policy.fields),
        dict(policy.purposes),
        dict(policy.recipients),
        collections,
        dict(policy.rights),
        dict(policy.violations),
        {(one.id, violation, one.clause) for one in policy.measures for violation in one.violations},
        policy.controller,
        dict(policy.safeguards),
        policy.change,
        dict(policy.statements),
        (policy.regime, policy.timezone, policy.authoritative),
    )


def told_cells(changes: list[Change]) -> list[Cell]:
    """Return every single combination that the changes speak of, as often as they do."""
    return [
        cell(role, operation, purpose, recipient, name)
        for one in changes
        for role in one.scope.roles
        for operation in one.scope.operations
        for purpose in one.scope.purposes
        for recipient in one.scope.recipients
        for name in one.scope.fields
    ]


class TestTheDifferenceOfTwoPolicies:
    @pytest.mark.clause("8.2")
    @given(two_policies())
    @settings(max_examples=30 * TIMES)
    def test_is_empty_exactly_where_both_mean_the_same(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        old, new = pair
        assert (difference(old, new).changes == ()) is (meaning(old) == meaning(new))

    @given(two_policies())
    @settings(max_examples=30 * TIMES)
    def test_tells_of_each_combination_whose_answer_differs_once_and_of_no_other(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        old, new = pair
        found = difference(old, new).changes
        before, after = answers(old), answers(new)
        permitted = {one for one in before if before[one] != after[one] and Outcome.PERMITTED in (before[one][0], after[one][0])}
        told = told_cells([one for one in found if one.kind is ChangeKind.PERMISSION])
        assert sorted(told, key=str) == sorted(permitted, key=str)
        forbidding = told_cells([one for one in found if one.kind is ChangeKind.PROHIBITION])
        assert len(forbidding) == len(set(forbidding))
        assert {one for one in before if before[one] != after[one]} == set(told) | set(forbidding)

    @given(two_policies())
    @settings(max_examples=30 * TIMES)
    def test_read_backwards_is_the_same_things_the_other_way_round(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        old, new = pair
        there = {(one.kind, one.thing, one.scope, one.before, one.after) for one in difference(old, new).changes}
        back = {(one.kind, one.thing, one.scope, one.after, one.before) for one in difference(new, old).changes}
        parts = [ChangeKind.PERMISSION, ChangeKind.PROHIBITION]  # how these are joined depends on what weighs
        assert {one for one in there if one[0] not in parts} == {one for one in back if one[0] not in parts}
        for kind in parts:
            ours = told_cells([one for one in difference(old, new).changes if one.kind is kind])
            assert sorted(ours, key=str) == sorted(told_cells([one for one in difference(new, old).changes if one.kind is kind]), key=str)

    @pytest.mark.clause("8.2")
    @given(two_policies())
    @settings(max_examples=30 * TIMES)
    def test_weighs_wherever_somebody_else_may_newly_do_something_with_a_field(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        old, new = pair
        before, after = answers(old), answers(new)
        widened = [
            one
            for one in before
            if after[one][0] is Outcome.PERMITTED
            and (before[one][0] is not Outcome.PERMITTED or not after[one][2] >= before[one][2])  # type: ignore[operator]  # sets of obligations
            and one[0][0] != "subject"
            and one[0][1] is not Operation.ERASE
        ]
        assert difference(old, new).is_significant or not widened

    def test_is_no_truth_value(self) -> None:
        with pytest.raises(TypeError, match=r"read \.changes"):
            bool(difference(sample_policy(), sample_policy()))


class TestAPermitThatIsAdded:
    @given(editions().map(lambda drawn: drawn.acts), permits())
    @settings(max_examples=20 * TIMES)
    def test_only_widens_and_taken_back_only_narrows(self, acts: tuple[Act, ...], added: Act) -> None:
        try:
            old, new = edition(acts).policy, edition([*acts, added]).policy
        except AssertionError:
            return  # the two contradict each other: no edition
        kinds = {one.direction for one in difference(old, new).changes if one.kind is ChangeKind.PERMISSION}
        assert kinds <= {Direction.WIDER, Direction.MOVED}
        back = {one.direction for one in difference(new, old).changes if one.kind is ChangeKind.PERMISSION}
        assert back <= {Direction.NARROWER, Direction.MOVED}


def compared(old_text: str, new_text: str, file: str = "policy.vi.md") -> list[Change]:
    """Return what the sample edition means otherwise once a piece of its text is replaced."""
    return list(difference(sample_policy(), policy_of(compile_edition(edited(old_text, new_text, file), None))).changes)


def only(changes: list[Change]) -> tuple[ChangeKind, Direction, bool]:
    """Return what the one change is; more of them, or none, fail the test."""
    assert len(changes) == 1, changes
    return changes[0].kind, changes[0].direction, changes[0].is_significant


class TestWhatWeighs:
    """Policy §8: significant is whatever is widened, a right narrowed, a recipient or a measure added, a period lengthened."""

    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize(
        ("now", "direction", "weighs"),
        [
            ({"days": 30}, Direction.NARROWER, True),
            ({"days": 7}, Direction.WIDER, False),
            ({"days": None}, Direction.NARROWER, True),
            ({"clause": ClauseNumber("7.9")}, Direction.MOVED, False),
        ],
    )
    def test_is_a_protection_that_comes_later_or_at_no_time_at_all(self, now: Mapping[str, object], direction: Direction, weighs: bool) -> None:
        rule = SafeguardRule(id=SafeguardId.EPOCH_KEYS, days=14, clause=ClauseNumber("7.1"))
        old = replace(sample_policy(), safeguards=MappingProxyType({rule.id: rule}))
        new = replace(sample_policy(), safeguards=MappingProxyType({rule.id: replace(rule, **now)}))  # type: ignore[arg-type]  # as its fields are
        assert only(list(difference(old, new).changes)) == (ChangeKind.SAFEGUARD, direction, weighs)

    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize(
        ("was", "now", "direction", "weighs"),
        [
            ("P30D", "P31D", Direction.WIDER, True),
            ("P30D", "P29D", Direction.NARROWER, False),
            ("P12M", "P1Y", None, False),
            ("P4W", "P28D", None, False),
            ("P1M", "P28D", Direction.NARROWER, False),
            ("P1M", "P30D", Direction.WIDER, True),  # in February it is longer
            ("P31D", "P1M", Direction.NARROWER, False),
            ("P1Y", "P365D", Direction.NARROWER, False),
            ("P1Y", "P366D", Direction.WIDER, True),
            ("P1Y6M", "P1Y5M", Direction.NARROWER, False),
        ],
    )
    def test_is_a_period_that_may_last_longer(self, was: str, now: str, direction: Direction | None, weighs: bool) -> None:
        old, new = (self._kept(period) for period in (was, now))
        changes = list(difference(old, new).changes)
        assert [(one.kind, one.direction, one.is_significant) for one in changes] == (
            [(ChangeKind.RETENTION, direction, weighs)] if direction else []
        )

    @staticmethod
    def _kept(period: str) -> CompiledPolicy:
        policy = edition([]).policy
        rule = policy.retention.rules[0]
        return replace(policy, retention=RetentionRules(timezone=policy.timezone, rules=(replace(rule, keep=parse_period(period)),)))

    def test_of_a_retention_rule_is_told_by_what_binds_and_not_by_how_it_is_written(self) -> None:
        policy = edition([]).policy
        rule = policy.retention.rules[0]
        apart = tuple(replace(rule, purposes=(purpose,)) for purpose in reversed(rule.purposes))
        assert difference(policy, replace(policy, retention=RetentionRules(timezone=policy.timezone, rules=apart))).changes == ()

    def test_names_the_needs_of_a_longer_period_together(self) -> None:
        old, new = self._kept("P30D"), self._kept("P60D")
        (change,) = difference(old, new).changes
        assert (change.scope.purposes, change.scope.collections) == ({"advise", "notify"}, {"all", ALL_ELSE})
        assert change.before is not None
        assert change.after is not None
        assert (change.before.of("keep"), change.after.of("keep"), change.aspects) == (("P30D",), ("P60D",), ("keep",))

    def test_of_two_laws_is_always_much(self) -> None:
        assert only(list(difference(sample_policy(), replace(sample_policy(), regime="other")).changes)) == (ChangeKind.FRAME, Direction.WIDER, True)

    @pytest.mark.clause("8.2")
    def test_is_a_field_shown_in_full_that_was_not(self) -> None:
        changes = compared('redact = "last4"', 'redact = "full"')
        assert only(changes) == (ChangeKind.PERMISSION, Direction.WIDER, True)
        assert changes[0].aspects == ("redaction",)

    def test_is_not_a_field_of_which_less_is_shown(self) -> None:
        assert only(compared('redact = "last4"', 'redact = "exists"')) == (ChangeKind.PERMISSION, Direction.NARROWER, False)

    @pytest.mark.clause("8.2")
    def test_is_a_field_that_must_be_given_now(self) -> None:
        assert only(compared('required = ["full_name"]', 'required = ["full_name", "email"]')) == (ChangeKind.COLLECTION, Direction.WIDER, True)

    def test_is_not_a_wording(self) -> None:
        assert compared('why = "để biết xưng hô"', 'why = "để xưng hô"') == []

    def test_is_no_new_number_of_an_edition(self) -> None:
        number = next(line for line in EDITION.splitlines() if line.startswith("number"))
        assert compared(number, "number = 9", "edition.toml") == []

    @pytest.mark.parametrize("role", sorted(KNOWN["roles"]))
    def test_is_the_persons_own_hand_that_gets_shorter_but_never_longer(self, role: str) -> None:
        own = Act(head="permit", roles=(role,), operations=("correct",), purposes=("notify",), fields=("name",))
        without, with_it = edition([]).policy, edition([own]).policy
        added, removed = difference(without, with_it), difference(with_it, without)
        assert (added.is_significant, removed.is_significant) == ((False, True) if role == "subject" else (True, False))

    def test_is_a_prohibition_that_falls_although_nothing_is_permitted_yet(self) -> None:
        never = Act(head="forbid", roles=("adviser",), operations=("disclose",), purposes=("notify",), fields=("name",), recipients=("carrier",))
        without, with_it = edition([]).policy, edition([never]).policy
        assert only(list(difference(with_it, without).changes)) == (ChangeKind.PROHIBITION, Direction.NARROWER, True)
        assert only(list(difference(without, with_it).changes)) == (ChangeKind.PROHIBITION, Direction.WIDER, False)


class TestWhatAClauseSaysWithoutARule:
    """`says`: what the law wants said, and people keep; an edition may lose it although no rule differs."""

    @staticmethod
    def _saying(*sayings: str) -> CompiledPolicy:
        return edition([], [(one,) for one in sayings]).policy

    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize("promise", [Statement.MEASURE_REASONS, Statement.MEASURE_APPEAL, Statement.MEASURE_LIFTING, Statement.BREACH_NOTICE])
    def test_weighs_where_a_promise_is_gone_and_not_where_it_is_new(self, promise: Statement) -> None:
        without, with_it = self._saying(), self._saying(promise)
        assert only(list(difference(with_it, without).changes)) == (ChangeKind.STATEMENT, Direction.NARROWER, True)
        assert only(list(difference(without, with_it).changes)) == (ChangeKind.STATEMENT, Direction.WIDER, False)

    def test_weighs_where_the_person_has_duties_that_nobody_named_before(self) -> None:
        without, with_it = self._saying(), self._saying(Statement.SUBJECT_DUTIES)
        assert only(list(difference(without, with_it).changes)) == (ChangeKind.STATEMENT, Direction.WIDER, True)
        assert only(list(difference(with_it, without).changes)) == (ChangeKind.STATEMENT, Direction.NARROWER, False)

    def test_weighs_nothing_under_another_clause(self) -> None:
        old, new = (self._saying(*order) for order in (("breach_notice", "measure_appeal"), ("measure_appeal", "breach_notice")))
        found = difference(old, new)
        assert {(one.thing, one.direction, one.clauses) for one in found.changes} == {
            ("measure_appeal", Direction.MOVED, ("1.2",)),
            ("breach_notice", Direction.MOVED, ("1.3",)),
        }
        assert not found.is_significant

    @pytest.mark.clause("8.4")
    def test_asks_for_no_new_yes_to_what_was_given_since_it_holds_in_any_case(self) -> None:
        for promise in Statement:
            assert widened_purposes(self._saying(promise), self._saying()) == set()

    @pytest.mark.clause("8.4")
    def test_asks_for_one_to_what_is_given_from_then_on_only_where_it_is_about_data(self) -> None:
        for promise in Statement:
            gone = reaching_changes(self._saying(promise), self._saying()).keys()
            assert gone == ({"advise", "notify"} if promise is Statement.BREACH_NOTICE else set())

    def test_is_told_with_the_clause_that_said_it(self) -> None:
        (change,) = difference(self._saying("measure_appeal"), self._saying()).changes
        assert (sentence(change), change.clauses) == ("statement measure_appeal is gone", ("1.2",))
