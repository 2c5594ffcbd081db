"""A second edition that changes something, words for what changes, and a worker that does its part: what the tests of campaigns share."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as configured

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import forget_pages, read_regime
from camket.editions.queries import forget_cached
from camket.jobs.campaigns import send_due
from camket.jobs.pacing import Pace
from camket.policy.terms import PRIVACY_OFFICER, THE_HOUSE, VISITOR, Actor, EditionNumber, FieldName
from camket.vault import gate
from tests.cast import AN, Person
from tests.duties.publishing.conftest import change
from tests.journeys.post_office import PostOffice

DUNG = Actor(role=PRIVACY_OFFICER, id="6f9619ff-8b86-4d01-b42d-00cf4fc964ff")
TWO = EditionNumber(2)
WORKER = "worker-of-these-tests"
ADVICE_LONGER = ('purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"', "P90D", "P180D")
QUOTES_LONGER = ('purposes = ["provide_service"]\nafter = "inquiry.closed"\nkeep = "P30D"', "P30D", "P60D")


@pytest.fixture
def fresh_reaches(settings: Any) -> Iterator[None]:
    """A sender's address, and nothing in memory of the editions of another test's house, nor left there for the next."""
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    notices.forget_reaches()
    yield
    forget_pages()
    forget_cached()
    notices.forget_reaches()


@pytest.fixture
def post(settings: Any) -> Iterator[PostOffice]:
    """A mail server that takes what it gets."""
    with PostOffice() as office:
        settings.CAMKET_SMTP_URL = office.url
        yield office


def publish_second(folder: Path, *, now: datetime, changes: tuple[tuple[str, str, str], ...] = (ADVICE_LONGER,)) -> EditionNumber:
    """Publish an edition 2 whose rules differ from the first in some places; it waits for the promised notice."""
    return _publish(folder, 2, now=now, changes=changes)


def publish_third(folder: Path, *, now: datetime, changes: tuple[tuple[str, str, str], ...] = (QUOTES_LONGER,)) -> EditionNumber:
    """Publish an edition 3 whose rules differ from the first in some places; it waits behind the second."""
    return _publish(folder, 3, now=now, changes=changes)


def _publish(folder: Path, number: int, *, now: datetime, changes: tuple[tuple[str, str, str], ...]) -> EditionNumber:
    place = folder / "policies" / f"edition-{number}"
    shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", place)
    change(place / "edition.toml", "number = 1", f"number = {number}")
    for rule, old, new in changes:
        change(place / "policy.vi.md", rule, rule.replace(old, new))
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    return publishing.publish_edition(path=place, regime=regime, actor=THE_HOUSE, now=now)


def words_for(edition: EditionNumber = TWO) -> dict[str, dict[str, dict[str, str]]]:
    """Words for every change, such as a desk would give them."""
    names = notices.reach_of(edition).changes
    return {
        language: {"changes": {name: f"{language}: change {name}" for name in names}, "purposes": {"advise": f"advice in {language}"}}
        for language in ("vi", "en")
    }


def write(now: datetime) -> UUID:
    """Write the campaign of edition 2 and let it begin at once."""
    campaign_id = notices.write_change(edition=TWO, words=words_for(), actor=DUNG, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
    return campaign_id


def plan(now: datetime, *, limit: int = 1000) -> int:
    """Plan all that is due, batch by batch, and return how many letters were written."""
    written = 0
    while (looked_at := notices.look_ahead(now=now, limit=limit)) is not None:
        written += notices.plan_letters(looked_at=looked_at, now=now)
    return written


def begin(folder: Path, now: datetime, *, many: int = 3, domains: tuple[str, ...] = ("mau.example.vn", "vd.example.vn")) -> UUID:
    """Plan a change that so many people are to be told, at these domains in turn."""
    for number in range(many):
        arrive({**email(AN), "email": f"khach.{number}@{domains[number % len(domains)]}"}, now=now, nonce=str(number))
    publish_second(folder, now=now)
    settled(now)
    campaign_id = write(now)
    plan(now)
    return campaign_id


def arrive(values: dict[str, str], *, now: datetime, nonce: str, consents: tuple[str, ...] = ("advise",), language: str = "vi") -> intake.Received:
    """Somebody writes to the company."""
    submission = intake.Submission(channel="form", language=language, key=nonce.encode().ljust(32, b"."))
    return intake.receive_inquiry(submission=submission, values=values, consents=consents, actor=Actor(role=VISITOR), now=now)


def email(person: Person) -> dict[str, str]:
    """What somebody writes who leaves an address."""
    return dict(person.values("full_name", "email", "message"))


def confirm_addresses(*, now: datetime) -> None:
    """Let everybody who wrote so far have read a letter at the address they gave."""
    for subject in Inquiry.objects.values_list("subject_id", flat=True):
        gate.prove(subject=gate.SubjectId(subject), kind=FieldName("email"), now=now)


def settled(now: datetime) -> None:
    """Let the acknowledgements of what came be gone already."""
    Letter.objects.filter(campaign__isnull=True).update(state="done", done_at=now)


def send(now: datetime, pace: Pace | None = None) -> int:
    """What the worker does in a turn."""
    return send_due(worker=WORKER, pace=pace or Pace(per_minute=0), now=now)


def report(campaign_id: UUID, now: datetime) -> queries.Report:
    """What became of a campaign's letters."""
    row = queries.campaign(campaign_id)
    assert row is not None
    return queries.report_of(row, now=now)


def in_hand(worker: str, *, now: datetime, limit: int = 500) -> tuple[notices.Batch, list[notices.Copy]]:
    """Let a worker come as far as the handing over of a batch."""
    batch = notices.take_batch(worker=worker, now=now, limit=limit)
    assert batch is not None
    notices.open_batch(batch=batch, now=now)
    return batch, notices.hand_over(batch=batch, now=now)


def tell_one(now: datetime) -> None:
    """Let one letter reach somebody: a server that took it does not refuse everybody."""
    batch, (copy,) = in_hand(WORKER, now=now, limit=1)
    notices.report_batch(batch=batch, outcomes={copy.id: ("accepted", "smtp.250")}, now=now)
