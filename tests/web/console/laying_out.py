"""A page of the desks laid out in a real browser from its own text and our sheets of style; nothing is fetched."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from camket.web.kit.templatetags.kit import STATIC_FOLDER

OF_THE_DESKS = [STATIC_FOLDER / "kit" / name for name in ("camket.css", "console.css")]


@contextmanager
def laid_out(browser: Browser, html: str, styles: Sequence[Path] = OF_THE_DESKS) -> Iterator[Page]:
    """Lay a page out, for the length of a block."""
    page = browser.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(html)
    for style in styles:
        page.add_style_tag(content=style.read_text())
    yield page
    page.close()
