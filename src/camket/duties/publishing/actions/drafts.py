"""Drafts of editions: started, saved, thrown away and taken back. Nothing is ever decided by one."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from camket.access.rules import require_role, staff_id_of
from camket.duties.publishing.actions.facts import DraftOver, DraftUnknown
from camket.duties.publishing.models import Draft, DraftText
from camket.duties.publishing.queries.drafts import DraftRow, base_of_next, draft
from camket.duties.publishing.rules import WRITERS, draft_faults, draft_hash, read_plain_manifest, tidy
from camket.journal.actions import record
from camket.policy.faults import Overtaken, Unfit
from camket.policy.terms import Actor


def start_draft(*, texts: Mapping[str, str], actor: Actor, now: datetime) -> int:
    """
    Begin a draft of the next edition, and return its id: with the newest edition's texts, or with texts that somebody brings.

    Args:
        texts: What was brought, by language; the newest edition's text stands in for a language whose text is empty or left out.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        Unfit: A text cannot be kept.
        NoEdition: Nothing is published yet that a draft could follow: the first edition comes from a folder.

    Source: policy §8 (8.1).
    """
    require_role(actor, WRITERS)
    base = base_of_next()
    brought = {language: tidy(text) for language, text in texts.items() if text.strip()}
    whole = {**base.texts, **brought}
    if faults := draft_faults(base.manifest, whole):
        raise Unfit(faults)
    staff_id = staff_id_of(actor)
    with transaction.atomic():
        made = Draft.objects.create(
            number=base.number,
            based_on=base.based_on if set(brought) != set(whole) else None,
            manifest=base.manifest,
            started_at=now,
            started_by=staff_id,
            changed_at=now,
            changed_by=staff_id,
        )
        DraftText.objects.bulk_create(DraftText(draft=made, language=language, text=text) for language, text in whole.items())
        record(act="draft.started", actor=actor, at=now, facts={"draft": made.id, "hash": draft_hash(base.manifest, whole)})
    return made.id


def save_draft(*, draft_id: int, revision: int, manifest: str, texts: Mapping[str, str], actor: Actor, now: datetime) -> int:
    """
    Replace the texts of a draft, and return its new revision; the same texts again change nothing.

    Args:
        draft_id: Which one.
        revision: The one whose texts the writer had before them.
        manifest: Its edition.toml.
        texts: Its texts by language: the languages that it has.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        DraftUnknown: There is no such draft.
        DraftOver: It has been discarded or published.
        Unfit: A text cannot be kept.
        Overtaken: A colleague has saved it since; nothing was overwritten.

    Source: policy §8 (8.1).
    """
    require_role(actor, WRITERS)
    fit, whole = tidy(manifest), {language: tidy(text) for language, text in texts.items()}
    if faults := draft_faults(fit, whole):
        raise Unfit(faults)
    stands = _open(draft_id)
    if set(whole) != set(stands.texts):
        raise DraftUnknown
    if revision == stands.revision and (fit, whole) == (stands.manifest, stands.texts):
        return revision
    said = read_plain_manifest(fit)
    with transaction.atomic():
        changes = {"manifest": fit, "number": said.number if said else stands.number, "changed_at": now, "changed_by": staff_id_of(actor)}
        _change(draft_id, revision, **changes)
        rows = [DraftText(draft_id=draft_id, language=language, text=text) for language, text in whole.items()]
        DraftText.objects.bulk_create(rows, update_conflicts=True, unique_fields=["draft", "language"], update_fields=["text"])
        record(act="draft.saved", actor=actor, at=now, facts={"draft": draft_id, "revision": revision + 1, "hash": draft_hash(fit, whole)})
    return revision + 1


def discard_draft(*, draft_id: int, actor: Actor, now: datetime) -> None:
    """
    Put a draft aside; it is kept and can be taken back. One that is put aside already stays so.

    Args:
        draft_id: Which one.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        DraftUnknown: There is no such draft.
        DraftOver: It has been published.
    """
    _put(draft_id, discarded_at=now, act="draft.discarded", actor=actor, now=now)


def restore_draft(*, draft_id: int, actor: Actor, now: datetime) -> None:
    """
    Take a draft back that was put aside.

    Args:
        draft_id: Which one.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        DraftUnknown: There is no such draft.
        DraftOver: It has been published.
    """
    _put(draft_id, discarded_at=None, act="draft.restored", actor=actor, now=now)


def _put(draft_id: int, *, discarded_at: datetime | None, act: str, actor: Actor, now: datetime) -> None:
    require_role(actor, WRITERS)
    with transaction.atomic():
        stands = Draft.objects.select_for_update().filter(id=draft_id).first()
        if stands is None:
            raise DraftUnknown
        if stands.published_as is not None:
            raise DraftOver
        if (stands.discarded_at is None) == (discarded_at is None):
            return
        Draft.objects.filter(id=draft_id).update(discarded_at=discarded_at)
        record(act=act, actor=actor, at=now, facts={"draft": draft_id})


def _open(draft_id: int) -> DraftRow:
    stands = draft(draft_id)
    if stands is None:
        raise DraftUnknown
    if not stands.is_open:
        raise DraftOver
    return stands


def _change(draft_id: int, revision: int, **changes: object) -> None:
    """Write to a draft that still stands as its writer read it: of two who read the same revision, the second finds it gone."""
    open_ones = Draft.objects.filter(id=draft_id, discarded_at__isnull=True, published_as__isnull=True)
    if open_ones.filter(revision=revision).update(revision=revision + 1, **changes):
        return
    stands = Draft.objects.filter(id=draft_id).first()
    if stands is None:
        raise DraftUnknown
    if stands.discarded_at is not None or stands.published_as is not None:
        raise DraftOver
    raise Overtaken(stands.revision)
