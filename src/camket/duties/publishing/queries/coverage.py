"""What keeps each clause, how often it answered, and what no clause covered."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
class ShowingTest:
    """A test that is marked with a clause: the class that it stands in, empty outside of any, and its own name."""

    group: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfTests:
    """A file of tests, and those in it that are marked with a clause, in the order in which they stand there."""

    file: str
    tests: tuple[ShowingTest, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """
    What carries out a clause of an edition, and where it is cited: `code` and `tests` are empty where the citations are about another clause.

    Citations are gathered from the program's own sources, which speak of one edition of one policy by the numbers of its clauses.
    """

    mechanisms: tuple[Mechanism, ...] = ()
    code: tuple[str, ...] = ()
    tests: tuple[FileOfTests, ...] = ()
    stands_for: Standing = Standing.SAME

    @property
    def is_carried_out(self) -> bool:
        """Whether any part of the program is known to carry the clause out: a function that cites it, or what carries out rules of its kinds."""
        return bool(self.code) or any(one.code for one in self.mechanisms)


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedEdition:
    """The edition that the program's citations speak of."""

    policy: str  # its slug
    edition: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseCount:
    """How often a clause permitted and refused, and when it last did either; `otherwise` is what its number answered meaning something else."""

    permitted: int = 0
    refused: int = 0
    last_at: datetime | None = None
    editions: tuple[EditionNumber, ...] = ()  # over which it was counted, in their order
    otherwise: "ClauseCount | None" = None


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
    same as the one that was cited. What cites a whole section is no evidence of any clause in it: `evidence_of_sections` tells of that.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    row = queries.edition(number)
    return _evidence_in(number, row.hash)


def evidence_of_sections(number: EditionNumber) -> Mapping[str, tuple[str, ...]]:
    """
    Return by a section's number the functions that cite it as a whole, where all of its clauses, and no others, mean the same as those cited.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    found, cited = evidence_in(number), _cited()
    mine = {section: {one for one in found if _section(one) == section} for section in map(_section, found)}
    meant = {section: {one for one in cited["meanings"] if _section(one) == section} for section in mine}
    whole = [one for one in mine if mine[one] == meant[one] and all(found[clause].stands_for is Standing.SAME for clause in mine[one])]
    return MappingProxyType({section: tuple(cited["code"][section]) for section in whole if section in cited["code"]})


def _section(clause: str) -> str:
    return clause.partition(".")[0]


def cited_edition() -> CitedEdition:
    """Return of which edition of which policy the program's sources speak when they name a clause."""
    return CitedEdition(policy=_cited()["of"]["policy"], edition=int(_cited()["of"]["edition"]))


@lru_cache(maxsize=8)
def _evidence_in(number: EditionNumber, fingerprint: str) -> Mapping[ClauseNumber, Evidence]:
    policy, found = queries.compiled(number), _meanings(number, fingerprint)
    return MappingProxyType({clause: _evidence(clause, meaning, mechanisms_of(rules_of(policy, clause))) for clause, meaning in found.items()})


@lru_cache(maxsize=64)  # as many as the editions that are kept in memory
def _meanings(number: EditionNumber, _fingerprint: str) -> Mapping[ClauseNumber, str]:
    row = queries.as_published(number)
    document = parse_document(row.authoritative, text_file(row.authoritative), row.texts[row.authoritative]).document
    return meanings(queries.compiled(number), document)


def _evidence(clause: ClauseNumber, meaning: str, mechanisms: tuple[Mechanism, ...]) -> Evidence:
    meant = _cited()["meanings"].get(clause)
    if meant != meaning:
        return Evidence(mechanisms=mechanisms, stands_for=Standing.NONE if meant is None else Standing.OTHER)
    return Evidence(mechanisms=mechanisms, code=tuple(_cited()["code"].get(clause, ())), tests=_tests_by_clause().get(clause, ()))


@lru_cache(maxsize=1)
def _tests_by_clause() -> Mapping[str, tuple[FileOfTests, ...]]:
    found: dict[str, dict[str, list[ShowingTest]]] = defaultdict(lambda: defaultdict(list))
    for file, groups in _cited()["tests"].items():
        for group, tests in groups.items():
            for name, clauses in tests.items():
                for clause in clauses.split():
                    found[clause][file].append(ShowingTest(group=group, name=name))
    return {clause: tuple(FileOfTests(file=file, tests=tuple(tests)) for file, tests in files.items()) for clause, files in found.items()}


@lru_cache(maxsize=1)
def _cited() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(_EVIDENCE.read_text("utf-8"))
    return found


def clause_counts(edition: EditionNumber, *, now: datetime) -> Mapping[str, ClauseCount]:
    """
    Return how often each clause of an edition answered in the last ninety days, under every edition in which it means the same: what was collected
    under an earlier one answers under that one for as long as it is kept.

    Args:
        edition: Which one.
        now: UTC instant.

    Returns:
        By the number of a clause; one query over one row a clause, edition and day, however many editions there are.

    Raises:
        NoEdition: It is not published.
    """
    first = (now - LOOKED_BACK).astimezone(UTC).date()
    named = AnswerCount.objects.filter(day__gte=first).values("edition", "clause", "outcome")
    rows = list(named.annotate(many=Sum("count"), last=Max("last_at")).order_by("edition"))
    meant = {number: _meanings(number, queries.as_published(number).hash) for number in {edition, *(EditionNumber(row["edition"]) for row in rows)}}
    found: dict[str, ClauseCount] = {}
    for row in rows:
        number, clause = EditionNumber(row["edition"]), ClauseNumber(row["clause"])
        count = found.get(clause, ClauseCount())
        if meant[number].get(clause) == meant[edition].get(clause):
            found[clause] = _counted(count, row)
        else:
            found[clause] = replace(count, otherwise=_counted(count.otherwise or ClauseCount(), row))
    return found


def _counted(count: ClauseCount, row: Mapping[str, Any]) -> ClauseCount:
    is_yes = row["outcome"] == Outcome.PERMITTED
    return replace(
        count,
        permitted=count.permitted + (row["many"] if is_yes else 0),
        refused=count.refused + (0 if is_yes else row["many"]),
        last_at=max(row["last"], count.last_at or row["last"]),
        editions=tuple(dict.fromkeys((*count.editions, EditionNumber(row["edition"])))),
    )


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
