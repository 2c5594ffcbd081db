"""Why a matter is still here, and what suspends its erasure."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from camket.journal.actions import Deed, record, record_all
from camket.journal.statements import Statement, fetch, insert, joined
from camket.policy.terms import Actor, PurposeId
from camket.vault.gate.permit import MatterId, UnknownMatter
from camket.vault.models import LegalHold, Matter, Need, Subject

_LOCKED_MATTER = Statement(text="SELECT rests_since FROM vault_matter WHERE id = %s AND erased_at IS NULL", columns=(datetime,), is_locking=True)
_OR_REOPENED = "ON CONFLICT (matter_id, purpose, duty, duty_id) DO UPDATE SET closed_at = NULL"
_TAKEN_BACK = Statement(
    text="""
        SELECT n.duty_id, n.purpose, max(c.at) FROM vault_need n
        JOIN vault_matter m ON m.id = n.matter_id
        JOIN vault_consent c ON c.subject_id = m.subject_id AND c.purpose = n.purpose
        WHERE n.duty = %s AND n.closed_at IS NULL AND NOT c.is_given
        AND NOT EXISTS (SELECT 1 FROM vault_consent y WHERE y.subject_id = c.subject_id AND y.purpose = c.purpose AND y.is_given AND y.at > c.at)
        GROUP BY n.duty_id, n.purpose ORDER BY n.duty_id, n.purpose
    """,
    columns=(UUID, str, datetime),
)


class UnknownHold(Exception):
    """There is no such open hold, or it is another owner's."""


def open_need(*, matter: MatterId, purpose: PurposeId, duty: str, duty_id: UUID, now: datetime) -> None:
    """
    Open the need for which a duty keeps a matter; opening it twice changes nothing, opening a closed one reopens it.

    Args:
        matter: What is kept.
        purpose: What for.
        duty: The duty's name.
        duty_id: Its inquiry, service or case.
        now: UTC instant.

    Raises:
        UnknownMatter: There is no such matter, or its data has been erased.

    Source: policy §4 (4.1).
    """
    with joined():
        rests_since = _locked(matter)
        need = {"matter_id": matter, "purpose": str(purpose), "duty": duty, "duty_id": duty_id, "opened_at": now}
        insert(Need, [need], ending=_OR_REOPENED)
        if rests_since is not None:
            Matter.objects.filter(id=matter).update(rests_since=None, planned_under=None)


def _locked(matter: MatterId) -> datetime | None:
    """
    Return since when a living matter rests, having locked it: whoever is about to destroy its key waits and sees what was opened, or was
    first and is seen here.
    """
    found = fetch(_LOCKED_MATTER, matter)
    if not found:
        raise UnknownMatter("there is no such matter, or its data has been erased")
    rests_since: datetime | None = found[0][0]
    return rests_since


def close_needs(*, duty: str, duty_id: UUID, actor: Actor, now: datetime, purpose: PurposeId | None = None) -> tuple[MatterId, ...]:
    """
    Close the open needs of one duty's thing, and return the matters that nothing open keeps any more.

    Args:
        duty: The duty's name.
        duty_id: Its inquiry, service or case; what is closed already stays as it is.
        purpose: Only its needs for this purpose; all of them when None.
        actor: Who ended it.
        now: UTC instant; retention periods run from it.

    Source: policy §4 (4.1, 4.6).
    """
    return close_needs_of_many(duty=duty, duty_ids=[duty_id], actor=actor, now=now, purpose=purpose)


def close_needs_of_many(
    *, duty: str, duty_ids: Collection[UUID], actor: Actor, now: datetime, purpose: PurposeId | None = None
) -> tuple[MatterId, ...]:
    """
    Close the open needs of many of a duty's things, and return the matters that nothing open keeps any more; as many statements as for one.

    Args:
        duty: The duty's name.
        duty_ids: Its inquiries, services or cases; what is closed already stays as it is.
        purpose: Only their needs for this purpose; all of them when None.
        actor: Who ended them.
        now: UTC instant; retention periods run from it.

    Source: policy §4 (4.1, 4.6).
    """
    open_needs = Need.objects.filter(duty=duty, duty_id__in=list(duty_ids), closed_at__isnull=True, **({"purpose": purpose} if purpose else {}))
    with transaction.atomic():
        matters = Matter.objects.filter(id__in=open_needs.values("matter_id")).locked()
        # the clock may have been set back since: a need never closes before it opened
        open_needs.update(closed_at=Greatest(F("opened_at"), Value(now)))
        _journal("need.closed", matters, duty, actor, now)
        ids = [matter.id for matter in matters]
        still_open = set(Need.objects.filter(matter_id__in=ids, closed_at__isnull=True).values_list("matter_id", flat=True))
        resting = tuple(MatterId(id) for id in ids if id not in still_open)
        Matter.objects.filter(id__in=resting).update(rests_since=now, planned_under=None)
    return resting


