"""
What the forms of the desks give back where their session is over: every text that people write, and neither a secret nor what the page put there.

Whatever is not kept back is given back, so a new field for a text needs nothing; a new field for anything else has to be named in `errors`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import fields as fields_of
from pathlib import Path

import pytest

from camket.duties.intake.queries import InboxFilter
from camket.web.kit.errors import is_given_back
from tests.house.tree import HOUSE

pytestmark = pytest.mark.whatever_database
PLACES = ("web/console/templates", "web/kit/templates/kit/components")
_TAG = re.compile(r"<(form|textarea|input|select|button)\b((?:\{\{.*?\}\}|\{%.*?%\}|[^>{])*)>", re.DOTALL)
_TEXT = {"text", "search", "email", "tel", "url"}
# names that a template is told, where they are no text that was written: as they stand in it, with what they can be
_TOLD = {"inbox.html {{ name }}": [field.name for field in fields_of(InboxFilter)], "inbox.html {{ side }}": ["older", "newer"]}
_EITHER = {
    "carried.html {{ name }}": "an invitation on its way through the question who is asking: its address was written",
    "cases.html query": "as on the page of the search",
    "find.html query": "a search is typed again in a moment, and no page repeats an address that it need not",
    "quick.html query": "as on the page of the search",
    "sign_in.html email": "no session is over where nobody is in yet",
    "find.html {{ query_kind }}": "what was typed above, on its way to another sheet",
    "text_field.html {{ field.name }}": "a product's slug is typed once, and is in each form of the shelf: one word of it is lost",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form that is posted."""

    template: str
    name: str
    is_written: bool


def fields(template: str, markup: str) -> Iterator[Field]:
    """Yield the fields of a template; one in no form is of whatever form it is put into."""
    form = ""
    for tag, attributes in _TAG.findall(markup):
        said = dict(re.findall(r'\b(name|type|method|autocomplete)="([^"]*)"', attributes))
        if tag == "form":
            form = said.get("method", "get")
        elif "name" in said and form != "get" and said.get("type") != "file":
            is_text = tag == "textarea" or (tag == "input" and said.get("type", "text") in _TEXT | {"{{ field.type }}"})
            is_secret = said.get("autocomplete") in ("one-time-code", "username")
            yield Field(template=template, name=said["name"], is_written=is_text and not is_secret)


def faults(template: str, markup: str) -> list[str]:
    """Return what would be lost, or shown though nobody wrote it."""
    found = []
    for field in fields(template, markup):
        place = f"{field.template} {field.name}"
        names = _TOLD.get(place, [re.sub(r"\{\{.*?\}\}", "x", field.name)])
        if place not in _EITHER:
            found += [f"{place}: {'lost' if field.is_written else 'shown'}" for name in names if is_given_back(name) is not field.is_written]
    return found


def templates() -> list[Path]:
    return [path for place in PLACES for path in sorted((HOUSE / place).rglob("*.html"))]


class TestAForm:
    def test_gives_back_what_was_written_and_nothing_else(self) -> None:
        read = [(path.name, path.read_text(encoding="utf-8")) for path in templates()]
        assert len([one for name, markup in read for one in fields(name, markup) if one.is_written]) > 20
        assert not (found := [fault for name, markup in read for fault in faults(name, markup)]), "\n".join(found)

    def test_has_no_exemption_without_its_field(self) -> None:
        there = {f"{path.name} {one.name}" for path in templates() for one in fields(path.name, path.read_text(encoding="utf-8"))}
        assert (_TOLD.keys() | _EITHER.keys()) - there == set()

    @pytest.mark.parametrize(
        ("planted", "fault"),
        [
            ('<textarea name="reference" rows="3">', "lost"),
            ('<input name="code" type="text">', "lost"),
            ('<form method="post"><input type="hidden" name="mark" value="{{ mark }}">', "shown"),
            ('<input name="phrase" type="password">', "shown"),
            ('<input name="six_digits" autocomplete="one-time-code">', "shown"),
            ('<select name="colour">', "shown"),
        ],
    )
    def test_that_did_would_be_found(self, planted: str, fault: str) -> None:
        assert [one.rpartition(" ")[2] for one in faults("planted.html", planted)] == [fault]

    @pytest.mark.parametrize(
        "harmless",
        ['<form method="get"><select name="colour">', '<textarea name="of_tomorrow">', '<input name="file" type="file">'],
    )
    def test_that_does_not_is_left_alone(self, harmless: str) -> None:
        assert faults("planted.html", harmless) == []
