"""What keeps each clause, how often it answered, and what no clause covered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from django.db.models import Max, Sum

from camket.duties.publishing.models import AnswerCount, AnswersCounted, GapCount
from camket.policy.terms import EditionNumber, Outcome

LOOKED_BACK = timedelta(days=90)
MOST_GAPS = 100

_EVIDENCE = Path(__file__).resolve().parents[1] / "evidence.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Where in the program a clause is kept, and which tests show it."""

    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCount:
    """How often a clause permitted and refused, and when it last did either."""

    permitted: int = 0
    refused: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Something that was asked and that no clause covers."""

    edition: int
    role: str
    operation: str
    purpose: str
    recipient: str
    fields: tuple[str, ...]
    count: int
    last_at: datetime


def evidence_for(clause: str) -> Evidence:
    """
    Return where the program keeps a clause and which tests show it, as the package was built: what speaks of a whole section counts for its clauses.

    Args:
        clause: A number such as 4.1.
    """
    found, section = _evidence(), clause.partition(".")[0]
    code = (*found["code"].get(clause, ()), *found["code"].get(section, ()))
    return Evidence(code=tuple(dict.fromkeys(code)), tests=tuple(found["tests"].get(clause, ())))


@lru_cache(maxsize=1)
def _evidence() -> Mapping[str, Mapping[str, list[str]]]:
    found: Mapping[str, Mapping[str, list[str]]] = json.loads(_EVIDENCE.read_text("utf-8"))
    return found


def clause_counts(edition: EditionNumber, *, now: datetime) -> Mapping[str, ClauseCount]:
    """
    Return how often each clause of an edition answered in the last ninety days; one query over one row a clause and day.

    Args:
        edition: Which one.
        now: UTC instant.
    """
    first = (now - LOOKED_BACK).astimezone(UTC).date()
    rows = AnswerCount.objects.filter(edition=edition, day__gte=first).values("clause", "outcome").annotate(many=Sum("count"), last=Max("last_at"))
    found: dict[str, ClauseCount] = {}
    for row in rows:
        before = found.get(row["clause"], ClauseCount())
        is_yes = row["outcome"] == Outcome.PERMITTED
        found[row["clause"]] = ClauseCount(
            permitted=before.permitted + (row["many"] if is_yes else 0),
            refused=before.refused + (0 if is_yes else row["many"]),
            last_at=max(row["last"], before.last_at or row["last"]),
        )
    return found


def gaps(*, now: datetime) -> tuple[Gap, ...]:
    """
    Return what was asked in the last ninety days and no clause covered, the most frequent first.

    Args:
        now: UTC instant.
    """
    first = (now - LOOKED_BACK).astimezone(UTC).date()
    names = ("edition", "role", "operation", "purpose", "recipient", "fields")
    rows = GapCount.objects.filter(day__gte=first).values(*names).annotate(many=Sum("count"), last=Max("last_at")).order_by("-many", "-last")
    return tuple(
        Gap(**{name: row[name] for name in names[:-1]}, fields=tuple(row["fields"].split()), count=row["many"], last_at=row["last"])
        for row in rows[:MOST_GAPS]
    )


def counted_at() -> datetime | None:
    """Return when the journal was last counted, or None before the first time."""
    return AnswersCounted.objects.values_list("counted_at", flat=True).first()
