"""What an act is that may be interrupted anywhere, and the scenes that acts begin in."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from camket.access.actions import add_staff
from camket.access.models import Staff
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.intake.rules import SentFile
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.jobs.worker import send_due_letters
from camket.policy.terms import ADVISER, THE_HOUSE, VISITOR, Actor
from tests.cast import AN, CHI, Person

NEVER, WHOLE = "never happened", "happened completely"
VICTIM = "the-one-who-is-killed"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: what is there before it, itself, and how one sees afterwards what became of it."""

    name: str
    prepare: Callable[[datetime], None]
    perform: Callable[[datetime], None]  # done again after it was interrupted, it must end like once
    ended: Callable[[], str]  # NEVER or WHOLE; any other text names a third state, which is a fault
    after: timedelta = timedelta()  # from the preparation to the act
    is_taken_up: bool = True  # start-up or worker finish it by themselves; otherwise only whoever began it can
    is_taken_up_once_begun: bool = False  # they finish it where a trace of it is left, and do not begin it
    letters: int = 0  # that go out by it


def open_house(now: datetime) -> None:
    """Make the keys, and finish what an earlier run left."""
    custody.open_house(now=now)


def publish(now: datetime) -> None:
    """Publish every edition there is."""
    regime = read_regime(Path(settings.CAMKET_REGIME_FILE))
    publishing.publish_pending(folder=Path(settings.CAMKET_POLICY), regime=regime, actor=THE_HOUSE, now=now)


def settle_in(now: datetime) -> None:
    """Leave a house with its policy in force and its journal signed."""
    open_house(now)
    publish(now)
    custody.keep_journal(now=now)


def receive(person: Person, now: datetime, *, files: Sequence[SentFile] = ()) -> None:
    """Take in what a person writes; the same person's words are the same sending."""
    submission = intake.Submission(channel="form", language="vi", key=hashlib.sha256(person.email.encode()).digest())
    values = person.values("full_name", "email", "phone", "message")
    intake.receive_inquiry(submission=submission, values=values, consents=["advise"], files=files, actor=Actor(role=VISITOR), now=now)


def inquiry_of(person: Person) -> Inquiry:
    """Return what came of a person's sending."""
    return Inquiry.objects.get(submission=hashlib.sha256(person.email.encode()).digest())


def send(now: datetime) -> None:
    """Let the worker send what is due."""
    send_due_letters(worker=VICTIM, now=now)


def leave_an_acknowledgement(now: datetime, *, files: Sequence[SentFile] = ()) -> None:
    """Leave An's inquiry, with its acknowledgement still to be sent."""
    settle_in(now)
    receive(AN, now, files=files)


def meet_chi(now: datetime, *, files: Sequence[SentFile] = ()) -> None:
    """Leave An's inquiry acknowledged, and Chi at her desk."""
    leave_an_acknowledgement(now, files=files)
    send(now)
    add_staff(email=CHI.email, role=ADVISER, actor=THE_HOUSE, now=now, display_name="Chi")


def chi() -> Actor:
    """Return Chi as who acts."""
    return Actor(role=ADVISER, id=str(Staff.objects.get(email=CHI.email).id))
