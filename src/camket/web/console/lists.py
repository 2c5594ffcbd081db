"""A list of inquiries in the words of its page: tabs, filters, addresses, and what became of the last act."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext, ngettext

from camket.duties.intake import queries as inquiries
from camket.duties.intake.rules import CHANNELS
from camket.policy.languages import LANGUAGES
from camket.web.console.entrance import AtDesk
from camket.web.kit.words import word

WITHDRAWN = "withdrawn"  # in the address of the page that confirms it
UNCHANGED = "unchanged"  # in the address of the list that says why nothing could be done with the one that was chosen
_REASONS = frozenset({"resolved", "open", "not_agreed", "changed", "unknown"})
UNCHOSEN = "?"  # that nobody was chosen yet, where nobody itself can be chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One list of the inbox; `count` is how many it holds in words, and empty where nobody counted."""

    url: str
    label: str
    current: bool
    name: str = ""
    count: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that a list can be narrowed by, and what there is to choose from."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]
    is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """How the last act went, and what takes it back."""

    sentence: str
    rest: tuple[str, ...]
    token: str
    seconds: int  # how long there is something to say
    at: datetime
    about: str = ""  # the one inquiry it speaks of, on the page of none or of another
    is_elsewhere: bool = False  # the page is that of an inquiry, and it speaks of another or of several


def chosen_in(request: HttpRequest) -> inquiries.InboxFilter:
    """Return the list that an address speaks of, also where it is the address of one inquiry in it."""
    return inquiries.filter_of(request.GET.dict())


def chosen_in_text(query: str) -> inquiries.InboxFilter:
    """
    Return the list that a form was sent from.

    Args:
        query: The list's query, as `list_query` wrote it.
    """
    return inquiries.filter_of(QueryDict(query[:500]).dict())


def list_query(chosen: inquiries.InboxFilter) -> str:
    """Return a list as it stands in an address; the tab is always named, so that a page knows that it was come to from a list."""
    return urlencode({"show": chosen.show, **dict(chosen.pairs())})


def list_address(language: str, chosen: inquiries.InboxFilter) -> str:
    """
    Return the address of a list.

    Args:
        language: `vi` or `en`.
        chosen: Which inquiries.
    """
    return f"/{language}/console/?{list_query(chosen)}"


def tabs(chosen: inquiries.InboxFilter, counts: Mapping[str, int], language: str, *, is_kept: bool) -> tuple[Tab, ...]:
    """
    Return the inbox's tabs; what is counted no further is said to be more than that.

    Args:
        chosen: What the list shows.
        counts: How many each tab holds.
        language: `vi` or `en`.
        is_kept: Whether the list is a saved filter, which has a tab of its own.
    """
    labels = {
        "open": gettext("Open"),
        "new": gettext("New"),
        "answered": gettext("Answered"),
        "mine": gettext("Mine"),
        "resolved": gettext("Resolved"),
        "all": gettext("All"),
    }
    return tuple(
        Tab(
            url=list_address(language, inquiries.InboxFilter(show=name)),
            label=labels[name],
            name=name,
            current=name == chosen.show and not is_kept,
            count=counted(counts[name]),
        )
        for name in inquiries.filter_names()
    )


def counted(count: int) -> str:
    """Return a count as a tab shows it."""
    return f"{inquiries.COUNTED - 1}+" if count >= inquiries.COUNTED else str(count)


def saved_tabs(saved: Iterable[inquiries.FilterRow], chosen: inquiries.InboxFilter, language: str) -> tuple[Tab, ...]:
    """
    Return somebody's saved filters as tabs.

    Args:
        saved: Their filters, in the order of the tabs.
        chosen: What the list shows now; a filter that is the same is the current tab.
        language: Of the page.
    """
    return tuple(Tab(url=list_address(language, row.chosen), label=row.name, current=row.chosen == chosen, id=row.id) for row in saved)


def narrowing(
    chosen: inquiries.InboxFilter, products: Mapping[str, str], colleagues: Sequence[inquiries.Colleague], own_id: UUID
) -> tuple[Choice, ...]:
    """
    Return what the list can be narrowed by.

    Args:
        chosen: What it is narrowed by now.
        products: Names by slug.
        colleagues: Who has inquiries in hand.
        own_id: Whoever looks is `me`.
    """
    people = [("me", gettext("Me")), ("nobody", gettext("Nobody yet"))]
    people += [(str(one.id), one.name) for one in colleagues if one.id != own_id]
    people += _unused(chosen.assignee, people, lambda: _former(chosen.assignee))
    offered = list(products.items())
    offered += _unused(chosen.product, offered, lambda: gettext("%(product)s (no longer offered)") % {"product": chosen.product})
    wanted = (
        ("assignee", gettext("Assignee"), people),
        ("channel", gettext("Channel"), [(code, word("channel", code)) for code in CHANNELS]),
        ("language", gettext("Language"), [(code, word("language", code)) for code in LANGUAGES]),
        ("product", gettext("Product"), offered),
        ("overdue", gettext("Waiting"), [("1", gettext("Overdue only"))]),
    )
    return tuple(_choice(name, label, options, getattr(chosen, name)) for name, label, options in wanted)


