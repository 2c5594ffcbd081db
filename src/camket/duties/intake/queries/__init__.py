"""Reading inquiries. Every list, page and act goes through `in_scope`, and every word of a person through the gate."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.queries import letter_states
from camket.editions import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import erase_after
from camket.policy.terms import CONTROLLER, STAFF_ROLES, Actor, Ask, CollectionId, EditionNumber, FieldName, Operation, PurposeId, Redaction
from camket.vault import gate

PAGE = 50
_AT_ONCE = 1000
_NAME = FieldName("full_name")
_FILTERS = ("open", "new", "answered", "mine", "resolved", "all")


class NotFound(LookupError):
    """There is no such inquiry for this member of staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRow:
    """An inquiry in a list; `name` and `excerpt` are sealed, and None once erased or where the clause shows none."""

    reference: str
    state: str
    channel: str
    language: str
    product: str
    received_at: datetime
    assigned_to: str
    assigned_to_id: UUID | None
    is_late: bool
    name: gate.Sealed | None
    excerpt: gate.Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """One page of the inbox, the clauses it was opened under, and how many there are per filter."""

    rows: tuple[InquiryRow, ...]
    clauses: tuple[str, ...]
    counts: dict[str, int]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One opened field of an inquiry."""

    name: FieldName
    value: gate.Sealed
    redaction: Redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One message, answer or note."""

    kind: str
    at: datetime
    by: str
    text: gate.Sealed
    letter_state: str
    channel: str = ""  # by which `by` heard what the person said; empty where they wrote it themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """Why a matter of the inquiry is still here, and until when once it is not needed any more."""

    purpose: PurposeId
    opened_at: datetime
    closed_at: datetime | None
    erase_after: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherCard:
    """What was kept for a further purpose of the same inquiry; `fields` stay empty until somebody opens the card."""

    purpose: PurposeId
    is_open: bool
    fields: tuple[FieldRow, ...] = ()
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryPage:
    """Everything the page of one inquiry shows."""

    row: InquiryRow
    resolved_at: datetime | None
    has_email: bool
    address_proven: bool
    fields: tuple[FieldRow, ...]
    timeline: tuple[TimelineRow, ...]
    needs: tuple[NeedLine, ...]
    consents: tuple[gate.ConsentRow, ...]
    clauses: tuple[str, ...]
    edition: EditionNumber
    matter_id: UUID = field(repr=False)
    further: tuple[FurtherCard, ...] = ()


def in_scope(actor: Actor) -> QuerySet[Inquiry]:
    """
    Return the inquiries that an actor may come across at all: the one scope of every list, search, count, page and act.

    Args:
        actor: A member of staff; whom no clause lets use inquiries gets none.

    Source: policy §6.
    """
    policy = editions.compiled(editions.in_force())
    is_granted = any(role == actor.role and operation is Operation.USE and purpose == rules.ADVISE for role, operation, purpose, _ in policy.table)
    # a person's own view of their data has a clause too, but it is another page: these are for the desks
    return Inquiry.objects.all() if is_granted and actor.role in STAFF_ROLES else Inquiry.objects.none()


def brief(*, reference: str, actor: Actor, now: datetime) -> InquiryRow:
    """Return what the list says of one inquiry, without opening anything; NotFound where there is none for this role, or it is erased."""
    inquiry = _visible(actor, now=now).filter(reference=reference).exclude(state=Inquiry.State.ERASED).select_related("assigned_to").first()
    if inquiry is None:
        raise NotFound
    return _row(inquiry, None, None, now)


def _visible(actor: Actor, *, now: datetime) -> QuerySet[Inquiry]:
    return in_scope(actor).filter(shown_from__lte=now)


def inbox(*, actor: Actor, chosen: str, page: int, now: datetime) -> Inbox:
    """
    Return one page of inquiries, newest first, with the names the policy lets this role see.

    Args:
        actor: Who looks.
        chosen: open, new, answered, mine, resolved or all; anything else is `open`.
        page: From 1.
        now: UTC instant.
    """
    visible = _visible(actor, now=now)
    wanted = _filtered(visible, chosen, actor)
    start = (max(page, 1) - 1) * PAGE
    found = list(wanted.select_related("assigned_to").order_by("-received_at", "id")[start : start + PAGE + 1])
    rows, clauses = _rows(found[:PAGE], actor=actor, view="console.inbox", now=now)
    return Inbox(rows=rows, clauses=clauses, counts=_counts(visible, actor), page=max(page, 1), has_next=len(found) > PAGE)


def _filtered(visible: QuerySet[Inquiry], chosen: str, actor: Actor) -> QuerySet[Inquiry]:
    is_open = Q(state__in=["new", "answered"])
    wider = {"mine": is_open & Q(assigned_to_id=UUID(actor.id)), "all": Q()}
    return visible.filter(Q(state=chosen) if chosen in ("new", "answered", "resolved") else wider.get(chosen, is_open))


