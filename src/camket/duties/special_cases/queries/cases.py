"""Reading special cases. Every list, count, page and act goes through `in_scope`, and every word and every detail of a person through the gate."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TypeAlias
from uuid import UUID

from django.db.models import BooleanField, Case, Count, ExpressionWrapper, Q, QuerySet, Value, When

from camket.duties.intake import queries as inquiries
from camket.duties.intake.queries import Colleague, FieldRow, name_in
from camket.duties.special_cases import rules
from camket.duties.special_cases.models import LIVING, SpecialCase, Writing
from camket.duties.special_cases.queries.people import NotFound
from camket.duties.special_cases.queries.seconds import is_apart, is_opener_here, is_second_here, left_behind
from camket.editions import queries as editions
from camket.journal.paging import cut
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import ANSWERED, MESSAGE, SPECIAL_CASE, Actor, Ask, EditionNumber, FieldName, Operation, RoleId
from camket.vault import gate

PAGE = 50
_VIEW = "console.case"
_WAITING, _OPEN, _CLOSED, _ERASED = SpecialCase.State.WAITING, SpecialCase.State.OPEN, SpecialCase.State.CLOSED, SpecialCase.State.ERASED


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case in a list; nothing of the person it is about."""

    reference: str
    about: str
    ground: str
    fields: tuple[FieldName, ...]
    state: str  # waiting, open, expired, closed
    ending: str
    opened_by: str
    opened_at: datetime
    decided_by: str
    decided_at: datetime | None
    expires_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    is_mine: bool
    is_late: bool
    is_left: bool  # it lasts, and whoever opened it works here no more or has no part in special cases


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseList:
    """One page of cases, and how many there are in each list."""

    rows: tuple[CaseRow, ...]
    counts: Mapping[str, int]
    page: int
    has_next: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CasesWaiting:
    """How many cases wait for somebody: for their decision, for anybody to take them over, and for them to use what was agreed to."""

    to_approve: int
    left_behind: int
    approved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """What a colleague wrote in a case, or what the person wrote before."""

    kind: str
    at: datetime
    by: str
    text: gate.Sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What was opened on a page, and under which clauses."""

    fields: tuple[FieldRow, ...] = ()
    messages: tuple[TextRow, ...] = ()
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """Everything the page of one case shows. `shut` says why its details are not open to whoever looks; empty where they are."""

    row: CaseRow
    first_opened_by: str
    taken_over_at: datetime | None  # by whoever the row names as its opener; None where nobody did
    texts: tuple[TextRow, ...]
    clauses: tuple[str, ...]
    edition: EditionNumber
    shut: str
    details: Opened | None
    messages: Opened | None
    may_decide: bool
    may_take_over: bool
    is_entwined: bool  # it waits, and whoever looks may be the same person as whoever opened it, for all that the house can tell
    may_end: bool
    may_read_messages: bool
    erase_after: datetime | None


def in_scope(actor: Actor) -> QuerySet[SpecialCase]:
    """
    Return the cases an actor may come across at all: the one scope of every list, count, page and act.

    Whoever oversees special cases comes across all of them; others across their own, those that wait for a second person, those they decided
    about, and those whose opener left; whoever has no part in them across none.

    Args:
        actor: A member of staff.

    Source: policy §3 (3.9, 3.10), §6 (6.1).
    """
    policy = editions.policy_in_force()
    if not rules.uses(policy, actor.role):
        return SpecialCase.objects.none()
    if rules.oversees(policy, actor.role):
        return SpecialCase.objects.all()
    me = UUID(actor.id)
    return SpecialCase.objects.filter(Q(opened_by_id=me) | Q(decided_by_id=me) | Q(state=_WAITING) | left_behind(policy))


def waiting_for(actor: Actor, *, now: datetime) -> CasesWaiting:
    """
    Return how many cases wait for somebody, counted as far as a list shows them; one query.

    Args:
        actor: A member of staff.
        now: UTC instant.

    Source: policy §3 (3.9).
    """
    lists, me = _lists(actor), UUID(actor.id)
    kinds = {
        "to_approve": lists["to_approve"],
        "left_behind": left_behind(editions.policy_in_force()),
        "approved": Q(state=_OPEN, opened_by_id=me, expires_at__gt=now),
    }
    kind = Case(*(When(condition, then=Value(name)) for name, condition in kinds.items()))
    # few: counted by the database, it is two questions
    found = Counter(in_scope(actor).annotate(kind=kind).filter(kind__isnull=False).values_list("kind", flat=True)[:PAGE])
    return CasesWaiting(**{name: found[name] for name in kinds})


def count_opened(staff_id: UUID) -> int:
    """Return how many cases that somebody opened last still: a number, for whoever closes their account or moves them."""
    return SpecialCase.objects.filter(opened_by_id=staff_id, state__in=LIVING).count()


def mark_of(*, reference: str, actor: Actor) -> int | None:
    """
    Return a number that is another one once something was decided, done or written in a case, or None where there is none for whoever looks.

    Args:
        reference: Its public name.
        actor: Who looks.
    """
    case = in_scope(actor).filter(reference=reference).exclude(state=_ERASED).annotate(written=Count("writings")).first()
    if case is None:
        return None
    told = (case.state, case.opened_by_id, case.warrant_id, case.decided_at, case.closed_at, case.written)
    return int(sha256(repr(told).encode()).hexdigest()[:12], 16)  # as large as a script's numbers are exact


def has_part(role: RoleId) -> bool:
    """Return whether the edition in force gives a role a part in special cases."""
    return bool(rules.uses(editions.policy_in_force(), role))


def may_find(role: RoleId) -> bool:
    """Return whether the edition in force lets a role look people up for a special case."""
    return rules.may_find(editions.policy_in_force(), role)


def askable(role: RoleId) -> tuple[FieldName, ...]:
    """Return the fields for which a role may open a case, in the order of the edition in force."""
    return rules.askable(editions.policy_in_force(), role)


def guarding_clauses() -> tuple[str, ...]:
    """Return the clauses of the edition in force that ask for a reason and a second person."""
    return rules.guarding_clauses(editions.policy_in_force())


def case_list(*, actor: Actor, chosen: str, page: int, now: datetime) -> CaseList:
    """
    Return one page of cases, the newest first; three queries, however many.

    Args:
        actor: Who looks.
        chosen: One of `rules.filters()`; anything else is the first.
        page: From 1.
        now: UTC instant.
    """
    scope, lists = in_scope(actor).exclude(state=_ERASED), _lists(actor)
    start = (max(page, 1) - 1) * PAGE
    is_left = ExpressionWrapper(left_behind(editions.policy_in_force()), output_field=BooleanField())
    wanted = scope.filter(lists.get(chosen, lists["to_approve"])).annotate(is_left=is_left)
    found, last = cut(list(wanted.order_by("-opened_at", "id")[start : start + PAGE + 1]), limit=PAGE)
    counts = scope.aggregate(**{name: Count("id", filter=condition) for name, condition in lists.items()})
    names = inquiries.colleagues()
    rows = tuple(_row(case, actor, now, names=names, is_left=case.is_left) for case in found)
    return CaseList(rows=rows, counts=counts, page=max(page, 1), has_next=last is not None)


def _lists(actor: Actor) -> Mapping[str, Q]:
    living, mine = Q(state__in=LIVING), Q(opened_by_id=UUID(actor.id))
    to_approve = Q(state=_WAITING) & ~mine & ~left_behind(editions.policy_in_force())
    return {"to_approve": to_approve, "mine": living & mine, "open": living, "closed": Q(state=_CLOSED)}


def _row(case: SpecialCase, actor: Actor, now: datetime, *, names: Mapping[UUID, Colleague], is_left: bool) -> CaseRow:
    is_over = case.state == _OPEN and case.expires_at is not None and case.expires_at <= now
    return CaseRow(
        reference=case.reference,
        about=case.about,
        ground=case.ground,
        fields=tuple(FieldName(name) for name in case.field_names),
        state="expired" if is_over else case.state,
        ending=case.ending,
        opened_by=name_in(names, case.opened_by_id),
        opened_at=case.opened_at,
        decided_by=name_in(names, case.decided_by_id),
        decided_at=case.decided_at,
        expires_at=case.expires_at,
        closed_by=name_in(names, case.closed_by_id),
        closed_at=case.closed_at,
        is_mine=str(case.opened_by_id) == actor.id,
        is_late=case.state in LIVING and now - case.opened_at > rules.LATE_AFTER,
        is_left=is_left,
    )


def case_page(*, reference: str, actor: Actor, now: datetime, opened: str = "") -> CasePage:
    """
    Return one case as its page shows it; the person's details and earlier messages only where they were asked to be opened.

    Args:
        reference: The case's public name.
        actor: Who looks.
        now: UTC instant.
        opened: `details` or `messages`; nothing of the person when empty.

    Raises:
        NotFound: There is none of this name for them, or it is erased.
        Refused: The policy refuses, although everything the page checks is there.
    """
    case = in_scope(actor).filter(reference=reference).exclude(state=_ERASED).first()
    if case is None:
        raise NotFound
    policy, names = editions.policy_in_force(), inquiries.colleagues()
    is_left = case.state in LIVING and not is_opener_here(case, policy)
    row = _row(case, actor, now, names=names, is_left=is_left)
    shut, oversees = _shut(case, row, policy), rules.oversees(policy, actor.role)
    reads_messages = row.is_mine and case.state in LIVING
    is_others = case.state == _WAITING and not (row.is_mine or is_left)
    apart = is_others and is_apart(case, actor, now=now)
    texts, clauses = _written(case, actor, now, names=names, oversees=oversees)
    first, taken_over_at = _hands(case)
    return CasePage(
        row=row,
        first_opened_by=name_in(names, first),
        taken_over_at=taken_over_at,
        texts=texts,
        clauses=clauses,
        edition=policy.number,
        shut=shut,
        details=_details(case, actor, now) if opened == "details" and not shut else None,
        messages=_messages(case, actor, now) if opened == "messages" and reads_messages else None,
        may_decide=is_others and apart,
        may_take_over=is_left and not row.is_mine,
        is_entwined=is_others and not apart,
        may_end=case.state in LIVING and (row.is_mine or oversees),
        may_read_messages=reads_messages,
        erase_after=_gone_after(case),
    )


def _hands(case: SpecialCase) -> tuple[UUID, datetime | None]:
    """Who opened a case, and since when it is in the hands of somebody else; the case itself keeps only whose it is now."""
    first, since = case.opened_by_id, None
    for index, (giver, at) in enumerate(gate.givers_of(gate.MatterId(case.matter_id))):
        first = giver if index == 0 else first
        since = (since or at) if giver == case.opened_by_id else None
    return first, since if first != case.opened_by_id else None


def _shut(case: SpecialCase, row: CaseRow, policy: CompiledPolicy) -> str:
    """Why the details are not open to whoever looks, or nothing: it takes an approval that lives, by a colleague who is still here."""
    if case.state == _CLOSED:
        return "closed"
    if case.state == _WAITING:
        return "waiting"
    if row.state == "expired":
        return "expired"
    if not is_second_here(case, policy):
        return "approver_left"
    return "" if row.is_mine else "not_yours"


_Texts: TypeAlias = tuple[tuple[TextRow, ...], tuple[str, ...]]


def _written(case: SpecialCase, actor: Actor, now: datetime, *, names: Mapping[UUID, Colleague], oversees: bool) -> _Texts:
    """What was written, to whoever may read it: by the reason the case rests on while it lasts, and afterwards to who needs none."""
    by_reason = gate.WarrantId(case.warrant_id)
    if case.state in LIVING:
        return _texts(case, actor, now, names=names, warrant=by_reason)
    if oversees:
        return _texts(case, actor, now, names=names, warrant=None)
    if case.ending != SpecialCase.Ending.REFUSED or str(case.opened_by_id) != actor.id:
        return (), ()
    try:  # whoever gave the reason reads why it was not approved, as long as the policy lets them
        return _texts(case, actor, now, names=names, warrant=by_reason)
    except gate.Refused:
        return (), ()


def _texts(case: SpecialCase, actor: Actor, now: datetime, *, names: Mapping[UUID, Colleague], warrant: gate.WarrantId | None) -> _Texts:
    """What colleagues wrote in the case, opened: the reason is what a second person decides by."""
    ask = Ask(operation=Operation.USE, fields=frozenset({MESSAGE}), purpose=SPECIAL_CASE)
    subject, matter = gate.SubjectId(case.subject_id), gate.MatterId(case.matter_id)
    permit = gate.ask(ask, actor=actor, subjects=[subject], now=now, view=_VIEW, warrant=warrant)
    shown = {row.record: row.fields[MESSAGE] for row in gate.show(permit, now=now, matters=[matter]) if MESSAGE in row.fields}
    written = Writing.objects.filter(case=case).order_by("at", "id")
    texts = tuple(
        TextRow(kind=one.kind, at=one.at, by=name_in(names, one.written_by_id), text=shown[gate.RecordId(one.record_id)])
        for one in written
        if one.record_id in shown
    )
    return texts, permit.clauses


def _details(case: SpecialCase, actor: Actor, now: datetime) -> Opened:
    """The fields that were asked for and agreed to, and no other."""
    ask = Ask(operation=Operation.USE, fields=frozenset(FieldName(name) for name in case.field_names), purpose=SPECIAL_CASE)
    permit = gate.ask(
        ask, actor=actor, subjects=[gate.SubjectId(case.subject_id)], now=now, view=f"{_VIEW}.details", warrant=gate.WarrantId(case.warrant_id)
    )
    shown = gate.show(permit, now=now)
    rows = {name: FieldRow(name=name, value=row.fields[name], redaction=row.redactions[name]) for row in shown for name in row.fields}
    return Opened(fields=tuple(rows.values()), clauses=permit.clauses)


def _messages(case: SpecialCase, actor: Actor, now: datetime) -> Opened:
    """What was said before the case: for that a reason is enough."""
    ask = Ask(operation=Operation.USE, fields=frozenset({MESSAGE}), purpose=SPECIAL_CASE)
    permit = gate.ask(
        ask, actor=actor, subjects=[gate.SubjectId(case.subject_id)], now=now, view=f"{_VIEW}.messages", warrant=gate.WarrantId(case.warrant_id)
    )
    shown: Sequence[gate.Shown] = gate.show(permit, now=now)
    rows = [row for row in shown if row.matter != case.matter_id and MESSAGE in row.fields]
    answers = inquiries.answers_among([row.record for row in rows if row.collection == ANSWERED])
    told = tuple(TextRow(kind=_said_as(row, answers), at=row.created_at, by="", text=row.fields[MESSAGE]) for row in rows)
    return Opened(messages=told, clauses=permit.clauses)


def _said_as(row: gate.Shown, answers: Collection[UUID]) -> str:
    """What a text of an inquiry is called. It stays in the collection of answers when it is taken back, but nobody was sent it."""
    return "taken_back" if row.collection == ANSWERED and row.record not in answers else str(row.collection)


def _gone_after(case: SpecialCase) -> datetime | None:
    """When what was written in a closed case is erased, by the edition it was kept under."""
    if case.closed_at is None:
        return None
    rows, in_force = gate.matter_rows([gate.MatterId(case.matter_id)]), editions.in_force()
    return max((instant for row in rows for need in row.needs for instant, _ in gate.ends_of(need, row, in_force)), default=None)
