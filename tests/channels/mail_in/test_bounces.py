"""What a mail says of a letter of ours, read from the mail alone."""

import time

import pytest

from camket.channels.mail_in.anatomy import MOST_BYTES
from camket.channels.mail_in.bounces import Bounce, Kind, read_bounce
from tests.channels.mail_in.mails import ADDRESSEE, LETTER, plain, report, returned


def read(raw: bytes) -> tuple[str, str]:
    """Kind and code."""
    found = read_bounce(raw)
    return str(found.kind), found.code


class TestAReportForMachines:
    @pytest.mark.parametrize(
        ("status", "diagnostic", "found"),
        [
            ("5.1.1", "smtp; 550 5.1.1 User unknown", ("hard", "5.1.1")),
            ("5.1.2", "smtp; Host not found", ("hard", "5.1.2")),
            ("5.2.2", "smtp; 552 5.2.2 Mailbox full", ("soft", "5.2.2")),
            ("4.4.1", "smtp; connection timed out", ("soft", "4.4.1")),
            ("5.7.1", "smtp; 554 5.7.1 Message rejected: looks like spam", ("soft", "5.7.1")),
            ("5.7.1", "smtp; 550 5.7.1 no such user here", ("hard", "5.7.1")),
            ("5.0.0", "smtp; 550 No such recipient", ("hard", "address.unknown")),
            ("5.0.0", "smtp; 550 5.2.1 account disabled", ("hard", "5.2.1")),
            ("5.0.0", "smtp; 554 something went wrong", ("hard", "5.0.0")),
            ("5.1.1", "smtp; 552 over quota", ("soft", "5.1.1")),
            ("", "smtp; 451 come again", ("soft", "returned")),
        ],
    )
    def test_says_whether_the_address_is_at_fault(self, status: str, diagnostic: str, found: tuple[str, str]) -> None:
        assert read(report(status=status, diagnostic=diagnostic)) == found

    def test_of_a_delay_is_no_failure(self) -> None:
        assert read(report(action="delayed", status="4.4.1", diagnostic="smtp; timed out")) == ("delayed", "4.4.1")

    @pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
    def test_of_a_success_is_none(self, action: str) -> None:
        assert read(report(action=action, status="2.0.0", diagnostic="smtp; 250 ok"))[0] == "not_one"

    def test_names_the_letter_that_was_sent_back_and_no_other(self) -> None:
        raw = report().replace(b"Auto-Submitted:", b"References: <another@example.org>\r\nAuto-Submitted:")
        assert read_bounce(raw).message_ids == (LETTER,)

    def test_with_a_folded_message_id_names_it_too(self) -> None:
        assert read_bounce(report().replace(b"Message-ID: <", b"Message-ID:\r\n <")).message_ids == (LETTER,)

    def test_counts_the_worst_that_happened_to_a_recipient(self) -> None:
        passed_on = b"Final-Recipient: rfc822; other@example.com\r\nAction: delivered\r\nStatus: 2.1.5\r\n\r\nFinal-Recipient"
        assert read(report().replace(b"Final-Recipient", passed_on, 1)) == ("hard", "5.1.1")

    def test_of_an_abuse_complaint_or_a_read_receipt_is_none(self) -> None:
        for kind in (b"feedback-report", b"disposition-notification"):
            assert read(report().replace(b"report-type=delivery-status", b"report-type=" + kind))[0] == "not_one"


class TestANoticeForPeople:
    COPY = "\n--- Below this line is a copy of the message.\n\n" + returned().decode().replace("\r\n", "\n")

    @pytest.mark.parametrize(
        ("text", "found"),
        [
            (f"<{ADDRESSEE}>:\nSorry, no mailbox here by that name. (#5.1.1)", ("hard", "5.1.1")),
            (f"{ADDRESSEE}: mailbox is full", ("soft", "mailbox.full")),
            ("host mx.example.com said: 550 unknown user", ("hard", "address.unknown")),
            ("We gave up after 5 days: connection timed out", ("soft", "no.way.there")),
            ("This is a warning message only. You do not need to resend it.", ("delayed", "delayed")),
            ("Địa chỉ này không tồn tại.", ("hard", "address.unknown")),
        ],
    )
    def test_is_read_by_its_words(self, text: str, found: tuple[str, str]) -> None:
        raw = plain(subject="failure notice", text=f"Hi. This is the mail program.\n\n{text}\n{self.COPY}", Return_Path="<>")
        assert read(raw) == found
        assert read_bounce(raw).message_ids == (LETTER,)


class TestAMachinesAnswer:
    @pytest.mark.parametrize(
        ("subject", "headers"),
        [
            ("Re: Da nhan", {"Auto-Submitted": "auto-replied"}),
            ("Automatic reply: Da nhan", {}),
            ("Trả lời tự động: Da nhan", {}),
            ("Vắng mặt đến thứ Hai", {}),
            ("Out of Office", {"X-Autoreply": "yes"}),
        ],
    )
    def test_is_a_note(self, subject: str, headers: dict[str, str]) -> None:
        raw = plain(subject=subject, text="I am away. 550 5.1.1 user unknown", sender=ADDRESSEE, **{"In-Reply-To": LETTER}, **headers)
        assert read(raw) == ("away", "auto.replied")
        assert read_bounce(raw).message_ids == (LETTER,)


