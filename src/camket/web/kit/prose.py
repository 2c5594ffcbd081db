"""Texts that colleagues write for the site, turned into HTML that can hold nothing but words."""

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ABOVE = 2  # the rank of the page's own heading above the text
_LOWEST = 6


def prose_html(markdown: str) -> str:
    """
    Return the HTML of a text, safe to show: raw HTML stays text, links lead to https, http, mailto or tel only, pictures are left out.

    Args:
        markdown: CommonMark as somebody typed it.
    """
    tokens = _MARKDOWN.parse(markdown)
    _rank(tokens)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _rank(tokens: list[Token]) -> None:
    """Put the text's headings below the page's own, whatever ranks were typed, and leave no rank out on the way down."""
    typed = sorted({token.tag for token in tokens if token.type == "heading_open"})
    above = _ABOVE
    for token in tokens:
        if token.type == "heading_open":
            above = min(_ABOVE + 1 + typed.index(token.tag), above + 1, _LOWEST)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{above}"


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "html_block", "html_inline"])
    made.validateLink = _is_allowed_link  # type: ignore[method-assign]  # the library's own way to set it
    return made


def _is_allowed_link(url: str) -> bool:
    return url.strip().lower().startswith(("https://", "http://", "mailto:", "tel:"))


_MARKDOWN = _markdown()
