"""How a page comes to its language: by the address it stands at, else by what the browser asks for; no cookie remembers it."""

from django.http import HttpRequest
from django.utils.translation import get_language

from camket.policy.languages import FIRST, LANGUAGES, spoken


class Language:
    """The code that an address begins with, as Django's router reads it."""

    regex = "|".join(LANGUAGES)

    def to_python(self, value: str) -> str:
        """Return the code as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the code as it stands."""
        return value


def language_of(request: HttpRequest) -> str:
    """
    Return the language to answer a request in.

    Source: policy §11 (11.4).
    """
    first = request.path_info.split("/", 2)[1] if request.path_info.count("/") else ""
    return first if first in LANGUAGES else browser_language(request)


def browser_language(request: HttpRequest) -> str:
    """Return the language of ours that the browser names first, or the house's own."""
    for part in request.headers.get("Accept-Language", "").lower().split(","):
        code = part.split(";")[0].strip()[:2]
        if code in LANGUAGES:
            return code
    return FIRST


def page_language() -> str:
    """Return the language of the page that is being answered; outside one, the house's own."""
    return spoken((get_language() or FIRST)[:2])
