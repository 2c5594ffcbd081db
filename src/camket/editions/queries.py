"""Reading editions: compiled values are kept in memory, since a published edition never changes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from django.db import connection

from camket.editions.models import Edition, Enactment
from camket.policy.compiled import CompiledPolicy
from camket.policy.decide import Decider
from camket.policy.exports import from_json
from camket.policy.terms import EditionNumber


class NoEdition(Exception):
    """No edition of this number is published, or none is in force yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionRow:
    """A published edition as its readers see it."""

    number: EditionNumber
    slug: str
    authoritative: str
    texts: Mapping[str, str]
    hash: str
    previous_hash: str
    key_id: str
    signature: bytes
    published_at: datetime
    in_force_at: datetime | None


def in_force() -> EditionNumber:
    """
    Return the number of the edition that binds new collection.

    Raises:
        NoEdition: None has come into force yet.
    """
    with connection.cursor() as cursor:  # written out: every ask begins with it
        cursor.execute("SELECT max(edition_id) FROM editions_enactment")
        (newest,) = cursor.fetchone()
    if newest is None:
        raise NoEdition("no edition is in force: run `camket policy publish`")
    return EditionNumber(newest)


def newest() -> EditionNumber | None:
    """Return the number of the newest published edition, or None before the first."""
    number = Edition.objects.order_by("-number").values_list("number", flat=True).first()
    return None if number is None else EditionNumber(number)


@lru_cache(maxsize=64)
def compiled(number: EditionNumber) -> CompiledPolicy:
    """
    Return the executable value of a published edition.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    data = Edition.objects.filter(number=number).values_list("compiled", flat=True).first()
    if data is None:
        raise NoEdition(f"edition {number} is not published")
    return from_json(bytes(data))


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
def _published(number: EditionNumber) -> EditionRow:
    edition = Edition.objects.filter(number=number).first()
    if edition is None:
        raise NoEdition(f"edition {number} is not published")
    texts = {edition.authoritative: edition.text}
    for translation in edition.translations.order_by("revision"):  # the newest correction of each language stays
        texts[translation.language] = translation.text
    return EditionRow(
        number=number,
        slug=edition.slug,
        authoritative=edition.authoritative,
        texts=texts,
        hash=edition.hash,
        previous_hash=edition.previous_hash,
        key_id=edition.key_id,
        signature=bytes(edition.signature),
        published_at=edition.published_at,
        in_force_at=None,
    )


def edition(number: EditionNumber) -> EditionRow:
    """
    Return a published edition with its texts.

    Args:
        number: Of a published edition.

    Raises:
        NoEdition: It is not published.
    """
    row = _published(number)
    at = Enactment.objects.filter(edition_id=number).values_list("in_force_at", flat=True).first()
    return replace(row, in_force_at=at)


def forget_cached() -> None:
    """Drop what is kept in memory: for tests that publish other texts under the same number."""
    compiled.cache_clear()
    decider.cache_clear()
    _published.cache_clear()
