"""What may stand in the journal: names, ids and numbers. A person's value is refused, and the refusal does not repeat it."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from camket.journal import entries, facts
from camket.journal.facts import NotAFact
from camket.policy.terms import ADVISER, Actor, Ask, Decision, EditionNumber, FieldName, Operation, Outcome, PurposeId, RoleId
from tests.cast import AN, BINH, CHI
from tests.journal.deeds import CHI as DESK
from tests.journal.deeds import USE_OF_A_NUMBER

PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:/+-"
fit_values = (
    st.booleans()
    | st.integers(min_value=-99_999_999, max_value=99_999_999)
    | st.text(PLAIN, max_size=7)
    | st.lists(st.text(PLAIN, max_size=7), max_size=5)
)
_TYPED = Ask(operation=Operation.FIND, fields=frozenset({FieldName("e-mail"), FieldName(AN.email)}), purpose=PurposeId(AN.full_name))
A_REFUSAL = Decision(outcome=Outcome.NOT_COVERED, edition=EditionNumber(1), ask=_TYPED, refused_fields=_TYPED.fields, reason=AN.email)


@pytest.mark.clause("7.3")
class TestAPersonsValue:
    @pytest.mark.parametrize("value", [*AN.values().values(), *BINH.values().values(), CHI.full_name, CHI.email])
    def test_is_no_fact_and_is_not_repeated(self, value: str) -> None:
        with pytest.raises(NotAFact) as refusal:
            facts.checked_facts({"note": value})
        assert value not in str(refusal.value)
        assert refusal.value.where == "the fact note"
        assert refusal.value.__cause__ is None

    @pytest.mark.parametrize("number", ["0912000101", "84912000101", "+84912000101", "091200010", "012345678901", "ref-09120001"])
    def test_is_no_fact_as_digits_in_a_row(self, number: str) -> None:
        with pytest.raises(NotAFact, match="eight digits in a row"):
            facts.checked_facts({"note": number})

    @pytest.mark.parametrize("number", [912000101, 84912000101, -912000101, 100_000_000])
    def test_is_no_fact_as_a_number(self, number: int) -> None:
        with pytest.raises(NotAFact, match="as long as a telephone number"):
            facts.checked_facts({"count": number})

    def test_is_no_fact_inside_a_list_or_as_a_key(self) -> None:
        with pytest.raises(NotAFact):
            facts.checked_facts({"fields": ["phone", AN.email]})
        with pytest.raises(NotAFact) as refusal:
            facts.checked_facts({AN.email: "x"})
        assert AN.email not in str(refusal.value)

    def test_is_no_id_of_an_actor(self) -> None:
        for value in (CHI.email, CHI.full_name, "0912000101"):
            with pytest.raises(NotAFact) as refusal:
                facts.checked_actor(Actor(role=ADVISER, id=value))
            assert value not in str(refusal.value)

    @given(st.text(min_size=1).filter(lambda text: not set(text) <= set(PLAIN)))
    def test_of_any_other_letters_is_no_fact(self, value: str) -> None:
        with pytest.raises(NotAFact):
            facts.checked_facts({"note": value})

    def test_typed_as_the_name_of_a_field_is_written_as_a_question_mark(self) -> None:
        assert facts.names(frozenset({"phone", AN.email, "0912000101", AN.full_name})) == ["?", "phone"]


class TestAFact:
    @pytest.mark.parametrize(
        "value",
        [
            "",
            True,
            0,
            99_999_999,
            "2026-11-23T02:00:00+00:00",
            "3f2a9c0011223344",
            "0190d3a8-6f2e-7c41-9a55-3f0f6f8f2a11",
            "00000000-0000-0000-0000-000000000000",
            "1234567890" * 6 + "abcd",
            ["phone", "email"],
            [],
        ],
    )
    def test_of_a_closed_alphabet_is_kept_as_it_is(self, value: Any) -> None:
        assert facts.checked_facts({"some_fact": value}) == {"some_fact": value}

    @pytest.mark.parametrize("value", [None, 1.5, b"x", {"a": 1}, [1], [["a"]], ("a",), "x" * 121, ["x"] * 101, "ngõ", "a b", "a@b", "a\n"])
    def test_of_any_other_kind_is_refused(self, value: Any) -> None:
        with pytest.raises(NotAFact):
            facts.checked_facts({"some_fact": value})

    @pytest.mark.parametrize("key", ["", "a" * 41, "Key", "a-b", "a1", "a.b", "khoá", "a\n"])
    def test_has_a_plain_name(self, key: str) -> None:
        with pytest.raises(NotAFact):
            facts.checked_facts({key: 1})

    def test_has_company_within_reason(self) -> None:
        many = {letter + other: 1 for letter in "abcdefg" for other in "abcdef"}
        assert len(many) > 40
        with pytest.raises(NotAFact):
            facts.checked_facts(many)


class TestTheNameOfAnAct:
    @pytest.mark.parametrize("act", ["inquiry.received", "data.shown", "retention.run.finished", "sign_in_link.issued"])
    def test_is_dotted(self, act: str) -> None:
        assert facts.checked_act(act) == act

    @pytest.mark.parametrize("act", ["", "received", "Inquiry.received", "inquiry.", ".received", "a.b1", "a.b ", "a.b\n", "a." + "b" * 79])
    def test_is_nothing_else(self, act: str) -> None:
        with pytest.raises(NotAFact):
            facts.checked_act(act)


class TestARole:
    @pytest.mark.parametrize("role", ["", "Adviser", "an@example.vn", "a b"])
    def test_is_a_plain_name(self, role: str) -> None:
        with pytest.raises(NotAFact):
            facts.checked_actor(Actor(role=RoleId(role)))


class TestAClause:
    def test_is_a_number(self) -> None:
        assert facts.checked_clauses(["4.1", "12.10", "9"]) == ["4.1", "12.10", "9"]

    @pytest.mark.parametrize("clause", ["", "4.", "four", "4.1.2.3", "0912000101"])
    def test_is_nothing_else(self, clause: str) -> None:
        with pytest.raises(NotAFact):
            facts.checked_clauses([clause])


class TestCanonicalBytes:
    @given(st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=10), fit_values, max_size=8))
    def test_of_whatever_the_grammar_lets_through_are_those_of_rfc_8785(self, values: dict[str, Any]) -> None:
        payload = {"facts": facts.checked_facts(values), "v": 1, "matter": None}
        assert entries.canonical(payload) == rfc8785.dumps(payload)

    @given(
        st.dictionaries(st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=10), fit_values, max_size=8),
        st.lists(st.uuids(), max_size=4),
        st.none() | st.uuids(),
        st.none() | st.sampled_from([USE_OF_A_NUMBER, A_REFUSAL]),
        st.datetimes(timezones=st.just(UTC)),
    )
    def test_of_a_drafted_entry_are_those_of_rfc_8785_and_give_the_columns_that_it_was_drafted_with(
        self, values: dict[str, Any], subjects: list[UUID], matter: UUID | None, decision: Decision | None, at: datetime
    ) -> None:
        deed = entries.Deed(act="data.shown", actor=DESK, at=at, decision=decision, subjects=subjects, matter=matter, facts=values)
        draft = entries.draft(deed)
        written = draft.written(uuid4())
        payload = json.loads(written)
        assert written == rfc8785.dumps(payload)
        assert entries.columns_of(payload) == draft.columns
        assert payload["subjects"] == sorted(map(str, set(subjects)))
        assert (payload["facts"], payload["matter"]) == (values, matter and str(matter))
