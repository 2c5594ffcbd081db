"""The counter of the post office: open the mailbox that the settings name, or ask whether it could be opened."""

from dataclasses import dataclass

from django.conf import settings

from camket.channels.mail_in.mailbox import WHOLE_SECONDS, Mailbox, MailboxFault
from camket.channels.mail_in.place import PlaceUnreadable, read_place

_PROBE_SECONDS = 30.0
_DETAILS = {
    "imap.ok": "The mailbox can be read.",
    "imap.none": "none is set, none was asked",
    "imap.place_unreadable": "CAMKET_IMAP_URL cannot be read: write imaps://user:pass@host:port/FOLDER.",
    "imap.auth_refused": "The mailbox refused the user name or password.",
    "imap.no_folder": "The folder that CAMKET_IMAP_URL names is not there.",
    "imap.tls_refused": "The mail server offers no TLS that can be trusted.",
    "imap.timeout": "The mailbox did not answer in time.",
    "imap.no_connection": "The mailbox cannot be reached: nobody listens there, or the name is not known.",
    "imap.connection_lost": "The mailbox closed the connection.",
}


class NoMailbox(Exception):
    """CAMKET_IMAP_URL is not set: nobody reads what comes back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxProbe:
    """Whether the mailbox could be read now, with a code and an English sentence that name no secret."""

    ok: bool
    code: str
    detail: str


def open_mailbox(*, whole_seconds: float = WHOLE_SECONDS) -> Mailbox:
    """
    Return the mailbox that the settings name, for a `with` block; nothing is opened before it.

    Args:
        whole_seconds: How long it stays open at most.

    Raises:
        NoMailbox: CAMKET_IMAP_URL is empty.
        PlaceUnreadable: CAMKET_IMAP_URL is no address of a mailbox.
    """
    place = read_place(settings.CAMKET_IMAP_URL)
    if place is None:
        raise NoMailbox
    return Mailbox(place, whole_seconds=whole_seconds)


def mailbox_mark() -> str:
    """
    Return by what name the house remembers how far the mailbox was read; it tells nobody where it is.

    Raises:
        NoMailbox: CAMKET_IMAP_URL is empty.
        PlaceUnreadable: CAMKET_IMAP_URL is no address of a mailbox.
    """
    place = read_place(settings.CAMKET_IMAP_URL)
    if place is None:
        raise NoMailbox
    return place.mark


def probe() -> MailboxProbe:
    """Tell whether the mailbox could be read now; nothing in it is looked at, and it never raises."""
    try:
        with open_mailbox(whole_seconds=_PROBE_SECONDS):
            code = "imap.ok"
    except NoMailbox:
        code = "imap.none"
    except PlaceUnreadable:
        code = "imap.place_unreadable"
    except MailboxFault as fault:
        code = fault.code
    return MailboxProbe(ok=code in ("imap.ok", "imap.none"), code=code, detail=_DETAILS.get(code, f"The mailbox answered: {code}."))
