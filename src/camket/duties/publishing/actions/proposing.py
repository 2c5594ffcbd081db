"""From a draft to a published edition: one person proposes what was compared, another one confirms it, and it goes the way of every edition."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access.rules import require_role
from camket.duties.publishing.actions.editions import (
    Sealed,
    Significance,
    Unpublishable,
    computed_significance,
    due_at,
    require_day_to_come,
    sealed,
    store_edition,
)
from camket.duties.publishing.actions.facts import DraftOver, DraftUnknown
from camket.duties.publishing.models import Draft, Proposal
from camket.duties.publishing.queries.coming import earliest_due
from camket.duties.publishing.queries.drafts import DraftRow, draft, next_number
from camket.duties.publishing.queries.proposals import ProposalRow, may_confirm, reasons_of, waiting_proposal
from camket.duties.publishing.rules import CONFIRMERS, REASON_IN, WRITERS, asks_for_second, number_findings, reason_fault, source_of
from camket.editions.actions import AlreadyPublished
from camket.journal.actions import record
from camket.journal.facts import Fact
from camket.policy.faults import Unfit
from camket.policy.regimes import Regime
from camket.policy.terms import Actor, EditionNumber
from camket.policy.writing import paragraphs


class ChangedSince(Exception):
    """The draft is no longer the one that was compared; nothing was published."""


class NothingProposed(LookupError):
    """No proposal of this draft waits: it was decided, withdrawn, or never made."""


class ProposedAnew(Exception):
    """The proposal that was read has given way to another one of the same draft, for another day or weight; nothing was decided."""


class Lowered(Exception):
    """The proposal that waits weighs more for the same text: it is taken back before the text is proposed as weighing less. Nothing was changed."""


class NotTheSecond(Exception):
    """Whoever proposes a text cannot be the second person who confirms it, nor can somebody who may be the same person, or has another duty."""


class BadReason(ValueError):
    """A reason is missing, too long, or speaks of a person; `code` is required, too_long, personal or bad_character. It is not repeated here."""

    def __init__(self, code: str) -> None:
        super().__init__(f"the reason cannot be kept: {code}")
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the proposer decides: from when, and whether it weighs more than the machine found."""

    wanted_at: datetime | None = None  # UTC instant; None for as soon as may be
    is_raised: bool = False
    reasons: Mapping[str, str] = field(default_factory=dict)  # why, as it was typed in each language


def propose(*, draft_id: int, seen_hash: str, wish: Wish, regime: Regime, actor: Actor, now: datetime) -> EditionNumber | None:
    """
    Propose a draft for publishing, as it was compared; where the regime asks for no second person, publish it and return its number.

    A proposal of the same draft that still waits gives way to this one.

    Args:
        draft_id: Which draft.
        seen_hash: What identified its content on the page where it was compared.
        wish: From when it is to be in force, and whether it is raised to significant.
        regime: The law it is checked against, which also says whether a second person confirms.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        DraftUnknown: There is no such draft.
        DraftOver: It has been put aside or published.
        ChangedSince: It has been saved since it was compared.
        Unpublishable: It has errors, or is wanted for a day that has passed.
        Unfit: It is raised to significant without a reason that can be kept in each language; a fault is called as in `REASON_IN`.
        Lowered: It is raised no longer, and the one that it replaces was, for the same text.
        TooEarly: The wanted instant comes before the promised notice has run.
        AlreadyPublished, OutOfOrder: No second person is needed, and the number is taken or not the next.

    Source: policy §8 (8.2, 8.4); docs/decisions/0018-publishing.md.
    """
    require_role(actor, WRITERS)
    row = _as_compared(draft_id, seen_hash)
    ready = _ready(row, regime)
    computed = computed_significance(ready.policy)
    is_computed = computed.is_computed if computed else False
    reasons = _kept_reasons(wish.reasons) if wish.is_raised and not is_computed else {}
    require_day_to_come(wish.wanted_at, policy=ready.policy, now=now)
    due_at(wish.wanted_at, now)
    needs_second = asks_for_second(regime, now=now)
    made = Proposal(
        draft_id=row.id,
        revision=row.revision,
        hash=row.hash,
        wanted_at=wish.wanted_at,
        is_significant=is_computed,
        is_raised=bool(reasons),
        **reasons,
        needs_second=needs_second,
        proposed_by=UUID(actor.id),
        proposed_at=now,
    )
    try:
        with transaction.atomic():
            _keep(made, row, ready, actor=actor, now=now)
            if not needs_second:
                _publish(made, ready, actor=actor, now=now)
    except IntegrityError:
        raise AlreadyPublished from None  # as below
    return None if needs_second else ready.policy.number


