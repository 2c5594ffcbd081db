"""A long list page by page: how much of it is a page, and where the next one begins, whatever came or went meanwhile."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import UUID

FoundT = TypeVar("FoundT")
RowT = TypeVar("RowT")
PlaceT = TypeVar("PlaceT")
_PLACE = re.compile(r"(?P<at>[0-9]{20})\.(?P<id>[0-9a-f]{32})")
_WRITTEN = "%Y%m%d%H%M%S%f"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """Where a row stands in a list that goes by instant and id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        """Write the place as it stands in an address; `place_in_list` reads it."""
        return f"{self.at:{_WRITTEN}}.{self.id.hex}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[RowT, PlaceT]):
    """A page of a list; `older` is the place after which the following page begins, or None where nothing follows."""

    rows: tuple[RowT, ...]
    older: PlaceT | None


def place_in_list(text: str) -> ListPlace | None:
    """
    Return the place that a text writes, or None where it is none.

    Args:
        text: As it stands in an address.
    """
    found = _PLACE.fullmatch(text)
    if found is None:
        return None
    try:
        at = datetime.strptime(found["at"], _WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return None
    return ListPlace(at=at, id=UUID(found["id"]))


def cut(found: Sequence[FoundT], *, limit: int) -> tuple[Sequence[FoundT], FoundT | None]:
    """
    Return what is on a page, and the last of it where more follows, or None where nothing does.

    Args:
        found: The list from the page's first row on, one more than fit where there are so many: no second question says whether more follows.
        limit: How many fit, at least one.
    """
    page = found[:limit]
    return page, page[-1] if len(found) > limit else None
