"""The lanes of the public forms: at once, a little later, much later, and not before the hour is over (house.md §9.4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from django.http import HttpRequest

from camket.access.actions import spend_budget
from camket.access.queries import budget_opens_at
from camket.duties.custody import queries as custody
from camket.duties.intake import rules
from camket.web.kit.requests import client_prefix
from camket.web.site import tokens

HOUR = timedelta(hours=1)
_NOTHING = timedelta(0)


class LaneFull(Exception):
    """Too much has come from one network within the hour; in `seconds` it may come again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"full for {seconds} s")
        self.seconds = seconds


class NoRoomForFiles(Exception):
    """The disk is nearly full: what is left of it is for words, the journal and erasures."""


def delay_of(request: HttpRequest, token: tokens.FormToken, *, now: datetime) -> timedelta:
    """
    Return how much later the inquiry that a form brings is shown and acknowledged.

    A machine that did its proof of work is never turned away; one that was quicker than a person waits like one that did none.

    Args:
        request: The form, nothing of which is wrong: mistakes cost nobody a place.
        token: What its token says.
        now: UTC instant.

    Raises:
        LaneFull: It brings no proof of work, and its network's hour is spent.

    Source: house.md §9.3-4.
    """
    if tokens.has_worked(request.POST.get("token", ""), request.POST.get("work", "")):
        return rules.SLOW_LANE if tokens.was_quick(token, now) else _NOTHING
    network = client_prefix(request)
    keep_within_hour(b"contact form|" + network, limit=rules.MOST_PER_PREFIX, now=now)
    is_among_first = spend_budget(key=b"contact form, first|" + network, limit=rules.SLOW_PER_PREFIX, window=HOUR, now=now)
    return rules.SLOW_LANE if is_among_first else rules.SLOWER_LANE


def make_room_for(request: HttpRequest, files: Sequence[rules.SentFile], *, now: datetime) -> None:
    """
    Count the megabytes of an inquiry's files against what one network may send in an hour, with proof of work or without.

    Args:
        request: The form, nothing of which is wrong.
        files: What it brings.
        now: UTC instant.

    Raises:
        LaneFull: As much is not left of the hour.
        NoRoomForFiles: Hardly anything is left of the disk.
    """
    if files and custody.room_left().is_low:
        raise NoRoomForFiles
    if files:
        limit, amount = rules.MOST_MEGABYTES_PER_PREFIX, rules.megabytes_of(files)
        keep_within_hour(b"contact form, files|" + client_prefix(request), limit=limit, amount=amount, now=now)


def keep_within_hour(key: bytes, *, limit: int, amount: int = 1, now: datetime) -> None:
    """
    Count an act against the budget of an hour.

    Args:
        key: What is counted.
        limit: How many acts an hour allows, or how much.
        amount: How much of it this act takes.
        now: UTC instant.

    Raises:
        LaneFull: The hour is spent.
    """
    if not spend_budget(key=key, limit=limit, window=HOUR, now=now, amount=amount):
        raise LaneFull(max(1, ceil((budget_opens_at(key=key, window=HOUR, now=now) - now).total_seconds())))
