"""A letter is put in the outbox, and forgotten with its matter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.rules import ANSWER_UNKNOWN, UNTOLD, LetterKind
from camket.journal.objects import insert_object
from camket.outbox.models import LeaseState
from camket.policy.terms import EditionNumber, PurposeId
from camket.vault import gate


def answers_wait() -> timedelta:
    """Return for how long an answer waits before a worker may take it: while it waits, whoever wrote it can take it back."""
    return timedelta(seconds=settings.CAMKET_ANSWER_WAITS_SECONDS)


class NoAddressee(ValueError):
    """The matter belongs to no person: there is nobody to write to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a letter needs to know of its matter, for whoever has it at hand and need not look the whole of it up."""

    id: gate.MatterId
    subject: gate.SubjectId | None
    reference: str


def write_letter(
    *, kind: LetterKind, language: str, matter: gate.MatterRow | About, purpose: PurposeId, now: datetime, record_id: UUID | None = None
) -> UUID:
    """
    Put a letter in the outbox, in the caller's transaction, and return its id.

    Args:
        kind: Which letter.
        language: Its language code.
        matter: What it is about; its subject is the addressee.
        purpose: The purpose under which the address will be used.
        now: UTC instant; an answer is due a little later, so that it can be taken back.
        record_id: The sealed record that it carries, if any.

    Raises:
        NoAddressee: The matter belongs to no person.

    Source: policy §3 (3.5); house.md §3 (template, addressee id, purpose: no address, no name).
    """
    if matter.subject is None:
        raise NoAddressee
    letter = Letter(
        template=kind.template,
        language=language,
        subject_id=matter.subject,
        matter_id=matter.id,
        record_id=record_id,
        purpose=purpose,
        reference=matter.reference,
        written_at=now,
        due_at=now + (answers_wait() if kind.can_be_taken_back else timedelta(0)),
    )
    insert_object(letter)
    return letter.id


def forget_letters(*, matters: Sequence[gate.MatterId]) -> dict[UUID, int]:
    """Delete the letters of erased matters, and return how many there were of each; a campaign keeps how many of its own went with them."""
    letters = Letter.objects.filter(matter_id__in=list(matters))
    counts = dict(letters.values_list("matter_id").annotate(Count("id")))
    with transaction.atomic():
        gone: dict[UUID, Counter[str]] = {}
        of_campaigns = letters.filter(campaign__isnull=False).select_related("variant")
        for one in of_campaigns:
            gone.setdefault(one.campaign_id or one.id, Counter()).update(outcomes_of(one))
        for campaign in Campaign.objects.select_for_update().filter(id__in=gone).order_by("id"):
            campaign.forgotten = dict(Counter(campaign.forgotten) + gone[campaign.id])
            campaign.save(update_fields=["forgotten"])
        letters.delete()
    return counts


def outcomes_of(letter: Letter) -> list[str]:
    """Return under which headings of a campaign's report a letter counts, from what it became."""
    if letter.state == LeaseState.PARKED:
        return ["unknown" if letter.last_error == ANSWER_UNKNOWN else "refused"]
    if letter.state != LeaseState.DONE:
        return ["let_go"]
    if letter.dropped:
        return [letter.dropped if letter.dropped in UNTOLD else "dropped"]
    asked = ["asked"] if letter.variant and letter.variant.to_agree else []
    return ["told", *asked, *(["agreed"] if letter.agreed_at and asked else [])]


def note_agreement(*, matter: gate.MatterId, purpose: PurposeId, edition: EditionNumber, now: datetime) -> None:
    """
    Note that the person of a matter agreed to a purpose, so that a campaign which asked for that knows, in the caller's transaction.

    Args:
        matter: Whose link they used.
        purpose: To what they agreed.
        edition: To whose wording of it.
        now: UTC instant.
    """
    told = Letter.objects.filter(matter_id=matter, campaign__edition__lte=edition, agreed_at__isnull=True)
    asked = [letter_id for letter_id, purposes in told.values_list("id", "variant__to_agree") if purpose in purposes]
    if asked:
        Letter.objects.filter(id__in=asked).update(agreed_at=now)
