"""Rows of a duty put into the words of a desk's page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.utils.translation import gettext

from camket.access.queries import staff_list
from camket.duties.catalogue import queries as catalogue
from camket.duties.custody import queries as custody
from camket.duties.intake import queries as inquiries
from camket.duties.notices import queries as outbox
from camket.duties.publishing import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.files import kind_by_name
from camket.policy.terms import ADVISE, SPECIAL_CASE, PurposeId, Redaction

# what a list of the desk shows with its purpose: a line of the journal, or a letter of the outbox
OfAPurpose = TypeVar("OfAPurpose", custody.JournalLine, outbox.LetterRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownField:
    """One opened field with its label; the value stays sealed until the template writes it out."""

    name: str
    label: str
    value: Any
    redaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What was typed on a page and could not be done: the sentence beside each act that failed, and the texts to go on with."""

    errors: Mapping[str, str] = field(default_factory=dict)
    drafts: Mapping[str, str] = field(default_factory=dict, repr=False)
    status: int = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class FileShown:
    """One file in words: its name stays sealed until the template writes it out; `kind` is empty where the name is not shown in full."""

    id: UUID
    name: Any
    kind: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedShown:
    """Why a matter is still here, in words; `is_of_case` where a special case needs it, and not the inquiry."""

    purpose: str
    opened_at: datetime
    closed_at: datetime | None
    erase_after: datetime | None
    is_of_case: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentShown:
    """What the person agreed to, in words."""

    purpose: str
    label: str
    given_at: datetime | None
    withdrawn_at: datetime | None
    clause: str
    edition: int
    said_on: date | None  # of what a colleague took down: on which day it was said, and the reference of the inquiry in which it stands
    said_in: str
    from_day: date  # the first on which they can have taken it back


def names_by_id() -> Mapping[UUID | None, str]:
    """Return what colleagues are called, by id; one query."""
    return {row.id: row.name for row in staff_list()}


def with_product_names(
    rows: Iterable[inquiries.InquiryRow], language: str, *, names: Mapping[str, str] | None = None
) -> tuple[inquiries.InquiryRow, ...]:
    """
    Return the rows with each product's name in place of its slug; one query at most, however many rows, and none where no row has one.

    Args:
        rows: As the duty returns them.
        language: `vi` or `en`.
        names: Names by slug, where somebody knows them already.
    """
    some = tuple(rows)
    if not any(row.product for row in some):
        return some
    known = catalogue.product_names(language) if names is None else names
    return tuple([replace(row, product=known.get(row.product, row.product)) for row in some])


def advise_label(language: str) -> str:
    """Return the purpose of advising in the words of the edition in force."""
    return editions.policy_in_force().label("purpose", ADVISE, language)


def purpose_labels(purposes: Iterable[str], language: str) -> tuple[str, ...]:
    """
    Return purposes in the words of the edition in force.

    Args:
        purposes: Ids, in the order in which they are shown.
        language: Of the page.
    """
    policy = editions.policy_in_force()
    return tuple(policy.label("purpose", PurposeId(purpose), language) for purpose in purposes)


def purpose_clause(purpose: PurposeId) -> str:
    """Return the clause of the edition in force that names a purpose."""
    return str(editions.policy_in_force().purposes[purpose].clause)


def with_purposes(rows: Iterable[OfAPurpose], language: str) -> tuple[OfAPurpose, ...]:
    """
    Return the rows with each purpose in the words of its edition, or of the one in force where the row names no edition.

    Args:
        rows: Each with a purpose's id, or an empty one, which stays empty.
        language: Of the page.
    """
    in_force = editions.edition_in_force()

    def words(row: OfAPurpose) -> str:
        number = getattr(row, "edition", None) or in_force
        return editions.compiled(editions.EditionNumber(number)).label("purpose", row.purpose, language) if row.purpose else ""

    return tuple(replace(row, purpose=words(row)) for row in rows)


def told_lines(timeline: Iterable[inquiries.TimelineRow]) -> tuple[inquiries.TimelineRow, ...]:
    """Return the timeline, in which what a person said stands as theirs, with the colleague who took it down."""
    sentences = {
        "phone": gettext("The customer, by phone; taken down by %(name)s"),
        "in_person": gettext("The customer, in person; taken down by %(name)s"),
    }
    return tuple(replace(row, by=sentences[row.channel] % {"name": row.by}) if row.channel in sentences else row for row in timeline)


