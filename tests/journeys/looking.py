"""Look at a page in a real browser: what no page of ours may do, what keeps somebody from reading it, and a picture of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from tests import stage

AXE = (Path(__file__).resolve().parents[1] / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]  # a dark page differs from a light one in its colours alone
SPACE = [*COLOURS, "target-size", "scrollable-region-focusable"]  # and a wide one from a small one in its space as well
SIZES: Mapping[str, ViewportSize] = {"390 px": {"width": 390, "height": 844}, "1280 px": {"width": 1280, "height": 900}}
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
KEPT = {("1280 px", "light"), ("390 px", "dark")}  # of the pictures, where they are kept


@dataclass(kw_only=True)  # no slots: the browser's driver notes on the object which of its methods listen
class Watch:
    """What a page did that no page of ours may do."""

    host: str
    stream: str = ""  # where the desks' live stream is, on another port
    complaints: list[str] = field(default_factory=list)

    def over(self, context: BrowserContext) -> "Watch":
        """Watch every page of a context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"fault in a script: {error.error}"))
        context.on("request", self._request)
        return self

    def _console(self, message: ConsoleMessage) -> None:
        # the browser itself reports a 404 or 410 page that we opened on purpose
        is_answer = "Failed to load resource" in message.text and message.location["url"].startswith(f"http://{self.host}")
        if message.type in ("error", "warning") and not is_answer:
            self.complaints.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc not in (self.host, self.stream):
            self.complaints.append(f"foreign request: {parts.netloc}")


def looked_at(page: Page, *, rules: Sequence[str] = RULES) -> list[str]:
    """Return what is wrong with the page that is open: an axe rule and where it is broken, or a page wider than its window."""
    page.evaluate("() => document.fonts.ready")
    if not page.evaluate("() => typeof axe === 'object'"):
        page.evaluate(AXE)
    found = page.evaluate("(rules) => axe.run(document, { runOnly: rules, resultTypes: ['violations'], iframes: false })", list(rules))
    wrong = [f"{one['id']}: {one['nodes'][0]['html'][:160]} {one['nodes'][0]['failureSummary'][:200]}" for one in found["violations"]]
    if page.evaluate("() => document.documentElement.scrollWidth > innerWidth + 1"):
        wrong.append("the page is wider than its window")
    return wrong


def picture_name(url: str) -> str:
    """Return what the picture of a page is called: its address, without what is other in each house."""
    path = re.sub(r"CK-[0-9A-Z-]{9}|[A-Z]{2}-[0-9A-Z]{4}-[0-9A-Z]{4}|[0-9a-f-]{36}", "one", urlsplit(url).path)
    return path.strip("/").replace("/", " ") or "home"


def looked_at_everywhere(page: Page) -> dict[str, list[str]]:
    """
    Return what is wrong with the page that is open, in each window and each scheme.

    Every rule is asked in one window, the small one for a Vietnamese page and the wide one for an English one; in the other those that hang on it.
    """
    wrong, fully = {}, "390 px" if page.evaluate("() => document.documentElement.lang") == "vi" else "1280 px"
    for size, window in SIZES.items():
        page.set_viewport_size(window)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            wrong[f"{size}, {scheme}"] = looked_at(page, rules=COLOURS if scheme == "dark" else RULES if size == fully else SPACE)
            if stage.PICTURES and (size, scheme) in KEPT:
                page.screenshot(path=stage.PICTURES / f"{picture_name(page.url)} {size} {scheme}.png", full_page=True)
    return {where: found for where, found in wrong.items() if found}
