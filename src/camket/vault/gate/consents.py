"""What people agreed to and withdrew: facts that are only ever added."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid6
from django.db import transaction

from camket.journal.actions import Deed, record_all
from camket.journal.facts import Fact
from camket.journal.statements import Statement, fetch, insert, joined
from camket.policy.terms import THE_HOUSE, Actor, EditionNumber, PurposeId
from camket.vault import ledger
from camket.vault.gate.permit import SubjectId, UnknownSubject
from camket.vault.models import Consent, Subject

_NEXT = timedelta(microseconds=1)
_LOCKED_SUBJECT = Statement(text="SELECT id FROM vault_subject WHERE id = %s AND erased_at IS NULL", columns=(UUID,), is_locking=True)
_LAST = Statement(text="SELECT purpose, max(at) FROM vault_consent WHERE subject_id = %s GROUP BY purpose", columns=(str, datetime))
_REPLAYED = "ledger"  # the channel of what is only known from there


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentFact:
    """What a person agreed to, or withdrew, in one act."""

    purpose: PurposeId
    is_given: bool
    edition: EditionNumber
    language: str
    wording_hash: str
    channel: str
    taken_by: UUID | None = None  # the member of staff who took it down on the person's word
    said_on: date | None = None  # the house's day on which they told that colleague, where it was told
    said_in: str = ""  # the reference of the inquiry in which it stands, where one was told


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRow:
    """One fact about one purpose: agreed to, or taken back."""

    id: UUID
    purpose: PurposeId
    is_given: bool
    at: datetime
    edition: EditionNumber
    language: str
    wording_hash: str
    channel: str
    said_on: date | None  # of what a colleague took down: on which day it was said, and in which inquiry it stands
    said_in: str


def record_consents(*, subject: SubjectId, facts: Iterable[ConsentFact], actor: Actor, now: datetime) -> None:
    """
    Add facts about what a person agreed to or withdrew, and the journal's line for each.

    Each holds at once, whatever the clock did since the last: a withdrawal is never older than the yes it takes back. The ledger
    has a withdrawal before it commits, so that no older copy of the database brings the yes back.

    Args:
        subject: The person.
        facts: One per purpose, with the hash and language of the wording shown.
        actor: The person, or who took it down on their word.
        now: UTC instant from which it holds.

    Raises:
        UnknownSubject: There is no such person, or their data has been erased.
        OSError: The ledger's medium refused a withdrawal; nothing is kept now, and what it took all the same the next look finishes.

    Source: policy §1 (1.3), §9 (9.9); Law 91/2025 art. 9; Decree 356/2025 art. 6 (who, when, what content).
    """
    with joined():
        if not fetch(_LOCKED_SUBJECT, subject):
            raise UnknownSubject("consent is kept only of a person whose data is kept")
        last = dict(fetch(_LAST, subject))
        told = list(facts)
        rows = [_row(subject, fact, now if fact.purpose not in last else max(now, last[fact.purpose] + _NEXT)) for fact in told]
        ledger.append_withdrawals(
            subject=subject,
            at={row["purpose"]: row["at"] for row in rows if not row["is_given"]},
            said={fact.purpose: (fact.said_on, fact.said_in) for fact in told if not fact.is_given},
        )
        insert(Consent, rows)
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
        "taken_by": fact.taken_by,
        "said_on": fact.said_on,
        "said_in": fact.said_in or None,
    }


def _deed(subject: SubjectId, fact: ConsentFact, actor: Actor, now: datetime) -> Deed:
    told: dict[str, Fact] = {
        "purpose": fact.purpose,
        "edition": fact.edition,
        "language": fact.language,
        "wording": fact.wording_hash,
        "channel": fact.channel,
    }
    if fact.said_on:
        told["said_on"] = fact.said_on.isoformat()
    if fact.said_in:
        told["said_in"] = fact.said_in
    return Deed(act="consent.given" if fact.is_given else "consent.withdrawn", actor=actor, at=now, subjects=[subject], facts=told)


def finish_withdrawals(lines: Collection[ledger.Line]) -> int:
    """
    Add what the ledger says was withdrawn and the database does not know, each at its own instant, and return how many there were.

    A yes of after the withdrawal stays the newer one. Of people who are erased, or who are not in this copy, nothing is added.

    Args:
        lines: Of the ledger, at most some hundreds; those of erasures are left out.

    Source: policy §9 (9.9); house.md §4.
    """
    told = [line for line in lines if line.is_withdrawal]
    if not _unknown(told):
        return 0
    with transaction.atomic(durable=True):
        # locked, and asked again: whoever is just withdrawing has written the line and not committed yet
        list(Subject.objects.select_for_update(no_key=True).filter(id__in={line.id for line in told}).order_by("id"))
        missing = _unknown(told)
        given = _given({line.id for line in missing})
        facts = [(line, _withdrawn(line, given.get((line.id, line.purpose or ""), ()))) for line in missing]
        insert(Consent, [_row(SubjectId(line.id), fact, line.at) for line, fact in facts])
        record_all([_deed(SubjectId(line.id), fact, THE_HOUSE, line.at) for line, fact in facts])
    return len(missing)


def _unknown(lines: Collection[ledger.Line]) -> list[ledger.Line]:
    """Those withdrawals of living people that the database has not, each once."""
    living = set(Subject.objects.filter(id__in={line.id for line in lines}, erased_at__isnull=True).values_list("id", flat=True))
    known = set(Consent.objects.filter(subject_id__in=living, is_given=False).values_list("subject_id", "purpose", "at"))
    return list({key: line for line in lines if line.id in living and (key := (line.id, line.purpose, line.at)) not in known}.values())


def _given(subjects: Collection[UUID]) -> Mapping[tuple[UUID, str], Sequence[Consent]]:
    found: dict[tuple[UUID, str], list[Consent]] = {}
    for row in Consent.objects.filter(subject_id__in=subjects, is_given=True).in_order():
        found.setdefault((row.subject_id, row.purpose), []).append(row)
    return found


def _withdrawn(line: ledger.Line, agreed: Sequence[Consent]) -> ConsentFact:
    """The fact as it was: what is taken back is the wording that was agreed to until then, where this copy knows it."""
    given = next((row for row in reversed(agreed) if row.at <= line.at), None)
    return ConsentFact(
        purpose=PurposeId(line.purpose or ""),
        is_given=False,
        edition=EditionNumber(given.edition if given else 0),
        language=given.language if given else "",
        wording_hash=given.wording_hash if given else "",
        channel=_REPLAYED,
        said_on=line.said_on,
        said_in=line.said_in,
    )


def consents_of(subject: SubjectId) -> tuple[ConsentRow, ...]:
    """
    Return the newest fact about each purpose, in the order in which the purposes first came up.

    Args:
        subject: The person; one of whom nothing is kept has none.
    """
    return tuple({row.purpose: row for row in consent_history(subject)}.values())


def consent_history(subject: SubjectId) -> tuple[ConsentRow, ...]:
    """
    Return everything that a person agreed to or took back, oldest first; one query.

    Args:
        subject: The person; one of whom nothing is kept has none.
    """
    return tuple(
        ConsentRow(
            id=row.id,
            purpose=PurposeId(row.purpose),
            is_given=row.is_given,
            at=row.at,
            edition=EditionNumber(row.edition),
            language=row.language,
            wording_hash=row.wording_hash,
            channel=row.channel,
            said_on=row.said_on,
            said_in=row.said_in or "",
        )
        for row in Consent.objects.filter(subject_id=subject).in_order()
    )


def agreed_purposes(subjects: Collection[SubjectId]) -> Mapping[SubjectId, frozenset[PurposeId]]:
    """
    Return to which purposes each of these people has agreed and has not taken it back; one query.

    Args:
        subjects: The people; of whom nothing is kept has agreed to none.
    """
    agreed: dict[SubjectId, set[PurposeId]] = {subject: set() for subject in subjects}
    for row in Consent.objects.filter(subject_id__in=list(subjects)).in_order():
        purposes = agreed[SubjectId(row.subject_id)]
        (purposes.add if row.is_given else purposes.discard)(PurposeId(row.purpose))
    return {subject: frozenset(purposes) for subject, purposes in agreed.items()}
