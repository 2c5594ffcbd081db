"""Matters as a retention decision sees them: what each keeps and why, and which of them are due for one."""

import json
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from camket.editions import queries as editions
from camket.journal.statements import Statement, fetch
from camket.policy.keeping import kept_until
from camket.policy.terms import ClauseNumber, CollectionId, EditionNumber, FieldName, PurposeId
from camket.vault.gate.permit import MatterId, SubjectId
from camket.vault.models import Matter

_MATTERS = Statement(
    text="SELECT id, subject_id, reference, rests_since, erased_at, collected_at FROM vault_matter WHERE id IN ({}) ORDER BY id",
    columns=(UUID, UUID, str, datetime, datetime, datetime),
)
_NEEDS = Statement(
    text="""
        SELECT n.matter_id, n.purpose, n.duty, n.opened_at, n.closed_at, (
            SELECT c.edition FROM vault_consent c WHERE c.subject_id = m.subject_id AND c.purpose = n.purpose AND c.is_given
            ORDER BY c.at DESC, c.id DESC LIMIT 1
        ) FROM vault_need n JOIN vault_matter m ON m.id = n.matter_id WHERE n.matter_id IN ({}) ORDER BY n.id
    """,
    columns=(UUID, str, str, datetime, datetime, int),
)
_RECORDS = Statement(
    text="SELECT matter_id, collection, edition, field_names FROM vault_record WHERE matter_id IN ({})", columns=(UUID, str, int, str)
)
_HELD = Statement(text="SELECT DISTINCT matter_id FROM vault_legalhold WHERE released_at IS NULL AND matter_id IN ({})", columns=(UUID,))


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedRow:
    """One reason why a matter is here."""

    purpose: PurposeId
    duty: str
    opened_at: datetime
    closed_at: datetime | None
    agreed: EditionNumber  # to whose wording the person said yes last, taken back since or not; 0 where they never did


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRow:
    """A matter with what it keeps and why: all that a retention decision needs, and nothing of the values."""

    id: MatterId
    subject: SubjectId | None
    reference: str
    rests_since: datetime | None
    needs: tuple[NeedRow, ...]
    records: tuple[tuple[CollectionId, EditionNumber], ...]
    field_names: frozenset[FieldName]
    is_held: bool
    erased_at: datetime | None
    collected_at: datetime | None


def matter_rows(matters: Collection[MatterId]) -> tuple[MatterRow, ...]:
    """
    Return these matters with their needs, holds and what each keeps; four queries, however many.

    Args:
        matters: Ids; those of no matter are left out.
    """
    named = list(matters)
    needs: defaultdict[UUID, list[NeedRow]] = defaultdict(list)
    for id, purpose, duty, opened_at, closed_at, agreed in fetch(_NEEDS, named):
        needs[id].append(NeedRow(purpose=PurposeId(purpose), duty=duty, opened_at=opened_at, closed_at=closed_at, agreed=EditionNumber(agreed or 0)))
    records: defaultdict[UUID, list[tuple[Any, ...]]] = defaultdict(list)
    for id, *kept in fetch(_RECORDS, named):
        records[id].append(tuple(kept))
    held = {id for (id,) in fetch(_HELD, named)}
    return tuple(
        MatterRow(
            id=MatterId(id),
            subject=SubjectId(subject) if subject else None,
            reference=reference or "",
            rests_since=rests_since,
            needs=tuple(needs[id]),
            records=tuple((CollectionId(collection), EditionNumber(edition)) for collection, edition, _ in records[id]),
            field_names=frozenset(FieldName(name) for *_, names in records[id] for name in json.loads(names)),
            is_held=id in held,
            erased_at=erased_at,
            collected_at=collected_at,
        )
        for id, subject, reference, rests_since, erased_at, collected_at in fetch(_MATTERS, named)
    )


def ends_of(need: NeedRow, row: MatterRow, in_force: EditionNumber) -> tuple[tuple[datetime, ClauseNumber], ...]:
    """
    Return, for each kind of record that a matter keeps for a need, the instant after which it must be gone, and the clause that says so.

    Args:
        need: One of the matter's; while it is open there is none.
        row: The matter.
        in_force: The edition in force.

    Raises:
        RuleMissing: No edition that binds has a period for it.

    Source: policy §4 (4.2, 4.3, 4.4, 4.5), §8 (8.5).
    """
    if need.closed_at is None:
        return ()
    agreed = editions.compiled(need.agreed) if need.agreed else None
    return tuple(
        kept_until(
            purpose=need.purpose,
            collection=collection,
            closed_at=need.closed_at,
            collected=editions.compiled(edition),
            agreed=agreed,
            between=[editions.compiled(passed) for passed in editions.between(max(edition, need.agreed), in_force)],
            in_force=editions.compiled(in_force),
        )
        for collection, edition in sorted(set(row.records))
        if (rule := editions.compiled(edition).collections.get(collection)) and need.purpose in rule.purposes
    )


def matter_named(reference: str) -> MatterRow | None:
    """
    Return the living matter of a public name, or None.

    Args:
        reference: Such as a person was told.
    """
    found = Matter.objects.living().filter(reference=reference).values_list("id", flat=True).first()
    return matter_rows([MatterId(found)])[0] if found else None


def matters_of(subjects: Collection[SubjectId]) -> tuple[MatterRow, ...]:
    """
    Return the living matters of some people, in the order of their ids; four queries, however many.

    Args:
        subjects: At most a thousand people.
    """
    return matter_rows([MatterId(id) for id in Matter.objects.living().filter(subject_id__in=list(subjects)).values_list("id", flat=True)])


def living_matters(*, after: MatterId | None, limit: int) -> tuple[MatterId, ...]:
    """
    Return matters whose data is still here, in the order of their ids, to go through all of them page by page.

    Args:
        after: The last id of the page before; the first page when None.
        limit: At most so many.
    """
    rows = Matter.objects.living().filter(**({"id__gt": after} if after else {}))
    return tuple(MatterId(id) for id in rows.order_by("id").values_list("id", flat=True)[:limit])


def resting_unplanned(*, limit: int) -> tuple[MatterId, ...]:
    """
    Return matters that nothing open keeps and that retention has not looked at since, longest at rest first.

    Args:
        limit: At most so many.
    """
    rows = Matter.objects.living().filter(rests_since__isnull=False, planned_under__isnull=True)
    return tuple(MatterId(id) for id in rows.order_by("rests_since").values_list("id", flat=True)[:limit])


def resting_planned(*, before: EditionNumber, limit: int) -> tuple[MatterId, ...]:
    """
    Return matters at rest that retention last looked at under an earlier edition, those of the oldest first.

    Args:
        before: Such as the edition in force.
        limit: At most so many.
    """
    rows = Matter.objects.living().filter(rests_since__isnull=False, planned_under__lt=before)
    return tuple(MatterId(id) for id in rows.order_by("planned_under").values_list("id", flat=True)[:limit])


def erased_uncollected(*, limit: int) -> tuple[MatterId, ...]:
    """
    Return erased matters whose remains are still here, the longest erased first.

    Args:
        limit: At most so many.
    """
    rows = Matter.objects.filter(erased_at__isnull=False, collected_at__isnull=True)
    return tuple(MatterId(id) for id in rows.order_by("erased_at").values_list("id", flat=True)[:limit])


def mark_planned(*, matters: Collection[MatterId], under: EditionNumber) -> None:
    """
    Remember that retention has looked at these matters.

    Args:
        matters: Ids, such as `resting_unplanned` returned.
        under: The edition that was in force then: no clock says so as surely.
    """
    Matter.objects.filter(id__in=list(matters)).update(planned_under=under)
