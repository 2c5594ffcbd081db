"""A letter that a duty has opened, as the carrier takes it: the one place where an address is written out."""

import re
from datetime import datetime

from django.conf import settings

from camket.channels import mail_out
from camket.duties.notices import actions as notices
from camket.duties.notices.rules import ROUTE_FAULTS

# codes of a carrier that would keep the next letter waiting too: it does not answer, does not let us in, or asks to be left alone (421)
_THE_CARRIERS = re.compile(r"smtp\.(timeout|no_connection|no_name|connection_lost|auth_refused|tls_refused|connect\..*|[a-z_]+\.421(\..*)?)")


def is_the_carriers(code: str) -> bool:
    """
    Return whether what a letter came to says something of the carrier and nothing of whom it is for.

    Args:
        code: Such as "smtp.timeout" or "smtp.recipient.550.5.1.1".
    """
    return _THE_CARRIERS.fullmatch(code) is not None


def is_the_houses(code: str) -> bool:
    """
    Return whether it is our own set-up that is at fault, whoever a letter is for: none of them leaves before that is mended.

    Args:
        code: Such as "smtp.auth_refused".
    """
    return code in ROUTE_FAULTS


def outgoing(opened: notices.OpenedLetter, now: datetime) -> mail_out.OutgoingLetter:
    """
    Return a letter with its address, for the carrier.

    Args:
        opened: From the duty.
        now: UTC instant that its Date header names.

    Raises:
        LetterUnsendable: A part of it cannot stand in a message.
    """
    return mail_out.OutgoingLetter(
        to=opened.to.reveal(),
        subject=opened.subject,
        text=opened.text,
        headers={"Auto-Submitted": "auto-generated"} if opened.is_automatic else {},
        message_id=opened.message_id,
        sent_at=now,
        from_email=settings.CAMKET_CONTROLLER_EMAIL,
        from_name=settings.CAMKET_SITE_NAME,
    )


def domain_of(opened: notices.Sealed) -> str:
    """
    Return the domain of an address: it is held in memory while the worker lives, to be fair to it, and is never written anywhere.

    Args:
        opened: The address, from the duty.
    """
    return opened.reveal().rpartition("@")[2].casefold()
