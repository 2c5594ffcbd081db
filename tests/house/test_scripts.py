"""Scripts of our own write no text as markup, run no text as a program, and assign under no name that an answer could choose."""

import re

import pytest

from tests.house.tree import ROOT, listed

SCRIPTS = sorted((ROOT / "src").rglob("static/**/*.js"))
_MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|setTimeout\(\s*[\"'`]")
_PROTOTYPE = re.compile(r"__proto__|\.prototype\b|\bsetPrototypeOf\b")
# numbers, and the names of a list that stands in the same line
_NAMED = re.compile(r"(?<![=(,\s])\[([^\]\"']+)\]\s*=(?!=|>)")
_OURS = frozenset({"i", "length", "length++", "list", "part"})


def faults(text: str) -> list[str]:
    """What a script does that none of ours may."""
    computed = [name for name in _NAMED.findall(text) if name not in _OURS]
    return [*_MARKUP.findall(text), *_PROTOTYPE.findall(text), *(f"assigns under [{name}]" for name in computed)]


class TestAScript:
    def test_is_there_to_be_looked_at(self) -> None:
        assert {"console.js", "contact.js"} <= {path.name for path in SCRIPTS}

    def test_makes_no_markup_runs_no_text_and_changes_no_prototype(self) -> None:
        found = [f"{path.name}: {fault}" for path in SCRIPTS for fault in faults(path.read_text())]
        assert not found, listed(found)

    @pytest.mark.parametrize(
        "planted",
        [
            "box.innerHTML = told.text;",
            "for (const [name, value] of Object.entries(told)) kept[name] = value;",
            "Object.prototype.seen = true;",
            "kept['__proto__'].seen = true;",
            "setTimeout('go()', 10);",
        ],
    )
    def test_that_did_would_be_found(self, planted: str) -> None:
        assert faults(planted)
