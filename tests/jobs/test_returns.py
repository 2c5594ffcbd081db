"""The mailbox in which letters come back, on a real IMAP server: nothing is lost or answered, no word is kept, and nothing stops the reader."""

import logging
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.channels import mail_in
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter, Mailbox, OddMail
from camket.jobs import returns
from camket.jobs.cli.house import examine
from camket.jobs.returns import Returns, read_returns
from camket.journal.models import JournalEntry
from tests.cast import AN
from tests.channels.mail_in.mails import plain, report
from tests.channels.mail_in.postbox import Postbox, PostboxMissing, postbox
from tests.duties.intake.conftest import Receive
from tests.ports import free_port

pytestmark = pytest.mark.django_db
WORKER, MINUTE, DAY = "worker-of-these-tests", timedelta(minutes=1), timedelta(days=1)
KEPT = "Camket-returned"
CANARY = "hoang-yen-hot-trong-thu-tra-lai"


@pytest.fixture(scope="module", params=["", "INBOX."], ids=["folders beside the inbox", "folders below the inbox"])
def server(request: pytest.FixtureRequest) -> Iterator[Postbox]:
    try:
        with postbox(prefix=request.param) as running:
            yield running
    except PostboxMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def box(server: Postbox, settings: Any) -> Postbox:
    """Give an empty mailbox that the settings name."""
    server.empty()
    settings.CAMKET_IMAP_URL = server.url()
    return server


@pytest.fixture
def sent(receive: Receive, now: datetime) -> Letter:
    """Send An's acknowledgement."""
    receive()
    (letter,) = notices.take_letters(worker=WORKER, now=now)
    notices.open_letter(letter=letter, now=now)
    notices.report_letter(letter=letter, worker=WORKER, outcome="accepted", code="smtp.250", now=now)
    return letter


def returned(letter: Letter, **how: str) -> bytes:
    """The report of another mail system that a letter came back."""
    return report(message_id=notices.message_id(letter.id), **how)


def row_of(letter: Letter) -> queries.LetterRow:
    """Return a letter as the console lists it."""
    return next(row for row in queries.letters().rows if row.id == letter.id)


def kept(box: Postbox) -> list[tuple[bytes, bytes]]:
    """What was put away, on either kind of server."""
    return box.mails(KEPT) + box.mails(f"INBOX.{KEPT}")


