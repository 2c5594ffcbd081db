"""What a member of staff did last, so that every page can say how it went and offer to take it back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core.signing import Signer

from camket.duties.intake.models import DeskAct, Event
from camket.journal.objects import fetch_objects
from camket.policy.terms import Actor

UNDO_FOR = timedelta(minutes=2)
_TOLD_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastAct:
    """With how many inquiries something was done and with how many not, by the reason; `token` takes it back, and is empty where nothing can be."""

    kind: str
    count: int
    left: Mapping[str, int]
    is_undone: bool
    token: str
    seconds: int  # for which it is still worth telling
    at: datetime
    is_own: bool  # they took the inquiries on themselves
    only: str  # the reference of the one inquiry with which it was done; empty where there were more, or none


def undo_signer(actor: Actor) -> Signer:
    """Return what signs the undoing of an act for one member of staff, and for nobody else."""
    return Signer(salt=f"camket.intake.undo|{actor.id}")


def last_desk_act(*, actor: Actor, now: datetime) -> LastAct | None:
    """
    Return what a member of staff did last, as long as it can be taken back, or has just been; None where there is nothing to say.

    Args:
        actor: Who looks; nobody is told of another's acts.
        now: UTC instant.
    """
    found = fetch_objects(DeskAct, "staff_id = %s AND at > %s ORDER BY at DESC LIMIT 1", UUID(actor.id), now - UNDO_FOR)
    act = found[0] if found else None
    if act is None or (act.undone_at and now - act.undone_at > _TOLD_FOR):
        return None
    is_offered = act.undone_at is None and act.done > 0
    token = undo_signer(actor).sign(act.id.hex) if is_offered else ""
    until = act.at + UNDO_FOR if is_offered else (act.undone_at or now) + _TOLD_FOR
    seconds = max(int((until - now).total_seconds()), 1)
    done = list(Event.objects.filter(desk_act_id=act.id).values_list("given_to_id", "inquiry__reference")[:2])
    return LastAct(
        kind=act.kind,
        count=act.done,
        left=act.left,
        is_undone=act.undone_at is not None,
        token=token,
        seconds=seconds,
        at=act.at,
        is_own=act.kind == DeskAct.Kind.ASSIGNED and act.staff_id in {given_to for given_to, _ in done},
        only=done[0][1] if act.done == len(done) == 1 else "",
    )
