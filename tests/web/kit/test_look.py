"""The look keeps its promises: readable contrast, a small stylesheet, nothing inline, nothing from elsewhere."""

import re
from pathlib import Path

import pytest

import camket.web.kit.templatetags.kit as tags

STATIC = tags.STATIC_FOLDER / "kit"
WEB = Path(tags.__file__).resolve().parents[2]
TEMPLATES = sorted(WEB.glob("*/templates/**/*.html"))
TEXT_ON = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "sunk"), ("ink", "act-wash"), ("ink", "warn-wash"), ("soft", "paper"), ("soft", "surface"),
    ("soft", "sunk"), ("soft", "act-wash"), ("act", "paper"), ("act", "surface"), ("act", "sunk"), ("act", "act-wash"), ("act-hover", "act-wash"),
    ("act-ink", "act"), ("act-ink", "act-hover"), ("good", "good-wash"), ("good", "surface"), ("warn", "warn-wash"), ("bad", "bad-wash"),
    ("bad", "surface"), ("bad", "paper"),
]  # fmt: skip
PICTURES = {".ico", ".png"}
SHAPE_ON = [("edge", "paper"), ("edge", "surface"), ("ring", "paper"), ("ring", "surface"), ("ring", "act-wash"), ("seal", "paper"), ("seal", "sunk")]


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block))


def themes() -> dict[str, dict[str, str]]:
    style = (STATIC / "camket.css").read_text()
    tokens = style[style.index("@layer tokens {") : style.index("@layer base {")]
    light, dark = tokens.split("@media (prefers-color-scheme: dark)")
    return {"light": colours(light), "dark": colours(light) | colours(dark)}


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


class TestTheColours:
    def test_are_measured_right(self) -> None:
        assert contrast("#ffffff", "#000000") == pytest.approx(21)
        assert contrast("#777777", "#ffffff") < 4.5

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_leave_every_text_readable(self, theme: str) -> None:
        shades = themes()[theme]
        assert not [(text, ground) for text, ground in TEXT_ON if contrast(shades[text], shades[ground]) < 4.5]

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_leave_every_edge_and_ring_visible(self, theme: str) -> None:
        shades = themes()[theme]
        assert not [(shape, ground) for shape, ground in SHAPE_ON if contrast(shades[shape], shades[ground]) < 3]


class TestTheStaticFiles:
    def test_name_no_other_host(self) -> None:
        assert not [
            path.name
            for path in STATIC.iterdir()
            if path.suffix not in PICTURES and re.search(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)[a-z0-9-]+\.[a-z]", path.read_text())
        ]


class TestATemplate:
    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
    def test_holds_no_inline_style_handler_or_script(self, path: Path) -> None:
        text = path.read_text()
        assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
        assert all("nonce=" in tag and "src=" in tag for tag in re.findall(r"<script[^>]*>", text))

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
    def test_asks_no_other_host(self, path: Path) -> None:
        assert not re.findall(r"(?:src|href|action)=\"(?:https?:)?//", path.read_text())

    def test_is_looked_for_where_there_are_some(self) -> None:
        assert len(TEMPLATES) > 20
