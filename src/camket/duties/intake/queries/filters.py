"""What an inbox can be narrowed by: every name and every value from a list of ours, nothing taken from a request as it stands."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from camket.duties.intake import rules
from camket.duties.intake.models import OPEN_STATES, Inquiry
from camket.duties.intake.queries.scope import Branch
from camket.journal.statements import Value
from camket.policy.terms import Actor

_STATES: Mapping[str, Sequence[str]] = {
    "open": OPEN_STATES,
    "new": (Inquiry.State.NEW,),
    "answered": (Inquiry.State.ANSWERED,),
    "mine": OPEN_STATES,
    "resolved": (Inquiry.State.RESOLVED,),
    "all": (),
}
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxFilter:
    """Which inquiries a list shows. `assignee` is empty for everybody's, `me`, `nobody`, or the id of a colleague."""

    show: str = "open"
    channel: str = ""
    language: str = ""
    product: str = ""
    assignee: str = ""
    overdue: str = ""  # "1" where only what waits too long is wanted

    def pairs(self) -> list[tuple[str, str]]:
        """Return what differs from the plain inbox, as it stands in an address and in a saved filter."""
        return [(field.name, value) for field in fields(self) if (value := getattr(self, field.name)) != field.default]

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than one of the tabs."""
        return any(name != "show" for name, _ in self.pairs())


def filter_names() -> tuple[str, ...]:
    """Return the tabs of the inbox, in their order."""
    return tuple(_STATES)


def filter_of(given: Mapping[str, object]) -> InboxFilter:
    """
    Return the filter that an address or a saved filter writes down; what is no filter of ours is left out.

    Args:
        given: Names and values as they were sent.
    """
    texts = {name: value for name, value in given.items() if isinstance(value, str)}
    words = {name: texts[name] for name in ("channel", "language", "product") if _WORD.fullmatch(texts.get(name, ""))}
    assignee = texts.get("assignee", "")
    is_known = assignee in (ME, NOBODY) or _ID.fullmatch(assignee)
    show = texts.get("show", "")
    return InboxFilter(
        show=show if show in _STATES else "open", assignee=assignee if is_known else "", overdue="1" if texts.get("overdue") == "1" else "", **words
    )


def branches(chosen: InboxFilter, *, actor: Actor, now: datetime) -> list[Branch]:
    """
    Return what a filter asks for, a part for each state: each of them reads an index in the list's own order.

    Of what cannot be there is no part, and nobody has to ask the scope for it.

    Args:
        chosen: From `filter_of`.
        actor: Who looks.
        now: UTC instant.
    """
    words: list[str] = []
    given: list[Value] = []
    for name in ("channel", "language", "product"):
        if value := getattr(chosen, name):
            words.append(f"{name} = %s")
            given.append(value)
    assignee = ME if chosen.show == "mine" else chosen.assignee
    if assignee == NOBODY:
        words.append("assigned_to_id IS NULL")
    elif assignee:
        words.append("assigned_to_id = %s")
        given.append(UUID(actor.id if assignee == ME else assignee))
    states = _STATES[chosen.show]
    if chosen.overdue:
        words.append("received_at < %s")
        given.append(now - rules.LATE_AFTER)
        states = [Inquiry.State.NEW] if Inquiry.State.NEW in states or not states else []
        return [_branch(words, given, state) for state in states]
    # of what is in somebody's hands too an index holds the list's order state by state
    return [_branch(words, given, state) for state in states or (Inquiry.State.values if assignee else [""])]


def _branch(words: Sequence[str], given: Sequence[Value], state: str) -> Branch:
    if not state:
        return Branch(where=" AND ".join(words) or "1 = 1", given=tuple(given))
    return Branch(where=" AND ".join([*words, "state = %s"]), given=(*given, str(state)))