@dataclass(frozen=True, slots=True, kw_only=True)
class CardShown:
    """What was kept for a further purpose, in words; closed until somebody opens it."""

    purpose: str
    label: str
    is_open: bool
    fields: tuple[ShownField, ...]
    clauses: tuple[str, ...]


def further_cards(page: inquiries.InquiryPage, policy: CompiledPolicy, language: str) -> tuple[CardShown, ...]:
    """
    Return a card for each further purpose of the inquiry.

    Args:
        page: The inquiry, with what was opened of it.
        policy: The edition it was collected under.
        language: Of the page.
    """
    return tuple(
        CardShown(
            purpose=card.purpose,
            label=policy.label("purpose", card.purpose, language),
            is_open=card.is_open,
            fields=shown_fields(card.fields, policy, language),
            clauses=card.clauses,
        )
        for card in page.further
    )


def shown_fields(fields: Iterable[inquiries.FieldRow], policy: CompiledPolicy, language: str) -> tuple[ShownField, ...]:
    """
    Return the opened fields with their labels from the edition, in the edition's order.

    Args:
        fields: What was opened, sealed until it is written out.
        policy: The edition in whose words and order they are shown.
        language: Of the page.
    """
    order = list(policy.fields)
    rows = sorted(fields, key=lambda row: order.index(row.name))
    return tuple(ShownField(name=row.name, label=policy.label("field", row.name, language), value=row.value, redaction=row.redaction) for row in rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithheldShown:
    """One field that is kept and that the reader's role is not shown, in words."""

    label: str
    edition: int
    clauses: tuple[str, ...]
    was_shown: bool


def withheld_fields(page: inquiries.InquiryPage, policy: CompiledPolicy, language: str) -> tuple[WithheldShown, ...]:
    """
    Return what is kept of an inquiry and not shown, in the order of the edition that it was opened under.

    Args:
        page: The inquiry.
        policy: That edition, which names the fields.
        language: `vi` or `en`.
    """
    order = list(policy.fields)
    return tuple(
        WithheldShown(label=policy.label("field", row.name, language), edition=row.edition, clauses=row.clauses, was_shown=row.was_shown)
        for row in sorted(page.withheld, key=lambda row: order.index(row.name) if row.name in order else len(order))
    )


def shown_files(page: inquiries.InquiryPage) -> tuple[FileShown, ...]:
    """Return the files of an inquiry; under whatever name one was kept, its ending says what is in it."""
    rows = []
    for row in page.files:
        kind = kind_by_name(row.name.reveal()) if row.redaction is Redaction.FULL else None
        rows.append(FileShown(id=row.id, name=row.name, kind=kind or "", size=row.size))
    return tuple(rows)


def need_lines(page: inquiries.InquiryPage, policy: CompiledPolicy, language: str) -> tuple[NeedShown, ...]:
    """
    Return the needs with their purposes in words.

    Args:
        page: The inquiry.
        policy: The edition it was collected under.
        language: Of the page.
    """
    return tuple(
        NeedShown(
            purpose=policy.label("purpose", need.purpose, language),
            opened_at=need.opened_at,
            closed_at=need.closed_at,
            erase_after=need.erase_after,
            is_of_case=need.purpose == SPECIAL_CASE,
        )
        for need in page.needs
    )


def consent_lines(page: inquiries.InquiryPage, policy: CompiledPolicy, language: str) -> tuple[ConsentShown, ...]:
    """
    Return the consents with their purposes in words, and the clause that asks for each.

    Args:
        page: The inquiry.
        policy: The edition whose words are shown; a purpose that it does not know has no clause.
        language: Of the page.
    """
    return tuple(
        ConsentShown(
            purpose=row.purpose,
            label=policy.label("purpose", row.purpose, language),
            given_at=row.at if row.is_given else None,
            withdrawn_at=None if row.is_given else row.at,
            clause=policy.purposes[row.purpose].clause if row.purpose in policy.purposes else "",
            edition=row.edition,
            said_on=row.said_on,
            said_in=row.said_in,
            from_day=inquiries.earliest_no(row),
        )
        for row in page.consents
    )
