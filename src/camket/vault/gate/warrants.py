"""Reasons and second persons: facts that the gate keeps itself, so that nobody can claim one that was never given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NewType
from uuid import UUID, uuid4

from camket.editions import queries as editions
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.journal.statements import joined
from camket.policy.terms import STAFF_ROLES, Actor, Ask, FieldName, Obligation, Operation, PurposeId
from camket.vault.gate.permit import MatterId, RecordId, Refused, SubjectId, UnknownMatter
from camket.vault.models import Record, Warrant

WarrantId = NewType("WarrantId", UUID)


class UnknownWarrant(LookupError):
    """There is no such warrant, it has ended, or its data has been erased."""


class SamePerson(Exception):
    """Whoever gave the reason cannot be the second person."""


class AlreadyApproved(Exception):
    """Somebody else was first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Justification:
    """A reason that was written down and sealed, and what it is to open."""

    subject: SubjectId
    matter: MatterId
    record: RecordId
    purpose: PurposeId
    fields: Collection[FieldName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """
    What a warrant does for one ask: whose data it speaks of, which obligations it meets, and which it adds.

    `within` is the only matter whose records it opens, where the one who asks did not give the reason themselves.
    """

    id: WarrantId
    met: frozenset[Obligation]
    added: frozenset[Obligation]
    subject: SubjectId | None = None
    within: MatterId | None = None
    second: str = ""  # who agreed; empty while nobody has


def give_reason(*, reason: Justification, actor: Actor, now: datetime) -> WarrantId:
    """
    Keep why somebody wants to use a person's data, with the journal's line; a second person may then agree.

    Args:
        reason: Where it stands, and what it is to open.
        actor: Whose reason it is: a member of staff.
        now: UTC instant.

    Raises:
        UnknownMatter: The reason is not kept under a living matter of this person.

    Source: policy §3 (3.9).
    """
    id = WarrantId(uuid4())
    with joined():
        kept = Record.objects.filter(id=reason.record, matter_id=reason.matter, subject_id=reason.subject, matter__erased_at__isnull=True)
        if not kept.exists():
            raise UnknownMatter("a reason is kept under a living matter of the person it is about")
        Warrant.objects.create(
            id=id,
            subject_id=reason.subject,
            matter_id=reason.matter,
            reason_id=reason.record,
            purpose=reason.purpose,
            field_names=sorted(reason.fields),
            asked_by=UUID(actor.id),
            asked_at=now,
        )
        told: dict[str, Fact] = {"warrant": str(id), "purpose": str(reason.purpose), "fields": [str(name) for name in sorted(reason.fields)]}
        record(act="reason.given", actor=actor, at=now, subjects=[reason.subject], matter=reason.matter, facts=told)
    return id


def approve(*, warrant: WarrantId, actor: Actor, until: datetime, now: datetime) -> None:
    """
    Keep that a second person agreed, and until when, with the journal's line.

    Args:
        warrant: From `give_reason`.
        actor: The second person: a member of staff whose role may itself use these fields for this purpose.
        until: UTC instant, exclusive.
        now: UTC instant.

    Raises:
        UnknownWarrant: There is none, or it has ended.
        SamePerson: The actor gave the reason.
        AlreadyApproved: Somebody has agreed already.
        Refused: The policy does not let this role use these fields for this purpose, so it cannot agree to it either.

    Source: policy §3 (3.9).
    """
    with joined():
        row = Warrant.objects.select_for_update().filter(id=warrant, ended_at__isnull=True, matter__erased_at__isnull=True).first()
        if row is None:
            raise UnknownWarrant
        if str(row.asked_by) == actor.id:
            raise SamePerson
        if row.approved_by is not None:
            raise AlreadyApproved
        ask = Ask(operation=Operation.USE, fields=frozenset(FieldName(name) for name in row.field_names), purpose=PurposeId(row.purpose))
        decision = editions.decider(editions.in_force(anew=True)).decide(role=actor.role, ask=ask)
        if not decision.is_permitted or actor.role not in STAFF_ROLES:
            raise Refused(decision, decision.reason)
        Warrant.objects.filter(id=warrant).update(approved_by=UUID(actor.id), approved_at=now, expires_at=until)
        told = {"warrant": str(warrant), "asked_by": str(row.asked_by)}
        record(act="approval.given", actor=actor, at=now, decision=decision, subjects=[row.subject_id], matter=row.matter_id, facts=told)


def end_warrant(*, warrant: WarrantId, now: datetime) -> None:
    """
    End a warrant: from now on it opens nothing. Ending it twice changes nothing.

    Args:
        warrant: From `give_reason`.
        now: UTC instant.
    """
    Warrant.objects.filter(id=warrant, ended_at__isnull=True).update(ended_at=now)


def givers_of(matter: MatterId) -> tuple[tuple[UUID, datetime], ...]:
    """
    Return who gave a reason in a matter and when, the first one first; whoever gave it again stands there again.

    Args:
        matter: Of which the reason is a record.
    """
    return tuple(Warrant.objects.filter(matter=matter).order_by("asked_at").values_list("asked_by", "asked_at"))


def standing_of(warrant: WarrantId, *, ask: Ask, actor: Actor, now: datetime) -> Standing:
    """
    Return what a warrant does for an ask; one that has ended, is for another purpose or whose data is erased meets nothing and binds all the same.

    Args:
        warrant: From `give_reason`.
        ask: To use; nothing else is opened by a reason.
        actor: Who asks.
        now: UTC instant.
    """
    row = Warrant.objects.filter(id=warrant, purpose=ask.purpose, ended_at__isnull=True, matter__erased_at__isnull=True).first()
    if row is None or ask.operation is not Operation.USE:
        return Standing(id=warrant, met=frozenset(), added=frozenset({Obligation.JUSTIFICATION}))
    is_own = str(row.asked_by) == actor.id
    wanted = frozenset(FieldName(name) for name in row.field_names)
    met = {Obligation.JUSTIFICATION}
    # the second person agreed to what its giver does with these fields, not to what the second person does
    is_agreed = row.approved_at is not None and row.expires_at is not None and row.approved_at <= now < row.expires_at
    if is_own and is_agreed and ask.fields <= wanted:
        met.add(Obligation.SECOND_PERSON)
    # whoever comes with a warrant is bound by it, also where a clause would let their role go without
    added = {Obligation.JUSTIFICATION} | ({Obligation.SECOND_PERSON} if ask.fields & wanted else set())
    return Standing(
        id=warrant,
        subject=SubjectId(row.subject_id),
        within=None if is_own else MatterId(row.matter_id),
        met=frozenset(met),
        added=frozenset(added),
        second=str(row.approved_by or ""),
    )
