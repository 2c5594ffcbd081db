"""Inquiries as a list shows them: one ask for all of its people, and the names of colleagues from one look at the staff."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from camket.access.queries import StaffName, staff_names
from camket.access.rules import may_enter
from camket.duties.intake import rules
from camket.duties.intake.models import Inquiry
from camket.policy.terms import ADVISE, FULL_NAME, MESSAGE, SENT, Actor, Ask, Operation
from camket.vault import gate


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryRow:
    """
    An inquiry in a list; `name` and `excerpt` are sealed, and None once erased, where the clause shows none, or where `is_withdrawn`: the person
    has taken back their consent.
    """

    reference: str
    state: str
    channel: str
    language: str
    product: str
    received_at: datetime
    assigned_to: str
    assigned_to_id: UUID | None
    is_late: bool
    sequence: int  # how many times something was said or done with it
    name: gate.Sealed | None
    excerpt: gate.Sealed | None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Colleague:
    """A member of staff as colleagues see them; `is_adviser` where an inquiry may be put into their hands."""

    id: UUID
    name: str
    is_adviser: bool


def colleagues() -> Mapping[UUID, Colleague]:
    """Return everybody who works or worked here, by id; one query."""
    return {row.id: Colleague(id=row.id, name=row.display_name, is_adviser=is_adviser(row)) for row in staff_names()}


def colleagues_if_held(found: Sequence[Inquiry]) -> Mapping[UUID, Colleague]:
    """
    Return all colleagues by id where one of some inquiries is in somebody's hands, and none where none is; one query at most.

    Args:
        found: From the scope.
    """
    return colleagues() if any(inquiry.assigned_to_id for inquiry in found) else {}


def advisers_in(names: Mapping[UUID, Colleague]) -> tuple[Colleague, ...]:
    """
    Return those into whose hands an inquiry may be put, in the order of their names.

    Args:
        names: From `colleagues`.
    """
    return tuple(sorted((one for one in names.values() if one.is_adviser), key=lambda one: one.name.casefold()))


def is_adviser(row: StaffName) -> bool:
    """Return whether a member of staff is at work and answers inquiries."""
    return row.is_active and may_enter(row.role, "inbox")


def name_in(names: Mapping[UUID, Colleague], staff_id: UUID | None) -> str:
    """
    Return the name of a member of staff; words in its place, in the language of the page, where it was erased; nothing for nobody.

    Args:
        names: From `colleagues`.
        staff_id: Whose.
    """
    if staff_id is None:
        return ""
    found = names.get(staff_id)
    return found.name if found else gettext("a former colleague (name erased)")


def rows_of(
    found: Sequence[Inquiry], *, actor: Actor, view: str, now: datetime, names: Mapping[UUID, Colleague]
) -> tuple[tuple[InquiryRow, ...], tuple[str, ...]]:
    """
    Return inquiries as rows, and the clauses they were opened under: one ask, one query for records and two for keys, however many; and one for
    consents where some may not be opened.

    Args:
        found: From the scope; erased ones show only that they were.
        actor: Who looks.
        view: Name of the page, for the journal.
        now: UTC instant.
        names: From `colleagues`.
    """
    living = [gate.SubjectId(inquiry.subject_id) for inquiry in found if inquiry.state != Inquiry.State.ERASED]
    shut: Collection[gate.SubjectId] = ()
    people: dict[UUID, gate.Sealed] = {}
    excerpts: dict[UUID, gate.Sealed] = {}
    clauses: tuple[str, ...] = ()
    if living:
        ask = Ask(operation=Operation.USE, fields=frozenset({FULL_NAME, MESSAGE}), purpose=ADVISE)
        try:
            permit = gate.ask(ask, actor=actor, subjects=living, now=now, view=view)
        except gate.Refused:
            return _with_withdrawals(found, [row_of(inquiry, now, names=names) for inquiry in found], living), ()
        clauses, shut = permit.clauses, permit.refused
        for shown in gate.show(permit, now=now, matters=[gate.MatterId(inquiry.matter_id) for inquiry in found]):
            if FULL_NAME in shown.fields:
                people.setdefault(shown.matter, shown.fields[FULL_NAME])
            if shown.collection == SENT and MESSAGE in shown.fields:
                excerpts.setdefault(shown.matter, shown.fields[MESSAGE])
    rows = [row_of(inquiry, now, names=names, name=people.get(inquiry.matter_id), excerpt=excerpts.get(inquiry.matter_id)) for inquiry in found]
    return _with_withdrawals(found, rows, shut), clauses


def _with_withdrawals(found: Sequence[Inquiry], rows: Sequence[InquiryRow], shut: Collection[gate.SubjectId]) -> tuple[InquiryRow, ...]:
    """Say of which of those who were not shown that is so because they took their consent back; nothing is kept without one."""
    if not shut:
        return tuple(rows)
    agreed = gate.agreed_purposes(shut)
    gone = {subject for subject, purposes in agreed.items() if ADVISE not in purposes}
    return tuple(replace(row, is_withdrawn=inquiry.subject_id in gone) for inquiry, row in zip(found, rows, strict=True))


def row_of(
    inquiry: Inquiry, now: datetime, *, names: Mapping[UUID, Colleague], name: gate.Sealed | None = None, excerpt: gate.Sealed | None = None
) -> InquiryRow:
    """
    Return one inquiry as a row.

    Args:
        inquiry: From the scope.
        now: UTC instant.
        names: From `colleagues`.
        name: The person's, as far as a permit shows it.
        excerpt: What they wrote, as far as a permit shows it.
    """
    return InquiryRow(
        reference=inquiry.reference,
        state=inquiry.state,
        channel=inquiry.channel,
        language=inquiry.language,
        product=inquiry.product,
        received_at=inquiry.received_at,
        assigned_to_id=inquiry.assigned_to_id,
        assigned_to=name_in(names, inquiry.assigned_to_id),
        is_late=inquiry.state == Inquiry.State.NEW and now - inquiry.received_at > rules.LATE_AFTER,
        sequence=inquiry.sequence,
        name=name,
        excerpt=excerpt,
    )
