"""A letter arrives as it was written, and no text can become a header."""

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import compat32
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.channels.mail_out import LetterUnsendable, OutgoingLetter
from camket.channels.mail_out import message as composing
from camket.channels.mail_out.message import compose
from camket.policy.terms import FieldName
from camket.policy.values import canonical_identity
from tests.cast import AN

Write = Callable[..., OutgoingLetter]
OWN_HEADERS = {"content-type", "content-transfer-encoding", "mime-version", "subject", "from", "to", "message-id", "date"}
SENT_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def read(written: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(written, policy=policy.default))


def text_of(message: EmailMessage, kind: str = "plain") -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def letter(**changes: Any) -> OutgoingLetter:
    values: dict[str, Any] = {"to": AN.email, "subject": "Chào", "text": "Chào\n", "message_id": "<1@example.vn>", "sent_at": SENT_AT}
    return OutgoingLetter(**{**values, "from_email": "hotro@example.vn", **changes})


def letter_domain(address: str) -> str:
    return str(read(compose(letter(to=address)))["To"].addresses[0].domain)


class TestALetter:
    def test_arrives_as_it_was_written(self, write: Write) -> None:
        message = read(compose(write(html="<p>Kính chào quý khách</p>", headers={"Auto-Submitted": "auto-generated"})))
        assert message["Subject"] == "Chúng tôi đã nhận được câu hỏi của quý khách"
        assert message["From"].addresses[0].display_name == "Công ty Ví Dụ"
        assert message["From"].addresses[0].addr_spec == "hotro@mail.example.vn"
        assert message["To"].addresses[0].addr_spec == AN.email
        assert message["Auto-Submitted"] == "auto-generated"
        assert "Chúng tôi đã nhận được câu hỏi của quý khách và sẽ trả lời sớm." in text_of(message)
        assert "Kính chào quý khách" in text_of(message, "html")

    @given(
        subject=st.text(st.sampled_from('aế :,;"=?\u00a0'), min_size=1, max_size=500),
        value=st.text(st.sampled_from("a b;,=?"), min_size=1, max_size=998),
    )
    def test_has_the_headers_that_the_mail_library_would_write(self, subject: str, value: str) -> None:
        written = letter(subject=subject, headers={"X-Words": value})
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(composing, "_AS_THEY_STAND", compat32)
            expected = compose(written)
        assert compose(written) == expected

    @pytest.mark.parametrize(
        ("typed", "asked_for"), [("straße.de", "xn--strae-oqa.de"), ("strasse.de", "strasse.de"), ("βόλος.com", "xn--nxasmm1c.com")]
    )
    def test_names_its_reader_at_the_very_domain_that_was_typed(self, write: Write, typed: str, asked_for: str) -> None:
        message = read(compose(write(to=f"an@{typed}", from_email=f"hotro@{typed}")))
        assert message["To"].addresses[0].addr_spec == f"an@{asked_for}"
        assert message["From"].addresses[0].addr_spec == f"hotro@{asked_for}"

    @given(st.from_regex(r"[a-zßσςéưŁöœ]{1,12}\.(de|vn)", fullmatch=True))
    def test_goes_to_the_domain_under_which_its_reader_is_known(self, domain: str) -> None:
        known = canonical_identity(FieldName("email"), f"an@{domain}")
        assert known is None or letter_domain(f"an@{domain}") == known.rpartition("@")[2]

    def test_keeps_its_message_id_and_the_date_it_was_given(self, write: Write) -> None:
        local = datetime(2026, 11, 23, 9, 0, tzinfo=timezone(timedelta(hours=7)))
        message = read(compose(write(sent_at=local)))
        assert message["Message-ID"] == "<letter-1@example.vn>"
        assert message["Date"] == "Mon, 23 Nov 2026 09:00:00 +0700"
        assert compose(write()) == compose(write())

    @pytest.mark.parametrize("text", ["Dài " * 2000, "a" * 5000 + "\n", "ọ" * 3000], ids=["words", "ascii", "vietnamese"])
    def test_of_any_length_has_lines_that_every_server_takes(self, write: Write, text: str) -> None:
        written = compose(write(text=text))
        assert max(len(line) for line in written.split(b"\r\n")) <= 998
        assert text_of(read(written)).strip() == text.strip()

    @pytest.mark.parametrize("text", ["one\rtwo", "one\ntwo", "one\r\ntwo", "one\n.\ntwo\n.\n", "From here\nFrom there"])
    def test_ends_every_line_with_both_characters(self, write: Write, text: str) -> None:
        written = compose(write(text=text))
        assert written.count(b"\n") == written.count(b"\r\n") == written.count(b"\r")

    def test_has_nothing_of_the_machine_in_it(self, write: Write) -> None:
        names = {name.lower() for name in read(compose(write())).keys()}  # noqa: SIM118  # a message's keys are not a mapping's
        assert names == OWN_HEADERS


