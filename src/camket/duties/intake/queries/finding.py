"""People found by the whole address or number somebody names, or by words of their name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries.listing import PAGE
from camket.duties.intake.queries.rows import InquiryRow, colleagues_if_held, rows_of
from camket.duties.intake.queries.scope import Branch, fetch_visible
from camket.journal.paging import cut
from camket.policy.terms import ADVISE, Actor, Ask, FieldName, Operation
from camket.vault import gate

_AT_ONCE = 1000
_NEWEST_FIRST = f"ORDER BY received_at DESC, id LIMIT {PAGE + 1}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The newest inquiries of whoever was found, and the clauses they were opened under; `has_next` where there are more."""

    rows: tuple[InquiryRow, ...]
    clauses: tuple[str, ...]
    has_next: bool


def can_find(*, kind: FieldName, value: str) -> bool:
    """
    Return whether this text can find anybody at all: an address or number that is one, or a name with a word that tells people apart.

    Args:
        kind: `email`, `phone` or `full_name`.
        value: As typed.
    """
    return gate.can_find(kind=kind, value=value)


def found_by(*, kind: FieldName, value: str, actor: Actor, now: datetime) -> Found:
    """
    Return the newest inquiries of everybody who gave exactly this address or number, or these words of a name; `has_next` where there are more.

    Args:
        kind: `email`, `phone` or `full_name`.
        value: As typed.
        actor: Who looks.
        now: UTC instant.

    Raises:
        Refused: The policy does not let this role look people up.
    """
    permit = gate.ask(Ask(operation=Operation.FIND, fields=frozenset({kind}), purpose=ADVISE), actor=actor, now=now, view="console.find")
    with gate.in_one_commit():
        found = _newest_of(gate.find(permit, kind=kind, value=value, now=now), actor, now)
        page, last = cut(found, limit=PAGE)
        rows, clauses = rows_of(page, actor=actor, view="console.find", now=now, names=colleagues_if_held(page))
    return Found(rows=rows, clauses=clauses or permit.clauses, has_next=last is not None)


def found_again(*, references: Collection[str], actor: Actor, now: datetime) -> Found:
    """
    Return inquiries that a search found a while ago, newest first, without those that are not there any more: nobody is looked for.

    Args:
        references: Their public names; those beyond a page are left out.
        actor: Who looks.
        now: UTC instant.
    """
    found = fetch_visible(actor, Branch(where="reference IN ({})", given=(list(references)[:PAGE],)), ending=_NEWEST_FIRST, now=now)
    rows, clauses = rows_of(found, actor=actor, view="console.find", now=now, names=colleagues_if_held(found))
    return Found(rows=rows, clauses=clauses, has_next=False)


def _newest_of(subjects: Sequence[gate.SubjectId], actor: Actor, now: datetime) -> list[Inquiry]:
    """One more than a page; asked for piece by piece, for a statement takes only so many ids."""
    found: list[Inquiry] = []
    for start in range(0, len(subjects) or 1, _AT_ONCE):  # once for nobody too: no search goes by without asking the scope
        more = fetch_visible(actor, _of(subjects[start : start + _AT_ONCE]), ending=_NEWEST_FIRST, now=now)
        found = sorted([*found, *more], key=lambda inquiry: inquiry.received_at, reverse=True)[: PAGE + 1]
    return found


def _of(subjects: Sequence[gate.SubjectId]) -> Branch:
    return Branch(where="subject_id IN ({})", given=(subjects,))
