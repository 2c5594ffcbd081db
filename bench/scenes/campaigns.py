"""
Telling a million people of a change of the policy: whom it concerns is worked out; letters go through gate and journal to a server that takes all.

The million are rows as the house keeps them, but what is sealed in them is noise, for planning opens nothing. Those who get a letter are sealed as
the gate does it.
"""

import multiprocessing
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from email.utils import formataddr
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uuid6
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connections, models
from django.utils import timezone

from bench import home, sink
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.population import populate
from bench.rounds import interleaved, ratio
from bench.sample import Sample, whole
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as campaigns
from camket.duties.notices.actions.wording import wording_of
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from camket.journal.statements import insert
from camket.policy.terms import PRIVACY_OFFICER, SYSTEM, Actor, EditionNumber
from camket.vault.keys.models import IdentityToken
from camket.vault.models import Consent, Matter, Record, Subject
from camket.web.kit.change_lines import letter_words

_TWO = EditionNumber(2)
_OFFICER = Actor(role=PRIVACY_OFFICER, id=str(uuid4()))
_AT_ONCE = 10_000
_AHEAD = timedelta(seconds=1)  # the campaign begins at once
_LATER = timedelta(days=1)  # when letters are due that are another round's
_OURS, _ALONE = "letters handed over, gate and journal included", "the same, by the worker alone"
_SENDERS = 2  # the worker, and the sender that it calls
_DJANGO = "the same text by Django's back end, neither gate nor journal"
_LINK = "https://example.com/vi/consents/{:032x}"
_FORKING = multiprocessing.get_context("fork")
_SHARED = 10  # of so many people one gave an address that another gave before
_RULE = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
_MEGA = 1_000_000


def measure(plan: Plan) -> list[Figure]:
    """Return how long planning takes and what memory, and how many letters a second leave."""
    planned, written = plan.sized(1_000_000, quick=300), plan.sized(48_000, quick=60)
    settings.CAMKET_CONTROLLER_EMAIL = "office@example.com"
    now = timezone.now()
    populate(0, written, matters=(2,), now=now)
    _change_the_policy(Path(plan.folder), now)
    told = Naming(scene="campaigns", database=plan.database)
    return [*_handing_over(told, written, plan), *_planning(told, planned)]


def _change_the_policy(folder: Path, now: datetime) -> None:
    place = folder / "next" / "edition-2"
    shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", place)
    for name, old, new in (("edition.toml", "number = 1", "number = 2"), ("policy.vi.md", _RULE, _RULE.replace("P90D", "P180D"))):
        text = (place / name).read_text("utf-8")
        assert old in text
        (place / name).write_text(text.replace(old, new, 1), "utf-8")
    regime = read_regime(Path(settings.CAMKET_REGIME_FILE))
    publishing.publish_edition(path=place, regime=regime, actor=Actor(role=SYSTEM), now=now)


def _begin() -> UUID:
    now = timezone.now()
    campaign_id = notices.write_change(edition=_TWO, words=letter_words(EditionNumber(1), _TWO), actor=_OFFICER, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=_OFFICER, now=now)
    return campaign_id


def _planned(campaign_id: UUID) -> campaigns.CampaignRow:
    row = campaigns.campaign(campaign_id)
    assert row is not None
    return row


def _plan_all(campaign_id: UUID) -> float:
    began = time.perf_counter()
    while _planned(campaign_id).state in ("draft", "planning"):
        plan_due(now=timezone.now() + _AHEAD)
    return time.perf_counter() - began


