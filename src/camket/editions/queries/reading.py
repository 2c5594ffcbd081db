"""Reading editions: each is checked once and then kept in memory, since a published edition never changes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from django.conf import settings
from django.db import connection
from django.db.models import Max

from camket.editions.genuine import read_genuine
from camket.editions.models import Edition, Enactment, Schedule
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import Decider
from camket.policy.terms import EditionNumber


class NoEdition(Exception):
    """No edition of this number is published, or none is in force yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A translation that took the place of an earlier one of the same edition."""

    language: str
    revision: int
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """A published edition as its readers see it; `texts` holds the newest correction of each translation."""

    number: EditionNumber
    slug: str
    authoritative: str
    texts: Mapping[str, str]
    first_texts: Mapping[str, str]  # as they were published
    corrections: tuple[Correction, ...]  # in the order in which they were made
    hash: str
    previous_hash: str
    key_id: str
    signature: bytes
    published_at: datetime
    due_at: datetime | None  # when it is to come into force; None where nobody scheduled it
    in_force_at: datetime | None  # when it did; None until then


_asked_once: ContextVar[list[EditionNumber] | None] = ContextVar("asked_once", default=None)

_INSTANTS = """
    SELECT (SELECT due_at FROM editions_schedule WHERE edition_id = %s), (SELECT in_force_at FROM editions_enactment WHERE edition_id = %s),
        (SELECT max(id) FROM editions_translation WHERE edition_id = %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    """What is kept in memory of an edition."""

    row: EditionRow
    policy: CompiledPolicy
    newest_text: int | None  # id of the newest of its translations: a correction, by whatever process, is noticed by it


def in_force(*, anew: bool = False) -> EditionNumber:
    """
    Return the number of the edition that binds new collection; within `one_edition`, of the one that did when it was last asked for.

    Args:
        anew: Ask the database in any case: so does the gate, wherever it decides.

    Raises:
        NoEdition: None has come into force yet.
    """
    known = _asked_once.get()
    if known and not anew:
        return known[0]
    with connection.cursor() as cursor:  # written out: every ask begins with it
        cursor.execute("SELECT max(edition_id) FROM editions_enactment")
        (newest,) = cursor.fetchone()
    if newest is None:
        raise NoEdition(f"no edition is in force: run `{settings.CAMKET_COMMAND} policy publish`")
    if known is not None:
        known[:] = [EditionNumber(newest)]
    return EditionNumber(newest)


@contextmanager
def one_edition() -> Iterator[None]:
    """
    Remember which edition is in force while a page is read: its scope, words and links ask for it five times.

    The gate decides by what the database says at that instant, and what it found is remembered from then on.
    """
    token = _asked_once.set([])
    try:
        yield
    finally:
        _asked_once.reset(token)


def enacted() -> tuple[EditionNumber, ...]:
    """Return every edition that ever came into force, in their order; the last one binds new collection."""
    return tuple(EditionNumber(number) for number in Enactment.objects.order_by("edition_id").values_list("edition_id", flat=True))


def replaced_at(number: EditionNumber) -> datetime | None:
    """Return when another edition took the place of one that was in force; None where none has, or where it never was."""
    later = Enactment.objects.filter(edition_id__gt=number).order_by("edition_id")
    return later.values_list("in_force_at", flat=True).first()


def newest() -> EditionNumber | None:
    """Return the number of the newest published edition, or None before the first."""
    number = Edition.objects.order_by("-number").values_list("number", flat=True).first()
    return None if number is None else EditionNumber(number)


def due(*, now: datetime) -> tuple[EditionNumber, ...]:
    """
    Return the editions whose scheduled instant has come and that are not in force yet, in the order of their numbers.

    Args:
        now: UTC instant.
    """
    waiting = Schedule.objects.filter(due_at__lte=now, edition__enactment__isnull=True).order_by("edition_id")
    return tuple(EditionNumber(number) for number in waiting.values_list("edition_id", flat=True))


def last_due_at() -> datetime | None:
    """Return the latest instant for which any edition is scheduled, past or to come; None where none is."""
    return Schedule.objects.order_by("-due_at").values_list("due_at", flat=True).first()


@lru_cache(maxsize=64)
def compiled(number: EditionNumber) -> CompiledPolicy:
    """
    Return the executable value of a published edition.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
        EditionTampered: What is stored is not what was published.
    """
    return _published(number).policy


def policy_in_force() -> CompiledPolicy:
    """
    Return the edition that binds new collection, compiled; as `in_force` knows it.

    Raises:
        NoEdition: None has come into force yet.
    """
    return compiled(in_force())


@lru_cache(maxsize=64)
def decider(number: EditionNumber) -> Decider:
    """
    Return what decides asks under a published edition, and remembers its answers for as long as the process lives.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    return Decider(compiled(number))


@lru_cache(maxsize=64)
def _published(number: EditionNumber) -> _Published:
    return _read(number)


def _read(number: EditionNumber) -> _Published:
    found = Edition.objects.filter(number=number).first()
    if found is None:
        raise NoEdition(f"edition {number} is not published")
    translations = list(found.translations.order_by("revision"))
    policy = read_genuine(found, translations)
    texts = {found.authoritative: found.text}
    first_texts = {**texts, **{one.language: one.text for one in reversed(translations)}}
    texts.update((one.language, one.text) for one in translations)  # the newest correction of each language stays
    corrections = tuple(
        Correction(language=one.language, revision=one.revision, hash=one.hash, at=one.published_at) for one in translations if one.revision > 1
    )
    row = EditionRow(
        number=number,
        slug=found.slug,
        authoritative=found.authoritative,
        texts=texts,
        first_texts=first_texts,
        corrections=corrections,
        hash=found.hash,
        previous_hash=found.previous_hash,
        key_id=found.key_id,
        signature=bytes(found.signature),
        published_at=found.published_at,
        due_at=None,
        in_force_at=None,
    )
    return _Published(row=row, policy=policy, newest_text=max((one.id for one in translations), default=None))


def edition(number: EditionNumber) -> EditionRow:
    """
    Return a published edition with its texts.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
        EditionTampered: What is stored is not what was published.
    """
    kept = _published(number)
    row, newest_text = _with_instants(kept.row)
    if newest_text != kept.newest_text:
        _published.cache_clear()  # a translation has been corrected since
        row, _ = _with_instants(_published(number).row)
    return row


def as_published(number: EditionNumber) -> EditionRow:
    """
    Return a published edition from memory, without its instants and maybe without the newest correction of a translation: for whoever looks at what
    binds in several of them, and need not ask the database for each.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
        EditionTampered: What is stored is not what was published.
    """
    return _published(number).row


def newest_text(number: EditionNumber) -> int:
    """
    Return the id of the newest translation of an edition, by which whoever keeps its pages in memory notices a correction; 0 where it has none.

    Args:
        number: Of an edition.
    """
    return Edition.objects.filter(number=number).aggregate(newest=Max("translations__id"))["newest"] or 0


def stored(number: EditionNumber) -> EditionRow:
    """
    Return a published edition as it is stored at this moment, whatever is kept in memory.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
        EditionTampered: What is stored is not what was published.
    """
    return _with_instants(_read(number).row)[0]


def _with_instants(row: EditionRow) -> tuple[EditionRow, int | None]:
    with connection.cursor() as cursor:  # written out: every page prints them
        cursor.execute(_INSTANTS, [row.number] * 3)
        due_at, in_force_at, newest_text = cursor.fetchone()
    return replace(row, due_at=_instant(due_at), in_force_at=_instant(in_force_at)), newest_text


def _instant(told: datetime | None) -> datetime | None:
    """What a database answers: SQLite keeps no time zone, and what Django writes there is UTC."""
    return told.replace(tzinfo=UTC) if told is not None and told.tzinfo is None else told


def forget_read() -> None:
    """Drop what is kept in memory of editions."""
    compiled.cache_clear()
    decider.cache_clear()
    _published.cache_clear()
