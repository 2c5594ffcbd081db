"""What people agreed to and withdrew: facts that are only ever added."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import uuid6

from camket.journal.actions import Deed, record_all
from camket.journal.facts import Fact
from camket.journal.statements import Statement, fetch, insert, joined
from camket.policy.terms import Actor, EditionNumber, PurposeId
from camket.vault.gate.permit import SubjectId, UnknownSubject
from camket.vault.models import Consent

_NEXT = timedelta(microseconds=1)
_LOCKED_SUBJECT = Statement(text="SELECT id FROM vault_subject WHERE id = %s AND erased_at IS NULL", columns=(UUID,), is_locking=True)
_LAST = Statement(text="SELECT purpose, max(at) FROM vault_consent WHERE subject_id = %s GROUP BY purpose", columns=(str, datetime))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFact:
    """What a person agreed to, or withdrew, in one act."""

    purpose: PurposeId
    is_given: bool
    edition: EditionNumber
    language: str
    wording_hash: str
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """The newest fact about one purpose."""

    purpose: PurposeId
    is_given: bool
    at: datetime
    edition: EditionNumber
    language: str
    channel: str


def record_consents(*, subject: SubjectId, facts: Iterable[ConsentFact], actor: Actor, now: datetime) -> None:
    """
    Add facts about what a person agreed to or withdrew, and the journal's line for each.

    Each holds at once, whatever the clock did since the last: a withdrawal is never older than the yes it takes back.

    Args:
        subject: The person.
        facts: One per purpose, with the hash and language of the wording shown.
        actor: The person, or who took it down on their word.
        now: UTC instant from which it holds.

    Raises:
        UnknownSubject: There is no such person, or their data has been erased.

    Source: policy §7; Law 91/2025 art. 9; Decree 356/2025 art. 6 (who, when, what content).
    """
    with joined():
        if not fetch(_LOCKED_SUBJECT, subject):
            raise UnknownSubject("consent is kept only of a person whose data is kept")
        last = dict(fetch(_LAST, subject))
        told = list(facts)
        insert(Consent, [_row(subject, fact, now if fact.purpose not in last else max(now, last[fact.purpose] + _NEXT)) for fact in told])
        record_all([_deed(subject, fact, actor, now) for fact in told])


def _row(subject: SubjectId, fact: ConsentFact, at: datetime) -> dict[str, Any]:
    return {
        "id": UUID(int=uuid6.uuid7().int),  # facts of one act keep their order
        "subject_id": subject,
        "purpose": str(fact.purpose),
        "is_given": fact.is_given,
        "at": at,
        "edition": int(fact.edition),
        "language": fact.language,
        "wording_hash": fact.wording_hash,
        "channel": fact.channel,
    }


def _deed(subject: SubjectId, fact: ConsentFact, actor: Actor, now: datetime) -> Deed:
    told: dict[str, Fact] = {
        "purpose": fact.purpose,
        "edition": fact.edition,
        "language": fact.language,
        "wording": fact.wording_hash,
        "channel": fact.channel,
    }
    return Deed(act="consent.given" if fact.is_given else "consent.withdrawn", actor=actor, at=now, subjects=[subject], facts=told)


def consents_of(subject: SubjectId) -> tuple[ConsentRow, ...]:
    """
    Return the newest fact about each purpose, in the order in which the purposes first came up.

    Args:
        subject: The person; one of whom nothing is kept has none.
    """
    newest: dict[str, Consent] = {}
    for row in Consent.objects.filter(subject_id=subject).in_order():
        newest[row.purpose] = row
    return tuple(
        ConsentRow(
            purpose=PurposeId(row.purpose),
            is_given=row.is_given,
            at=row.at,
            edition=EditionNumber(row.edition),
            language=row.language,
            channel=row.channel,
        )
        for row in newest.values()
    )
