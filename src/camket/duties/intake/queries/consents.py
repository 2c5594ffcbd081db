"""What a person agreed to, for themselves: each purpose with its wording and whether it still holds, and a receipt that is checked without us."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries.scope import NotFound
from camket.editions import queries as editions
from camket.journal import exports
from camket.journal import queries as journal
from camket.policy.changes import Held
from camket.policy.receipts import Agreed, Said, receipt, wording_hash
from camket.policy.terms import EMAIL, EditionNumber, PurposeId
from camket.vault import gate


class NotProvable(Exception):
    """No checkpoint covers the line about the consent yet: within a minute or two there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTo:
    """On which day a person told a colleague, by the calendar of the house, and the reference of the inquiry in which it stands, or nothing."""

    day: date
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConsent:
    """One purpose that a person was asked about. `wording` is empty where what the edition holds is not what was agreed to."""

    purpose: PurposeId
    given_at: datetime
    given: SaidTo | None  # where a colleague took it down
    withdrawn_at: datetime | None
    withdrawn: SaidTo | None
    edition: EditionNumber
    language: str
    channel: str
    wording: str
    wording_hash: str
    is_wider_now: bool  # the edition in force does more for this purpose, or promises less
    can_agree: bool  # the edition in force asks for consent to it


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnConsents:
    """The page of a person's consents to one inquiry."""

    reference: str
    in_force: EditionNumber
    is_proven: bool  # whether a yes can be taken: who reads this mailbox is who wrote to us
    rows: tuple[OwnConsent, ...]
    held: Held  # by names alone


def own_consents(*, matter_id: UUID) -> OwnConsents:
    """
    Return what the person of an inquiry was asked about, in the order in which it first came up; seven queries.

    Args:
        matter_id: From a link that opened.

    Raises:
        NotFound: There is no such inquiry, or it is erased.

    Source: policy §9 (9.9); Law 91/2025 art. 4, 9; Decree 91/2020 art. 14 (people can look up what they agreed to).
    """
    inquiry = _inquiry(matter_id)
    subject, in_force = gate.SubjectId(inquiry.subject_id), editions.in_force()
    facts: dict[PurposeId, list[gate.ConsentRow]] = {}
    for row in gate.consent_history(subject):
        facts.setdefault(row.purpose, []).append(row)
    rows = [_row(told, in_force) for told in facts.values() if any(one.is_given for one in told)]
    is_proven = gate.is_proven(subject=subject, kind=EMAIL)
    return OwnConsents(reference=inquiry.reference, in_force=in_force, is_proven=is_proven, rows=tuple(rows), held=gate.held_of(subject))


def _inquiry(matter_id: UUID) -> Inquiry:
    inquiry = Inquiry.objects.filter(matter_id=matter_id).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise NotFound
    return inquiry


def _row(told: Sequence[gate.ConsentRow], in_force: EditionNumber) -> OwnConsent:
    given, newest = next(one for one in reversed(told) if one.is_given), told[-1]
    wording = editions.compiled(given.edition).consent_wording(given.purpose, given.language)
    return OwnConsent(
        purpose=given.purpose,
        given_at=given.at,
        given=_said_to(given),
        withdrawn_at=None if newest.is_given else newest.at,
        withdrawn=None if newest.is_given else _said_to(newest),
        edition=given.edition,
        language=given.language,
        channel=given.channel,
        wording=wording if wording_hash(wording) == given.wording_hash else "",
        wording_hash=given.wording_hash,
        is_wider_now=not editions.covers(given.edition, in_force, given.purpose),
        can_agree=rules.is_asked(editions.compiled(in_force), given.purpose),
    )


def _said_to(fact: gate.ConsentRow) -> SaidTo | None:
    return SaidTo(day=fact.said_on, reference=fact.said_in) if fact.said_on else None


def consent_receipt(*, matter_id: UUID, purpose: PurposeId) -> bytes:
    """
    Return the receipt of what a person last said of a purpose: one line of JSON that docs/verify_journal.py checks with nothing else.

    The file is a proof of the journal's line about it, with the receipt beside it.

    Args:
        matter_id: From a link that opened.
        purpose: Which of theirs.

    Raises:
        NotFound: There is no such inquiry, it is erased, or they were never asked about this purpose.
        NotProvable: No checkpoint covers the line yet.
        HistoryBroken: The journal is not what its checkpoint signed.

    Source: policy §7 (7.3); ISO/IEC TS 27560:2023.
    """
    inquiry = _inquiry(matter_id)
    told = [row for row in gate.consent_history(gate.SubjectId(inquiry.subject_id)) if row.purpose == purpose]
    if not any(one.is_given for one in told):
        raise NotFound
    line = _line(inquiry.subject_id, told[-1])
    try:
        proof = exports.proof(line)
    except (exports.NotYetSigned, journal.NotYetSequenced):
        raise NotProvable from None
    return json.dumps({**proof, "receipt": receipt(_agreed(inquiry, told, proof))}, ensure_ascii=False, sort_keys=True).encode() + b"\n"


def _line(subject: UUID, fact: gate.ConsentRow) -> UUID:
    """The id of the journal's line about a fact: the newest one of this purpose that is not younger than it."""
    act = "consent.given" if fact.is_given else "consent.withdrawn"
    for row in (*journal.at_instant(act=act, at=fact.at), *journal.naming(subject)):
        if row.act == act and row.at <= fact.at and subject in row.subjects and row.facts.get("purpose") == fact.purpose:
            return row.id
    raise NotProvable


def _agreed(inquiry: Inquiry, told: Sequence[gate.ConsentRow], proof: Mapping[str, Any]) -> Agreed:
    given = next(one for one in reversed(told) if one.is_given)
    line = json.loads(proof["entry"]["payload"])
    return Agreed(
        subject=inquiry.subject_id,
        reference=inquiry.reference,
        purpose=given.purpose,
        policy=editions.compiled(given.edition),
        edition_hash=editions.edition(given.edition).hash,
        language=given.language,
        wording_hash=given.wording_hash,
        policy_address=f"{settings.CAMKET_URL}/{given.language}/policy/editions/{given.edition}",
        contact=settings.CAMKET_CONTROLLER_EMAIL or f"{settings.CAMKET_URL}/{given.language}/contact",
        stored_in=settings.CAMKET_STORED_IN,
        journaled={**line["facts"], "act": line["act"], "at": line["at"]},
        said=tuple(_said(one) for one in told),
    )


def _said(fact: gate.ConsentRow) -> Said:
    return Said(id=fact.id, is_given=fact.is_given, at=fact.at, channel=fact.channel, said_on=fact.said_on, said_in=fact.said_in)
