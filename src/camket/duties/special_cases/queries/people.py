"""Whom a special case can be opened about: found by an address or a number, or named by an inquiry; nothing of them is opened."""

from dataclasses import dataclass, field
from datetime import datetime

from camket.duties.intake import queries as inquiries
from camket.duties.special_cases import rules
from camket.editions import queries as editions
from camket.policy.terms import SPECIAL_CASE, Actor, Ask, FieldName, Operation, PurposeId
from camket.vault import gate

MOST_FOUND = 100


class NotFound(LookupError):
    """There is no such case or person for this member of staff."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person a case can be opened about, by the matter they are known by."""

    subject: gate.SubjectId = field(repr=False)
    matter: gate.MatterId


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundRow:
    """One matter of a person who was found: what it is called, since when it is here and what for. Nothing of the person is opened."""

    reference: str
    since: datetime
    purposes: tuple[PurposeId, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFound:
    """The matters of the newest `MOST_FOUND` who were found; `has_more` where others were found as well."""

    rows: tuple[FoundRow, ...]
    has_more: bool


def people_found(*, kind: FieldName, value: str, actor: Actor, now: datetime) -> PeopleFound:
    """
    Return the matters of whoever gave exactly this e-mail address or phone number, the newest first, and open nothing of them.

    Args:
        kind: `email` or `phone`.
        value: As typed.
        actor: Who looks.
        now: UTC instant.

    Raises:
        Refused: The policy does not let this role look people up for special cases.

    Source: policy §3 (3.10).
    """
    permit = gate.ask(Ask(operation=Operation.FIND, fields=frozenset({kind}), purpose=SPECIAL_CASE), actor=actor, now=now, view="console.cases")
    found = gate.find(permit, kind=kind, value=value, now=now)
    rows = [row for row in gate.matters_of(found[-MOST_FOUND:]) if row.reference and row.needs and not _is_of_a_case(row)]
    told = [FoundRow(reference=row.reference, since=min(need.opened_at for need in row.needs), purposes=_purposes(row)) for row in rows]
    return PeopleFound(rows=tuple(sorted(told, key=lambda row: row.since, reverse=True)), has_more=len(found) > MOST_FOUND)


def _purposes(row: gate.MatterRow) -> tuple[PurposeId, ...]:
    return tuple(dict.fromkeys(need.purpose for need in row.needs))


def _is_of_a_case(row: gate.MatterRow) -> bool:
    """Whether a matter is there for what was written in a case alone."""
    return all(need.duty == rules.DUTY for need in row.needs)


def somebody(*, reference: str, actor: Actor, now: datetime) -> Somebody:
    """
    Return the person whom a public name stands for, where the actor may open a case about them.

    Args:
        reference: Of an inquiry; whoever may not look people up must be able to see it.
        actor: Who looks.
        now: UTC instant.

    Raises:
        NotFound: There is nobody of this name for this role, or their data has been erased.
    """
    policy = editions.policy_in_force()
    if not rules.uses(policy, actor.role):
        raise NotFound
    if not rules.may_find(policy, actor.role):
        try:
            inquiries.brief(reference=reference, actor=actor, now=now)
        except inquiries.NotFound:
            raise NotFound from None
    row = gate.matter_named(reference)
    if row is None or row.subject is None or _is_of_a_case(row):
        raise NotFound
    return Somebody(subject=row.subject, matter=row.id)


def held_of(subject: gate.SubjectId) -> tuple[gate.MatterId, ...]:
    """Return the living matters of a person, without those that are there for what was written in other cases."""
    return tuple(row.id for row in gate.matters_of([subject]) if not _is_of_a_case(row))
