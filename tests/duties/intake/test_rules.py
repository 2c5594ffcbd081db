"""What an inquiry must look like, told from edition 1 (no database)."""

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.duties.intake import rules
from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.source import EditionSource
from camket.policy.terms import ADVISE, VISITOR, FieldName, PurposeId
from tests.cast import AN

FOLDER = Path(__file__).resolve().parents[3] / "policies" / "wesoft" / "edition-1"


@cache
def edition() -> CompiledPolicy:
    files = {file.name: file.read_text("utf-8") for file in FOLDER.iterdir()}
    policy = compile_edition(EditionSource(files=files), None).policy
    assert policy is not None
    return policy


@cache
def shape() -> rules.FormShape:
    return rules.form_shape(edition(), role=VISITOR)


def codes(values: dict[str, str], consents: tuple[str, ...] = ("advise",)) -> set[tuple[str, str]]:
    return {(error.field, error.code) for error in rules.check(shape(), values, consents)[1]}


class TestTheForm:
    @pytest.mark.clause("1.3")
    def test_asks_for_consent_to_each_purpose_that_rests_on_it_its_own_first(self) -> None:
        assert shape().consents[0] == ADVISE
        assert set(shape().consents) == {"advise", "notify", "provide_service"}

    @pytest.mark.clause("1.5")
    def test_asks_for_an_address_only_for_the_purpose_that_needs_one(self) -> None:
        address = next(field for field in shape().fields if field.rule.name == "address")
        assert address.purposes == ("provide_service",)

    @pytest.mark.clause("1.4")
    def test_requires_a_name_and_one_of_two_ways_to_answer(self) -> None:
        assert codes({}) >= {("full_name", "required"), ("phone", "one_of")} or codes({}) >= {("full_name", "required"), ("email", "one_of")}
        assert codes(AN.values("full_name", "phone", "message")) == set()
        assert codes(AN.values("full_name", "email", "message")) == set()

    @pytest.mark.clause("1.8")
    def test_is_not_taken_without_consent(self) -> None:
        assert ("consents", "consent_required") in codes(AN.values("full_name", "email", "message"), ())

    def test_says_when_a_consent_is_none_of_its_own(self) -> None:
        assert ("consents", "unknown_consent") in codes(AN.values("full_name", "email", "message"), ("advise", "advertising"))

    @pytest.mark.parametrize(
        ("name", "text", "code"),
        [
            ("email", "an@", "bad_email"),
            ("email", "an@example.vn\r\nBcc: binh@example.com", "bad_email"),
            ("phone", "12", "bad_phone"),
            ("phone", "gọi giúp tôi", "bad_phone"),
            ("full_name", "https://example.com/x", "bad_name"),
            ("full_name", "A" * 121, "too_long"),
            ("full_name", "Hoài\x00An", "control_character"),
            ("full_name", "Hoài\u202eAn", "invisible_character"),
            ("message", "xin\u200bchào", "invisible_character"),
        ],
    )
    def test_says_what_is_wrong_with_a_value(self, name: str, text: str, code: str) -> None:
        assert (name, code) in codes({**AN.values("full_name", "email", "message"), name: text})

    def test_keeps_decomposed_vietnamese_composed(self) -> None:
        cleaned, errors = rules.check(shape(), {**AN.values("email", "message"), "full_name": "Hoa\u0300i An"}, ["advise"])
        assert errors == []
        assert cleaned[FieldName("full_name")] == "Hoài An"

    def test_drops_the_direction_marks_that_address_books_paste_around_numbers(self) -> None:
        cleaned, errors = rules.check(shape(), {**AN.values("full_name", "message"), "phone": "\u202a0912 000 101\u202c"}, ["advise"])
        assert errors == []
        assert cleaned[FieldName("phone")] == "+84912000101"

    @given(
        st.dictionaries(st.sampled_from(["full_name", "email", "phone", "address", "message"]), st.text(max_size=200)), st.sets(st.text(max_size=12))
    )
    def test_answers_anything_with_values_or_faults_and_never_breaks(self, values: dict[str, str], consents: set[str]) -> None:
        cleaned, errors = rules.check(shape(), values, consents)
        assert errors or cleaned
        assert all(len(cleaned[name]) <= edition().fields[name].max_length + 8 for name in cleaned)


class TestParcels:
    def test_leave_a_field_that_no_agreed_purpose_covers_with_the_inquiry_for_the_gate_to_refuse(self) -> None:
        split = rules.parcels(edition(), {FieldName("address"): "x"}, ["advise"], role=VISITOR)
        assert FieldName("address") in split[ADVISE]

    def test_give_each_further_purpose_its_own_fields(self) -> None:
        values = {FieldName(name): "x" for name in ("full_name", "address")}
        split = rules.parcels(edition(), values, ["advise", "provide_service"], role=VISITOR)
        assert FieldName("address") in split[PurposeId("provide_service")]
        assert FieldName("address") not in split[ADVISE]


class TestALikelyDomain:
    def test_is_offered_for_a_well_known_slip_only(self) -> None:
        assert rules.likely_domain("an@gmial.com") == "gmail.com"
        assert rules.likely_domain("an@example.vn") == ""
