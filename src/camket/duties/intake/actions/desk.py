"""What is done at the desk with one inquiry or with fifty at once, and how it is taken back: one statement per table, however many."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from django.core.signing import BadSignature
from django.db import transaction
from django.db.models import Case, F, OuterRef, Subquery, Value, When

from camket.access.actions import hold_account
from camket.access.queries import StaffUnknown, staff_by_id, staff_names
from camket.duties.intake import rules
from camket.duties.intake.actions.facts import DUTY, NotAnAdviser, NotUndoable
from camket.duties.intake.models import OPEN_STATES, DeskAct, Event, Inquiry
from camket.duties.intake.queries.receipts import UNDO_FOR, undo_signer
from camket.duties.intake.queries.rows import is_adviser
from camket.duties.intake.queries.scope import in_scope
from camket.journal.actions import Deed, record, record_all
from camket.policy.terms import ADVISE, Actor
from camket.vault import gate

_FORGOTTEN_AFTER = UNDO_FOR * 30
_ACTS = {"assigned": "inquiry.assigned", "resolved": "inquiry.resolved", "reopened": "inquiry.reopened"}
_SAME_HANDS: Mapping[UUID, UUID | None] = MappingProxyType({})
# why it could not be done with an inquiry
RESOLVED, OPEN, UNKNOWN, NOT_AGREED, CHANGED = "resolved", "open", "unknown", "not_agreed", "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """With how many inquiries it was done, and with how many not, by the reason: resolved, open, unknown, not_agreed or changed."""

    count: int
    left: Mapping[str, int]
    reference: str = ""  # of the one inquiry, where an act upon just one was taken back


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One press of a button: who pressed what, when, and into whose hands the inquiries go."""

    kind: DeskAct.Kind
    actor: Actor
    now: datetime
    given_to: UUID | None = None


def take_on(*, references: Collection[str], given_to: UUID | None, actor: Actor, now: datetime) -> Done:
    """
    Put inquiries into the hands of an adviser, or of nobody.

    Args:
        references: Their public names, at most a page of them.
        given_to: The adviser; nobody when None.
        actor: Who does it; it can be taken back by them for a while.
        now: UTC instant.

    Raises:
        NotAnAdviser: Whoever should get them does not answer inquiries, or works here no more.
    """
    return _done(_Turn(kind=DeskAct.Kind.ASSIGNED, actor=actor, now=now, given_to=given_to), references, _assign)


def resolve(*, references: Collection[str], actor: Actor, now: datetime) -> Done:
    """
    End inquiries: their needs close, and their retention period begins to run.

    Args:
        references: Their public names, at most a page of them.
        actor: Who does it; it can be taken back by them for a while.
        now: UTC instant.

    Source: policy §4 (4.2, 4.3).
    """
    return _done(_Turn(kind=DeskAct.Kind.RESOLVED, actor=actor, now=now), references, _resolve)


def reopen(*, references: Collection[str], actor: Actor, now: datetime) -> Done:
    """
    Take resolved inquiries up again, while their data is still there and the person agrees.

    Args:
        references: Their public names, at most a page of them.
        actor: Who does it; it can be taken back by them for a while.
        now: UTC instant.

    Source: policy §4 (4.2), §9 (9.9).
    """
    return _done(_Turn(kind=DeskAct.Kind.REOPENED, actor=actor, now=now), references, _reopen)


def require_adviser(staff_id: UUID) -> None:
    """
    Make sure that somebody answers inquiries, and let nobody send them away or move them until the caller's transaction is over.

    Args:
        staff_id: Whose account.

    Raises:
        NotAnAdviser: They do not, or work here no more.
    """
    hold_account(staff_id)
    try:
        row = staff_by_id(staff_id)
    except StaffUnknown:
        raise NotAnAdviser from None
    if not is_adviser(row):
        raise NotAnAdviser


_Change = Callable[[_Turn, Sequence[Inquiry]], tuple[list[Inquiry], dict[str, int]]]


def _done(turn: _Turn, references: Collection[str], change: _Change) -> Done:
    with transaction.atomic():
        if turn.given_to is not None:
            require_adviser(turn.given_to)
        DeskAct.objects.filter(at__lt=turn.now - _FORGOTTEN_AFTER).delete()
        rows = _locked(in_scope(turn.actor).filter(reference__in=list(references)[: rules.MOST_AT_ONCE]))
        changed, left = change(turn, rows)
        left = {**left, UNKNOWN: len(set(references)) - len(rows) + left.get(UNKNOWN, 0)}
        told = {code: count for code, count in left.items() if count}
        if changed or len(references) > 1:  # what could not be done with the one there was is said where it was pressed
            act = DeskAct.objects.create(id=uuid4(), staff_id=UUID(turn.actor.id), kind=turn.kind, at=turn.now, done=len(changed), left=told)
            _write_down(turn, changed, act)
    return Done(count=len(changed), left=told)


def _locked(wanted: Any) -> list[Inquiry]:
    """Those that are not erased, locked in one order for all, so that nobody waits for each other."""
    return list(wanted.exclude(state=Inquiry.State.ERASED).select_for_update().order_by("id"))


def _assign(turn: _Turn, rows: Sequence[Inquiry]) -> tuple[list[Inquiry], dict[str, int]]:
    able = [row for row in rows if row.state in OPEN_STATES]
    _update(able, assigned_to_id=turn.given_to)
    return able, {RESOLVED: len(rows) - len(able)}