@pytest.mark.clause("7.1")
class TestALetterInALogLine:
    def test_says_neither_whom_it_is_for_nor_what_it_says(self, write: Write) -> None:
        shown = repr(write())
        for canary in (AN.email, "Chúng tôi", "Kính chào", "hotro@"):
            assert canary not in shown
        assert "<letter-1@example.vn>" in shown

    def test_refused_says_which_part_and_not_what_stood_there(self, write: Write) -> None:
        with pytest.raises(LetterUnsendable) as caught:
            write(to=f"{AN.email}\r\nBcc: ke.la@example.com")
        assert str(caught.value) == caught.value.code == "letter.to"
        assert pickle.loads(pickle.dumps(caught.value)).code == "letter.to"  # noqa: S301  # our own bytes, made in this line


class TestAnInjection:
    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"to": "an@example.vn, ke.la@example.com"}, "letter.to"),
            ({"to": "An <an@example.vn>"}, "letter.to"),
            ({"to": "an@example.vn\n"}, "letter.to"),
            ({"to": "thư@example.vn"}, "letter.to"),
            ({"to": "an@example..vn"}, "letter.to"),
            ({"to": "an"}, "letter.to"),
            ({"to": ""}, "letter.to"),
            ({"from_email": "hotro@example.vn\r\nX: y"}, "letter.from_email"),
            ({"from_name": "Hỗ trợ\r\nBcc: ke.la@example.com"}, "letter.from_name"),
            ({"subject": "Chào\nBcc: ke.la@example.com"}, "letter.subject"),
            ({"subject": "Chào\u2028Bcc: ke.la@example.com"}, "letter.subject"),
            ({"subject": ""}, "letter.subject"),
            ({"message_id": "letter-1@example.vn"}, "letter.message_id"),
            ({"message_id": "<letter 1@example.vn>"}, "letter.message_id"),
            ({"message_id": "<1@example.vn>\r\nBcc: x@example.com"}, "letter.message_id"),
            ({"text": ""}, "letter.text"),
            ({"text": "a\0b"}, "letter.text"),
            ({"text": "a\ud800b"}, "letter.text"),
            ({"html": "\0"}, "letter.html"),
            ({"sent_at": SENT_AT.replace(tzinfo=None)}, "letter.sent_at"),
            ({"headers": {"Bcc": "ke.la@example.com"}}, "letter.headers"),
            ({"headers": {"bCC": "ke.la@example.com"}}, "letter.headers"),
            ({"headers": {"Content-Type": "text/html"}}, "letter.headers"),
            ({"headers": {"X-Note": "a\r\nBcc: ke.la@example.com"}}, "letter.headers"),
            ({"headers": {"X Note": "a"}}, "letter.headers"),
            ({"headers": {"X-Note:": "a"}}, "letter.headers"),
        ],
    )
    def test_is_refused_before_there_is_a_letter(self, write: Write, changes: dict[str, Any], code: str) -> None:
        with pytest.raises(LetterUnsendable) as caught:
            write(**changes)
        assert caught.value.code == code

    @given(subject=st.text(max_size=120), name=st.text(max_size=80), text=st.text(max_size=300))
    def test_never_adds_a_header_or_a_recipient(self, subject: str, name: str, text: str) -> None:
        try:
            written = compose(letter(subject=subject, from_name=name, text=text))
        except LetterUnsendable:
            return
        head = written.partition(b"\r\n\r\n")[0].decode("ascii")
        starts = [line.partition(":")[0].lower() for line in head.split("\r\n") if line[:1] not in (" ", "\t")]
        assert sorted(starts) == sorted(OWN_HEADERS)