class TestWhatAPersonWrites:
    @pytest.mark.parametrize(
        "text",
        [
            "Cảm ơn, tôi đã nhận được.",
            "My colleague's address bounced: 550 5.1.1 User unknown. What should I do?",
            f"The mailbox is full, it says.\n\n> Message-ID: {LETTER}\n> Final-Recipient: rfc822; a@example.com\n> Status: 5.1.1",
        ],
    )
    def test_is_never_a_bounce_whatever_it_quotes(self, text: str) -> None:
        for subject in ("Re: Da nhan", "Thư bị trả lại, giúp tôi với", "Undelivered mail, please help"):
            raw = plain(subject=subject, text=text, sender=ADDRESSEE, **{"In-Reply-To": LETTER})
            assert read(raw)[0] == "not_one"

    def test_with_a_report_attached_is_none_either(self) -> None:
        changes = {
            b"MAILER-DAEMON@mx.example.com (Mail Delivery System)": ADDRESSEE.encode(),
            b"multipart/report; report-type=delivery-status;": b"multipart/mixed;",
            b"Return-Path: <>": b"Return-Path: <an@example.com>",
            b"Undelivered Mail Returned to Sender": b"Fwd: what is this?",
        }
        raw = report()
        for old, new in changes.items():
            raw = raw.replace(old, new)
        assert read(raw.replace(b"Auto-Submitted: auto-replied", b"X-Mailer: hand"))[0] == "not_one"


class TestAHostileMail:
    @pytest.mark.parametrize(
        "raw",
        [
            b"",
            b"\r\r\r",
            b"\0" * 1000,
            b"\xff\xfe" * 5000,
            b"Content-Type: multipart/report; boundary=\n\n",
            b"Content-Type: text/plain; charset=iso-gb2312\n\nx",
            b'Content-Type: text/plain; charset=""\nSubject: =?x-unknown?q?a?= =?utf-8?b?!!?=\n\nx',
            b"Content-Type: message/delivery-status\n\n" + b"Status: 5.1.1\n\n" * 5000,
            b"Subject: " + b"a" * 300_000,
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(3000)),
            b"Content-Type: message/rfc822\n\n" * 5000,
            b"From: mailer-daemon\nSubject: failure notice\n\n" + b"user " * 50_000,
            b"From: mailer-daemon\nSubject: failure notice\nContent-Type: text/html\n\n" + b"<" * 250_000,
            b"From: mailer-daemon\nSubject: failure notice\n\n" + b"exceed" * 40_000,
            b"From: mailer-daemon\nSubject: failure notice\n\n" + b"\n \n" * 80_000,
            report(status="5.1.1\r\n\r\n" + "5.1.1." * 30_000),
            b"From: mailer-daemon\nContent-Type: multipart/report; x=" + b'a";"' * 60_000 + b"\n\nx",
            b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(400)) + b"\n" + b"a\n" * 120_000,
            b"".join(b"Content-Type:\x1cmultipart/mixed; boundary=b%d\n\n--b%d\n" % (depth, depth) for depth in range(400))
            + b"\n"
            + b"a\n" * 120_000,
        ],
        ids=range(19),
    )
    def test_ends_in_an_answer_and_soon(self, raw: bytes) -> None:
        began = time.process_time()
        assert isinstance(read_bounce(raw), Bounce)
        assert time.process_time() - began < 2.0

    def test_that_is_nested_deeper_than_any_report_is_read_by_its_words(self) -> None:
        text = b"From: mailer-daemon@mx.example.com\nSubject: Undelivered mail\n" + b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 100
        assert read(text + b"\n550 5.1.1 user unknown\n") == ("hard", "5.1.1")

    def test_of_ten_megabytes_is_read_by_its_beginning(self) -> None:
        raw = report().replace(b"Kinh chao quy khach.", b"x" * 10_000_000)
        assert len(raw) > MOST_BYTES
        assert (read(raw), read_bounce(raw).message_ids) == (("hard", "5.1.1"), (LETTER,))

    @pytest.mark.parametrize("ends", [b"\r", b"\n", b"\r\n"])
    def test_is_read_whatever_ends_its_lines(self, ends: bytes) -> None:
        assert read(report().replace(b"\r\n", ends)) == ("hard", "5.1.1")

    def test_names_no_more_letters_than_a_mail_may(self) -> None:
        many = " ".join(f"<{number}@localhost>" for number in range(500))
        assert len(read_bounce(plain(subject="Out of office", text="x", References=many)).message_ids) == 20

    def test_is_printed_nowhere(self) -> None:
        assert ADDRESSEE not in repr(read_bounce(report()))
        with pytest.raises(TypeError):
            bool(Bounce(kind=Kind.NOT_ONE))
