"""The page of one inquiry: what was said and done, who is asking, and why it is still here; every word of a person through the gate."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from camket.duties.intake import rules
from camket.duties.intake.models import Event, Inquiry, Message
from camket.duties.intake.queries.listing import place_of
from camket.duties.intake.queries.rows import Colleague, InquiryRow, advisers_in, colleagues, name_in, row_of
from camket.duties.intake.queries.scope import NotFound, visible
from camket.duties.notices.queries import LetterRow, letters_of
from camket.editions import queries as editions
from camket.journal.paging import ListPlace
from camket.policy.compiled import FieldKind
from camket.policy.terms import (
    ADVISE,
    CONTACT,
    CONTROLLER,
    EMAIL,
    FULL_NAME,
    MESSAGE,
    Actor,
    Ask,
    EditionNumber,
    FieldName,
    Operation,
    PurposeId,
    Redaction,
)
from camket.vault import gate


class TakenBack(gate.Refused):
    """The person has taken back their consent to be advised: nobody opens their inquiry any more, whatever their role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One opened field of an inquiry."""

    name: FieldName
    value: gate.Sealed
    redaction: Redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    """One message, answer or note with its text; or what was done: assigned, resolved, reopened, with nothing of the person in it."""

    kind: str
    at: datetime
    by: str
    text: gate.Sealed | None = None
    letter: LetterRow | None = None  # that carries it, where one does
    channel: str = ""  # by which `by` heard what the person said; empty where they wrote it themselves
    given_to: str = ""
    is_taken_on: bool = False  # given to themselves: two whose names were erased, or are alike, are not one


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One file that came with an inquiry: what it is called and how long it is; nothing of it is read."""

    id: UUID
    name: gate.Sealed
    redaction: Redaction
    size: int  # bytes


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
    withheld: tuple[gate.Withheld, ...]
    timeline: tuple[TimelineRow, ...]
    needs: tuple[NeedLine, ...]
    consents: tuple[gate.ConsentRow, ...]
    clauses: tuple[str, ...]
    edition: EditionNumber
    matter_id: UUID = field(repr=False)
    place: ListPlace
    colleagues: tuple[Colleague, ...] = ()
    further: tuple[FurtherCard, ...] = ()
    own_answer: TimelineRow | None = None  # the last that whoever looks has written: its letter may still wait
    other_letters: tuple[LetterRow, ...] = ()  # that carry no answer, such as the acknowledgement
    files: tuple[FileRow, ...] = ()
    last_answer: int = 0  # which answer is the last on this page, whoever's; 0 where there is none


def brief(*, reference: str, actor: Actor, now: datetime) -> InquiryRow:
    """Return what the list says of one inquiry, without opening anything; NotFound where there is none for this role, or it is erased."""
    inquiry = visible(actor, now=now).filter(reference=reference).exclude(state=Inquiry.State.ERASED).first()
    if inquiry is None:
        raise NotFound
    return row_of(inquiry, now, names=colleagues())


def is_taken_back(*, reference: str, actor: Actor, now: datetime) -> bool:
    """
    Return whether the person of an inquiry has taken back their consent to be advised; nothing is opened for it.

    Args:
        reference: The inquiry's.
        actor: Who asks; what this role does not come across is no such inquiry.
        now: UTC instant.
    """
    inquiry = visible(actor, now=now).filter(reference=reference).first()
    return inquiry is not None and _is_taken_back(gate.SubjectId(inquiry.subject_id))


def _is_taken_back(subject: gate.SubjectId) -> bool:
    return any(row.purpose == ADVISE and not row.is_given for row in gate.consents_of(subject))


