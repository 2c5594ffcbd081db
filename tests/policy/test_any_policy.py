"""What holds for any policy and any ask: nothing without a clause, all or nothing, and no clause that takes away what another gives."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import decide
from camket.policy.exports import as_json, from_json
from camket.policy.grants import clause_order
from camket.policy.terms import Ask, ClauseNumber, Decision, FieldName, Outcome, PurposeId, RecipientId, RoleId
from tests.policy.acts import EVERY, STRANGE, Act, Cell, asked, differing, rows
from tests.policy.drawn import DECLARES_ALL, FIELDS, KNOWN, Drawn, asks, compiled, edition, editions, forbids, permits, reading, some
from tests.policy.second_opinion import every_cell


def decision_on(policy: CompiledPolicy, one: Cell) -> Decision:
    """Return the answer about a single field."""
    key, name = one
    return decide(policy, role=key[0], ask=asked(key, name))


def said(decision: Decision) -> tuple[object, ...]:
    """Return all of an answer but the edition and the ask themselves."""
    return decision.outcome, decision.clauses, decision.obligations, dict(decision.redactions), decision.refused_fields, decision.reason


def in_order(clauses: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the clauses once each, as a reader counts them."""
    return tuple(sorted({ClauseNumber(one) for some_of in clauses for one in some_of}, key=clause_order))


@st.composite
def asks_of(draw: st.DrawFn) -> tuple[Drawn, RoleId, Ask]:
    """Draw an edition, and somebody who asks it something."""
    drawn = draw(editions())
    return drawn, *draw(asks(drawn))


class TestTheTableOfAnyPolicy:
    @pytest.mark.clause("7.2")
    @given(editions())
    def test_holds_what_the_text_permits_and_does_not_forbid_and_nothing_else(self, drawn: Drawn) -> None:
        said, forbidden = drawn.reading.rows(), drawn.reading.clauses("forbid")
        assert not differing(rows(drawn.policy.table), {one: row for one, row in said.items() if one not in forbidden})
        assert not differing(rows(drawn.policy.overruled), {one: row for one, row in said.items() if one in forbidden})


class TestAnyAskOfAnyPolicy:
    @pytest.mark.clause("7.2")
    @given(asks_of())
    def test_is_prohibited_not_covered_or_permitted_exactly_as_its_clauses_say(self, drawn_ask: tuple[Drawn, RoleId, Ask]) -> None:
        drawn, role, ask = drawn_ask
        decision = decide(drawn.policy, role=role, ask=ask)
        cells = {name: ((role, ask.operation, ask.purpose, ask.recipient), name) for name in ask.fields}
        permitted, forbidden = drawn.reading.clauses("permit"), drawn.reading.clauses("forbid")
        forbidding = {name: forbidden[one] for name, one in cells.items() if one in forbidden}
        permitting = {name: permitted[one] for name, one in cells.items() if one in permitted}
        if forbidding:
            assert (decision.outcome, decision.clauses) == (Outcome.PROHIBITED, in_order(forbidding.values()))
            assert decision.refused_fields == set(forbidding)
        elif not ask.fields or set(permitting) != ask.fields:
            assert (decision.outcome, decision.clauses) == (Outcome.NOT_COVERED, ())
            assert decision.refused_fields == ask.fields - set(permitting)
        else:
            assert (decision.outcome, decision.clauses) == (Outcome.PERMITTED, in_order(permitting.values()))
            assert decision.refused_fields == frozenset()

    @given(asks_of())
    def test_is_permitted_only_where_each_field_alone_is_and_then_asks_for_all_that_each_does(self, drawn_ask: tuple[Drawn, RoleId, Ask]) -> None:
        drawn, role, ask = drawn_ask
        whole_rows = [(key[0], asked(key, *row)) for key, row in drawn.policy.table.items()]  # where several clauses meet in one ask
        for asker, question in [(role, ask), *whole_rows]:
            whole = decide(drawn.policy, role=asker, ask=question)
            alone = [decide(drawn.policy, role=asker, ask=replace(question, fields=frozenset({name}))) for name in question.fields]
            assert whole.is_permitted is (bool(alone) and all(one.is_permitted for one in alone))
            if whole.is_permitted:
                assert whole.clauses == in_order(one.clauses for one in alone)
                assert whole.obligations == frozenset().union(*(one.obligations for one in alone))
                assert whole.redactions == {name: redaction for one in alone for name, redaction in one.redactions.items()}
            else:
                assert (whole.obligations, dict(whole.redactions)) == (frozenset(), {})

    @pytest.mark.clause("7.2")
    @given(asks_of(), st.sampled_from(["role", "purpose", "recipient", "fields"]))
    def test_is_refused_once_it_names_anything_unknown(self, drawn_ask: tuple[Drawn, RoleId, Ask], unknown: str) -> None:
        drawn, role, ask = drawn_ask
        asks_with = {
            "role": (RoleId(STRANGE), ask),
            "purpose": (role, replace(ask, purpose=PurposeId(STRANGE))),
            "recipient": (role, replace(ask, recipient=RecipientId(STRANGE))),
            "fields": (role, replace(ask, fields=ask.fields | {FieldName(STRANGE)})),
        }
        asker, question = asks_with[unknown]
        decision = decide(drawn.policy, role=asker, ask=question)
        assert not decision.is_permitted
        if unknown != "fields":  # a prohibition of a known field is told even where another field is unknown
            assert (decision.outcome, decision.clauses) == (Outcome.NOT_COVERED, ())
        assert STRANGE not in decision.reason

    @given(asks_of())
    @settings(max_examples=50)
    def test_has_the_same_answer_from_the_policy_read_back_from_json(self, drawn_ask: tuple[Drawn, RoleId, Ask]) -> None:
        drawn, role, ask = drawn_ask
        assert decide(from_json(as_json(drawn.policy)), role=role, ask=ask) == decide(drawn.policy, role=role, ask=ask)


