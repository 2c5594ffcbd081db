"""Deciding: all or nothing, refused by default, and a reason that repeats nothing a stranger typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import Decider, decide
from camket.policy.explain import MOST_NEAR_PERMITS, explain
from camket.policy.terms import (
    ADVISER,
    AUDITOR,
    LEGAL,
    ROLES,
    SYSTEM,
    VISITOR,
    Ask,
    FieldName,
    Obligation,
    Operation,
    Outcome,
    PurposeId,
    RecipientId,
    Redaction,
    RoleId,
)
from tests.policy.sample import ask, sample_policy

POLICY = sample_policy()
CANARY = "Nguyễn Thị Hoài An 0912 000 101"


def some_or_strange(known: frozenset[str]) -> st.SearchStrategy[str]:
    """Draw an id that the edition knows, or one that it does not."""
    return st.sampled_from([*sorted(known), "unheard_of", ""])


@st.composite
def asks(draw: st.DrawFn, policy: CompiledPolicy) -> tuple[RoleId, Ask]:
    """Draw somebody and what they ask, of things known and unknown."""
    question = Ask(
        operation=draw(st.sampled_from(Operation)),
        fields=draw(st.frozensets(some_or_strange(frozenset(policy.fields)).map(FieldName), max_size=4)),
        purpose=PurposeId(draw(some_or_strange(frozenset(policy.purposes)))),
        recipient=RecipientId(draw(some_or_strange(frozenset(policy.recipients)))),
    )
    return RoleId(draw(some_or_strange(ROLES))), question


class TestAnAsk:
    @pytest.mark.clause("3.1")
    def test_is_permitted_where_a_clause_permits_each_of_its_fields(self) -> None:
        decision = decide(POLICY, role=ADVISER, ask=ask("use", "advise", "full_name", "phone"))
        assert decision.outcome is Outcome.PERMITTED
        assert decision.clauses == ("3.1",)
        assert decision.obligations == {Obligation.CONSENT}
        assert decision.redactions == {"full_name": Redaction.FULL, "phone": Redaction.LAST4}
        assert decision.reason == "Permitted by clause 3.1."
        assert decision.edition == 1

    @pytest.mark.clause("3.11")
    def test_carries_every_obligation_of_its_clause(self) -> None:
        decision = decide(POLICY, role=LEGAL, ask=ask("disclose", "legal_disclosure", "phone", recipient="court"))
        assert decision.obligations == {Obligation.SECOND_PERSON, Obligation.JUSTIFICATION}

    @pytest.mark.clause("7.2")
    def test_is_refused_as_a_whole_where_one_field_is_not_covered(self) -> None:
        decision = decide(POLICY, role=LEGAL, ask=ask("disclose", "legal_disclosure", "phone", "email", recipient="court"))
        assert decision.outcome is Outcome.NOT_COVERED
        assert decision.refused_fields == {"email"}
        assert decision.clauses == ()
        assert decision.reason == "No clause lets legal disclose email for the purpose legal_disclosure, for the recipient court."

    @pytest.mark.clause("6.4")
    def test_is_prohibited_where_a_clause_forbids_what_another_permits(self) -> None:
        decision = decide(POLICY, role=AUDITOR, ask=ask("use", "advise", "email"))
        assert decision.outcome is Outcome.PROHIBITED
        assert decision.clauses == ("6.2",)
        assert decision.refused_fields == {"email"}
        assert decision.reason == "Clause 6.2 forbids auditor to use email for the purpose advise."

    def test_is_prohibited_rather_than_not_covered(self) -> None:
        decision = decide(POLICY, role=AUDITOR, ask=ask("use", "advise", "email", "unheard_of"))
        assert decision.outcome is Outcome.PROHIBITED
        assert decision.refused_fields == {"email"}

    def test_without_fields_is_not_covered(self) -> None:
        decision = decide(POLICY, role=ADVISER, ask=ask("use", "advise"))
        assert (decision.outcome, decision.reason) == (Outcome.NOT_COVERED, "The ask names no field.")

    @pytest.mark.clause("6.5", "7.2")
    @pytest.mark.parametrize(
        ("role", "question", "reason"),
        [
            ("stranger", ask("use", "advise", "email"), "Edition 1 knows no such role."),
            ("adviser", ask("use", "fun", "email"), "Edition 1 knows no such purpose."),
            ("adviser", ask("use", "advise", "email", recipient="press"), "Edition 1 knows no such recipient."),
            ("adviser", ask("use", "fun", "email", recipient="press"), "Edition 1 knows no such purpose and no such recipient."),
        ],
    )
    def test_that_names_anything_unknown_is_not_covered(self, role: str, question: Ask, reason: str) -> None:
        decision = decide(POLICY, role=RoleId(role), ask=question)
        assert (decision.outcome, decision.reason) == (Outcome.NOT_COVERED, reason)

    def test_is_refused_without_repeating_what_a_stranger_typed(self) -> None:
        refused = decide(POLICY, role=VISITOR, ask=ask("collect", "advise", "email", CANARY))
        named = decide(POLICY, role=RoleId(CANARY), ask=ask("collect", CANARY, "email", recipient=CANARY))
        assert refused.refused_fields == {CANARY}
        assert refused.reason == "No clause lets visitor collect 1 field that the edition does not name for the purpose advise."
        assert CANARY not in named.reason

    @given(asks(POLICY))
    def test_has_the_same_answer_when_it_is_remembered(self, asked: tuple[RoleId, Ask]) -> None:
        role, question = asked
        decider = Decider(POLICY)
        first = decider.decide(role=role, ask=question)
        assert first == decider.decide(role=role, ask=question) == decide(POLICY, role=role, ask=question)


class TestADecider:
    def test_gives_a_yes_again_without_deciding_anew(self) -> None:
        decider = Decider(POLICY)
        question = ask("use", "advise", "email")
        assert decider.decide(role=ADVISER, ask=question) is decider.decide(role=ADVISER, ask=question)

    def test_gives_a_no_again_without_deciding_anew(self) -> None:
        decider = Decider(POLICY)
        question = ask("use", "advise", "email")
        assert decider.decide(role=VISITOR, ask=question) is decider.decide(role=VISITOR, ask=question)

    @pytest.mark.parametrize(
        "question",
        [
            (VISITOR, ask("collect", "advise", "email", "field_{}")),
            (VISITOR, ask("collect", "purpose_{}", "email")),
            (
                VISITOR,
                Ask(
                    operation=Operation.COLLECT,
                    fields=frozenset({FieldName("email")}),
                    purpose=PurposeId("advise"),
                    recipient=RecipientId("whoever_{}"),
                ),
            ),
            (RoleId("role_{}"), ask("collect", "advise", "email")),
        ],
    )
    def test_keeps_no_refusal_that_a_stranger_invents(self, question: tuple[RoleId, Ask]) -> None:
        decider, (role, asked) = Decider(POLICY), question
        for number in range(10):
            decider.decide(
                role=RoleId(role.format(number)),
                ask=Ask(
                    operation=asked.operation,
                    fields=frozenset(FieldName(name.format(number)) for name in asked.fields),
                    purpose=PurposeId(asked.purpose.format(number)),
                    recipient=RecipientId(asked.recipient.format(number)),
                ),
            )
        assert decider.remembered == 0

    def test_keeps_no_more_refusals_than_it_may_and_still_every_yes(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.policy.decide.MOST_REMEMBERED", 2)
        decider, question = Decider(POLICY), ask("use", "advise", "email")
        for role in sorted(ROLES - {ADVISER}):
            decider.decide(role=role, ask=question)
        assert decider.remembered == 2
        assert decider.decide(role=ADVISER, ask=question) is decider.decide(role=ADVISER, ask=question)


class TestAnExplanation:
    def test_names_the_clause_that_permits_each_field(self) -> None:
        explanation = explain(POLICY, role=ADVISER, ask=ask("use", "advise", "phone", "email"))
        assert [(one.field, one.permitted_by, one.nearest) for one in explanation.fields] == [("email", ("3.1",), ()), ("phone", ("3.1",), ())]
        assert explanation.decision.outcome is Outcome.PERMITTED

    @pytest.mark.clause("6.4")
    def test_shows_the_permit_that_a_prohibition_overrules(self) -> None:
        (field,) = explain(POLICY, role=AUDITOR, ask=ask("use", "advise", "email")).fields
        assert field.permitted_by == ("3.2",)
        assert field.forbidden_by == ("6.2",)

    def test_shows_what_would_have_been_permitted_nearest_first(self) -> None:
        (field,) = explain(POLICY, role=ADVISER, ask=ask("use", "legal_disclosure", "email")).fields
        first = field.nearest[0]
        assert (first.role, first.operation, first.purpose, first.clauses, first.differs) == ("adviser", "use", "advise", ("3.1",), ("purpose",))
        assert [len(near.differs) for near in field.nearest] == sorted(len(near.differs) for near in field.nearest)
        assert len(field.nearest) <= MOST_NEAR_PERMITS

    def test_says_of_an_unknown_field_that_nobody_declares_it(self) -> None:
        (field,) = explain(POLICY, role=SYSTEM, ask=ask("erase", "advise", "fax")).fields
        assert not field.is_declared
        assert (field.permitted_by, field.forbidden_by, field.nearest) == ((), (), ())

    @given(asks(POLICY))
    def test_agrees_with_the_decision(self, asked: tuple[RoleId, Ask]) -> None:
        role, question = asked
        explanation = explain(POLICY, role=role, ask=question)
        assert explanation.decision == decide(POLICY, role=role, ask=question)
        forbidden = {one.field for one in explanation.fields if one.forbidden_by}
        if explanation.decision.outcome is Outcome.PROHIBITED:
            assert forbidden == explanation.decision.refused_fields
        else:
            assert not forbidden
