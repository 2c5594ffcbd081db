"""What makes a desk's page one sending: pressed twice it is done once, and pressed again with another text it is refused."""

import hashlib

from django.http import HttpRequest
from django.utils.translation import gettext

from camket.web.console.entrance import AtDesk


class NoNonce(Exception):
    """A page came back without its nonce: one sending of it could not be told from another."""


def sent_before() -> str:
    """Return what is said where a page came again with another text, or without what tells its sendings apart."""
    return gettext("This page was sent before, so this text was not kept. Look at what is there now, and send it again if it is needed.")


def page_key(request: HttpRequest, desk: AtDesk, *, about: str, act: str) -> bytes:
    """
    Return what names one sending of a desk's page: 32 bytes, the same however often it arrives.

    Args:
        request: The POST, with the nonce that the page was drawn with.
        desk: Who sent it.
        about: The public name of what the page is about.
        act: What was pressed.

    Raises:
        NoNonce: The page's nonce is missing.
    """
    nonce = request.POST.get("nonce", "")
    if not nonce:
        raise NoNonce
    return hashlib.sha256(f"desk|{desk.row.id}|{about}|{act}|{nonce}".encode()).digest()
