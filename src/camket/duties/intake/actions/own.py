"""What the desk keeps for itself: filters that staff give a name, and texts that answers begin with."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.access.actions import hold_account, hold_all_accounts
from camket.duties.intake import rules
from camket.duties.intake.actions.facts import Malformed
from camket.duties.intake.models import CannedText, SavedFilter
from camket.duties.intake.queries.filters import InboxFilter, filter_of
from camket.journal.actions import record
from camket.policy.languages import LANGUAGES
from camket.policy.terms import Actor
from camket.policy.values import looks_personal
from camket.policy.writing import IN_PARAGRAPHS, has_unseen, one_line, paragraphs

MOST_FILTERS = 8
MOST_TEXTS = 200
_MOST_NAMED = 3  # places in one sentence
_NAME_LENGTH, _TITLE_LENGTH, _BODY_LENGTH = 40, 60, 4000


class TextUnknown(LookupError):
    """There is no such text or filter of theirs."""


class ChangedSince(Exception):
    """The text is no longer the one that was read; nothing was changed."""


def keep_filter(*, name: str, chosen: InboxFilter, actor: Actor, replaces: bool = False) -> None:
    """
    Keep a narrowed inbox under a name of its owner's.

    Args:
        name: What they call it.
        chosen: What it shows.
        actor: Whose it is; nobody else sees it.
        replaces: Whether another of theirs that has this name makes room for it.

    Raises:
        Malformed: The name is empty, too long, looks like somebody's details, or is another's of theirs (`taken`); or they have eight already
            (`too_many`).
    """
    title, faults = _plain(name, "name", _NAME_LENGTH)
    if faults:
        raise Malformed(faults)
    staff = UUID(actor.id)
    with transaction.atomic():
        # one after the other, so that of many kept at the same moment each is counted by the next
        hold_account(staff)
        if SavedFilter.objects.filter(staff_id=staff).exclude(name=title).count() >= MOST_FILTERS:
            raise Malformed([rules.FieldError(field="name", code="too_many", limit=MOST_FILTERS)])
        before = SavedFilter.objects.filter(staff_id=staff, name=title).first()
        if before is not None and filter_of(before.chosen) != chosen and not replaces:
            raise Malformed([rules.FieldError(field="name", code="taken")])
        SavedFilter.objects.update_or_create(staff_id=staff, name=title, defaults={"chosen": dict(chosen.pairs())})


def forget_filter(*, filter_id: int, actor: Actor) -> None:
    """
    Forget a saved filter.

    Args:
        filter_id: Which.
        actor: Whose it is.

    Raises:
        TextUnknown: They have none of this id.
    """
    count, _ = SavedFilter.objects.filter(id=filter_id, staff_id=UUID(actor.id)).delete()
    if not count:
        raise TextUnknown


def keep_text(
    *, text_id: int | None, language: str, title: str, body: str, is_ours: bool, actor: Actor, now: datetime, seen: str | None = None
) -> None:
    """
    Keep a text that answers begin with, new or changed.

    Args:
        text_id: Which one is changed; a new one when None.
        language: `vi` or `en`.
        title: What advisers call it.
        body: The company's words; `{name}`, `{reference}`, `{product}` and `{adviser}` are filled in where it is used.
        is_ours: Whether the writer says that the address or number in it is the company's own.
        actor: Who writes.
        now: UTC instant.
        seen: What identified the text where it was read to be changed; None where nobody else can have changed it.

    Raises:
        Malformed: A field is empty, too long, holds an unknown {place} (its `hint` names it), looks like somebody's details, or its title is taken;
            all faults at once. Or there are two hundred already (`too_many`).
        TextUnknown: There is none of this id.
        ChangedSince: It is not the one that was seen.
    """
    name, faults = _plain(title, "title", _TITLE_LENGTH)
    words, more = _words(body, is_ours=is_ours)
    faults += more
    if language not in LANGUAGES:
        faults.append(rules.FieldError(field="language", code="required"))
    if faults:
        raise Malformed(faults)
    columns = {"language": language, "title": name, "body": words, "changed_at": now, "changed_by_id": UUID(actor.id)}
    try:
        with transaction.atomic():
            if text_id is None:
                # they are the whole house's, and so is the count: one after the other, whoever writes
                hold_all_accounts()
                if CannedText.objects.count() >= MOST_TEXTS:
                    raise Malformed([rules.FieldError(field="title", code="too_many", limit=MOST_TEXTS)])
                kept = CannedText.objects.create(**columns).id
            else:
                _require_unchanged(text_id, seen)
                CannedText.objects.filter(id=text_id).update(**columns)
                kept = text_id
            record(act="text.kept", actor=actor, at=now, facts={"text": kept})
    except IntegrityError:
        raise Malformed([rules.FieldError(field="title", code="taken")]) from None


def _require_unchanged(text_id: int, seen: str | None) -> None:
    # locked, so that whoever changes it comes before or after
    stands = CannedText.objects.select_for_update().filter(id=text_id).first()
    if stands is None:
        raise TextUnknown
    if seen is not None and seen != rules.canned_hash(language=stands.language, title=stands.title, body=stands.body):
        raise ChangedSince


def remove_text(*, text_id: int, actor: Actor, now: datetime) -> None:
    """
    Remove a text.

    Args:
        text_id: Which.
        actor: Who removes it.
        now: UTC instant.

    Raises:
        TextUnknown: There is none of this id.
    """
    with transaction.atomic():
        count, _ = CannedText.objects.filter(id=text_id).delete()
        if not count:
            raise TextUnknown
        record(act="text.removed", actor=actor, at=now, facts={"text": text_id})


def _plain(text: str, field: str, most: int) -> tuple[str, list[rules.FieldError]]:
    """One line of a few words, and what is wrong with it."""
    plain = one_line(text)
    if not plain:
        return plain, [rules.FieldError(field=field, code="required")]
    if len(plain) > most:
        return plain, [rules.FieldError(field=field, code="too_long", limit=most)]
    if has_unseen(plain):
        return plain, [rules.FieldError(field=field, code="control_character")]
    return plain, [rules.FieldError(field=field, code="personal")] if looks_personal(plain) else []


def _words(text: str, *, is_ours: bool) -> tuple[str, list[rules.FieldError]]:
    words = paragraphs(text)
    faults = []
    if not words:
        faults.append(rules.FieldError(field="body", code="required"))
    if len(words) > _BODY_LENGTH:
        faults.append(rules.FieldError(field="body", code="too_long", limit=_BODY_LENGTH))
    if has_unseen(words, allowed=IN_PARAGRAPHS):
        faults.append(rules.FieldError(field="body", code="control_character"))
    if unknown := [f"{{{place[:_NAME_LENGTH]}}}" for place in rules.places_in(words) if place not in rules.TEXT_PLACES]:
        faults.append(rules.FieldError(field="body", code="unknown_place", hint=", ".join(unknown[:_MOST_NAMED])))
    if not is_ours and looks_personal(words):
        faults.append(rules.FieldError(field="body", code="personal"))
    return words, faults
