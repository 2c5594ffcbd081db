"""Texts that colleagues write for the site, turned into HTML that can hold nothing but words."""

from markdown_it import MarkdownIt

_LOWER = {"h1": "h3", "h2": "h3", "h3": "h4", "h4": "h5", "h5": "h6", "h6": "h6"}  # the page's own headings stand above


def prose_html(markdown: str) -> str:
    """
    Return the HTML of a text, safe to show: raw HTML stays text, links lead to https, http, mailto or tel only, pictures are left out.

    Args:
        markdown: CommonMark as somebody typed it.
    """
    tokens = _MARKDOWN.parse(markdown)
    for token in tokens:
        token.tag = _LOWER.get(token.tag, token.tag)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _markdown() -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(["image", "html_block", "html_inline"])
    made.validateLink = _is_allowed_link  # type: ignore[method-assign]  # the library's own way to set it
    return made


def _is_allowed_link(url: str) -> bool:
    return url.strip().lower().startswith(("https://", "http://", "mailto:", "tel:"))


_MARKDOWN = _markdown()