def _handing_over(told: Naming, count: int, plan: Plan) -> list[Figure]:
    """The whole way of a letter: taken, opened, linked, committed, handed over, reported; and what Django's back end makes of the same letter."""
    campaign_id = _begin()
    _plan_all(campaign_id)
    Letter.objects.filter(campaign_id=campaign_id).update(due_at=timezone.now() + _LATER)
    share, alone, together = count // (2 * plan.rounds), Pace(per_minute=0), Pace(per_minute=0, senders=lambda: _SENDERS)
    with sink.running(grouping=True) as taker:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{taker.port}?tls=none"
        contenders: dict[str, Callable[[], Sample]] = {
            _OURS: partial(_by, _SENDERS, campaign_id, share, together),
            _ALONE: partial(_by, 1, campaign_id, share, alone),
            _DJANGO: partial(_django, campaign_id, taker, max(share // 16, 1)),
        }
        taken = interleaved(plan.rounds, contenders)
    report = campaigns.report_of(_planned(campaign_id), now=timezone.now())
    assert report.told == 2 * share * plan.rounds, report
    return [
        told.figure(_OURS, [one.rate for one in taken[_OURS]], "letters/s", target=(AT_LEAST, 5_000)),
        told.figure(_ALONE, [one.rate for one in taken[_ALONE]], "letters/s"),
        told.figure(_DJANGO, [one.rate for one in taken[_DJANGO]], "letters/s"),
        told.figure("ours, gate and journal included : Django's back end", ratio(taken[_OURS], taken[_DJANGO]), "×", target=(AT_LEAST, 5.0)),
    ]


def _by(senders: int, campaign_id: UUID, share: int, pace: Pace) -> Sample:
    waiting = Letter.objects.filter(campaign_id=campaign_id, state="due")
    waiting.filter(id__in=waiting.filter(due_at__gt=timezone.now() + _AHEAD).values("id")[:share]).update(due_at=timezone.now())
    if senders == 1:
        return whole(share, partial(_send_all, campaign_id, "bench", pace))
    connections.close_all()  # each process has its own
    processes = [_FORKING.Process(target=_send_all, args=(campaign_id, f"bench-{number}", pace)) for number in range(senders)]
    return whole(share, partial(_together, processes))


def _together(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * len(processes)


def _send_all(campaign_id: UUID, worker: str, pace: Pace) -> None:
    # letters are due with the turn that planned them, or let them go
    while Letter.objects.filter(campaign_id=campaign_id, state="due", due_at__lte=timezone.now() + _AHEAD).exists():
        send_due(worker=worker, pace=pace, now=timezone.now() + _AHEAD)


def _django(campaign_id: UUID, taker: sink.Sink, count: int) -> Sample:
    """The same text with a link of the same length, to nobody who is asked about and without a line in any journal."""
    wording = wording_of(Variant.objects.filter(campaign_id=campaign_id).earliest("id"), Campaign.objects.get(id=campaign_id), clause="3")
    sender = formataddr((settings.CAMKET_SITE_NAME, settings.CAMKET_CONTROLLER_EMAIL))

    def hand_over() -> None:
        with get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=taker.port) as connection:
            letters = [EmailMessage(wording.subject, wording.with_link(_LINK.format(n)), sender, [person(n).email]) for n in range(count)]
            assert connection.send_messages(letters) == count

    return whole(count, hand_over)


def _planning(told: Naming, count: int) -> list[Figure]:
    _settle_many(count)
    home.require_durable("default", "keys")
    Campaign.objects.update(state="stopped", ended_at=timezone.now())
    Path("/proc/self/clear_refs").write_text("5", "ascii")  # the peak is counted from here on
    campaign_id = _begin()
    seconds = _plan_all(campaign_id)
    row = _planned(campaign_id)
    assert row.looked_at >= count - count // _SHARED - 1, row
    limit = 60 * count / 1_000_000
    return [
        told.figure(f"plan {count:,} recipients", [seconds], "s", target=(AT_MOST, limit)),
        told.figure("the most memory while planning", [_peak_bytes() / _MEGA], "MB", target=(AT_MOST, 300)),
    ]


def _peak_bytes() -> int:
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the kernel tells no peak")


def _settle_many(count: int) -> None:
    now = timezone.now()
    with home.laxly("default", "keys"):
        for start in range(0, count, _AT_ONCE):
            for model, rows in _rows(min(_AT_ONCE, count - start), now):
                insert(model, rows, database="keys" if model is IdentityToken else "default")


def _rows(many: int, now: datetime) -> Iterator[tuple[type[models.Model], list[dict[str, Any]]]]:
    people = [(UUID(int=uuid6.uuid7().int), UUID(int=uuid6.uuid7().int), secrets.token_bytes(16)) for _ in range(many)]
    # the same address once more, by another contact
    people = [(subject, matter, people[number - 1][2] if number % _SHARED == 1 else token) for number, (subject, matter, token) in enumerate(people)]
    held = {"contact": ["email", "full_name", "phone"], "message": ["message"]}
    yield Subject, [{"id": subject, "created_at": now} for subject, _, _ in people]
    yield (
        Matter,
        [{"id": matter, "subject_id": subject, "opened_at": now, "rests_since": now} for subject, matter, _ in people],
    )
    yield (
        Record,
        [
            {
                "id": UUID(int=uuid6.uuid7().int),
                "subject_id": subject,
                "matter_id": matter,
                "collection": name,
                "edition": 1,
                "sealed": b"\0" * 300,
                "field_names": fields,
                "created_at": now,
            }
            for subject, matter, _ in people
            for name, fields in held.items()
        ],
    )
    yield Consent, [_consent(subject, number, now) for number, (subject, _, _) in enumerate(people)]
    yield (
        IdentityToken,
        [
            {"kind": "email", "version": 1, "token": token, "bond": token, "subject_id": subject, "matter_id": matter}
            for subject, matter, token in people
        ],
    )


def _consent(subject: UUID, number: int, now: datetime) -> dict[str, Any]:
    return {
        "id": UUID(int=uuid6.uuid7().int),
        "subject_id": subject,
        "purpose": "advise",
        "is_given": True,
        "at": now,
        "edition": 1,
        "language": "en" if number % 5 == 0 else "vi",
        "wording_hash": "ab" * 32,
        "channel": "form",
    }
