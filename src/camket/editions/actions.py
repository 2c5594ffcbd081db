"""Writing editions: publish once, schedule once, enact once."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from camket.editions.models import Edition, Enactment, Schedule, Translation
from camket.policy.compiled import CompiledPolicy
from camket.policy.exports import as_json, translation_hash
from camket.policy.terms import EditionNumber


class AlreadyPublished(Exception):
    """This number is taken by an edition with another hash; a published edition never changes."""


class OutOfOrder(Exception):
    """Editions are published in the order of their numbers, without gaps, and none comes into force after a later one."""


class NotPublished(Exception):
    """What is to come into force has not been published."""


def publish(
    *,
    policy: CompiledPolicy,
    texts: Mapping[str, str],
    edition_hash: str,
    key_id: str,
    signature: bytes,
    now: datetime,
) -> None:
    """
    Store one edition for ever.

    Args:
        policy: Its executable value; its number is one more than the newest published one's.
        texts: Every language's text, the authoritative one among them.
        edition_hash: SHA-256 in hex over text and rules.
        key_id: Which key signed.
        signature: Ed25519 over the hash.
        now: UTC instant of publishing.

    Raises:
        AlreadyPublished: The number is taken by another text.
        OutOfOrder: The number does not follow the newest one.

    Source: policy §8 (8.1).
    """
    with transaction.atomic():
        newest = Edition.objects.order_by("-number").first()
        taken = Edition.objects.filter(number=policy.number).first()
        if taken is not None:
            if taken.hash == edition_hash:
                return
            raise AlreadyPublished
        if policy.number != (newest.number + 1 if newest else 1):
            raise OutOfOrder
        edition = Edition.objects.create(
            number=policy.number,
            slug=policy.slug,
            authoritative=policy.authoritative,
            text=texts[policy.authoritative],
            compiled=as_json(policy),
            hash=edition_hash,
            previous_hash=newest.hash if newest else "",
            key_id=key_id,
            signature=signature,
            published_at=now,
        )
        Translation.objects.bulk_create(
            Translation(edition=edition, language=language, text=text, hash=translation_hash(text), published_at=now)
            for language, text in texts.items()
            if language != policy.authoritative
        )


def correct(*, number: EditionNumber, language: str, revision: int, text: str, now: datetime) -> None:
    """
    Store another wording of a translation for ever, as its next revision; the earlier ones stay.

    Args:
        number: A published edition.
        language: Of one of its translations; the authoritative text is no translation and never changes.
        revision: The one that it takes the place of.
        text: The corrected text.
        now: UTC instant.

    Raises:
        NotPublished: The edition has no translation in this language.
        AlreadyPublished: Another correction was quicker.
    """
    with transaction.atomic():
        newest = Translation.objects.filter(edition_id=number, language=language).order_by("-revision").first()
        if newest is None:
            raise NotPublished
        if newest.revision != revision:
            raise AlreadyPublished
        hashed = translation_hash(text)
        Translation.objects.create(edition_id=number, language=language, revision=revision + 1, text=text, hash=hashed, published_at=now)


def schedule(*, number: EditionNumber, due_at: datetime) -> None:
    """
    Store for ever when a published edition is to come into force.

    Args:
        number: A published edition that has no such instant yet.
        due_at: UTC instant, not before that of the edition published before it.

    Raises:
        NotPublished: There is no edition of this number.
        OutOfOrder: An earlier edition is due later, or this one is scheduled already.

    Source: policy §8 (8.2).
    """
    with transaction.atomic():
        if not Edition.objects.filter(number=number).exists():
            raise NotPublished
        if Schedule.objects.filter(Q(edition_id=number) | Q(edition_id__lt=number, due_at__gt=due_at)).exists():
            raise OutOfOrder
        Schedule.objects.create(edition_id=number, due_at=due_at)


def enact(*, number: EditionNumber, now: datetime) -> None:
    """
    Bring a published edition into force, from this instant and never back.

    Args:
        number: A published edition, newer than the one in force.
        now: UTC instant from which it binds.

    Raises:
        NotPublished: There is no edition of this number.
        OutOfOrder: An edition of this number or a later one is already in force.

    Source: policy §8 (8.1); house.md §5.
    """
    with transaction.atomic():
        newest = Enactment.objects.order_by("-edition_id").first()
        if newest is not None and newest.edition_id >= number:
            raise OutOfOrder
        if not Edition.objects.filter(number=number).exists():
            raise NotPublished
        # another process may do the same at this moment: the table takes one of the two
        _, is_first = Enactment.objects.get_or_create(edition_id=number, defaults={"in_force_at": now})
        if not is_first:
            raise OutOfOrder
