"""Thousands of inquiries at once, for the people who were put into the vault at once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection

from bench import home
from bench.population import MESSAGE, Inhabitant, populate
from camket.duties.intake.models import Inquiry, Message
from camket.vault.models import Need

_BATCH = 1000
_APART = timedelta(seconds=40)
_PRODUCTS = ("hosting", "domain", "email", "")
_MESSAGES = (
    "INSERT INTO intake_message (inquiry_id, kind, record_id, at, channel) SELECT i.id, 'message', r.id, i.received_at, '' "  # noqa: S608  # our own words
    f"FROM intake_inquiry i JOIN vault_record r ON r.matter_id = i.matter_id WHERE r.collection = '{MESSAGE}'"
)


def fill(first: int, inquiries: int, *, now: datetime) -> list[Inhabitant]:
    """
    Put so many open inquiries into the house, the newest last, and return who asked.

    Args:
        first: Number of the first person.
        inquiries: How many; each by somebody else, every fifth answered.
        now: UTC instant of the newest.
    """
    people = populate(first, inquiries, matters=(2,), now=now)
    with home.laxly("default"):
        Need.objects.update(closed_at=None)
        for start in range(0, inquiries, _BATCH):
            Inquiry.objects.bulk_create(_rows(people[start : start + _BATCH], first + start, now - (first + inquiries) * _APART))
        Message.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(_MESSAGES)
    return people


def _rows(people: Sequence[Inhabitant], start: int, begun: datetime) -> list[Inquiry]:
    return [
        Inquiry(
            id=one.matters[0],
            reference=f"CK-{number:04X}-{number % 10_000:04d}",
            subject_id=one.subject,
            matter_id=one.matters[0],
            channel="form",
            language="vi" if number % 4 else "en",
            product=_PRODUCTS[number % len(_PRODUCTS)],
            state=Inquiry.State.NEW if number % 5 else Inquiry.State.ANSWERED,
            has_email=True,
            received_at=begun + number * _APART,
            shown_from=begun + number * _APART,
            answered_at=None if number % 5 else begun + number * _APART,
            submission=hashlib.sha256(b"%d" % number).digest(),
            submission_body=bytes(32),
        )
        for number, one in enumerate(people, start)
    ]