def reopen_needs(*, duty: str, duty_id: UUID, purposes: Collection[PurposeId], actor: Actor, now: datetime) -> tuple[MatterId, ...]:
    """
    Open again the needs of a thing that was closed, and return their matters.

    Args:
        duty: The duty's name.
        duty_id: Its inquiry, service or case.
        purposes: Only its needs for these: one whose consent was taken back stays closed.
        actor: Who takes it up again.
        now: UTC instant.

    Raises:
        UnknownMatter: Their data has been erased already, or there never was such a thing.

    Source: policy §4 (4.1).
    """
    found = reopen_needs_of_many(duty=duty, purposes={duty_id: purposes}, actor=actor, now=now)
    if not found:
        raise UnknownMatter("there is no such thing, or its data has been erased")
    return found[duty_id]


def reopen_needs_of_many(
    *, duty: str, purposes: Mapping[UUID, Collection[PurposeId]], actor: Actor, now: datetime
) -> Mapping[UUID, tuple[MatterId, ...]]:
    """
    Open again the needs of many things that were closed, and return the matters of each; as many statements as for one.

    Args:
        duty: The duty's name.
        purposes: For each inquiry, service or case the needs to open: one whose consent was taken back stays closed.
        actor: Who takes them up again.
        now: UTC instant.

    Returns:
        The matters by thing; a thing whose data has been erased, or that never was, is left out.

    Source: policy §4 (4.1).
    """
    with transaction.atomic():
        needs = [need for need in Need.objects.filter(duty=duty, duty_id__in=list(purposes)) if need.purpose in purposes[need.duty_id]]
        matters = Matter.objects.living().filter(id__in={need.matter_id for need in needs}).locked()
        ids = {matter.id for matter in matters}
        living = [need for need in needs if need.matter_id in ids]
        Need.objects.filter(id__in=[need.id for need in living]).update(closed_at=None)
        Matter.objects.filter(id__in=ids).update(rests_since=None, planned_under=None)
        _journal("need.opened", matters, duty, actor, now)
    found: dict[UUID, list[MatterId]] = {}
    for need in living:
        found.setdefault(need.duty_id, []).append(MatterId(need.matter_id))
    return {duty_id: tuple(dict.fromkeys(named)) for duty_id, named in found.items()}


def _journal(act: str, matters: Collection[Matter], duty: str, actor: Actor, now: datetime) -> None:
    """One line per matter, all in one statement."""
    record_all(
        [
            Deed(act=act, actor=actor, at=now, subjects=[matter.subject_id] if matter.subject_id else [], matter=matter.id, facts={"duty": duty})
            for matter in matters
        ]
    )


def needs_taken_back(*, duty: str) -> list[tuple[UUID, PurposeId, datetime]]:
    """
    Return the open needs of a duty whose consent was taken back and not given again: the duty's thing, the purpose, and since when; one query.

    Args:
        duty: The duty's name.

    Source: policy §9 (9.9).
    """
    return [(duty_id, PurposeId(purpose), at) for duty_id, purpose, at in fetch(_TAKEN_BACK, duty)]


def holds_anybody() -> bool:
    """Return whether anything is held of anybody: a person came once, and has not been erased."""
    return Subject.objects.filter(erased_at__isnull=True).exists()


def place_hold(*, matter: MatterId, owner: str, actor: Actor, now: datetime) -> UUID:
    """
    Suspend the erasure of a matter until its owner releases it, and return the hold's id.

    Args:
        matter: What may not be erased.
        owner: Name of the duty that holds; only it may release.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        UnknownMatter: There is no such matter, or its data has been erased.

    Source: policy §4 (4.8); house.md §4 (a hold is a need that only its owner may close).
    """
    with transaction.atomic():
        _locked(matter)
        hold = LegalHold.objects.create(id=uuid4(), matter_id=matter, owner=owner, placed_at=now)
        record(act="hold.placed", actor=actor, at=now, matter=matter, facts={"owner": owner})
    return hold.id


def release_hold(*, hold: UUID, owner: str, actor: Actor, now: datetime) -> None:
    """
    Release a hold; only its owner may.

    Args:
        hold: From `place_hold`.
        owner: Name of the duty that placed it.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        UnknownHold: There is no such open hold of this owner.

    Source: policy §4 (4.8).
    """
    with transaction.atomic():
        row = LegalHold.objects.select_for_update().filter(id=hold, owner=owner, released_at__isnull=True).first()
        if row is None:
            raise UnknownHold("there is no such open hold of this owner")
        LegalHold.objects.filter(id=hold).update(released_at=now)
        record(act="hold.released", actor=actor, at=now, matter=row.matter_id, facts={"owner": owner})
