"""What a field may hold: cleaned into one form, or turned down with a code, and never repeated in an error."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiled import FieldKind
from camket.policy.terms import FieldName
from camket.policy.values import BadValue, canonical_identity, clean
from tests.cast import AN, BINH

KINDS = st.sampled_from([kind.value for kind in FieldKind])
EMAIL, PHONE = FieldName("email"), FieldName("phone")
# what draws nothing: fillers that count as letters or signs, joiners, marks of direction, variation selectors, accents without a letter
DRAWS_NOTHING = "\u2800\u3164\u115f\u1160\uffa0\u200b\u200c\u200d\u2060\ufeff\u202e\u034f\u180b\ufe0f\u0301 \n"
MOSTLY_INVISIBLE = st.text(st.sampled_from(DRAWS_NOTHING + "aễ@.1❤"), max_size=12)
CODES = frozenset(
    {
        "too_long", "control_character", "invisible_character", "bad_email", "bad_phone", "short_name", "bad_name", "bad_address",
    }
)  # fmt: skip


def can_be_seen(text: str) -> bool:
    """Return whether at least one character of a text draws something by itself."""
    return any(unicodedata.category(character)[0] in "LNPS" and character not in DRAWS_NOTHING for character in text)


def cleaned(kind: str, text: str, *, is_multiline: bool = False) -> str:
    """Return a value as it is kept, or the code with which it is turned down."""
    try:
        return clean(kind, text, max_length=500, is_multiline=is_multiline)
    except BadValue as refusal:
        return refusal.code


class TestAValue:
    @pytest.mark.clause("1.1")
    @pytest.mark.parametrize(
        ("kind", "typed", "kept"),
        [
            ("name", f"  {AN.full_name} ", AN.full_name),
            ("name", "Nguye\u0302\u0303n   An", "Nguyễn An"),
            ("name", "An\nBình", "An Bình"),
            ("phone", AN.phone, "+84912000101"),
            ("phone", "+84 912.000.101", "+84912000101"),
            ("phone", "\u202a0912 000 101\u202c", "+84912000101"),
            ("email", f" {BINH.email}\u200b", BINH.email),
            ("email", "An@EXAMPLE.vn", "An@example.vn"),
            ("text", "Chào\u00a0 anh", "Chào anh"),
            ("text", "👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
            ("text", "❤\ufe0f\u200d🔥", "❤\ufe0f\u200d🔥"),
            ("text", "می\u200cخواهم", "می\u200cخواهم"),
            ("postal", AN.address, AN.address),
            ("email", "   ", ""),
        ],
    )
    def test_is_kept_in_its_one_form(self, kind: str, typed: str, kept: str) -> None:
        assert cleaned(kind, typed) == kept

    def test_keeps_its_lines_where_the_edition_says_so(self) -> None:
        assert cleaned("text", "một \r\n hai\u2028ba", is_multiline=True) == "một\nhai\nba"

    @pytest.mark.parametrize(
        ("kind", "typed", "code"),
        [
            ("name", "A", "short_name"),
            ("name", "1234", "bad_name"),
            ("name", "xem https://example.com", "bad_name"),
            ("name", AN.email, "bad_name"),
            ("phone", "không có", "bad_phone"),
            ("phone", "0912", "bad_phone"),
            ("phone", "0912 000 101 ext 7", "bad_phone"),
            ("phone", "0912 000 101, 0912 000 102 hoặc 0912 000 103", "bad_phone"),
            ("email", "hoai.an", "bad_email"),
            ("email", "an@example.vn\nBcc: b@example.com", "bad_email"),
            ("postal", "nhà", "bad_address"),
            ("text", "a\0b", "control_character"),
            ("text", "a\x1b[2Jb", "control_character"),
            ("text", "a\u202eb", "invisible_character"),
            ("text", "a\ue000b", "invisible_character"),
            ("text", "a\u200d", "invisible_character"),
            ("text", "\u200da", "invisible_character"),
            ("text", "a\u200d b", "invisible_character"),
            ("text", "a\u200d\u200db", "invisible_character"),
            ("name", "Nguyễn\u200dAn", "invisible_character"),
            ("name", "Nguyễn\u200cAn", "invisible_character"),
            ("name", "Nguyễn\u3164An", "invisible_character"),
            ("name", "Nguyễn\u034fAn", "invisible_character"),
            ("name", "Nguyễn An\ufe0f", "invisible_character"),
            ("postal", "12 Ví\u200dDụ, Huế", "invisible_character"),
            ("postal", "12 Ví\u2800Dụ, Huế", "invisible_character"),
            ("email", "a\u202en@example.vn", "invisible_character"),
            ("email", "an@exam\u200dple.vn", "invisible_character"),
            ("email", "an\u00ad@example.vn", "invisible_character"),
            ("phone", "0912\u200b000 101", "invisible_character"),
            ("phone", "0912\u3164000 101", "invisible_character"),
            ("text", "x" * 501, "too_long"),
        ],
    )
    def test_is_turned_down_with_a_code(self, kind: str, typed: str, code: str) -> None:
        assert cleaned(kind, typed) == code

    @pytest.mark.parametrize("kind", list(FieldKind))
    @pytest.mark.parametrize(
        "typed",
        [
            "\u200d\u200d",
            "\u3164\u3164\u3164",
            "\u2800 \u2800",
            "\u115f\u1160",
            "\uffa0\uffa0",
            "\u202e\u202c",
            "\ufe0f\ufe0f",
            "\u034f\u0301",
            " \u2060\n",
        ],
        ids=ascii,
    )
    def test_without_one_visible_character_is_empty(self, kind: str, typed: str) -> None:
        assert cleaned(kind, typed, is_multiline=True) == ""

    @given(kind=KINDS, text=st.text() | MOSTLY_INVISIBLE, is_multiline=st.booleans())
    def test_that_is_kept_can_be_seen(self, kind: str, text: str, is_multiline: bool) -> None:
        kept = cleaned(kind, text, is_multiline=is_multiline)
        assert kept == "" or kept in CODES or can_be_seen(kept)

    def test_can_be_seen_by_this_test_or_not(self) -> None:
        assert can_be_seen("\u200dn")
        assert not can_be_seen("\u200d \u3164\ufe0f\n")

    @given(kind=KINDS, text=st.text() | MOSTLY_INVISIBLE, is_multiline=st.booleans())
    def test_once_kept_is_kept_unchanged(self, kind: str, text: str, is_multiline: bool) -> None:
        once = cleaned(kind, text, is_multiline=is_multiline)
        if once and once not in CODES:
            assert cleaned(kind, once, is_multiline=is_multiline) == once
            assert unicodedata.is_normalized("NFC", once)

    @given(kind=KINDS)
    def test_is_never_repeated_by_the_error_that_turns_it_down(self, kind: str) -> None:
        canary = AN.message * 20
        with pytest.raises(BadValue) as raised:
            clean(kind, canary, max_length=500)
        assert canary not in str(raised.value)
        assert raised.value.__cause__ is None


class TestAnIdentity:
    @pytest.mark.parametrize("typed", ["Hoai.An@example.vn", " hoai.an@EXAMPLE.VN ", "HOAI.AN@example.vn"])
    def test_is_found_however_its_address_is_typed(self, typed: str) -> None:
        assert canonical_identity(EMAIL, typed) == AN.email

    @pytest.mark.parametrize("typed", ["0912000101", "+84 912 000 101", "84-912-000-101"])
    def test_is_found_however_its_number_is_typed(self, typed: str) -> None:
        assert canonical_identity(PHONE, typed) == "+84912000101"

    @pytest.mark.parametrize(("kind", "typed"), [("email", "không"), ("phone", "không"), ("full_name", AN.full_name)])
    def test_is_none_where_nothing_can_be_looked_up(self, kind: str, typed: str) -> None:
        assert canonical_identity(FieldName(kind), typed) is None

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("an@straße.de", "an@strasse.de"),
            ("an@faß.de", "an@fass.de"),
            ("strauß@example.de", "strauss@example.de"),
            ("an@βόλος.com", "an@βόλοσ.com"),
        ],
    )
    def test_of_two_mailboxes_is_two(self, one: str, other: str) -> None:
        assert canonical_identity(EMAIL, one) != canonical_identity(EMAIL, other)

    @pytest.mark.parametrize("typed", ["an@xn--strae-oqa.de", "An@Straße.de", "an@straße.DE"])
    def test_is_found_however_its_domain_is_written(self, typed: str) -> None:
        assert canonical_identity(EMAIL, typed) == canonical_identity(EMAIL, "an@straße.de") == "an@xn--strae-oqa.de"

    @given(st.lists(st.text("aAßẞsSſσςΣiIİıéÉKkễ", min_size=1, max_size=3), min_size=2, max_size=2))
    def test_makes_one_of_two_addresses_only_where_they_differ_in_size_alone(self, locals_: list[str]) -> None:
        found = [canonical_identity(EMAIL, f"{local}@example.vn") for local in locals_]
        small = [unicodedata.normalize("NFC", unicodedata.normalize("NFC", local).lower()) for local in locals_]
        assert None in found or (found[0] == found[1]) == (small[0] == small[1])

    @given(st.text())
    def test_is_looked_up_in_one_form_only(self, text: str) -> None:
        for kind in (EMAIL, PHONE):
            found = canonical_identity(kind, text)
            assert found is None or canonical_identity(kind, found) == found
