"""What every page knows: its language, the edition in force, and who answers for the data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest

from camket.duties.publishing import queries as editions
from camket.policy.languages import other
from camket.web.kit.languages import page_language


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionFacts:
    """The edition as the foot of a page and the policy page print it."""

    number: int
    last_updated: date
    hash: str
    hash_short: str
    key_id: str
    signature: str
    published_at: datetime
    effective_from: datetime | None  # for one that waits, the instant it waits for
    is_waiting: bool
    corrected_at: Mapping[str, datetime]  # when a translation was last corrected, by language
    superseded_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerFacts:
    """Who answers for the data (section 5 of the policy)."""

    name: str
    address: str
    email: str


def edition_facts(number: int, *, in_force: int) -> EditionFacts:
    """
    Return what pages print of an edition.

    Args:
        number: Which edition.
        in_force: The one in force.

    Raises:
        NoEdition: It is not published.

    Source: policy §8 (8.3).
    """
    line = editions.edition_line(editions.EditionNumber(number))
    updated = (line.in_force_at or line.published_at).astimezone(ZoneInfo(editions.compiled(line.number).timezone)).date()
    return EditionFacts(
        number=number,
        last_updated=updated,
        hash=line.hash,
        hash_short=line.hash_short,
        key_id=line.key_id,
        signature=line.signature,
        published_at=line.published_at,
        effective_from=line.in_force_at or line.due_at,
        is_waiting=line.in_force_at is None,
        corrected_at=line.corrected_at,
        superseded_by=in_force if number < in_force else None,
    )


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page; without a database or a sound edition, the page does without their lines."""
    language = page_language()
    found: dict[str, Any] = {
        "language": language,
        "site_name": settings.CAMKET_SITE_NAME,
        "site_url": settings.CAMKET_URL,
        "alternate_url": _alternate(request, language),
    }
    try:
        number = editions.edition_in_force()
        policy = editions.compiled(number)
        found["edition"], found["zone"] = edition_facts(number, in_force=number), ZoneInfo(policy.timezone)
        rule = policy.controller
        if rule:
            found["controller"] = ControllerFacts(name=rule.name, address=rule.address, email=settings.CAMKET_CONTROLLER_EMAIL)
    except (editions.NoEdition, editions.EditionTampered, DatabaseError):
        # an error page must come out whatever is broken
        pass
    return found


def _alternate(request: HttpRequest, language: str) -> str:
    sister = other(language)
    path = request.path_info
    if request.resolver_match is None:
        return f"/{sister}/"  # there is no such page in either language, and what was asked for is not said back
    return f"/{sister}{path.removeprefix(f'/{language}')}" if path.startswith(f"/{language}/") else ""
