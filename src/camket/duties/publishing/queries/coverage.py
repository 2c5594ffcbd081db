"""What keeps each clause, how often it answered, and what no clause covered."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db.models import Max, Sum

from camket.duties.publishing.models import AnswerCount, AnswersCounted, GapCount
from camket.duties.publishing.queries.mechanisms import Mechanism, mechanisms_of
from camket.editions import queries
from camket.policy.clauses import rules_of
from camket.policy.manifest import text_file
from camket.policy.meaning import meanings
from camket.policy.source import parse_document
from camket.policy.terms import ClauseNumber, EditionNumber, Outcome

LOOKED_BACK = timedelta(days=90)
MOST_GAPS = 100

_EVIDENCE = Path(__file__).resolve().parents[1] / "evidence.json"


class Standing(StrEnum):
    """Whether a clause is the one that the program's citations under its number speak of."""

    SAME = "same"  # its rules do the same; a clause without a rule has the same words
    OTHER = "other"  # the clause of that number says something else
    NONE = "none"  # there is no clause of that number


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    What carries out a clause of an edition, and where it is cited: `code` and `tests` are empty where the citations are about another clause.

    Citations are gathered from the program's own sources, which speak of one edition of one policy by the numbers of its clauses.
    """

    mechanisms: tuple[Mechanism, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    stands_for: Standing = Standing.SAME


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedEdition:
    """The edition that the program's citations speak of."""

    policy: str  # its slug
    edition: int


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


def evidence_in(number: EditionNumber) -> Mapping[ClauseNumber, Evidence]:
    """
    Return for each clause of an edition what carries out its rules, and what the package cites for it: the latter only where the clause means the
    same as the one that was cited. What speaks of a whole section counts for its clauses.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    row = queries.edition(number)
    return _evidence_in(number, row.hash)


def cited_edition() -> CitedEdition:
    """Return of which edition of which policy the program's sources speak when they name a clause."""
    return CitedEdition(policy=_cited()["of"]["policy"], edition=int(_cited()["of"]["edition"]))


@lru_cache(maxsize=8)
def _evidence_in(number: EditionNumber, _hash: str) -> Mapping[ClauseNumber, Evidence]:
    policy, row = queries.compiled(number), queries.edition(number)
    document = parse_document(row.authoritative, text_file(row.authoritative), row.texts[row.authoritative]).document
    found = meanings(policy, document)
    return MappingProxyType({clause: _evidence(clause, meaning, mechanisms_of(rules_of(policy, clause))) for clause, meaning in found.items()})


def _evidence(clause: ClauseNumber, meaning: str, mechanisms: tuple[Mechanism, ...]) -> Evidence:
    cited, section = _cited(), clause.partition(".")[0]
    meant = cited["meanings"].get(clause)
    if meant != meaning:
        return Evidence(mechanisms=mechanisms, stands_for=Standing.NONE if meant is None else Standing.OTHER)
    code = (*cited["code"].get(clause, ()), *cited["code"].get(section, ()))
    return Evidence(mechanisms=mechanisms, code=tuple(dict.fromkeys(code)), tests=tuple(cited["tests"].get(clause, ())))


@lru_cache(maxsize=1)
def _cited() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_EVIDENCE.read_text("utf-8"))
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
