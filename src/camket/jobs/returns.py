"""Reading the mailbox in which letters come back: in a thread of its own, so that a server that hangs holds up nothing else."""

import logging
import threading
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone

from camket.channels import mail_in
from camket.duties.notices import actions as notices

log = logging.getLogger(__name__)

_LOOK_EVERY_SECONDS = 5.0  # whether it is due; how often it is read stands with the duty
_MOST_MAILS = 100  # in one reading
_MOST_SECONDS = 240.0  # of one reading, well within the lease
_FIRST_LOOK_BACK = timedelta(days=14)  # a mailbox that is new to us may be ten years old


class Returns(threading.Thread):
    """Reads the mailbox whenever it is due, beside a worker."""

    def __init__(self, worker: str) -> None:
        super().__init__(name="returns", daemon=True)
        self._worker = worker
        self._ended = threading.Event()

    def run(self) -> None:
        """Read until `end`."""
        while not self._ended.is_set():
            try:
                read_returns(worker=self._worker, now=timezone.now())
            except mail_in.PlaceUnreadable:
                # said once: it will not read better in five seconds
                log.error("CAMKET_IMAP_URL cannot be read, and no mailbox is until the next start: write imaps://user:pass@host:port/FOLDER")
                break
            except Exception:  # the thread must outlive any fault; the log keeps its kind and place
                log.exception("mailbox")
            close_old_connections()
            self._ended.wait(_LOOK_EVERY_SECONDS)
        connections.close_all()

    def end(self) -> None:
        """Stop reading; a server that does not answer is not waited for, for whatever was begun is taken up again."""
        self._ended.set()
        self.join(timeout=2.0)


def read_returns(*, worker: str, now: datetime) -> int:
    """
    Read what is new in the mailbox where it is due, record what it says of letters of ours, and return how many mails were looked at.

    Args:
        worker: Id of the worker.
        now: UTC instant.

    Raises:
        PlaceUnreadable: CAMKET_IMAP_URL cannot be understood.
    """
    if not settings.CAMKET_IMAP_URL:
        return 0
    mailbox = notices.take_mailbox(place=mail_in.mailbox_mark(), worker=worker, now=now)
    if mailbox is None:
        return 0
    began_at_seconds = time.monotonic()
    looked_at, is_at_its_end, error = 0, False, ""
    try:
        with mail_in.open_mailbox() as box:
            uids = _new_mails(box, mailbox, now)
            for uid in uids[:_MOST_MAILS]:
                if time.monotonic() - began_at_seconds > _MOST_SECONDS:
                    break
                _look_at(box, mailbox, uid, now)
                looked_at += 1
            is_at_its_end = looked_at == len(uids)
            if is_at_its_end and settings.CAMKET_MAILBOX_DAYS:
                box.delete_kept(before=(now - timedelta(days=settings.CAMKET_MAILBOX_DAYS)).date())
    except mail_in.MailboxFault as fault:
        error = fault.code
    at = now + timedelta(seconds=time.monotonic() - began_at_seconds)
    try:
        notices.put_mailbox_back(mailbox=mailbox, worker=worker, error=error, is_at_its_end=is_at_its_end, now=at)
    except notices.LeaseLost:
        log.warning("the mailbox's lease was lost; another worker has it")
    return looked_at


def _new_mails(box: mail_in.Mailbox, mailbox: notices.Mailbox, now: datetime) -> list[int]:
    """The mails not yet looked at. Where the server counts anew, or the mailbox is new to us, that is what came of late."""
    if mailbox.uid_validity == box.uid_validity:
        return box.uids_after(mailbox.last_uid)
    newest = box.newest_uid()  # asked first: what comes between the two is among the second
    uids = box.uids_since((now - _FIRST_LOOK_BACK).date())
    notices.begin_counting(mailbox=mailbox, uid_validity=box.uid_validity, last_uid=uids[0] - 1 if uids else newest)
    return uids


def _look_at(box: mail_in.Mailbox, mailbox: notices.Mailbox, uid: int, now: datetime) -> None:
    """Look at one mail. Whatever it is, the next one comes after it; a mail that nobody can read stays where it is, and is told of."""
    if not notices.begin_mail(mailbox=mailbox, uid=uid):
        notices.note_odd_mail(mailbox=mailbox, uid=uid, mark="", now=now)
        return
    mail = box.fetch(uid)
    if mail is None:
        notices.end_mail(mailbox=mailbox, uid=uid, is_ours=None)
        return
    try:
        is_ours = _report(mail, now)
    except DatabaseError:
        raise  # it is not the mail's fault
    except Exception as fault:  # noqa: BLE001  # one mail that breaks its reader must not keep the others from being read
        # the fault's kind and no more: its text, or a traceback's last line, may hold the mail's words
        log.error("a mail could not be read (%s); its number in the mailbox is %d", type(fault), uid)
        notices.note_odd_mail(mailbox=mailbox, uid=uid, mark=mail.mark, now=now)
        return
    if is_ours and not box.put_away(uid, keeps=settings.CAMKET_MAILBOX_DAYS > 0):
        log.warning("a returned letter was understood, and the mailbox does not let it be moved or deleted")
    notices.end_mail(mailbox=mailbox, uid=uid, is_ours=is_ours)


def _report(mail: mail_in.Mail, now: datetime) -> bool | None:
    """What the mail says of letters of ours is recorded; None where it says nothing of any."""
    bounce = mail_in.read_bounce(mail.head)
    if bounce.kind is mail_in.Kind.NOT_ONE:
        return None
    return notices.report_return(message_ids=bounce.message_ids, kind=str(bounce.kind), code=bounce.code, mark=mail.mark, now=now)
