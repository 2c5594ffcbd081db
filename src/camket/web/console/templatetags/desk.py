"""The tags of the desks' pages: how long ago, and a text of the company's with its places filled in."""

import html
import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from camket.web.kit.templatetags.kit import Sealed, local_time, written_for_machines, written_instant
from camket.web.kit.words import WORDS, word

register = template.Library()

_MINUTE, _HOUR, _DAY, _MONTH = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=30)
_PLACE = re.compile(r"\{(\w+)\}")


@register.simple_tag(takes_context=True)
def age(context: Context, value: datetime | None) -> SafeString:
    """
    Print how long ago something was, in a word or two; the instant itself is there for whoever points at it.

    Args:
        context: The page's context; its `now` is the instant of the page.
        value: An aware instant; nothing is printed for None, and the date for what is over a month old.
    """
    if value is None:
        return SafeString("")
    passed = (context.get("now") or timezone.now()) - value
    if passed >= _MONTH:
        return local_time(context, value, "date")
    whole = written_instant(value, context.get("zone"), "minute")
    return format_html('<time datetime="{}" title="{}">{}</time>', written_for_machines(value), whole, _words(passed))


def _words(passed: timedelta) -> str:
    if passed < _MINUTE:
        return gettext("just now")
    if passed < _HOUR:
        return ngettext("%(count)d min", "%(count)d min", passed // _MINUTE) % {"count": passed // _MINUTE}
    if passed < _DAY:
        return ngettext("%(count)d hour", "%(count)d hours", passed // _HOUR) % {"count": passed // _HOUR}
    return ngettext("%(count)d day", "%(count)d days", passed // _DAY) % {"count": passed // _DAY}


@register.simple_tag
def options(choices: Iterable[tuple[str, str, bool]]) -> SafeString:
    """
    Print what there is to choose from in a list, however many: a loop of the template would take longer than the rest of the page.

    Args:
        choices: For each its value, its words, which may be translated late, and whether it is the one that is chosen.
    """
    # Python's own escape: Django's looks first whether it is to be done later, which takes as long again
    written = (
        f'<option value="{html.escape(value)}"{" selected" if is_chosen else ""}>{html.escape(str(words))}</option>'
        for value, words, is_chosen in choices
    )
    return SafeString("".join(written))


@register.simple_tag
def letter_cause(code: str) -> str:
    """
    Print why a letter did not go out or came back; of what a mail server answered, its own number is kept for whoever runs it.

    Args:
        code: As the outbox keeps it, such as "hour.spent", "smtp.recipient.550.5.1.1" or "bounce.hard.5.1.1".
    """
    if code.startswith("bounce."):
        _, kind, status = code.split(".", 2)
        said = word("letter_return", status if status in WORDS["letter_return"] else kind)
        return f"{said} ({status})" if status[:1].isdigit() else said
    if code in WORDS["letter_error"] or not code.startswith("smtp."):
        return word("letter_error", code)
    number = ".".join(part for part in code.split(".") if part.isdigit())
    return gettext("the mail server refused it (%(number)s)") % {"number": number} if number else word("letter_error", code)


@register.simple_tag
def fill(body: str, places: Mapping[str, Sealed | str | None]) -> SafeString:
    """
    Print a text of the company's, escaped, with its places filled in from what is opened on this page; a place that nothing stands for stays.

    Args:
        body: The text.
        places: What stands for each place; sealed where it is a person's.
    """
    pieces = _PLACE.split(body)
    return SafeString("".join(escape(_said(places.get(piece), piece)) if number % 2 else escape(piece) for number, piece in enumerate(pieces)))


def _said(value: Sealed | str | None, name: str) -> str:
    said = value if value is None or isinstance(value, str) else value.reveal()
    return said or f"{{{name}}}"
