"""A form filled in is the letter that would have been written, and nothing filled in can be more than it is."""

import re
from email import message_from_bytes, policy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.channels.mail_out import FilledLetter, LetterForm, LetterUnsendable, blank
from camket.channels.mail_out.form import written
from camket.channels.mail_out.message import compose
from tests.cast import AN
from tests.channels.mail_out.test_composing import SENT_AT

TEXT = f"Kính chào {blank('name')},\n\nChính sách sẽ thay đổi. Xem và trả lời tại:\n{blank('link')}\n\n.\nTrân trọng,\nCông ty Ví Dụ\n"
VALUES = {"name": "Nguyễn Thị An", "link": "https://example.vn/vi/consents/abcdefghijklmnop"}


def form(**changes: Any) -> LetterForm:
    values: dict[str, Any] = {"subject": "Thay đổi từ ngày 1/1", "text": TEXT, "from_email": "hotro@example.vn", "from_name": "Công ty Ví Dụ"}
    return LetterForm(**{**values, **changes})


def filled(made: LetterForm | None = None, **changes: Any) -> FilledLetter:
    values: dict[str, Any] = {"to": AN.email, "message_id": "<1@example.vn>", "sent_at": SENT_AT, "values": VALUES}
    return (made or form()).fill(**{**values, **changes})


def refusal(**changes: Any) -> str:
    with pytest.raises(LetterUnsendable) as caught:
        filled(**changes)
    assert str(caught.value) == caught.value.code
    return caught.value.code


lines = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60)
addresses = st.sampled_from([AN.email, "a@thư.example.vn", "a..b@example.com"])
words = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=60)
texts = st.lists(st.one_of(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ue0fa\ue0fb"), max_size=40), st.sampled_from([
    blank("name"), blank("link"), "\n", ".", "\r\n", "x" * 300, "@example.com", "ạ", "\n.\n", "Chào\n",
])), max_size=12).map("".join)  # fmt: skip


class TestAFilledForm:
    def test_is_byte_for_byte_the_letter_written_by_itself(self) -> None:
        one = filled(form(headers={"Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{blank('link')}>"}))
        assert written(one) == compose(one.as_letter())

    @given(text=texts, subject=st.one_of(st.just("Hello"), lines.filter(str.strip)), name=lines, link=words, to=addresses)
    def test_is_so_whatever_the_text_and_the_values_are(self, text: str, subject: str, name: str, link: str, to: str) -> None:
        try:
            made = form(text=f"{text}{blank('name')}", subject=subject, headers={"X-Link": f"<{blank('link')}>"})
        except LetterUnsendable:
            return
        for values in ({"name": name, "link": link}, {"name": "An", "link": link}):
            one = made.fill(to=to, message_id="<1@example.vn>", sent_at=SENT_AT, values=values)
            by_itself = compose(one.as_letter())
            assert written(one) == by_itself
            read = message_from_bytes(by_itself, policy=policy.default)
            assert read["X-Link"] == f"<{link}>"

    @pytest.mark.parametrize("name", ["An " + "x" * 990, "ă" * 480, "An " * 333])
    def test_with_a_line_too_long_for_mail_is_encoded_as_the_letter_would_be(self, name: str) -> None:
        one = filled(values={**VALUES, "name": name})
        assert written(one) == compose(one.as_letter())
        assert max(map(len, written(one).split(b"\r\n"))) <= 998

    def test_of_a_form_that_is_encoded_as_a_whole_is_still_right(self) -> None:
        one = filled(form(text=TEXT + "x" * 1200))
        assert written(one) == compose(one.as_letter())
        assert b"quoted-printable" in written(one)

    def test_is_poured_and_not_composed_again(self) -> None:
        assert all(form().moulds.values())

    def test_keeps_no_word_of_the_one_before(self) -> None:
        made = form()
        written(filled(made))
        other = written(filled(made, to="binh@example.com", message_id="<2@example.vn>", values={"name": "Bình", "link": "https://example.vn/x"}))
        for canary in (AN.email, "Nguyễn Thị An", "abcdefghijklmnop", "<1@"):
            assert canary.encode() not in other


class TestAnInjection:
    @pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0", "\ud800"])
    def test_by_a_value_of_the_text_is_refused(self, line_end: str) -> None:
        assert refusal(values={**VALUES, "name": f"An{line_end}.{line_end}MAIL FROM:<x@example.com>"}) == "letter.values"

    @pytest.mark.parametrize("value", ["a b", "a\r\nBcc: ke.la@example.com", "", "ă", "a\tb", "x" * 601])
    def test_by_a_value_of_a_header_is_refused(self, value: str) -> None:
        made = form(headers={"List-Unsubscribe": f"<{blank('link')}>"})
        assert refusal(made=made, values={**VALUES, "link": value}) == "letter.values"

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"to": "an@example.vn, ke.la@example.com"}, "letter.to"),
            ({"to": "an@example.vn\r\nBcc: ke.la@example.com"}, "letter.to"),
            ({"message_id": "<1@example.vn>\r\nBcc: x@example.com"}, "letter.message_id"),
            ({"sent_at": SENT_AT.replace(tzinfo=None)}, "letter.sent_at"),
            ({"values": {"name": "An"}}, "letter.values"),
            ({"values": {**VALUES, "other": "x"}}, "letter.values"),
        ],
    )
    def test_by_what_every_letter_has_of_its_own_is_refused(self, changes: dict[str, Any], code: str) -> None:
        assert refusal(**changes) == code

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"subject": "Chào\nBcc: ke.la@example.com"}, "letter.subject"),
            ({"headers": {"Bcc": blank("link")}}, "letter.headers"),
            ({"headers": {"X-Note": f"a\r\nBcc: {blank('link')}"}}, "letter.headers"),
            ({"from_name": "Hỗ trợ\r\nBcc: ke.la@example.com"}, "letter.from_name"),
            ({"text": blank("name")}, "letter.text"),
            ({"text": "half a mark \ue0fa"}, "letter.blank"),
            ({"text": f"{blank('NAME')} of no blank"}, "letter.blank"),
        ],
    )
    def test_by_the_form_itself_is_refused_before_there_is_one(self, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(LetterUnsendable) as caught:
            form(**changes)
        assert caught.value.code == code

    @pytest.mark.parametrize("name", [blank("link"), "{{ link }}", "{% now 'Y' %}", "%(link)s", "{link}", "\\1", "$link"])
    def test_that_looks_like_a_place_to_fill_in_stays_what_it_is(self, name: str) -> None:
        one = filled(values={**VALUES, "name": name})
        assert f"Kính chào {name},\r\n".encode() in written(one)
        assert written(one).count(VALUES["link"].encode()) == 1


@pytest.mark.clause("7.1")
class TestAFormInALogLine:
    def test_says_neither_whom_it_is_for_nor_what_it_says(self) -> None:
        shown = repr(filled()) + repr(form()) + repr(form().moulds)
        assert not re.search("An|example.vn/vi|Chính|Thay|hotro", shown)
