"""What is typed at a desk is asked about before its page is left: `data-guarded` on the form says so to console.js."""

import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, listed

TEMPLATES = [ROOT / "src" / "camket" / "web" / face / "templates" for face in ("console", "kit")]
DESKS = sorted((TEMPLATES[0] / "console").glob("*.html"))
_INCLUDED = re.compile(r'\{%\s*include "([^"]+)"[^%]*%\}')
_TAG = re.compile(r"\{%[^%]*%\}")
_FORM = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_FIELD = re.compile(r"<(textarea|input)\b([^>]*)>")
_NAME = re.compile(r' name="([^"]+)"')
# by the name of the field: what is a word or two, is asked for again in a moment, or is no text of anybody's
SHORT = {
    "query": "a search: it stands in no address, and is typed again in a moment",
    "name": "what a filter or oneself is called, in a field of its own beside its button",
    "username": "what a browser keeps a password under: nobody types it",
}


def whole(path: Path) -> str:
    """A template with what it includes in its place, where that is named; no other tag of a template stands in it any more."""
    text = path.read_text()
    for name in _INCLUDED.findall(text):
        found = next((folder / name for folder in TEMPLATES if (folder / name).is_file()), None)
        within = whole(found) if found else ""
        text = re.sub(rf'\{{%\s*include "{name}"[^%]*%\}}', lambda _, within=within: within, text)
    return _TAG.sub("", text)


def unguarded(text: str) -> list[str]:
    """The fields of forms that lose what is typed in them without a question."""
    forms = [body for tag, body in _FORM.findall(text) if 'method="post"' in tag and "data-guarded" not in tag and "data-draft" not in tag]
    typed = [rest for body in forms for kind, rest in _FIELD.findall(body) if kind == "textarea" or re.search(r'type="(text"|\{\{)', rest)]
    return [name for rest in typed for name in _NAME.findall(rest) if name not in SHORT]


class TestAFormOfTheDesks:
    def test_that_takes_a_text_asks_before_what_was_typed_is_lost(self) -> None:
        found = [f"{path.name}: {name}" for path in DESKS for name in unguarded(whole(path))]
        assert not found, listed(found)

    def test_is_there_to_be_looked_at(self) -> None:
        assert sum("data-guarded" in path.read_text() for path in DESKS) > 9

    @pytest.mark.parametrize(
        "planted",
        [
            '<form method="post" novalidate><p><textarea id="why" name="why" rows="3"></textarea></p></form>',
            '<form class="{% if x > 1 %}a{% endif %}" method="post"><input id="why" name="why" type="text" maxlength="9"></form>',
            '<form method="post">{% for field in fields %}{% include "console/text_field.html" %}{% endfor %}</form>',
        ],
    )
    def test_that_forgot_it_would_be_found(self, planted: str, tmp_path: Path) -> None:
        (tmp_path / "planted.html").write_text(planted)
        assert unguarded(whole(tmp_path / "planted.html"))