def _counts(visible: QuerySet[Inquiry], actor: Actor) -> dict[str, int]:
    is_open = Q(state__in=["new", "answered"])
    return visible.aggregate(
        open=Count("id", filter=is_open),
        new=Count("id", filter=Q(state="new")),
        answered=Count("id", filter=Q(state="answered")),
        mine=Count("id", filter=is_open & Q(assigned_to_id=UUID(actor.id))),
        resolved=Count("id", filter=Q(state="resolved")),
        all=Count("id"),
    )


def count_assigned(staff_id: UUID) -> int:
    """Return how many open inquiries somebody takes care of: a number, for whoever has to hand them over."""
    return Inquiry.objects.open_of(staff_id).count()


def filters() -> tuple[str, ...]:
    """Return the inbox's filters, in their order."""
    return _FILTERS


def can_find(*, kind: FieldName, value: str) -> bool:
    """
    Return whether this text can find anybody at all: an address or number that is one, or a name with a word that tells people apart.

    Args:
        kind: `email`, `phone` or `full_name`.
        value: As typed.
    """
    return gate.can_find(kind=kind, value=value)


def found_by(*, kind: FieldName, value: str, actor: Actor, now: datetime) -> Inbox:
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
    permit = gate.ask(Ask(operation=Operation.FIND, fields=frozenset({kind}), purpose=rules.ADVISE), actor=actor, now=now, view="console.find")
    subjects = gate.find(permit, kind=kind, value=value, now=now)
    found = _newest_of(subjects, _visible(actor, now=now).select_related("assigned_to"))
    rows, clauses = _rows(found[:PAGE], actor=actor, view="console.find", now=now)
    return Inbox(rows=rows, clauses=clauses or permit.clauses, counts={}, page=1, has_next=len(found) > PAGE)


def _newest_of(subjects: Sequence[gate.SubjectId], visible: QuerySet[Inquiry]) -> list[Inquiry]:
    """One more than a page; asked for piece by piece, for a statement takes only so many ids."""
    found: list[Inquiry] = []
    for start in range(0, len(subjects), _AT_ONCE):
        more = visible.filter(subject_id__in=subjects[start : start + _AT_ONCE]).order_by("-received_at", "id")[: PAGE + 1]
        found = sorted([*found, *more], key=lambda inquiry: inquiry.received_at, reverse=True)[: PAGE + 1]
    return found


def _rows(found: Sequence[Inquiry], *, actor: Actor, view: str, now: datetime) -> tuple[tuple[InquiryRow, ...], tuple[str, ...]]:
    """One ask for the whole list, one query for records and two for keys; erased inquiries show only that they were."""
    living = [gate.SubjectId(inquiry.subject_id) for inquiry in found if inquiry.state != Inquiry.State.ERASED]
    names: dict[UUID, gate.Sealed] = {}
    excerpts: dict[UUID, gate.Sealed] = {}
    clauses: tuple[str, ...] = ()
    if living:
        ask = Ask(operation=Operation.USE, fields=frozenset({_NAME, rules.MESSAGE}), purpose=rules.ADVISE)
        try:
            permit = gate.ask(ask, actor=actor, subjects=living, now=now, view=view)
        except gate.Refused:
            return tuple(_row(inquiry, None, None, now) for inquiry in found), ()
        clauses = permit.clauses
        for shown in gate.show(permit, now=now, matters=[gate.MatterId(inquiry.matter_id) for inquiry in found]):
            if _NAME in shown.fields:
                names.setdefault(shown.matter, shown.fields[_NAME])
            if shown.collection == "message":
                excerpts.setdefault(shown.matter, shown.fields[rules.MESSAGE])
    return tuple(_row(inquiry, names.get(inquiry.matter_id), excerpts.get(inquiry.matter_id), now) for inquiry in found), clauses


def _row(inquiry: Inquiry, name: gate.Sealed | None, excerpt: gate.Sealed | None, now: datetime) -> InquiryRow:
    staff = inquiry.assigned_to
    return InquiryRow(
        reference=inquiry.reference,
        state=inquiry.state,
        channel=inquiry.channel,
        language=inquiry.language,
        product=inquiry.product,
        received_at=inquiry.received_at,
        assigned_to_id=staff.id if staff else None,
        assigned_to=staff.display_name or str(staff.id)[:8] if staff else "",
        is_late=inquiry.state == Inquiry.State.NEW and now - inquiry.received_at > rules.LATE_AFTER,
        name=name,
        excerpt=excerpt,
    )