class TestALetterThatComesBack:
    def test_is_noticed_and_its_report_put_away(self, box: Postbox, sent: Letter, now: datetime) -> None:
        box.deliver(returned(sent))
        assert read_returns(worker=WORKER, now=now) == 1
        assert (row_of(sent).state, row_of(sent).error_code) == ("parked", "bounce.hard.5.1.1")
        assert (box.mails(), len(kept(box))) == ([], 1)

    def test_is_noticed_once_when_two_reports_come_and_when_they_are_read_again(self, box: Postbox, sent: Letter, now: datetime) -> None:
        box.deliver(returned(sent))
        box.deliver(returned(sent, diagnostic="smtp; 550 no such user"))
        read_returns(worker=WORKER, now=now)
        Mailbox.objects.update(uid_validity=0, last_uid=0)
        box.deliver(returned(sent))
        read_returns(worker=WORKER, now=now + 2 * MINUTE)
        assert JournalEntry.objects.filter(act="letter.bounced").count() == 1
        assert (box.mails(), len(kept(box))) == ([], 3)

    def test_is_noticed_when_the_reader_died_before_it_could_put_the_report_away(
        self, box: Postbox, sent: Letter, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box.deliver(returned(sent))
        with monkeypatch.context() as dying:
            dying.setattr(mail_in.Mailbox, "put_away", _die)
            with pytest.raises(KeyboardInterrupt):
                read_returns(worker=WORKER, now=now)
        read_returns(worker="another", now=now + 11 * MINUTE)
        assert JournalEntry.objects.filter(act="letter.bounced").count() == 1
        assert (box.mails(), len(kept(box))) == ([], 1)

    def test_for_a_while_goes_out_again(self, box: Postbox, sent: Letter, now: datetime) -> None:
        box.deliver(returned(sent, status="4.2.2", diagnostic="smtp; 452 4.2.2 mailbox full"))
        read_returns(worker=WORKER, now=now)
        assert (row_of(sent).state, row_of(sent).error_code) == ("due", "bounce.soft.4.2.2")

    def test_is_deleted_with_its_days(self, box: Postbox, sent: Letter, now: datetime) -> None:
        box.deliver(returned(sent), at=now)
        read_returns(worker=WORKER, now=now)
        read_returns(worker=WORKER, now=now + 6 * DAY)
        assert len(kept(box)) == 1
        read_returns(worker=WORKER, now=now + 9 * DAY)
        assert kept(box) == []

    def test_is_deleted_at_once_where_it_is_kept_for_no_day(self, box: Postbox, sent: Letter, now: datetime, settings: Any) -> None:
        settings.CAMKET_MAILBOX_DAYS = 0
        box.deliver(returned(sent))
        read_returns(worker=WORKER, now=now)
        assert (box.mails(), kept(box)) == ([], [])

    def test_leaves_no_word_of_its_report_anywhere(
        self, box: Postbox, sent: Letter, now: datetime, caplog: pytest.LogCaptureFixture, settings: Any
    ) -> None:
        box.deliver(returned(sent, diagnostic=f"smtp; 550 5.1.1 {CANARY}@example.com user unknown").replace(b"Sorry.", CANARY.encode()))
        box.deliver(plain(subject="Out of office", text=CANARY, sender=f"{CANARY}@example.com", **{"In-Reply-To": notices.message_id(sent.id)}))
        with caplog.at_level(logging.DEBUG):
            read_returns(worker=WORKER, now=now)
        assert JournalEntry.objects.filter(act="letter.bounced").count() == 1
        assert CANARY not in caplog.text
        assert _tables_with(CANARY) == []
        files = [path for path in Path(settings.CAMKET_HOME).rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]
        assert files == []
        assert _tables_with(row_of(sent).reference), "the scan finds what is there"


class TestEverythingElseInTheMailbox:
    def test_stays_where_it_is_unseen(self, box: Postbox, sent: Letter, now: datetime) -> None:
        others = [
            plain(subject="Re: báo giá", text="Chị ơi", sender=AN.email, **{"In-Reply-To": notices.message_id(sent.id)}),
            plain(subject="Báo giá", text="Chị ơi", sender="binh@example.com"),
            report(message_id="<somebody@example.org>"),
            b"no mail at all",
        ]
        for raw in others:
            box.deliver(raw)
        assert read_returns(worker=WORKER, now=now) == len(others)
        assert [flags for flags, _ in box.mails()] == [b""] * len(others)
        assert [raw for _, raw in box.mails()] == [_with_crlf(raw) for raw in others]
        assert row_of(sent).state == "sent"

    def test_is_looked_at_once(self, box: Postbox, now: datetime) -> None:
        box.deliver(plain(subject="Báo giá", text="Chị ơi", sender="binh@example.com"))
        assert read_returns(worker=WORKER, now=now) == 1
        assert read_returns(worker=WORKER, now=now + MINUTE) == 0
        box.deliver(plain(subject="Báo giá", text="Chị ơi", sender="binh@example.com"))
        assert read_returns(worker=WORKER, now=now + 2 * MINUTE) == 1

    def test_from_before_we_read_it_is_left_alone(self, box: Postbox, now: datetime) -> None:
        box.deliver(plain(subject="Báo giá", text="Chị ơi", sender="binh@example.com"), at=now - 30 * DAY)
        assert [read_returns(worker=WORKER, now=now + number * 2 * MINUTE) for number in range(2)] == [0, 0]
        box.deliver(plain(subject="Báo giá", text="Anh ơi", sender="binh@example.com"), at=now)
        assert read_returns(worker=WORKER, now=now + 4 * MINUTE) == 1

    @pytest.mark.clause("7.1")
    def test_that_is_forged_changes_nothing_and_is_counted(self, box: Postbox, sent: Letter, now: datetime) -> None:
        before = list(Letter.objects.values())
        box.deliver(report(message_id="<01931c5e-7a3b-7c11-9d2e-5f6a7b8c9d0e@localhost>"))
        box.deliver(report(message_id="<not-a-letter@localhost>"))
        read_returns(worker=WORKER, now=now)
        assert list(Letter.objects.values()) == before
        assert (Mailbox.objects.get().unbelieved, Mailbox.objects.get().understood, len(box.mails())) == (1, 0, 2)


class TestAMailThatBreaksItsReader:
    def test_is_passed_over_told_of_and_left_where_it_is(
        self, box: Postbox, sent: Letter, now: datetime, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        poison = plain(subject=CANARY, text="x", sender="ke.la@example.org")
        box.deliver(poison)
        box.deliver(returned(sent))
        read = returns.mail_in.read_bounce
        monkeypatch.setattr(returns.mail_in, "read_bounce", lambda raw: read(raw) if CANARY.encode() not in raw else _break(raw))
        read_returns(worker=WORKER, now=now)
        assert row_of(sent).state == "parked"
        assert len(box.mails()) == 1
        found = queries.mailbox()
        assert found is not None
        assert (len(found.odd_uids), found.error) == (1, "")
        assert CANARY not in caplog.text
        assert notices.forget_odd_mails(older_than=now + MINUTE) == 1

    def test_so_that_the_process_ends_is_not_read_a_third_time(
        self, box: Postbox, sent: Letter, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box.deliver(plain(subject="x", text="x", sender="ke.la@example.org"))
        with monkeypatch.context() as dying:
            dying.setattr(returns.mail_in, "read_bounce", _die)
            for turn in range(2):
                with pytest.raises(KeyboardInterrupt):
                    read_returns(worker=WORKER, now=now + turn * 11 * MINUTE)
        box.deliver(returned(sent))
        read_returns(worker=WORKER, now=now + 30 * MINUTE)
        assert OddMail.objects.count() == 1
        assert row_of(sent).state == "parked"

    def test_of_ten_megabytes_costs_no_more_than_its_beginning(self, box: Postbox, sent: Letter, now: datetime) -> None:
        box.deliver(returned(sent).replace(b"Kinh chao quy khach.", b"x\r\n" * 3_500_000))
        read_returns(worker=WORKER, now=now)
        assert (row_of(sent).state, len(kept(box))) == ("parked", 1)


@pytest.mark.whatever_database
class TestAMailboxThatCannotBeRead:
    @pytest.mark.parametrize(("change", "code"), [({"secret": "falsch"}, "imap.auth_refused"), ({"name": "Khong-co"}, "imap.no_folder")])
    def test_says_why_and_is_tried_again_in_a_minute(self, box: Postbox, now: datetime, settings: Any, change: dict[str, str], code: str) -> None:
        settings.CAMKET_IMAP_URL = box.url(**change)
        assert read_returns(worker=WORKER, now=now) == 0
        found = queries.mailbox()
        assert found is not None
        assert (found.error, found.read_at) == (code, None)
        assert now < Mailbox.objects.get().due_at < now + 2 * MINUTE
        assert mail_in.probe().code == code

    def test_because_nobody_listens_says_so(self, now: datetime, settings: Any) -> None:
        settings.CAMKET_IMAP_URL = f"imap://hotro:x@127.0.0.1:{free_port()}?tls=none"
        assert read_returns(worker=WORKER, now=now) == 0
        assert Mailbox.objects.get().last_error == "imap.no_connection"

    def test_because_it_hangs_is_given_up_after_its_time(self, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            settings.CAMKET_IMAP_URL = f"imap://hotro:x@127.0.0.1:{silent.getsockname()[1]}?tls=none"
            monkeypatch.setattr(mail_in.Mailbox.__init__, "__kwdefaults__", {"seconds": 0.2})
            assert read_returns(worker=WORKER, now=now) == 0
        assert Mailbox.objects.get().last_error == "imap.timeout"

    def test_because_it_answers_without_end_is_given_up(self, now: datetime, settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as flood:
            thread = threading.Thread(target=_flood, args=(flood,), daemon=True)
            thread.start()
            settings.CAMKET_IMAP_URL = f"imap://hotro:x@127.0.0.1:{flood.getsockname()[1]}?tls=none"
            assert read_returns(worker=WORKER, now=now) == 0
            thread.join(timeout=5)
        assert Mailbox.objects.get().last_error.startswith("imap.")

    def test_because_nobody_can_read_its_address_is_told_of_once(self, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
        settings.CAMKET_IMAP_URL = "geheim"
        thread = Returns(WORKER)
        thread.run()
        assert [one.levelname for one in caplog.records] == ["ERROR"]
        assert "imaps://" in caplog.text
        assert "geheim" not in caplog.text

    def test_holds_nobody_up_who_ends(self, settings: Any) -> None:
        settings.CAMKET_IMAP_URL = ""
        thread = Returns(WORKER)
        thread.start()
        thread.end()
        assert not thread.is_alive()


@pytest.mark.whatever_database
class TestTheDoctor:
    def test_opens_the_mailbox_and_names_what_could_not_be_read(self, box: Postbox, now: datetime, settings: Any) -> None:
        assert ("ok", "The mailbox can be read.") in _findings()
        mailbox = notices.take_mailbox(place=mail_in.mailbox_mark(), worker=WORKER, now=now)
        assert mailbox is not None
        notices.note_odd_mail(mailbox=mailbox, uid=4711, mark="", now=now)
        assert ("warning", "1 mail in it could not be read") in _findings()
        settings.CAMKET_IMAP_URL = box.url(secret="falsch")  # a wrong one, of a mailbox of this test
        assert ("warning", "The mailbox refused the user name or password.") in _findings()

    def test_asks_nobody_where_none_is_set(self, settings: Any) -> None:
        settings.CAMKET_IMAP_URL = ""
        assert ("ok", "none is set, none was asked") in _findings()

    def test_says_of_a_nonsense_address_how_one_is_written(self, settings: Any) -> None:
        settings.CAMKET_IMAP_URL = "geheim"
        ((level, sentence),) = _findings()
        assert (level, "imaps://" in sentence, "geheim" in sentence) == ("warning", True, False)


class TestSeveralWorkers:
    def test_read_the_mailbox_one_at_a_time(self, box: Postbox, now: datetime) -> None:
        assert notices.take_mailbox(place=mail_in.mailbox_mark(), worker="another", now=now) is not None
        box.deliver(b"Subject: x\r\n\r\nx\r\n")
        assert read_returns(worker=WORKER, now=now) == 0
        assert read_returns(worker=WORKER, now=now + 11 * MINUTE) == 1

    def test_ask_the_database_little_while_it_is_not_due(self, box: Postbox, now: datetime) -> None:
        read_returns(worker=WORKER, now=now)
        with CaptureQueriesContext(connection) as asked:
            read_returns(worker=WORKER, now=now)
        assert len([one for one in asked if "SAVEPOINT" not in one["sql"]]) <= 2


def _findings() -> list[tuple[str, str]]:
    return [(one.level, one.sentence) for one in examine() if one.topic == "mailbox"]


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def _break(raw: bytes) -> mail_in.Bounce:
    raise RuntimeError(raw.decode("utf-8", "replace"))


def _with_crlf(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _flood(server: socket.socket) -> None:
    try:
        client, _ = server.accept()
        with client:
            client.settimeout(5)
            client.sendall(b"* OK hi\r\n")
            client.recv(100)
            client.sendall(b"* CAPABILITY {4000000000}\r\n" + b"x" * 1_000_000)
    except OSError:
        pass  # hung up, as it should


def _tables_with(text: str) -> list[str]:
    """Names of the tables with a row that holds a text, as it stands."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608  # a name from the database's own list
            if any(text.encode() in _bytes(value) for row in cursor.fetchall() for value in row):
                found.append(table)
    return found


def _bytes(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
