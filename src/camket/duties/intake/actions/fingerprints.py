"""What tells a repetition from another thing: a keyed hash of what was sent, which says nothing else about it."""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings
from django.db.models import Model

from camket.duties.intake.actions.facts import SentDifferently


def fingerprint(submission: bytes, parts: Iterable[str]) -> bytes:
    """
    Return a keyed hash of what was sent in one submission.

    Args:
        submission: What makes the sending unique: the hash of a page's nonce or of a program's idempotency key.
        parts: The texts that were sent, in a fixed order.

    Returns:
        32 bytes; equal only for the same parts of the same submission.
    """
    message = b"".join(len(part.encode()).to_bytes(4, "big") + part.encode() for part in parts)
    key = hashlib.sha256(b"inquiry body|" + submission + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(key, message, hashlib.sha256)


def is_repeated(rows: type[Model], key: bytes, body: bytes) -> bool:
    """
    Return whether just this was kept from this page before.

    Args:
        rows: The table of what is kept, with a `submission` and a `submission_body`.
        key: What makes the sending unique.
        body: From `fingerprint`.

    Raises:
        SentDifferently: Another content was kept from it.
    """
    known = rows._default_manager.filter(submission=key).values_list("submission_body", flat=True).first()
    if known is not None and not hmac.compare_digest(bytes(known), body):
        raise SentDifferently
    return known is not None
