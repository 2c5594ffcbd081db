"""The tags that pages are written with: sealed values, addresses, clauses, icons, instants, words."""

import hashlib
import re
from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

from django import template
from django.conf import settings
from django.template.context import Context
from django.template.loader_tags import BlockNode
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from camket.web.kit.icons import ICONS
from camket.web.kit.languages import page_language
from camket.web.kit.prose import prose_html
from camket.web.kit.words import word as word_for

register = template.Library()

# Not from a locale table: an English date must not be mistaken for a Vietnamese one, so the month is written out.
ENGLISH_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WHOLE_NUMBER: Final = re.compile(r"\+[0-9]{8,15}")  # E.164, as numbers are kept
_STRESS: Final = re.compile(r"(?<![\w*])\*{1,2}(?=[^\s*])|(?<=[^\s*])\*{1,2}(?![\w*])")
_VIETNAM: Final = "+84"
_MOST_ONCE: Final = 64  # renderings of one part that are kept
STATIC_FOLDER: Final = Path(__file__).resolve().parent.parent / "static"


@register.filter
def prose(markdown: str) -> SafeString:
    """
    Print a text that a colleague wrote as Markdown: its words and their shape, and no markup of their own.

    Args:
        markdown: The text.
    """
    return SafeString(prose_html(markdown))  # the renderer lets no raw HTML through (kit/prose.py)


@register.filter
def entry(found: Mapping[str, Any], key: str) -> Any:
    """
    Return what a mapping holds under a key that the page only knows as it goes, or nothing.

    Args:
        found: The mapping.
        key: The key.
    """
    return found.get(key)


@register.simple_tag
def grouped(number: int) -> str:
    """
    Print a whole number as it is read in the active language: 12.345 in Vietnamese, 12,345 in English.

    Args:
        number: The number.
    """
    written = f"{number:,}"
    return written if page_language() == "en" else written.replace(",", ".")


_KILO = 1024


@register.simple_tag
def size(length: int) -> str:
    """
    Print how long a file is, as people say it: 340 KB; 1.2 MB in English, 1,2 MB in Vietnamese.

    Args:
        length: Bytes.
    """
    if length < _KILO:
        return ngettext("%(count)d byte", "%(count)d bytes", length) % {"count": length}
    if length < _KILO * _KILO:
        return f"{round(length / _KILO)}\u00a0KB"
    written = f"{length / _KILO / _KILO:.1f}\u00a0MB"
    return written if page_language() == "en" else written.replace(".", ",")


class Sealed(Protocol):
    """A value that leaves the vault only when a page prints it."""

    def reveal(self) -> str:
        """Return the plain text."""


class AssetMissing(Exception):
    """A page asks for a static file that the kit does not have; carries the file's path below the static folder."""


@register.filter
def unmarked(words: str) -> str:
    """
    Return words of a text without the asterisks that stress them, where they are shown beside other words and not as prose.

    Args:
        words: A piece of a text, which may begin or end within what is stressed.
    """
    return _STRESS.sub("", words)


@register.simple_tag
def reveal(sealed: Sealed | None) -> SafeString:
    """
    Print a sealed value, escaped whatever it claims to be; nothing stands for no value.

    Args:
        sealed: What a permit showed, or None where there is no such field.
    """
    # An undefined variable reaches a tag as an empty string; any other plain text is a mistake and fails loudly.
    return SafeString("") if sealed is None or (isinstance(sealed, str) and not sealed) else escape(sealed.reveal())


@register.simple_tag
def reveal_phone(sealed: Sealed | None) -> SafeString:
    """
    Print a sealed phone number as people here read it, as a link that rings it; what is no whole number is printed as it stands.

    Args:
        sealed: What a permit showed, or None where there is no such field.
    """
    plain = reveal(sealed)
    if not _WHOLE_NUMBER.fullmatch(plain):
        return plain
    return format_html('<a class="ring" href="tel:{}">{}</a>', plain, _read_out(plain))


def _read_out(number: str) -> str:
    """A Vietnamese number as it is read out at home, in groups; another one as it stands."""
    home = f"0{number.removeprefix(_VIETNAM)}" if number.startswith(_VIETNAM) else ""
    parts = {10: (4, 7), 11: (3, 7)}.get(len(home))
    return f"{home[: parts[0]]} {home[parts[0] : parts[1]]} {home[parts[1] :]}" if parts else number


@register.simple_tag
def reveal_lines(sealed: Sealed) -> SafeString:
    """
    Print a sealed text with its line breaks, escaped.

    Args:
        sealed: What a permit showed.
    """
    return SafeString(escape(sealed.reveal()).replace("\n", "<br>"))


class OnceNode(template.Node):
    """A part of a page that depends on nothing but its language and what is named: rendered once for each, and by nothing else."""

    child_nodelists = ()  # no block stands inside: Django, which looks for blocks at each rendering, need not look here

    def __init__(self, named: Mapping[str, template.base.FilterExpression], nodelist: template.NodeList) -> None:
        self.named, self.nodelist = named, nodelist
        self._rendered: dict[Hashable, str] = {}

    @property
    def kept(self) -> int:
        """How many renderings are in memory."""
        return len(self._rendered)

    def render(self, context: Context) -> str:
        """Return the part, from memory where it was rendered before; what is inside sees only what is named, so that no page meets another's."""
        given = {name: found.resolve(context) for name, found in self.named.items()}
        language = context.get("language") or get_language()
        # with their kinds: what may be printed as it stands is equal to the same text that must be escaped
        key = (language, get_language(), get_script_prefix(), context.autoescape, *((type(value), value) for value in given.values()))
        found = self._rendered.get(key)
        if found is None:
            found = self.nodelist.render(context.new({"language": language, **given}))
            if len(self._rendered) >= _MOST_ONCE:
                self._rendered.clear()
            self._rendered[key] = found
        return found


