"""A letter that had left comes back, or is answered by a machine: what another mail system said of it, by code, and what follows."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from camket.duties.notices.actions.facts import LetterUnknown, go_on, lock_campaign
from camket.duties.notices.models import BounceKind, Letter
from camket.duties.notices.rules import HARD, SOFT, again_at, is_believable, outweighs
from camket.journal.actions import record
from camket.outbox import actions as outbox
from camket.outbox.models import LeaseState
from camket.outbox.rules import due_again_at, error_code
from camket.policy.terms import THE_HOUSE


class BounceUnlikely(ValueError):
    """The letter never left, or left too long ago: what claims to be its return is not believed, and changed nothing."""


def report_bounce(*, letter_id: UUID, kind: str, code: str, now: datetime, mark: str = "") -> bool:
    """
    Record what another mail system said of a letter, and return whether that was new.

    Hard: the letter waits for a person, and nothing more is sent to its addressee until one decides otherwise. Soft: it goes out again later, at most
    as long as letters are tried anyway. Away and delayed: a note and nothing more. The same report counts once.

    Args:
        letter_id: The letter, as its Message-ID names it.
        kind: `hard`, `soft`, `away` or `delayed`.
        code: An enhanced status such as "5.1.1", or a short word.
        now: UTC instant.
        mark: Hash of the report, by which it is known when it is read again.

    Raises:
        LetterUnknown: There is no such letter: forged, or forgotten with its matter.
        BounceUnlikely: The letter never left, or too long ago.
        NotAnErrorCode: `code` is not a code.

    Source: RFC 3464; house.md §9.5.
    """
    kind = BounceKind(kind)
    with transaction.atomic():
        if campaign_id := Letter.objects.filter(id=letter_id).values_list("campaign_id", flat=True).first():
            lock_campaign(campaign_id)
        letter = Letter.objects.select_for_update().filter(id=letter_id).first()
        if letter is None:
            raise LetterUnknown
        if not is_believable(left_at=letter.intent_at, now=now):
            raise BounceUnlikely(str(letter_id))
        if _is_known(letter, kind, mark):
            return False
        _note(letter, kind, error_code(code), mark, now)
        _follow(letter, kind, now)
        facts = {"letter": str(letter_id), "kind": str(kind), "code": code}
        act = "letter.bounced" if kind in (HARD, SOFT) else "letter.noted"
        record(act=act, actor=THE_HOUSE, at=now, subjects=[letter.subject_id], matter=letter.matter_id, facts=facts)
    return True


def _is_known(letter: Letter, kind: str, mark: str) -> bool:
    """Whether the report was read before, or says nothing that is not known: a letter that already waits again has not come back a second time."""
    if mark and letter.bounce_mark == mark:
        return True
    if not outweighs(kind, letter.bounce_kind):
        return True
    is_waiting = letter.state in (LeaseState.DUE, LeaseState.PARKED)
    return kind == letter.bounce_kind and (kind != SOFT or is_waiting)


def _note(letter: Letter, kind: str, code: str, mark: str, now: datetime) -> None:
    letter.bounced_at = letter.bounced_at if kind == letter.bounce_kind and letter.bounced_at else now
    letter.bounce_kind, letter.bounce, letter.bounce_mark = kind, code, mark
    letter.save(update_fields=["bounced_at", "bounce_kind", "bounce", "bounce_mark"])


def _follow(letter: Letter, kind: str, now: datetime) -> None:
    if letter.dropped or kind not in (HARD, SOFT):
        return  # closed by a person for good, or nothing to be done about it
    error = f"bounce.{kind}.{letter.bounce}"
    if kind == HARD:
        outbox.set_aside(letter, error=error, now=now)
    elif letter.state == LeaseState.DONE:
        backed_off = due_again_at(row_id=letter.id, attempt=max(letter.attempt, 1), now=now)
        since, left_at = letter.bounced_at or now, letter.intent_at or now
        due_at = again_at(attempt=letter.attempt, backed_off=backed_off, since=since, left_at=left_at, now=now)
        if due_at is None:
            outbox.set_aside(letter, error=error, now=now)
        else:
            outbox.reopen(letter, error=error, due_at=due_at)
            if letter.campaign_id:  # one that was done goes on for the letter that came back for a while
                go_on(letter.campaign_id)