def _unused(value: str, options: Sequence[tuple[str, str]], named: Callable[[], str]) -> list[tuple[str, str]]:
    """What a list is narrowed by and is offered no more, so that it is not narrowed by something that stands nowhere."""
    return [(value, named())] if value and value not in dict(options) else []


def _former(staff_id: str) -> str:
    name = inquiries.name_in(inquiries.colleagues(), UUID(staff_id))
    return gettext("%(name)s (answers inquiries no longer)") % {"name": name}


def _choice(name: str, label: str, options: Sequence[tuple[str, str]], value: str) -> Choice:
    every = [("", gettext("Any")), *options]
    return Choice(name=name, label=label, options=tuple((code, text, code == value) for code, text in every), is_used=bool(value))


def hands(colleagues: Iterable[inquiries.Colleague], *, without: Collection[UUID | None], nobody: bool) -> list[tuple[str, str, bool]]:
    """
    Return into whose hands an inquiry may be given, as there is to choose from; it begins with no choice, and is empty where there is none.

    Args:
        colleagues: Who answers inquiries.
        without: Whom not to offer.
        nobody: Whether it may be given to nobody.
    """
    found = [(str(one.id), one.name, False) for one in colleagues if one.id not in without] + ([("", gettext("nobody"), False)] if nobody else [])
    return [(UNCHOSEN, gettext("to whom?"), True), *found] if found else []


def toast(desk: AtDesk, now: datetime, *, is_undone: bool, here: str = "") -> Toast | None:
    """
    Return how the last act of whoever looks went, for as long as there is something to say about it.

    Args:
        desk: Who looks.
        now: UTC instant.
        is_undone: Whether they just took it back: that is told once.
        here: The reference of the inquiry whose page it is; empty on that of none.
    """
    last = inquiries.last_desk_act(actor=desk.actor, now=now)
    if last is None or (last.is_undone and not is_undone):
        return None
    if here and not last.count and not last.is_undone:
        return None  # that nothing was changed elsewhere would be read there as said of what is done there
    rest = tuple(_left(code, count) for code, count in sorted(last.left.items()) if count)
    sentence = _undone(last.count) if last.is_undone else _done("taken_on" if last.is_own else last.kind, last.count)
    about = "" if last.only == here else last.only
    return Toast(
        sentence=sentence,
        rest=rest,
        token=last.token,
        seconds=last.seconds,
        at=last.at,
        about=about,
        is_elsewhere=bool(here) and last.only != here,
    )


def withdrawal(request: HttpRequest, sentence: str, now: datetime) -> Toast | None:
    """
    Return the confirmation that a consent was taken back, on the page to which that leads; None on any other.

    Args:
        request: The page's.
        sentence: What it says.
        now: UTC instant.
    """
    return Toast(sentence=sentence, rest=(), token="", seconds=0, at=now) if WITHDRAWN in request.GET else None


def unchanged(request: HttpRequest, now: datetime) -> Toast | None:
    """
    Return why something could not be done with the one inquiry that was chosen, on the list to which that leads; None on any other.

    Args:
        request: The page's.
        now: UTC instant.
    """
    code = request.GET.get(UNCHANGED, "")
    return Toast(sentence=_done("", 0), rest=(_left(code, 1),), token="", seconds=0, at=now) if code in _REASONS else None


def _undone(count: int) -> str:
    if not count:
        return gettext("Nothing could be taken back.")
    return ngettext("Taken back: %(count)d inquiry.", "Taken back: %(count)d inquiries.", count) % {"count": count}


def _done(kind: str, count: int) -> str:
    if not count:
        return gettext("Nothing was changed.")
    sentences = {
        "taken_on": ngettext("%(count)d inquiry is yours now.", "%(count)d inquiries are yours now.", count),
        "assigned": ngettext("%(count)d inquiry has been reassigned.", "%(count)d inquiries have been reassigned.", count),
        "resolved": ngettext("%(count)d inquiry resolved.", "%(count)d inquiries resolved.", count),
        "reopened": ngettext("%(count)d inquiry reopened.", "%(count)d inquiries reopened.", count),
    }
    return sentences[kind] % {"count": count}


def _left(code: str, count: int) -> str:
    sentences = {
        "resolved": ngettext("%(count)d was resolved already.", "%(count)d were resolved already.", count),
        "open": ngettext("%(count)d was open already.", "%(count)d were open already.", count),
        "not_agreed": ngettext("%(count)d stays closed: the consent was taken back.", "%(count)d stay closed: the consents were taken back.", count),
        "changed": ngettext(
            "%(count)d stays as it is: something has happened there since.", "%(count)d stay as they are: something has happened there since.", count
        ),
        "unknown": ngettext("%(count)d is not there any more.", "%(count)d are not there any more.", count),
    }
    return sentences[code] % {"count": count}
