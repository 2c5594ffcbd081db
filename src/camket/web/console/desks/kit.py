"""The look of the house on one page: every token and every component in each of its states, for whoever makes another page."""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.icons import ICONS
from camket.web.kit.templatetags.kit import STATIC_FOLDER

COLOURS = ("paper", "surface", "sunk", "ink", "soft", "line", "edge", "act", "act-hover", "act-ink", "act-wash", "ring", "seal")
SIGNALS = ("good", "good-wash", "warn", "warn-wash", "bad", "bad-wash")
SIZES = ("display", "top", "head", "title", "lead", "sub", "text", "small", "tiny")
SPACES = ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8")
_TOKEN = re.compile(r"--([a-z0-9-]+):\s*([^;]+);")


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleToken:
    """A token of the stylesheet and its value in the light scheme."""

    name: str
    value: str


@lru_cache(maxsize=1)
def tokens() -> dict[str, str]:
    """Return every token of the stylesheet with its value in the light scheme; the sheet never changes while the house runs."""
    sheet = (STATIC_FOLDER / "kit" / "camket.css").read_text("utf-8")
    root = sheet[sheet.index("@layer tokens {") : sheet.index("@media (prefers-color-scheme: dark)")]
    return dict(_TOKEN.findall(root))


@require_safe
@staff_only()
def kit(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show every token and component."""
    context = {
        "nav": "website",
        "tab": "kit",
        "colours": _named(COLOURS),
        "signals": _named(SIGNALS),
        "sizes": _named(SIZES),
        "spaces": _named(SPACES),
        "icons": sorted(ICONS),
        "field": {"id": "kit-field", "name": "kit", "type": "text", "max_length": 40, "value": ""},
    }
    return desk_page(request, desk, "console/kit.html", context)


def _named(names: tuple[str, ...]) -> list[StyleToken]:
    return [StyleToken(name=name, value=tokens()[name]) for name in names]
