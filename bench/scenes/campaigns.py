"""
Telling a million people of a change of the policy: whom it concerns is worked out; letters go through gate and journal to a server that takes all.

The million are rows as the house keeps them, but what is sealed in them is noise, for planning opens nothing. Those who get a letter are sealed as
the gate does it.
"""

import secrets
import shutil
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import uuid6
from django.conf import settings
from django.db import models
from django.utils import timezone

from bench import home, sink
from bench.figures import AT_LEAST, AT_MOST, Figure, Naming
from bench.plan import Plan
from bench.population import populate
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as campaigns
from camket.duties.notices.models import Campaign, Letter
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
_SHARED = 10  # of so many people one gave an address that another gave before
_RULE = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
_MEGA = 1_000_000


def measure(plan: Plan) -> list[Figure]:
    """Return how long planning takes and what memory, and how many letters a second leave."""
    planned, written = plan.sized(1_000_000, quick=300), plan.sized(20_000, quick=60)
    settings.CAMKET_CONTROLLER_EMAIL = "office@example.com"
    now = timezone.now()
    populate(0, written, matters=(2,), now=now)
    _change_the_policy(Path(plan.folder), now)
    told = Naming(scene="campaigns", database=plan.database)
    return [_handing_over(told, written), *_planning(told, planned)]


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


def _handing_over(told: Naming, count: int) -> Figure:
    """The worker's whole way: taken, opened, linked, committed, handed over, reported."""
    campaign_id = _begin()
    _plan_all(campaign_id)
    pace = Pace(per_minute=0)
    with sink.running(grouping=True) as taker:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{taker.port}?tls=none"
        began = time.perf_counter()
        while Letter.objects.filter(campaign_id=campaign_id, state="due").exists():
            send_due(worker="bench", pace=pace, now=timezone.now() + _AHEAD)  # letters are due with the turn that planned them
        seconds = time.perf_counter() - began
    report = campaigns.report_of(_planned(campaign_id), now=timezone.now())
    assert report.told == count, report
    return told.figure("letters handed over, gate and journal included", [count / seconds], "letters/s", target=(AT_LEAST, 5_000))


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
