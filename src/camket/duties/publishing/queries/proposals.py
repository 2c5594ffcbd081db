"""What is proposed for publishing, who may confirm it, and what a person made of its weight."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from camket.access.queries import may_be_one, staff_list
from camket.duties.publishing.models import Proposal
from camket.duties.publishing.rules import REASON_IN, UNNOTED
from camket.journal import published
from camket.policy.terms import OPERATOR, PRIVACY_OFFICER, Actor, EditionNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """One proposal of a draft."""

    id: int
    draft_id: int
    revision: int
    hash: str
    wanted_at: datetime | None
    is_significant: bool
    is_raised: bool
    reasons: Mapping[str, str]  # by language
    needs_second: bool
    state: str
    proposed_by: UUID
    proposed_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    refusal: str


_SECONDS = (PRIVACY_OFFICER, OPERATOR)  # who can be the second person at all
_REASONS = {UNNOTED: "reason", **REASON_IN}
_COLUMNS = (*(one.name for one in fields(ProposalRow) if one.name != "reasons"), *_REASONS.values())


def proposals_of(draft_id: int) -> tuple[ProposalRow, ...]:
    """Return every proposal of a draft, newest first."""
    return tuple(_row(one) for one in Proposal.objects.filter(draft_id=draft_id).order_by("-id").values(*_COLUMNS))


def waiting_proposal(draft_id: int) -> ProposalRow | None:
    """Return the proposal of a draft that waits for a second person, or None."""
    row = Proposal.objects.filter(draft_id=draft_id, state=Proposal.State.WAITING).values(*_COLUMNS).first()
    return _row(row) if row else None


def reasons_of(kept: Mapping[str, Any]) -> dict[str, str]:
    """
    Return why a person raised a proposal to significant, by language; nothing where nobody did.

    Args:
        kept: The columns of a proposal.
    """
    return {language: str(kept[column]) for language, column in _REASONS.items() if kept[column]}


def raised_for(number: EditionNumber) -> Mapping[str, str] | None:
    """
    Return why a person raised an edition to significant, by language, or None where nobody did; nothing where the words are no longer those of
    the journal.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.

    Source: docs/decisions/0018-publishing.md.
    """
    kept = published.raised_for(number)
    if kept is None:
        return None
    raised = Proposal.objects.filter(draft__published_as=number, state=Proposal.State.CONFIRMED, is_raised=True).values(*_REASONS.values())
    return next((found for found in map(reasons_of, raised) if published.reason_facts(found) == kept), {})


def waiting_drafts() -> frozenset[int]:
    """Return the drafts of which a proposal waits for a second person."""
    return frozenset(Proposal.objects.filter(state=Proposal.State.WAITING).values_list("draft_id", flat=True))


def proposals_for(actor: Actor, *, now: datetime) -> tuple[ProposalRow, ...]:
    """
    Return the proposals that wait for somebody as the second person; one query where none waits, and none for other roles.

    Args:
        actor: Who would confirm.
        now: UTC instant.
    """
    if actor.role not in _SECONDS:
        return ()
    # of a draft that was put aside nothing is decided before it is taken back
    waiting = Proposal.objects.filter(state=Proposal.State.WAITING, needs_second=True, draft__discarded_at__isnull=True)
    waiting = waiting.order_by("id").values(*_COLUMNS)
    return tuple(row for row in map(_row, waiting) if may_confirm(row, actor, now=now))


def may_confirm(proposal: ProposalRow, actor: Actor, *, now: datetime) -> bool:
    """
    Return whether somebody can be the second person: another privacy officer, or an operator where no other officer works here.

    Args:
        proposal: What waits.
        actor: Who would confirm.
        now: UTC instant.

    Source: docs/decisions/0018-publishing.md, docs/decisions/0028-a-colleagues-link.md.
    """
    if may_be_one(proposal.proposed_by, UUID(actor.id), now=now):
        return False
    at_work = {row.id: row.role for row in staff_list() if row.is_active}
    if str(at_work.get(UUID(actor.id), "")) != actor.role:
        return False
    others = [staff_id for staff_id, role in at_work.items() if role == PRIVACY_OFFICER and staff_id != proposal.proposed_by]
    return actor.role == PRIVACY_OFFICER or (actor.role == OPERATOR and not others)


def _row(kept: Mapping[str, Any]) -> ProposalRow:
    columns = {name: value for name, value in kept.items() if name not in _REASONS.values()}
    return ProposalRow(**columns, reasons=reasons_of(kept))
