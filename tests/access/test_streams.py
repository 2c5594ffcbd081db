"""Who may listen to the live stream: a ticket is for one session, one account as it is, and half a minute."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core import signing
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import begin_session, dismiss_staff, end_session
from camket.access.models import Staff, new_stamp
from camket.access.queries import StaffRow, StreamRefused, StreamTicket, new_stream_ticket, read_stream_ticket, still_listening
from camket.access.sessions import hash_of
from camket.policy.terms import Actor
from tests.access.seats import seat

ORIGIN = "http://localhost:8000"
SECOND = timedelta(seconds=1)


@pytest.fixture
def session(chi: StaffRow, now: datetime) -> UUID:
    """Chi's session."""
    Session.objects.create(session_key=hash_of("k" * 32), session_data="", expire_date=now + timedelta(hours=12))
    return begin_session(row=chi, session_key="k" * 32, browser="firefox", system="linux", factor="link", now=now)


@pytest.fixture
def ticket(session: UUID, now: datetime) -> StreamTicket:
    return read_stream_ticket(text_for(session, now), now=now)


def text_for(session: UUID, now: datetime) -> str:
    text = new_stream_ticket(session_id=session, origin=ORIGIN, watched="CK-7Q2M-4XJD", now=now)
    assert text is not None
    return text


class TestATicket:
    def test_says_for_whom_and_for_what_and_nothing_of_anybody(self, ticket: StreamTicket, session: UUID, chi: StaffRow, now: datetime) -> None:
        assert (ticket.session_id, ticket.actor, ticket.origin, ticket.watched) == (session, chi.actor, ORIGIN, "CK-7Q2M-4XJD")
        plain = str(signing.loads(text_for(session, now), salt="camket.access.stream"))
        assert not [value for value in (chi.email, chi.display_name) if value in plain]

    def test_is_over_after_half_a_minute(self, session: UUID, now: datetime) -> None:
        text = text_for(session, now)
        assert read_stream_ticket(text, now=now + 30 * SECOND)
        for at in (now + 31 * SECOND, now - 31 * SECOND):
            with pytest.raises(StreamRefused):
                read_stream_ticket(text, now=at)

    @pytest.mark.parametrize("text", ["", "x", "a:b:c", "\x00", "é" * 50, "x" * 100_000, "no session"], ids=range(7))
    def test_that_is_none_of_ours_is_refused(self, text: str, now: datetime) -> None:
        ours = signing.dumps({"s": "1"}, salt="camket.access.stream") if text == "no session" else text
        with pytest.raises(StreamRefused):
            read_stream_ticket(ours, now=now)

    def test_of_another_kind_is_none(self, session: UUID, now: datetime) -> None:
        said = signing.loads(text_for(session, now), salt="camket.access.stream")
        with pytest.raises(StreamRefused):
            read_stream_ticket(signing.dumps(said, salt="camket.access.sign-in"), now=now)

    def test_is_not_made_for_a_session_that_is_over(self, session: UUID, now: datetime) -> None:
        assert new_stream_ticket(session_id=uuid4(), origin=ORIGIN, watched="", now=now) is None
        assert new_stream_ticket(session_id=session, origin=ORIGIN, watched="", now=now + timedelta(hours=13)) is None


ENDS: dict[str, Callable[[StaffRow, UUID, Actor, datetime], object]] = {
    "the session was ended": lambda chi, session, _, now: end_session(**seat(chi.id, now), ended=session, now=now),
    "its owner was dismissed": lambda chi, _, operator, now: dismiss_staff(staff_id=chi.id, actor=operator, now=now),
    "every session was ended": lambda chi, *_: Staff.objects.filter(pk=chi.id).update(stamp=new_stamp()),
    "the password changed": lambda chi, *_: Staff.objects.filter(pk=chi.id).update(password="another hash"),
    "the role is another": lambda chi, *_: Staff.objects.filter(pk=chi.id).update(role="auditor"),
    "its time was over": lambda *_: Session.objects.update(expire_date=datetime.fromisoformat("2020-01-01T00:00:00+00:00")),
}


class TestAListener:
    @pytest.mark.parametrize("why", ENDS)
    def test_is_one_no_longer_once(self, ticket: StreamTicket, chi: StaffRow, operator: Actor, now: datetime, why: str) -> None:
        assert still_listening([ticket], now=now) == {ticket.session_id}
        ENDS[why](chi, ticket.session_id, operator, now)
        assert still_listening([ticket], now=now) == frozenset()

    def test_is_asked_about_together_with_all_others(self, ticket: StreamTicket, now: datetime) -> None:
        with CaptureQueriesContext(connections["default"]) as asked:
            still_listening([ticket] * 50, now=now)
        assert len(asked) == 1
