"""docs/design.md and the stylesheet say the same: every token, every value, every contrast, every component."""

import itertools
import re

import pytest

from camket.web.console.desks import kit
from tests.house.tree import ROOT
from tests.web.kit.test_look import SHAPE_ON, STATIC, TEXT_ON, WEB, contrast

SHEET = (STATIC / "camket.css").read_text("utf-8")
DOCUMENT = (ROOT / "docs" / "design.md").read_text("utf-8")
SCHEMES = ("light", "dark", "with more contrast", "with more contrast, dark")
HEADS = (
    "@media (prefers-color-scheme: dark) {",
    "@media (prefers-contrast: more) {",
    "@media (prefers-contrast: more) and (prefers-color-scheme: dark) {",
)


def declared() -> dict[str, dict[str, str]]:
    """Return what each scheme declares: every token with its value."""
    block = SHEET[SHEET.index("@layer tokens {") : SHEET.index("@layer base {")]
    starts = [0, *(block.index(head) for head in HEADS), len(block)]
    parts = [block[start:end] for start, end in itertools.pairwise(starts)]
    return {scheme: dict(re.findall(r"--([a-z0-9-]+): ([^;]+);", part)) for scheme, part in zip(SCHEMES, parts, strict=True)}


def in_force() -> dict[str, dict[str, str]]:
    """Return what each scheme shows: what it declares over what it inherits."""
    found = declared()
    light, dark, more, more_dark = (found[scheme] for scheme in SCHEMES)
    return dict(zip(SCHEMES, (light, {**light, **dark}, {**light, **more}, {**light, **dark, **more, **more_dark}), strict=True))


def section(heading: str) -> str:
    """Return what the document says under a heading."""
    return DOCUMENT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str, columns: int) -> list[list[str]]:
    """Return the rows of the tables of so many columns, below their heads."""
    cut = [[cell.strip() for cell in line.strip("|").split(" | ")] if " | " in line else [] for line in text.splitlines() if line.startswith("|")]
    return [row for row in cut if len(row) == columns and row[0].startswith("`")]


def written() -> dict[str, dict[str, str]]:
    """Return what the document says of each scheme."""
    found: dict[str, dict[str, str]] = {scheme: {} for scheme in SCHEMES}
    for name, *cells in rows(DOCUMENT, 6):
        for scheme, cell in zip(SCHEMES, cells[:4], strict=True):
            if cell:
                found[scheme][name.strip("`-")] = cell.strip("`")
    for name, value, _ in rows(DOCUMENT, 3):
        if name.startswith("`--"):
            found["light"][name.strip("`").removeprefix("--")] = value.strip("`")
    return found


class TestTheTokens:
    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_are_the_same_here_and_there(self, scheme: str) -> None:
        assert written()[scheme] == declared()[scheme]

    def test_are_all_used(self) -> None:
        sheets = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
        unused = [name for name in declared()["light"] if f"var(--{name})" not in sheets]
        assert not unused

    def test_are_the_only_colours(self) -> None:
        after = re.sub(r"@layer print \{.*", "", SHEET[SHEET.index("@layer base {") :], flags=re.DOTALL)
        assert not re.findall(r"#[0-9a-f]{3,8}\b", after)

    def test_that_are_named_exist(self) -> None:
        sheets = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
        assert set(re.findall(r"var\(--([a-z0-9-]+)", sheets)) <= set(declared()["light"])


class TestTheContrast:
    def test_is_the_measured_one(self) -> None:
        schemes = in_force()
        measured = {
            f"`{text}` on `{ground}`": [f"{contrast(schemes[scheme][text], schemes[scheme][ground]):.1f}" for scheme in SCHEMES]
            for text, ground in [*TEXT_ON, *SHAPE_ON]
        }
        said = {name: values for name, *values in rows(DOCUMENT, 5)}
        assert said == measured, "\n".join(f"| {name} | {' | '.join(values)} |" for name, values in measured.items())

    @pytest.mark.parametrize("scheme", SCHEMES)
    def test_is_enough_in_every_scheme(self, scheme: str) -> None:
        shades = in_force()[scheme]
        assert not [pair for pair in TEXT_ON if contrast(shades[pair[0]], shades[pair[1]]) < 4.5]
        assert not [pair for pair in SHAPE_ON if contrast(shades[pair[0]], shades[pair[1]]) < 3]


class TestAComponent:
    def test_that_is_written_of_is_in_the_stylesheet_and_on_the_living_page(self) -> None:
        table = DOCUMENT[DOCUMENT.index("## Components") : DOCUMENT.index("## Print")]
        named = set(re.findall(r"`\.([a-z-]+)`", table))
        sheets = "".join(path.read_text("utf-8") for path in STATIC.glob("*.css"))
        page = (WEB / "console/templates/console/kit.html").read_text("utf-8") + (WEB / "kit/templatetags/kit.py").read_text("utf-8")
        assert len(named) > 20
        assert not [name for name in named if f".{name}" not in sheets]
        elsewhere = {"way", "code", "facts", "ledger-row", "rules", "rule", "rows", "unseen"}
        assert not [name for name in named - elsewhere if name not in page]


class TestTheLivingPage:
    def test_shows_every_colour_size_and_space(self) -> None:
        light = declared()["light"]
        colours = {name for name, value in light.items() if value.startswith("#")}
        assert {*kit.COLOURS, *kit.SIGNALS} == colours
        assert {*kit.SPACES} == {name for name in light if re.fullmatch(r"s[0-9]", name)}
        assert {*kit.SIZES, "figure"} == {name.strip("`").removeprefix("--") for name, *_ in rows(section("Type"), 3)} - {
            "sans",
            "mono",
            "tall",
            "calm",
            "snug",
        }

    def test_has_a_class_for_each_of_them(self) -> None:
        sheet = (STATIC / "website.css").read_text("utf-8")
        classes = (
            [f"sw-{name}" for name in (*kit.COLOURS, *kit.SIGNALS)] + [f"ty-{name}" for name in kit.SIZES] + [f"sp-{name}" for name in kit.SPACES]
        )
        assert not [name for name in classes if f".{name} {{" not in sheet]


class TestMotion:
    def test_is_only_for_those_who_have_not_asked_for_none(self) -> None:
        calm = re.sub(r"@media \(prefers-reduced-motion: no-preference\) \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", SHEET)
        assert not re.findall(r"\b(?:transition|animation|scroll-behavior):", calm)
