"""A colleague who came to a desk of others: that they were turned away is remembered, once in a while and not at every knock."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from camket.access.actions.budgets import spend_budget
from camket.journal.actions import record
from camket.policy.terms import Actor

TOLD_EVERY = timedelta(minutes=15)  # as with a look: the same person at the same desk is one line


def note_turned_away(*, desks: Collection[str], actor: Actor, now: datetime) -> bool:
    """
    Write into the journal that a member of staff asked for a desk that is not theirs, and return whether a line was written.

    What they asked for there is not kept: an address may hold an id, and whether it leads to something is nobody's to learn here.

    Args:
        desks: The desks at one of which they would have had to work.
        actor: Who came.
        now: UTC instant.

    Source: policy §6 (6.1), §7 (7.3: each refusal is entered in the journal).
    """
    names = sorted(desks)
    # one statement counts and tells, so that two at once are one line; the line rides along, so that neither is there without the other
    with transaction.atomic():
        is_first = spend_budget(key=f"turned away|{actor.id}|{'|'.join(names)}".encode(), limit=1, window=TOLD_EVERY, now=now)
        if is_first:
            record(act="desk.refused", actor=actor, at=now, facts={"desks": names})
    return is_first