def inquiry_page(*, reference: str, actor: Actor, now: datetime, opened: str = "") -> InquiryPage:
    """
    Return one inquiry as its page shows it, opened under the clauses it names.

    Args:
        reference: Its public name.
        actor: Who looks.
        now: UTC instant.
        opened: The further purpose whose card was asked to be opened; none when empty.

    Raises:
        NotFound: There is none of this name for this role.
        Refused: The policy does not let this role see it.
    """
    inquiry = _visible(actor, now=now).filter(reference=reference).select_related("assigned_to").first()
    if inquiry is None:
        raise NotFound
    subject, matter = gate.SubjectId(inquiry.subject_id), gate.MatterId(inquiry.matter_id)
    if inquiry.state == Inquiry.State.ERASED:
        return _erased_page(inquiry, now)
    policy = editions.compiled(editions.in_force())
    fields = _usable(policy, actor, rules.ADVISE)
    permit = gate.ask(
        Ask(operation=Operation.USE, fields=fields, purpose=rules.ADVISE), actor=actor, subjects=[subject], now=now, view="console.inquiry"
    )
    shown = gate.show(permit, now=now, matters=[matter])
    contact = [row for row in shown if row.collection == CollectionId("contact")]
    return InquiryPage(
        row=_row(inquiry, _first(contact, _NAME), None, now),
        resolved_at=inquiry.resolved_at,
        has_email=inquiry.has_email,
        address_proven=gate.is_proven(subject=subject, kind=rules.EMAIL),
        fields=tuple(FieldRow(name=name, value=row.fields[name], redaction=row.redactions[name]) for row in contact for name in row.fields),
        timeline=_timeline(inquiry, shown),
        needs=_needs([matter, *_extra(inquiry)]),
        consents=gate.consents_of(subject),
        clauses=permit.clauses,
        edition=permit.edition_for(subject),
        matter_id=inquiry.matter_id,
        further=_further(inquiry, policy, actor, opened, now),
    )


def _usable(policy: CompiledPolicy, actor: Actor, purpose: PurposeId) -> frozenset[FieldName]:
    """The fields that this role may use for a purpose, for the controller itself."""
    return frozenset(policy.table.get((actor.role, Operation.USE, purpose, CONTROLLER), {}))


def _further(inquiry: Inquiry, policy: CompiledPolicy, actor: Actor, opened: str, now: datetime) -> tuple[FurtherCard, ...]:
    """A card for each further purpose that matters of this inquiry are kept for; only the one asked for is opened, and journaled."""
    matters = _extra(inquiry)
    purposes = dict.fromkeys(need.purpose for row in gate.matter_rows(matters) for need in row.needs if need.duty == rules.DUTY)
    cards = []
    for purpose in purposes:
        fields = _usable(policy, actor, purpose)
        if not fields:
            continue
        if purpose != opened:
            cards.append(FurtherCard(purpose=purpose, is_open=False))
            continue
        subject = gate.SubjectId(inquiry.subject_id)
        permit = gate.ask(
            Ask(operation=Operation.USE, fields=fields, purpose=purpose), actor=actor, subjects=[subject], now=now, view="console.inquiry"
        )
        shown = gate.show(permit, now=now, matters=[gate.MatterId(inquiry.matter_id), *matters])
        rows = {name: FieldRow(name=name, value=row.fields[name], redaction=row.redactions[name]) for row in shown for name in row.fields}
        cards.append(FurtherCard(purpose=purpose, is_open=True, fields=tuple(rows.values()), clauses=permit.clauses))
    return tuple(cards)


def _erased_page(inquiry: Inquiry, now: datetime) -> InquiryPage:
    return InquiryPage(
        row=_row(inquiry, None, None, now),
        resolved_at=inquiry.resolved_at,
        has_email=inquiry.has_email,
        address_proven=False,
        fields=(),
        timeline=(),
        needs=(),
        consents=(),
        clauses=(),
        edition=editions.in_force(),
        matter_id=inquiry.matter_id,
    )


def _extra(inquiry: Inquiry) -> list[gate.MatterId]:
    return [gate.MatterId(UUID(id)) for id in inquiry.extra_matter_ids]


def _first(rows: Collection[gate.Shown], name: FieldName) -> gate.Sealed | None:
    return next((row.fields[name] for row in rows if name in row.fields), None)


def _timeline(inquiry: Inquiry, shown: Sequence[gate.Shown]) -> tuple[TimelineRow, ...]:
    texts = {row.record: row.fields[rules.MESSAGE] for row in shown if rules.MESSAGE in row.fields}
    messages = list(Message.objects.filter(inquiry=inquiry).select_related("written_by").order_by("at", "id"))
    letters = letter_states([message.record_id for message in messages if message.kind == Message.Kind.ANSWER])
    return tuple(
        TimelineRow(
            kind=message.kind,
            at=message.at,
            by=(message.written_by.display_name or str(message.written_by_id)[:8]) if message.written_by else "",
            text=texts[gate.RecordId(message.record_id)],
            letter_state=letters.get(message.record_id, ""),
            channel=message.channel,
        )
        for message in messages
        if message.record_id in texts
    )


def _needs(matters: Sequence[gate.MatterId]) -> tuple[NeedLine, ...]:
    """Answer "why is this still here?", with the day on which it goes where nothing needs it any more."""
    lines = []
    for row in gate.matter_rows(matters):
        for need in row.needs:
            until = [
                erase_after(purpose=need.purpose, collection=name, closed_at=need.closed_at, rules=editions.compiled(edition).retention)
                for name, edition in row.records
                if need.purpose in editions.compiled(edition).collections[name].purposes
            ]
            known = [instant for instant in until if instant]
            lines.append(
                NeedLine(purpose=need.purpose, opened_at=need.opened_at, closed_at=need.closed_at, erase_after=max(known) if known else None)
            )
    return tuple(lines)


def is_any() -> bool:
    """Return whether there is any inquiry at all."""
    return Inquiry.objects.exists()