def _keep(made: Proposal, row: DraftRow, ready: Sealed, *, actor: Actor, now: datetime) -> None:
    _hold(row)
    waiting = Proposal.objects.filter(draft_id=row.id, state=Proposal.State.WAITING)
    weighs = made.is_significant or made.is_raised
    if not weighs and waiting.filter(is_raised=True, hash=row.hash).exists():
        raise Lowered
    waiting.update(state=Proposal.State.WITHDRAWN, decided_by=made.proposed_by, decided_at=now)
    made.save(force_insert=True)
    facts: dict[str, Fact] = {"draft": row.id, "edition": int(ready.policy.number), "hash": row.hash, "significant": weighs}
    record(act="edition.proposed", actor=actor, at=now, facts=facts)


def confirm(*, draft_id: int, proposal_id: int, seen_hash: str, regime: Regime, actor: Actor, now: datetime) -> EditionNumber:
    """
    Confirm what a colleague proposes, and publish it: signed, stored for ever, and in force when its time comes.

    Args:
        draft_id: Of which draft.
        proposal_id: The proposal that was read: the same text can be proposed anew, for another day or weight.
        seen_hash: What identified its content on the page where it was read.
        regime: The law it is checked against once more.
        actor: Another privacy officer, or an operator where there is no other.
        now: UTC instant.

    Returns:
        The edition's number.

    Raises:
        NotForThisRole, NotTheSecond: Somebody confirms who cannot.
        DraftUnknown: There is no such draft.
        NothingProposed: No proposal waits any more.
        ProposedAnew: Another one waits than the one that was read.
        DraftOver: The draft has been put aside or published.
        ChangedSince: It has been saved since it was proposed or read.
        Unpublishable: It has errors.
        AlreadyPublished, OutOfOrder: Another edition took its number meanwhile.

    Source: policy §8 (8.1); docs/decisions/0018-publishing.md.
    """
    require_role(actor, CONFIRMERS)
    found = _as_read(draft_id, proposal_id, actor, now)
    row = _as_compared(draft_id, seen_hash)
    if row.hash != found.hash:
        raise ChangedSince
    ready = _ready(row, regime)
    try:
        with transaction.atomic():
            _hold(row)
            proposal = _locked(found.id)
            _publish(proposal, ready, actor=actor, now=now)
    except IntegrityError:
        raise AlreadyPublished from None  # somebody published under this number at the same moment, in whatever way
    return ready.policy.number


