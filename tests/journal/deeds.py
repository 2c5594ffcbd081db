"""Deeds to record, and the means of somebody who has the database in hand."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from camket.journal import actions, guards
from camket.journal.entries import EntryId
from camket.journal.queries import Opening
from camket.policy.terms import ADVISER, Actor, Ask, ClauseNumber, Decision, EditionNumber, FieldName, Operation, Outcome, PurposeId

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
CHI = Actor(role=ADVISER, id="0190d3a8-6f2e-7c41-9a55-3f0f6f8f2a11")
AN = UUID("0190d3a8-0000-7000-8000-000000000001")
BINH = UUID("0190d3a8-0000-7000-8000-000000000002")

USE_OF_A_NUMBER = Decision(
    outcome=Outcome.PERMITTED,
    edition=EditionNumber(1),
    ask=Ask(operation=Operation.USE, fields=frozenset({FieldName("phone"), FieldName("full_name")}), purpose=PurposeId("advise")),
    clauses=(ClauseNumber("3.1"), ClauseNumber("6.1")),
)


def shown(*, at: datetime = NOON, subjects: Sequence[UUID] = (AN,), **more: Any) -> EntryId:
    """Record that Chi was shown a telephone number."""
    return actions.record(act="data.shown", actor=CHI, at=at, decision=USE_OF_A_NUMBER, subjects=subjects, **more)


def several(count: int) -> list[EntryId]:
    """Record some entries a second apart, and give all of them their places."""
    ids = [shown(at=NOON + timedelta(seconds=number)) for number in range(count)]
    while actions.sequence():
        pass
    return ids


def withhold(entry_id: UUID) -> Opening:
    """Withhold what an entry says, as Chi; the journal says so in one entry more."""
    return actions.withhold(entry_id, actor=CHI, at=NOON)


def by_force(statement: str, parameters: Sequence[Any] = ()) -> int:
    """Change the database as somebody would who owns it: without the guards. Return how many rows it touched."""
    connection = connections["default"]
    guards.lift(connection)
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement, parameters)
        touched: int = cursor.rowcount
    guards.install(connection)
    return touched