def _resolve(turn: _Turn, rows: Sequence[Inquiry]) -> tuple[list[Inquiry], dict[str, int]]:
    able = [row for row in rows if row.state in OPEN_STATES]
    _update(able, state=Inquiry.State.RESOLVED, resolved_at=turn.now)
    gate.close_needs_of_many(duty=DUTY, duty_ids=[row.id for row in able], actor=turn.actor, now=turn.now)
    return able, {RESOLVED: len(rows) - len(able)}


def _reopen(turn: _Turn, rows: Sequence[Inquiry]) -> tuple[list[Inquiry], dict[str, int]]:
    wanted = [row for row in rows if row.state == Inquiry.State.RESOLVED]
    agreed = gate.agreed_purposes([gate.SubjectId(row.subject_id) for row in wanted])
    willing = {row.id: agreed[gate.SubjectId(row.subject_id)] for row in wanted if ADVISE in agreed[gate.SubjectId(row.subject_id)]}
    living = gate.reopen_needs_of_many(duty=DUTY, purposes=willing, actor=turn.actor, now=turn.now)
    able = [row for row in wanted if row.id in living]
    state = Case(When(answered_at__isnull=False, then=Value(Inquiry.State.ANSWERED)), default=Value(Inquiry.State.NEW))
    _update(able, state=state, resolved_at=None)
    return able, {OPEN: len(rows) - len(wanted), NOT_AGREED: len(wanted) - len(willing), UNKNOWN: len(willing) - len(able)}


def _update(rows: Sequence[Inquiry], **columns: Any) -> None:
    if rows:
        Inquiry.objects.filter(id__in=[row.id for row in rows]).update(sequence=F("sequence") + 1, **columns)


def _write_down(turn: _Turn, rows: Sequence[Inquiry], act: DeskAct | None, hands: Mapping[UUID, UUID | None] = _SAME_HANDS) -> None:
    """A line of the timeline and a line of the journal for each; `hands` where not all go into the same."""
    Event.objects.bulk_create(
        Event(
            inquiry_id=row.id,
            kind=turn.kind,
            at=turn.now,
            by_id=UUID(turn.actor.id),
            given_to_id=hands.get(row.id, turn.given_to),
            given_before_id=row.assigned_to_id if turn.kind == DeskAct.Kind.ASSIGNED else None,
            sequence=row.sequence + 1,
            desk_act=act,
        )
        for row in rows
    )
    record_all(
        [
            Deed(
                act=_ACTS[turn.kind],
                actor=turn.actor,
                at=turn.now,
                subjects=[row.subject_id],
                matter=row.matter_id,
                facts={"reference": row.reference},
            )
            for row in rows
        ]
    )


def undo(*, token: str, actor: Actor, now: datetime) -> Done:
    """
    Take back what a member of staff did last, with every inquiry that nothing has happened to since.

    Args:
        token: From `last_desk_act`, signed for this member of staff; good once, and for two minutes.
        actor: Who takes it back.
        now: UTC instant.

    Raises:
        NotUndoable: The token is another's, was used already, or its time is over; nothing was changed.
    """
    try:
        act_id = UUID(undo_signer(actor).unsign(token))
    except (BadSignature, ValueError):
        raise NotUndoable from None
    with transaction.atomic():
        act = DeskAct.objects.select_for_update().filter(id=act_id, staff_id=UUID(actor.id), undone_at=None, at__gt=now - UNDO_FOR).first()
        if act is None:
            raise NotUndoable
        before = {event.inquiry_id: event for event in act.events.all()}
        rows = _locked(in_scope(actor).filter(id__in=before))
        untouched = [row for row in rows if row.sequence == before[row.id].sequence]
        undone, left = _take_back(DeskAct.Kind(act.kind), untouched, before, actor, now)
        left[CHANGED] = len(before) - len(untouched)
        told = {code: count for code, count in left.items() if count}
        DeskAct.objects.filter(id=act.id).update(undone_at=now, done=len(undone), left=told)
        record(act="act.undone", actor=actor, at=now, facts={"act": _ACTS[act.kind], "count": len(undone)})
    return Done(count=len(undone), left=told, reference=undone[0].reference if len(before) == len(undone) == 1 else "")


def _take_back(
    kind: DeskAct.Kind, rows: Sequence[Inquiry], before: Mapping[UUID, Event], actor: Actor, now: datetime
) -> tuple[list[Inquiry], dict[str, int]]:
    if kind == DeskAct.Kind.ASSIGNED:
        mine = Event.objects.filter(desk_act=before[rows[0].id].desk_act_id, inquiry=OuterRef("pk")) if rows else Event.objects.none()
        earlier = {row.id: before[row.id].given_before_id for row in rows}
        here = {one.id for one in staff_names() if is_adviser(one)}
        given = {id: staff_id if staff_id in here else None for id, staff_id in earlier.items()}
        _update([row for row in rows if given[row.id] == earlier[row.id]], assigned_to_id=Subquery(mine.values("given_before_id")[:1]))
        # whoever had it before answers no more: it waits for anybody
        _update([row for row in rows if given[row.id] != earlier[row.id]], assigned_to_id=None)
        _write_down(_Turn(kind=kind, actor=actor, now=now), rows, None, given)
        return list(rows), {}
    opposite, change = (DeskAct.Kind.REOPENED, _reopen) if kind == DeskAct.Kind.RESOLVED else (DeskAct.Kind.RESOLVED, _resolve)
    turn = _Turn(kind=opposite, actor=actor, now=now)
    undone, left = change(turn, rows)
    _write_down(turn, undone, None)
    return undone, left