@register.tag
def once_for(parser: template.base.Parser, token: template.base.Token) -> OnceNode:
    """
    Render what stands until `endonce_for` once for each language and each value of what is named, as `name=value`; all of it can be hashed.

    Args:
        parser: At the tag.
        token: The tag's own words.

    Raises:
        TemplateSyntaxError: Something is named otherwise, or a block stands inside.
    """
    words = token.split_contents()[1:]
    named = template.base.token_kwargs(words, parser)
    if words:
        raise template.TemplateSyntaxError("once_for takes name=value and nothing else")
    nodelist = parser.parse(("endonce_for",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("a block is another on each page: once_for takes none")
    return OnceNode(named, nodelist)


@register.simple_tag
@cache
def asset(path: str) -> str:
    """
    Return a static file's address with a fingerprint of its content, so that it may be cached for ever.

    Args:
        path: The file below the kit's static folder, for example "kit/camket.css".

    Raises:
        AssetMissing: The kit has no such file.
    """
    return f"{static(path)}?v={fingerprint(path)}"


@cache
def fingerprint(path: str) -> str:
    """
    Return the first twelve hexadecimal digits of a static file's SHA-256.

    Args:
        path: The file below the kit's static folder.

    Raises:
        AssetMissing: The kit has no such file.
    """
    try:
        content = (STATIC_FOLDER / path).read_bytes()
    except OSError as missing:
        raise AssetMissing(path) from missing
    return hashlib.sha256(content).hexdigest()[:12]


@register.simple_tag
def command() -> str:
    """Return the command that an operator types; from a folder elsewhere its bare name, for where the house lies is nobody's business."""
    typed: str = settings.CAMKET_COMMAND
    return "camket" if "/" in typed.removeprefix(".venv/bin/") else typed


@register.simple_tag(takes_context=True)
def page(context: Context, *parts: object) -> str:
    """
    Return the address of one of our pages in the language of this one.

    Args:
        context: The page's context; its `language` decides, and without one the active language does.
        parts: Path segments after the language, for example "console/inquiries" and a reference; none means home.
    """
    language = context.get("language") or page_language()
    path = "/".join(quote(str(part)) for part in parts)
    return f"{get_script_prefix()}{language}/{path}"


@register.simple_tag(takes_context=True)
def clause(context: Context, number: str, edition: int | str = "", *, aside: bool = False) -> SafeString:
    """
    Print a link to a clause of the policy.

    Args:
        context: The page's context.
        number: Section, dot, clause, for example "4.1".
        edition: The edition's number; the one in force when left out.
        aside: Whether it opens in a tab of its own: beside a form, whose page would lose what was typed.
    """
    address = page(context, "policy/editions", edition) if edition else page(context, "policy")
    spoken = gettext("Clause %(number)s of the policy") % {"number": number}
    if aside:
        tab = gettext("opens in a new tab")
        link = '<a class="clause" href="{}#c{}" target="_blank" rel="noopener" title="{}, {}">§&nbsp;{}<span class="unseen"> ({})</span></a>'
        return format_html(link, address, number, spoken, tab, number, tab)
    return format_html('<a class="clause" href="{}#c{}" title="{}">§&nbsp;{}</a>', address, number, spoken, number)


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """
    Print an inline line icon, hidden from screen readers: the words beside it speak.

    Args:
        name: A key of `icons.ICONS`.

    Raises:
        KeyError: There is no such icon: a mistake in a template.
    """
    drawing = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
    return format_html(drawing, ICONS[name])


@register.simple_tag(takes_context=True)
def local_time(context: Context, value: datetime | date | None, shape: str = "minute") -> SafeString:
    """
    Print an instant or a date as people read it where the edition in force counts its days, in the active language.

    Args:
        context: The page's context; its `zone` is the edition's, and without an edition there is only UTC.
        value: An aware instant, or a calendar date; nothing is printed for None.
        shape: "minute" for date and time of day, "second" for seconds too, "date" for the date alone.

    Raises:
        ValueError: The instant has no time zone.
    """
    if not value:
        return SafeString("")
    if not isinstance(value, datetime):
        return format_html('<time datetime="{}">{}</time>', value.isoformat(), written_date(value))
    return format_html('<time datetime="{}">{}</time>', written_for_machines(value), written_instant(value, context.get("zone"), shape))


def written_for_machines(value: datetime) -> str:
    """
    Return an instant as the attribute `datetime` has it.

    Args:
        value: An aware instant.
    """
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_instant(value: datetime, zone: tzinfo | None, shape: str) -> str:
    """
    Return an instant as it is written in the active language, without markup.

    Args:
        value: An aware instant.
        zone: Where it is told; UTC where that is not known.
        shape: As for `local_time`.

    Raises:
        ValueError: The instant has no time zone.
    """
    if value.tzinfo is None:
        raise ValueError("an instant without a time zone has no place on a page")
    local = value.astimezone(zone or UTC)
    return written_date(local) + {"date": "", "minute": f", {local:%H:%M}", "second": f", {local:%H:%M:%S}"}[shape]


def written_date(day: date) -> str:
    """
    Return a date as it is written in the active language: 23/11/2026 in Vietnamese, 23 Nov 2026 in English.

    Args:
        day: The calendar date.
    """
    if page_language() == "en":
        return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"
    return f"{day:%d/%m/%Y}"


@register.simple_tag
def word(kind: str, code: str) -> str:
    """
    Print what a person reads in place of a code; an unknown code is printed as it is.

    Args:
        kind: A list of `words.WORDS`, for example "channel".
        code: The code.
    """
    return word_for(kind, code)