def as_told(refused: gate.Refused, subject: gate.SubjectId) -> gate.Refused:
    """
    Return a refusal to open what belongs to an inquiry as a door tells it: that the person has taken their consent back, where they have.

    Args:
        refused: As the gate said it.
        subject: Whose inquiry.
    """
    return TakenBack(refused.decision, refused.reason) if _is_taken_back(subject) else refused


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
        TakenBack: The person has taken back their consent.
        Refused: The policy does not let this role see it.

    Source: policy §3 (3.1, 3.4), §9 (9.9).
    """
    inquiry = visible(actor, now=now).filter(reference=reference).first()
    if inquiry is None:
        raise NotFound
    subject, matter = gate.SubjectId(inquiry.subject_id), gate.MatterId(inquiry.matter_id)
    if inquiry.state == Inquiry.State.ERASED:
        return _erased_page(inquiry, now)
    names = colleagues()
    try:
        permit = _opened(subject, ADVISE, actor, now)
    except gate.Refused as refused:
        raise as_told(refused, subject) from None
    shown = gate.show(permit, now=now, matters=[matter])
    contact = [row for row in shown if row.collection == CONTACT]
    letters = letters_of(inquiry.matter_id)
    matters = gate.matter_rows([matter, *_extra(inquiry)])
    timeline, own, last = _timeline(inquiry, shown, names, {row.record_id: row for row in letters if row.record_id}, actor)
    return InquiryPage(
        row=row_of(inquiry, now, names=names, name=_first(contact, FULL_NAME)),
        resolved_at=inquiry.resolved_at,
        has_email=inquiry.has_email,
        address_proven=gate.is_proven(subject=subject, kind=EMAIL),
        fields=tuple(FieldRow(name=name, value=row.fields[name], redaction=row.redactions[name]) for row in contact for name in row.fields),
        withheld=_withheld(matters, inquiry, permit),
        timeline=timeline,
        needs=_needs(matters),
        consents=gate.consents_of(subject),
        clauses=permit.clauses,
        edition=permit.edition_for(subject),
        matter_id=inquiry.matter_id,
        place=place_of(inquiry),
        colleagues=advisers_in(names),
        further=_further(inquiry, actor, opened, now),
        own_answer=own,
        other_letters=tuple(row for row in letters if row.record_id is None),
        files=_files(shown, matter),
        last_answer=last,
    )


def _files(shown: Sequence[gate.Shown], matter: gate.MatterId) -> tuple[FileRow, ...]:
    """The files in the order in which they came; one query where there are any, and none where not."""
    named = [(row, name) for row in shown for name in row.fields if editions.compiled(row.edition).fields[name].kind is FieldKind.FILE]
    sizes = gate.file_sizes([matter]) if named else {}
    return tuple(
        FileRow(id=row.record, name=row.fields[name], redaction=row.redactions[name], size=sizes[row.record])
        for row, name in named
        if row.record in sizes
    )


def _opened(subject: gate.SubjectId, purpose: PurposeId, actor: Actor, now: datetime) -> gate.Permit:
    """Ask for whatever this role may use for a purpose, under the text in force and the one that the person saw."""
    fields = gate.askable(actor=actor, operation=Operation.USE, purpose=purpose, subject=subject)
    return gate.ask(Ask(operation=Operation.USE, fields=fields, purpose=purpose), actor=actor, subjects=[subject], now=now, view="console.inquiry")


def _further(inquiry: Inquiry, actor: Actor, opened: str, now: datetime) -> tuple[FurtherCard, ...]:
    """A card for each further purpose that matters of this inquiry are kept for; only the one asked for is opened, and journaled."""
    matters, policy = _extra(inquiry), editions.policy_in_force()
    purposes = dict.fromkeys(need.purpose for row in gate.matter_rows(matters) for need in row.needs if need.duty == rules.DUTY)
    cards = []
    for purpose in purposes:
        if not policy.table.get((actor.role, Operation.USE, purpose, CONTROLLER)):
            continue
        if purpose != opened:
            cards.append(FurtherCard(purpose=purpose, is_open=False))
            continue
        permit = _opened(gate.SubjectId(inquiry.subject_id), purpose, actor, now)
        shown = gate.show(permit, now=now, matters=[gate.MatterId(inquiry.matter_id), *matters])
        rows = {name: FieldRow(name=name, value=row.fields[name], redaction=row.redactions[name]) for row in shown for name in row.fields}
        cards.append(FurtherCard(purpose=purpose, is_open=True, fields=tuple(rows.values()), clauses=permit.clauses))
    return tuple(cards)


def _erased_page(inquiry: Inquiry, now: datetime) -> InquiryPage:
    return InquiryPage(
        row=row_of(inquiry, now, names={}),
        resolved_at=inquiry.resolved_at,
        has_email=inquiry.has_email,
        address_proven=False,
        fields=(),
        withheld=(),
        timeline=(),
        needs=(),
        consents=(),
        clauses=(),
        edition=editions.in_force(),
        matter_id=inquiry.matter_id,
        place=place_of(inquiry),
    )


def _extra(inquiry: Inquiry) -> list[gate.MatterId]:
    return [gate.MatterId(UUID(id)) for id in inquiry.extra_matter_ids]


def _first(rows: Collection[gate.Shown], name: FieldName) -> gate.Sealed | None:
    return next((row.fields[name] for row in rows if name in row.fields), None)


def _timeline(
    inquiry: Inquiry, shown: Sequence[gate.Shown], names: Mapping[UUID, Colleague], letters: Mapping[UUID | None, LetterRow], actor: Actor
) -> tuple[tuple[TimelineRow, ...], TimelineRow | None, int]:
    """What was said and what was done, in one order; the last answer of whoever looks; and which one is the last of all. Two queries."""
    texts = {row.record: row.fields[MESSAGE] for row in shown if MESSAGE in row.fields}
    messages = list(Message.objects.filter(inquiry=inquiry).order_by("at", "id"))
    said = {
        message.id: TimelineRow(
            kind=message.kind,
            at=message.at,
            by=name_in(names, message.written_by_id),
            text=texts[gate.RecordId(message.record_id)],
            letter=letters.get(message.record_id),
            channel=message.channel,
        )
        for message in messages
        if message.record_id in texts
    }
    answers = [message for message in messages if message.kind == Message.Kind.ANSWER]
    own = [message.id for message in answers if str(message.written_by_id) == actor.id]
    done = [
        TimelineRow(
            kind=event.kind,
            at=event.at,
            by=name_in(names, event.by_id),
            given_to=name_in(names, event.given_to_id),
            is_taken_on=event.given_to_id is not None and event.given_to_id == event.by_id,
        )
        for event in Event.objects.filter(inquiry=inquiry).order_by("at", "id")
    ]
    return (
        tuple(sorted([*said.values(), *done], key=lambda row: row.at)),
        said.get(own[-1]) if own else None,
        max((message.id for message in answers), default=0),
    )


def _withheld(matters: Sequence[gate.MatterRow], inquiry: Inquiry, permit: gate.Permit) -> tuple[gate.Withheld, ...]:
    """What is kept of the inquiry itself and this role is not shown; a query only where there is any."""
    kept = {name for row in matters if row.id == inquiry.matter_id for name in row.field_names} - permit.ask.fields
    subject, ask = gate.SubjectId(inquiry.subject_id), permit.ask
    return gate.withheld(kept=kept, actor=permit.actor, operation=ask.operation, purpose=ask.purpose, subject=subject) if kept else ()


def _needs(matters: Sequence[gate.MatterRow]) -> tuple[NeedLine, ...]:
    """Answer "why is this still here?", with the day on which it goes where nothing needs it any more."""
    lines, in_force = [], editions.in_force()
    for row in matters:
        for need in row.needs:
            until = [instant for instant, _ in gate.ends_of(need, row, in_force)]
            lines.append(NeedLine(purpose=need.purpose, opened_at=need.opened_at, closed_at=need.closed_at, erase_after=max(until, default=None)))
    return tuple(lines)
