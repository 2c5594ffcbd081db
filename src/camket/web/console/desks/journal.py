"""The journal, for those who audit: every act in words, narrowed by what a reader looks for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from camket.access import queries as access
from camket.access.days import house_zone
from camket.duties.custody import queries as custody
from camket.duties.publishing import queries as editions
from camket.policy.days import midnight
from camket.policy.terms import COMMAND_LINE
from camket.web.console.clocks import offset_words
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.pager import pager_onwards
from camket.web.console.second_person import waiting_for
from camket.web.console.showing import with_purposes
from camket.web.kit.act_words import ACT_KINDS, ACT_WORDS
from camket.web.kit.requests import day_in, id_in
from camket.web.kit.words import WORDS, word

_CLAUSE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}")
_NUMBER = re.compile(r"[0-9]{1,12}")
_FILTERS = ("act", "outcome", "clause", "who", "from", "to")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What an address asks for: as typed, what of it cannot be looked for, and the rest as the journal takes it."""

    typed: Mapping[str, str]
    wanted: custody.JournalWanted
    entry: UUID | int | None = None
    faults: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        """Whether fewer than all entries are asked for."""
        return any(self.typed.values())

    def address(self, language: str) -> str:
        """Return the address of the list."""
        query = urlencode({name: self.typed[name] for name in _FILTERS if self.typed[name]})
        return f"/{language}/console/journal" + (f"?{query}" if query else "")


@require_safe
@staff_only("journal")
def journal(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show the journal, newest first, or what is looked for in it."""
    zone = house_zone()
    sought, before = _sought(request, zone), id_in(request.GET.get("before", ""))
    if sought.entry is not None:
        found = custody.journal_entry(place=sought.entry, actor=desk.actor)
    else:
        found = custody.journal_page(wanted=sought.wanted, actor=desk.actor, older_than=before)
    context = {
        "nav": "journal",
        "waiting": waiting_for(desk),
        "entries": _with_fields(found.entries, language),
        "one": found.entries[0] if sought.entry is not None and found.entries else None,
        "head": {"size": found.size, "root": found.root},
        "checkpoint": {"size": found.checkpoint_size, "at": found.checkpoint_at} if found.checkpoint_at else None,
        "sought": sought,
        "looked_back_to": found.looked_back_to,
        "offset": offset_words(zone, found.entries[0].at) if found.entries else "",
        "pager": pager_onwards(sought.address(language), "before", is_first=not before, older=found.older),
        **_choices(sought.typed),
    }
    return desk_page(request, desk, "console/journal.html", context)


def _sought(request: HttpRequest, zone: ZoneInfo) -> Sought:
    typed = {name: request.GET.get(name, "").strip()[:80] for name in (*_FILTERS, "entry")}
    faults: dict[str, str] = {}
    if typed["clause"] and not _CLAUSE.fullmatch(typed["clause"]):
        faults["clause"] = gettext("A clause is a number such as 4.1.")
    days = {name: day_in(typed[name]) for name in ("from", "to")}
    for name, day in days.items():
        if typed[name] and day is None:
            faults[name] = gettext("This is not a calendar date. Please write it as 2026-11-23.")
    first, last = days["from"], days["to"]
    if first and last and last < first:
        faults["to"] = gettext("The last day is before the first.")
    entry = _entry(typed["entry"])
    if typed["entry"] and entry is None:
        faults["entry"] = gettext("An entry has a number, such as 57, or an id of 36 characters.")
    who = id_in(typed["who"])
    wanted = custody.JournalWanted(
        act=typed["act"] if typed["act"] in ACT_WORDS else "",
        outcome=typed["outcome"] if typed["outcome"] in WORDS["outcome"] else "",
        clause="" if "clause" in faults else typed["clause"],
        actor_id=typed["who"] if typed["who"] == COMMAND_LINE.id else str(who or ""),
        since=midnight(first, zone) if first else None,
        until=midnight(last + _DAY, zone) if last and "to" not in faults else None,
    )
    return Sought(typed=typed, wanted=wanted, entry=entry, faults=faults)


def _entry(text: str) -> UUID | int | None:
    """The number or the id of an entry; a number comes with or without the points by which thousands are written."""
    plain = text.replace(".", "").replace(",", "").removeprefix("#")
    return int(plain) if _NUMBER.fullmatch(plain) and int(plain) > 0 else id_in(text)


def _with_fields(entries: tuple[custody.JournalLine, ...], language: str) -> tuple[custody.JournalLine, ...]:
    """The entries with purposes and fields in the words of the edition that answered, in the order in which it names them."""
    in_force = editions.edition_in_force()

    def labels(row: custody.JournalLine) -> tuple[str, ...]:
        policy = editions.compiled(editions.EditionNumber(row.edition or in_force))
        known = [name for name in policy.fields if name in row.fields]
        strange = [gettext("a field that no edition names")] if len(known) < len(row.fields) else []
        return tuple([policy.label("field", name, language) for name in known] + strange)

    return tuple(replace(row, fields=labels(row)) if row.fields else row for row in with_purposes(entries, language))


def _choices(typed: Mapping[str, str]) -> dict[str, Any]:
    """What there is to choose from in the filters."""
    acts = [
        (gettext(heading), [(act, word("act", act), act == typed["act"]) for act in ACT_WORDS if act.split(".", 1)[0] in kinds])
        for heading, kinds in ACT_KINDS
    ]
    people = sorted(access.staff_list(), key=lambda one: (not one.is_active, one.name.casefold()))
    who = [(one.actor.id, f"{one.name} ({word('role', one.role)})") for one in people]
    who.append((COMMAND_LINE.id, gettext("Server command line")))
    return {
        "acts": acts,
        "outcomes": [(code, word("outcome", code), code == typed["outcome"]) for code in WORDS["outcome"]],
        "people": [(code, words, code == typed["who"]) for code, words in who],
    }