@st.composite
def like_one_of(draw: st.DrawFn, drawn: Drawn) -> Act:
    """Draw a permit that meets one of the edition's own, or any."""
    own = [act for act in drawn.acts if act.head == "permit"]
    if not own:
        return draw(permits())
    act = draw(st.sampled_from(own))
    return replace(act, fields=draw(some(FIELDS)), purposes=draw(some(KNOWN["purposes"])), roles=(*act.roles, "system"))


class TestAPermitThatIsAddedToAnyPolicy:
    @given(st.data())
    @settings(max_examples=30)
    def test_takes_nothing_away_and_lets_nobody_off_anything(self, data: st.DataObject) -> None:
        before = data.draw(editions())
        added = data.draw(like_one_of(before))
        assume(reading([*before.acts, added]).is_agreed)
        after = edition([*before.acts, added])
        meant, forbidden = DECLARES_ALL.meant(added), before.reading.clauses("forbid")
        for one in every_cell(before.policy):
            old, new = decision_on(before.policy, one), decision_on(after.policy, one)
            if one not in meant or one in forbidden:
                assert said(new) == said(old)
            else:
                assert new.is_permitted
                assert new.clauses == (*old.clauses, f"1.{len(after.reading.acts)}")
                if old.is_permitted:
                    assert (new.obligations, new.redactions) == (old.obligations, old.redactions)

    @given(editions(), permits(), st.booleans())
    @settings(max_examples=30)
    def test_that_asks_for_something_else_beside_it_is_a_contradiction_and_no_policy(self, before: Drawn, own: Act, shows_less: bool) -> None:
        """Nobody's rule wins: of two permits of the same thing neither the milder nor the stricter is taken."""
        assume(reading([*before.acts, own]).is_agreed)
        other = replace(own, redact="exists") if shows_less else replace(own, obligations=(*own.obligations, "notice"))
        compilation = compiled([*before.acts, own, other])
        assert compilation.policy is None
        clause = f"1.{len(before.reading.acts) + 2}"
        assert {(one.code, one.clause) for one in compilation.diagnostics if one.severity == "error"} == {("permit.contradiction", clause)}


class TestAProhibitionThatIsAddedToAnyPolicy:
    @pytest.mark.clause("7.2")
    @given(editions(), forbids())
    @settings(max_examples=30)
    def test_takes_away_what_it_names_and_permits_nothing_new(self, before: Drawn, added: Act) -> None:
        after = edition([*before.acts, added])
        meant = DECLARES_ALL.meant(added)
        for one in every_cell(before.policy):
            old, new = decision_on(before.policy, one), decision_on(after.policy, one)
            if one in meant:
                own = old.clauses if old.outcome is Outcome.PROHIBITED else ()
                assert (new.outcome, new.clauses) == (Outcome.PROHIBITED, (*own, f"1.{len(after.reading.acts)}"))
            else:
                assert said(new) == said(old)

    def test_of_everything_leaves_nothing(self) -> None:
        everything = Act(head="forbid", roles=EVERY, operations=EVERY, purposes=EVERY, fields=EVERY, recipients=EVERY)
        policy = edition([everything]).policy
        assert policy.table == {}
        assert {decision_on(policy, one).outcome for one in every_cell(policy)} == {Outcome.PROHIBITED, Outcome.NOT_COVERED}
