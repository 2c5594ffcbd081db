"""What other rooms' numbers say of how the house stands; the doors hand them in, so that each says it in the same words."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_noop as _

from camket.duties.custody.rules import Finding, found
from camket.vault import gate

_BACKUP_WITHIN = timedelta(hours=36)  # a nightly backup that failed once shows on the next day


def judge_letters(*, waiting: int, parked: int) -> Finding:
    """
    Return how the outbox stands.

    Args:
        waiting: How many letters wait to go out.
        parked: How many wait for a person.
    """
    if parked:
        sentence = _("1 is parked for a person") if parked == 1 else _("%(count)d are parked for a person")
        return found("letters", "warning", sentence, _("look at the page Letters"), count=parked)
    return found("letters", "ok", _("%(count)d waiting, none parked"), count=waiting)


def judge_route(*, fault: str, waiting: int) -> Finding | None:
    """
    Return why no letter can go out at all, or nothing where it is no fault of our own set-up.

    Args:
        fault: What the last letter that was tried came to; nothing where that was something else.
        waiting: How many letters wait to go out.
    """
    if not fault:
        return None
    if fault == "smtp.no_name":
        sentence = _("the name of the mail server cannot be looked up: no letter goes out (%(count)d waiting)")
        hint = _(
            "check the name in CAMKET_SMTP_URL and how this machine looks names up; no letter is lost, and all go out by themselves once it is found"
        )
        return found("mail server", "error", sentence, hint, count=waiting)
    hint = _(
        "put the right ones into CAMKET_SMTP_URL and start `%(command)s serve` anew, or have the account mended at the mail server; "
        "no letter is lost, and all go out by themselves then"
    )
    sentence = _("the mail server refuses our user name or password: no letter goes out (%(count)d waiting)")
    return found("mail server", "error", sentence, hint, count=waiting, command=settings.CAMKET_COMMAND)


def judge_erasures(*, failed: int, code: str) -> Finding:
    """
    Return whether what was due could be erased.

    Args:
        failed: How many erasures that were due have failed.
        code: What failed, of one of them.
    """
    if not failed:
        return found("erasures", "ok", _("none that was due has failed"))
    hint = _("fix what the worker's log says; they are tried again automatically, at least every six hours")
    sentence = _("1 that was due has failed (%(code)s)") if failed == 1 else _("%(count)d that were due have failed (%(code)s)")
    return found("erasures", "error", sentence, hint, count=failed, code=code)


def judge_keys() -> Finding:
    """Return whether everything that is kept can still be opened; it looks at each matter."""
    try:
        keyless = gate.count_keyless()
    except (gate.LedgerDamaged, OSError):
        return found("kept data", "error", _("it is not known which keys there should be"), _("mend the ledger first"))
    if not keyless:
        return found("kept data", "ok", _("every key is there that opens it"))
    hint = _("no key can be made again: restore the newest backup of data and keys in which they are; nothing is erased by it that was not before")
    one = _("1 key is gone although nothing was erased: what it opens is lost, and every list in which it would stand fails")
    many = _("%(count)d keys are gone although nothing was erased: what they open is lost, and every list in which it would stand fails")
    return found("kept data", "error", one if keyless == 1 else many, hint, count=keyless)


def judge_mailbox(*, error: str, odd_uids: Sequence[int], understood: int) -> Finding:
    """
    Return whether the mailbox is read in which letters come back.

    Args:
        error: Why it could not be read the last time; nothing where it could.
        odd_uids: The numbers of mails in it that could not be read.
        understood: How many letters that came back were noticed.
    """
    if error:
        hint = _("see what `%(command)s doctor` says; letters that come back are not noticed meanwhile")
        return found("mailbox", "warning", _("it cannot be read (%(code)s)"), hint, code=error, command=settings.CAMKET_COMMAND)
    if odd_uids:
        hint = _("they are still in the mailbox; their numbers there (UID): %(numbers)s")
        numbers = ", ".join(map(str, odd_uids))
        sentence = _("1 mail in it could not be read") if len(odd_uids) == 1 else _("%(count)d mails in it could not be read")
        return found("mailbox", "warning", sentence, hint, count=len(odd_uids), numbers=numbers)
    if understood == 1:
        return found("mailbox", "ok", _("it is read; 1 letter that came back was noticed"))
    return found("mailbox", "ok", _("it is read; %(count)d letters that came back were noticed"), count=understood)


def judge_backups(made: Mapping[str, datetime], *, now: datetime) -> Finding:
    """
    Return whether there is a backup that is young enough.

    Args:
        made: UTC instants, from `last_backup_at`.
        now: UTC instant.
    """
    if "data" not in made:
        hint = _("make one with %(command)s, every night, and keep the keys elsewhere")
        return found("backup", "warning", _("none was ever made from this home"), hint, command=f"`{settings.CAMKET_COMMAND} backup`")
    if now - made["data"] > _BACKUP_WITHIN:
        return found("backup", "warning", _("the last one is more than a day and a half old"), _("look at the timer that makes it"))
    return found("backup", "ok", _("the last one is less than a day and a half old"))
