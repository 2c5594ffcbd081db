"""How far the mailbox is read in which letters come back: who reads it, what was looked at, and what could not be read."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from camket.duties.notices.actions.bouncing import BounceUnlikely, report_bounce
from camket.duties.notices.actions.facts import LetterUnknown
from camket.duties.notices.actions.opening import own_host
from camket.duties.notices.models import Mailbox, OddMail
from camket.duties.notices.rules import MOST_READINGS_OF_A_MAIL, letter_named
from camket.outbox import actions as outbox

READ_EVERY = timedelta(minutes=1)
_HELD_FOR = timedelta(minutes=10)
_UNTIL_STOPPED = 2**31 - 1  # readings are counted as attempts, and there is no last one


def take_mailbox(*, place: str, worker: str, now: datetime) -> Mailbox | None:
    """
    Take the mailbox into a worker's hand where it is due, and return it; None where it is not, or another worker reads it.

    Args:
        place: By what name it is remembered; a new one begins to be read.
        worker: Id of the worker.
        now: UTC instant.
    """
    Mailbox.objects.get_or_create(place=place, defaults={"due_at": now})
    mine = Mailbox.objects.filter(place=place)
    taken = outbox.claim(mine, worker=worker, now=now, limit=1, lease=_HELD_FOR, max_attempts=_UNTIL_STOPPED)
    return taken[0] if taken else None


def begin_counting(*, mailbox: Mailbox, uid_validity: int, last_uid: int) -> None:
    """
    Note how the server counts, and from where the mailbox is read.

    Args:
        mailbox: In this worker's hand.
        uid_validity: The server's number for how it counts.
        last_uid: The mail after which reading begins.
    """
    _note(mailbox, uid_validity=uid_validity, last_uid=last_uid, trying_uid=0, tries=0)


def begin_mail(*, mailbox: Mailbox, uid: int) -> bool:
    """
    Note that a mail is about to be read, and return whether it may be: one that ended its readers again and again is left alone.

    Args:
        mailbox: In this worker's hand.
        uid: The mail's number.
    """
    tries = mailbox.tries + 1 if mailbox.trying_uid == uid else 1
    _note(mailbox, trying_uid=uid, tries=tries)
    return tries <= MOST_READINGS_OF_A_MAIL


def report_return(*, message_ids: tuple[str, ...], kind: str, code: str, mark: str, now: datetime) -> bool | None:
    """
    Record what a mail says of the letters that it names, and return whether one of them may have come back; None where it names none of ours.

    Args:
        message_ids: As the mail names them, with their angle brackets.
        kind: `hard`, `soft`, `away` or `delayed`.
        code: An enhanced status or a short word.
        mark: Hash of the mail.
        now: UTC instant.
    """
    named = [letter_id for one in message_ids if (letter_id := letter_named(one, host=own_host())) is not None]
    believed = [letter_id for letter_id in named if _is_reported(letter_id, kind, code, mark, now)]
    return bool(believed) if named else None


def _is_reported(letter_id: UUID, kind: str, code: str, mark: str, now: datetime) -> bool:
    try:
        report_bounce(letter_id=letter_id, kind=kind, code=code, mark=mark, now=now)
    except (LetterUnknown, BounceUnlikely):
        return False
    return True


def end_mail(*, mailbox: Mailbox, uid: int, is_ours: bool | None) -> None:
    """
    Note that a mail was looked at; it is not looked at again.

    Args:
        mailbox: In this worker's hand.
        uid: The mail's number.
        is_ours: What `report_return` answered.
    """
    _note(mailbox, last_uid=uid, trying_uid=0, tries=0)
    if is_ours is not None:
        counted = "understood" if is_ours else "unbelieved"
        Mailbox.objects.filter(id=mailbox.id).update(**{counted: F(counted) + 1})


def note_odd_mail(*, mailbox: Mailbox, uid: int, mark: str, now: datetime) -> None:
    """
    Remember a mail that could not be read, so that it is passed over and an operator is told; it stays where it is.

    Args:
        mailbox: In this worker's hand.
        uid: The mail's number.
        mark: Hash of the mail, or nothing where not even that could be had.
        now: UTC instant.
    """
    with transaction.atomic():
        OddMail.objects.get_or_create(mailbox_id=mailbox.id, uid=uid, mark=mark, defaults={"seen_at": now})
        _note(mailbox, last_uid=uid, trying_uid=0, tries=0)


def put_mailbox_back(*, mailbox: Mailbox, worker: str, error: str, is_at_its_end: bool, now: datetime) -> None:
    """
    Give the mailbox back; it is due again in a minute, or at once where more is waiting in it.

    Args:
        mailbox: In this worker's hand.
        worker: Id of the worker.
        error: A code where it could not be read, or nothing.
        is_at_its_end: Whether everything in it was looked at.
        now: UTC instant.

    Raises:
        LeaseLost: Another worker holds it by now.
    """
    with transaction.atomic():
        outbox.finish(mailbox, worker=worker, now=now)
        outbox.reopen(mailbox, error=error, due_at=now + (READ_EVERY if is_at_its_end or error else timedelta(0)))
        if is_at_its_end and not error:
            _note(mailbox, read_at=now)


def forget_odd_mails(*, older_than: datetime) -> int:
    """Delete what is remembered of mails that could not be read, from before an instant, and return how many that were."""
    return OddMail.objects.filter(seen_at__lt=older_than).delete()[0]


def _note(mailbox: Mailbox, **changes: object) -> None:
    Mailbox.objects.filter(id=mailbox.id).update(**changes)
    for name, value in changes.items():
        setattr(mailbox, name, value)
