"""When a failed row is tried again, and what an error may be called: pure, no clock, no randomness."""

import re
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

FIRST_DELAY = timedelta(seconds=30)
LONGEST_DELAY = timedelta(hours=6)
JITTER = 0.25  # share of a delay that the row's id may take away, so that rows which failed together do not return together
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
ALIVE_WITHIN = timedelta(seconds=30)

_ERROR_CODE = re.compile(r"[a-z0-9_.]{0,60}")


class NotAnErrorCode(ValueError):
    """An error was given as a sentence; only a code of [a-z0-9_.], at most 60 long, is kept. The sentence is not repeated here."""


def error_code(text: str) -> str:
    """
    Return `text` when it is an error code, and refuse anything that could carry a person's data.

    Args:
        text: A short dotted name such as "smtp.451"; empty for none.

    Returns:
        The same text.

    Raises:
        NotAnErrorCode: `text` is longer than 60 characters or holds anything but a-z, 0-9, "_" and ".".

    Source: policy §7 (7.1: confidentiality).
    """
    if not _ERROR_CODE.fullmatch(text):
        raise NotAnErrorCode("an error is kept as a code of [a-z0-9_.], at most 60 characters")
    return text


def delay_after(*, row_id: UUID, attempt: int) -> timedelta:
    """
    Return how long a row waits after its failed attempt: doubled each time, never over six hours, spread by the row's id.

    Args:
        row_id: The row that failed; the same row always gets the same spread.
        attempt: How many attempts it has had, the failed one included; at least 1.

    Returns:
        A delay between three quarters of the step and the whole step.

    Raises:
        ValueError: `attempt` is below 1: a row that was never tried cannot have failed.
    """
    if attempt < 1:
        raise ValueError("an attempt is counted from 1")
    # 2**20 first delays are far beyond the cap; without the limit a large attempt would overflow timedelta
    step = min(FIRST_DELAY * (1 << min(attempt - 1, 20)), LONGEST_DELAY)
    digest = sha256(row_id.bytes + attempt.to_bytes(8, "big")).digest()
    return step * (1 - JITTER * int.from_bytes(digest[:4], "big") / 2**32)


def due_again_at(*, row_id: UUID, attempt: int, now: datetime) -> datetime:
    """
    Return the instant from which a row that failed at `now` may be tried again.

    Args:
        row_id: The row that failed.
        attempt: How many attempts it has had, at least 1.
        now: UTC instant of the failure.

    Returns:
        A UTC instant, inclusive.

    Raises:
        ValueError: `attempt` is below 1.
    """
    return now + delay_after(row_id=row_id, attempt=attempt)
