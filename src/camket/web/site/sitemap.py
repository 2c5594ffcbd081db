"""The list of public pages for search engines, each in both languages."""

from collections.abc import Iterator
from datetime import date
from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.duties.catalogue import queries as catalogue
from camket.duties.publishing import queries as editions
from camket.policy.languages import LANGUAGES
from camket.web.kit.context import edition_facts

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)


@require_safe
def sitemap(request: HttpRequest) -> HttpResponse:
    """List every public page with its sister in the other language."""
    entries = (_entry(place, language, updated) for place, updated in _places() for language in LANGUAGES)
    return HttpResponse(_HEAD + "".join(entries) + "</urlset>\n", content_type="application/xml; charset=utf-8")


def _places() -> Iterator[tuple[str, date | None]]:
    """Every page to be found, and the day of its last change where that is known."""
    yield from (("", None), ("products", None))
    yield from ((f"products/{row.slug}", None) for row in catalogue.shown_products("en"))
    in_force = editions.edition_in_force()
    yield "policy", edition_facts(in_force, in_force=in_force).last_updated
    yield from (("policy/editions", None), ("transparency", None), ("contact", None), ("certificate", None))


def _entry(place: str, language: str, updated: date | None) -> str:
    sisters = "".join(f'<xhtml:link rel="alternate" hreflang="{other}" href="{_address(other, place)}"/>' for other in LANGUAGES)
    day = f"<lastmod>{updated.isoformat()}</lastmod>" if updated else ""
    return f"<url><loc>{_address(language, place)}</loc>{day}{sisters}</url>\n"


def _address(language: str, place: str) -> str:
    return escape(f"{settings.CAMKET_URL}/{language}/{place}", {'"': "&quot;"})
