"""Whatever the mail server does, no letter is lost, and none holds up the others."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email import message_from_bytes
from functools import partial
from typing import Any

import pytest

from camket.channels.mail_out import post
from camket.channels.mail_out.wire import Patience
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.jobs.worker import send_due_letters
from tests.cast import AN, BINH
from tests.channels.mail_out.post_office import HANG, HANG_UP, Clerk
from tests.duties.intake.conftest import Receive
from tests.ports import free_port

pytestmark = [pytest.mark.django_db, pytest.mark.clause("12.1")]
OpenOffice = Callable[..., Clerk]
WORKER = "worker-of-these-tests"
LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def _sender(settings: Any) -> None:
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"


def states() -> list[tuple[str, str]]:
    """State and code of every letter, by name."""
    return sorted((row.state, row.error_code) for row in queries.letters().rows)


def message_ids(clerk: Clerk) -> list[str]:
    """The Message-IDs of what the office took, in order."""
    return [str(message_from_bytes(one.content)["Message-ID"]) for one in clerk.received]


class TestAMailServerThatTakesLetters:
    def test_gets_each_letter_once(self, receive: Receive, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office()
        receive(nonce="1")
        receive(BINH.values("full_name", "email", "message"), nonce="2")
        assert send_due_letters(worker=WORKER, now=now) == 2
        assert send_due_letters(worker=WORKER, now=now + LATER) == 0
        assert [one.recipients for one in clerk.received] == [[AN.email], [BINH.email]]
        assert states() == [("sent", ""), ("sent", "")]


class TestALetter:
    def test_is_plain_text_that_brings_nothing_along_and_fetches_nothing(self, receive: Receive, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office()
        receive({**AN.values("full_name", "email"), "message": "<img src=https://example.org/dot.png> <p>Chào</p>"})
        send_due_letters(worker=WORKER, now=now)
        (message,) = [message_from_bytes(one.content) for one in clerk.received]
        assert [part.get_content_type() for part in message.walk()] == ["text/plain"]


class TestAMailServerThatIsDown:
    def test_is_tried_again_later(self, receive: Receive, open_office: OpenOffice, settings: Any, now: datetime) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{free_port()}?tls=none"
        receive()
        send_due_letters(worker=WORKER, now=now)
        assert states() == [("due", "smtp.no_connection")]
        assert queries.letters().rows[0].due_at > now
        clerk = open_office()
        send_due_letters(worker=WORKER, now=now + LATER)
        assert states() == [("sent", "")]
        assert len(clerk.received) == 1

    def test_costs_one_letter_an_attempt_and_the_others_none(self, receive: Receive, settings: Any, now: datetime) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{free_port()}?tls=none"
        for number in range(3):
            receive({**AN.values("full_name", "message"), "email": f"khach.{number}@example.vn"}, nonce=str(number))
        send_due_letters(worker=WORKER, now=now)
        assert sorted(Letter.objects.values_list("attempt", flat=True)) == [0, 0, 1]


class TestAMailServerThatAnswersNo:
    @pytest.mark.parametrize("step", ["at_mail", "at_rcpt", "at_data"])
    def test_for_now_is_tried_again_later(self, receive: Receive, open_office: OpenOffice, now: datetime, step: str) -> None:
        clerk = open_office(Clerk(**{step: "451 4.3.0 come back later"}))
        receive()
        send_due_letters(worker=WORKER, now=now)
        (state, code) = states()[0]
        assert state == "due"
        assert "451" in code
        setattr(clerk, step, "250 OK")
        send_due_letters(worker=WORKER, now=now + LATER)
        assert states() == [("sent", "")]

    @pytest.mark.parametrize("step", ["at_rcpt", "at_data"])
    def test_for_good_leaves_the_letter_to_a_person(self, receive: Receive, open_office: OpenOffice, now: datetime, step: str) -> None:
        open_office(Clerk(**{step: "550 5.1.1 nobody here"}))
        receive()
        send_due_letters(worker=WORKER, now=now)
        (state, code) = states()[0]
        assert state == "parked"
        assert "550" in code
        assert queries.waiting(now=now).parked == 1


class TestAMailServerThatHangsUpAfterTheText:
    def test_gets_the_letter_once_more_under_the_same_name_and_no_third_time(self, receive: Receive, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office(Clerk(at_data=HANG_UP))
        receive()
        for hours in (0, 2, 4, 6):
            send_due_letters(worker=WORKER, now=now + timedelta(hours=hours))
        assert states() == [("parked", "answer.unknown")]
        assert clerk.sessions == 2

    def test_and_comes_to_its_senses_has_one_letter_under_one_name(self, receive: Receive, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office(Clerk(at_data=HANG_UP))
        receive()
        send_due_letters(worker=WORKER, now=now)
        clerk.at_data = "250 OK"
        send_due_letters(worker=WORKER, now=now + LATER)
        assert states() == [("sent", "")]
        assert message_ids(clerk) == [notices.message_id(Letter.objects.get().id)]


class TestAMailServerThatHangs:
    def test_keeps_one_letter_waiting_and_not_the_rest(
        self, receive: Receive, open_office: OpenOffice, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(post, "Patience", partial(Patience, step_seconds=1))
        clerk = open_office(Clerk(at_mail=HANG))
        for number in range(3):
            receive({**AN.values("full_name", "message"), "email": f"khach.{number}@example.vn"}, nonce=str(number))
        send_due_letters(worker=WORKER, now=now)
        assert clerk.sessions == 1
        assert sorted(Letter.objects.values_list("attempt", flat=True)) == [0, 0, 1]


class TestALetterThatCannotBeOpened:
    def test_does_not_keep_the_next_one_from_going_out(self, receive: Receive, open_office: OpenOffice, now: datetime) -> None:
        clerk = open_office()
        receive(nonce="1")
        Letter.objects.update(template="nobody/knows/this")
        receive(BINH.values("full_name", "email", "message"), nonce="2")
        send_due_letters(worker=WORKER, now=now)
        assert [one.recipients for one in clerk.received] == [[BINH.email]]
        assert states() == [("due", "letter.fault"), ("sent", "")]