def refuse(*, draft_id: int, proposal_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """
    Say as the second person that a proposal is not to be published; the draft can go on being written.

    Args:
        draft_id: Of which draft.
        proposal_id: The proposal that was read.
        reason: What is wrong with the text; nothing about a person.
        actor: Whoever could have confirmed it.
        now: UTC instant.

    Raises:
        NotForThisRole, NotTheSecond: Somebody decides who cannot.
        NothingProposed: No proposal waits.
        ProposedAnew: Another one waits than the one that was read.
        BadReason: The reason cannot be kept.
    """
    require_role(actor, CONFIRMERS)
    found = _as_read(draft_id, proposal_id, actor, now)
    _end(found, Proposal.State.REFUSED, refusal=kept_reason(reason), act="edition.refused", actor=actor, now=now)


def withdraw(*, draft_id: int, actor: Actor, now: datetime) -> None:
    """
    Take a proposal back.

    Args:
        draft_id: Of which draft.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        NothingProposed: No proposal waits.
    """
    require_role(actor, WRITERS)
    _end(_waiting(draft_id), Proposal.State.WITHDRAWN, refusal="", act="edition.withdrawn", actor=actor, now=now)


def kept_reason(text: str) -> str:
    """
    Return a reason as it is kept.

    Args:
        text: As it was typed.

    Raises:
        BadReason: It is empty, too long, or speaks of a person.
    """
    plain = paragraphs(text)
    fault = reason_fault(plain, "reason")
    if fault:
        raise BadReason(fault.code)
    return plain


def _kept_reasons(typed: Mapping[str, str]) -> dict[str, str]:
    """Why it is raised, by column: those who are told of it are told in their language, so it is given in each."""
    reasons = {column: paragraphs(typed.get(language, "")) for language, column in REASON_IN.items()}
    faults = [fault for column, reason in reasons.items() if (fault := reason_fault(reason, column))]
    if faults:
        raise Unfit(faults)
    return reasons


def _as_compared(draft_id: int, seen_hash: str) -> DraftRow:
    row = draft(draft_id)
    if row is None:
        raise DraftUnknown
    if not row.is_open:
        raise DraftOver
    if row.hash != seen_hash:
        raise ChangedSince
    return row


def _ready(row: DraftRow, regime: Regime) -> Sealed:
    """The draft compiled and signed; what is slow is done before any lock is taken."""
    wrong = number_findings(row.manifest, next_number())
    if wrong:
        raise Unpublishable(wrong)
    return sealed(source_of(row.manifest, row.texts), regime)


def _hold(row: DraftRow) -> None:
    """Keep the draft as it was read until the transaction ends: whoever saves it comes before or after, never between."""
    stands = Draft.objects.select_for_update().filter(id=row.id).values("revision", "discarded_at", "published_as").first()
    if stands is None or stands["published_as"] is not None or stands["discarded_at"] is not None:
        raise DraftOver
    if stands["revision"] != row.revision:
        raise ChangedSince


def _waiting(draft_id: int) -> ProposalRow:
    found = waiting_proposal(draft_id)
    if found is None:
        raise NothingProposed
    return found


def _as_read(draft_id: int, proposal_id: int, actor: Actor, now: datetime) -> ProposalRow:
    """What waits, once it is what the second person read and they can be one."""
    found = _waiting(draft_id)
    if not may_confirm(found, actor, now=now):
        raise NotTheSecond
    if found.id != proposal_id:
        raise ProposedAnew
    return found


def _locked(proposal_id: int) -> Proposal:
    found = Proposal.objects.select_for_update().filter(id=proposal_id, state=Proposal.State.WAITING).first()
    if found is None:
        raise NothingProposed
    return found


def _publish(proposal: Proposal, ready: Sealed, *, actor: Actor, now: datetime) -> None:
    """Publish within the open transaction; a day that has become too early since it was chosen becomes the earliest there is."""
    at = max(proposal.wanted_at, earliest_due(now).at) if proposal.wanted_at else None
    significance = Significance(is_computed=proposal.is_significant)
    if proposal.is_raised:
        significance = replace(significance, raised_by=str(proposal.proposed_by), reasons=reasons_of(vars(proposal)))
    Proposal.objects.filter(id=proposal.id).update(state=Proposal.State.CONFIRMED, decided_by=UUID(actor.id), decided_at=now)
    Draft.objects.filter(id=proposal.draft_id).update(published_as=ready.policy.number)
    store_edition(ready, at=at, significance=significance, actor=actor, now=now)


def _end(found: ProposalRow, state: str, *, refusal: str, act: str, actor: Actor, now: datetime) -> None:
    with transaction.atomic():
        Draft.objects.select_for_update().filter(id=found.draft_id).first()
        proposal = _locked(found.id)
        Proposal.objects.filter(id=proposal.id).update(state=state, refusal=refusal, decided_by=UUID(actor.id), decided_at=now)
        record(act=act, actor=actor, at=now, facts={"draft": found.draft_id, "hash": found.hash})
