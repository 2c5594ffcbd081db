"""Whom a notice to many can concern, as the shelf stands now: one answer for the desk and for programs, and one name for each."""

from collections.abc import Mapping

from django.utils.translation import gettext

from camket.duties.catalogue import queries as catalogue
from camket.duties.notices.rules import OPEN_INQUIRIES

_LANGUAGE = "en"  # any: the names are of no interest here


def is_audience(audience: str) -> bool:
    """
    Return whether a word names those whom a notice can concern: nothing for all who agreed, those with an open inquiry, who asked about a product.

    Args:
        audience: As the form or a program sends it.
    """
    return audience in ("", OPEN_INQUIRIES) or audience in catalogue.product_names(_LANGUAGE)


def audience_choices(kind: str, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """
    Return every audience that a notice can be written for, with its name in the language of the page.

    Args:
        kind: Of the campaign: `service` or `advertising`.
        names: Of the products, by slug.
    """
    return tuple((audience, audience_name(kind, audience, names)) for audience in ("", OPEN_INQUIRIES, *names))


def audience_name(kind: str, audience: str, names: Mapping[str, str]) -> str:
    """
    Return the name of those whom a notice goes to, in the language of the page; nothing for a change, which finds out itself whom it concerns.

    Args:
        kind: Of the campaign.
        audience: As it was kept; a product may have left the shelf since.
        names: Of the products, by slug.
    """
    if kind == "change":
        return ""
    if not audience:
        return gettext("Everybody who agreed to advertising") if kind == "advertising" else gettext("Everybody who agreed to notices")
    if audience == OPEN_INQUIRIES:
        return gettext("Whose inquiry is open")
    if audience not in names:
        return gettext("Who asked about %(slug)s, which is no longer offered") % {"slug": audience}
    return gettext("Who asked about %(product)s") % {"product": names[audience]}
