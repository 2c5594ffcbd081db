"""The words on the screens: what the sources ask to be translated, and what the catalogues answer."""

import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.house.tree import HOUSE, modules, name_of, project_files

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "phrase": None,  # what the compiler says: camket.policy.phrases
}
CALL = re.compile(r"\b(?:(?:n|p|np)?gettext(?:_lazy|_noop)?|_)(?=\()")
Asked = tuple[str, str, str]  # context or "", message, where it is asked for


def catalogue_files() -> list[Path]:
    """Return every .po file of the product."""
    return [path for path in project_files() if path.suffix == ".po" and HOUSE in path.parents]


def read(path: Path) -> Catalog:
    """Return a .po file as a catalogue, obsolete entries apart."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parents[1].name)


def asked_by(source: str, where: str) -> Iterator[Asked]:
    """Yield every message that a piece of Python asks to be translated."""
    for _, message, _, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield context or "", message if isinstance(message, str) else message[0], where


def asked_by_template(source: str, where: str) -> Iterator[Asked]:
    """Yield every message that a template asks to be translated."""
    # Django turns a template into Python calls between letters of padding; each call is read on its own, for the padding is no Python.
    padded = templatize(source)
    for call in CALL.finditer(padded):
        yield from asked_by(call[0] + parenthesis(padded[call.end() :]), where)


def parenthesis(source: str) -> str:
    """Return the beginning of `source`, from its opening parenthesis to the one that closes it."""
    depth, tokens = 0, []
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        depth += {"(": 1, ")": -1}.get(token.string, 0) if token.type == tokenize.OP else 0
        tokens.append(token.string)
        if depth == 0:
            break
    return " ".join(tokens)


def asked() -> list[Asked]:
    """Return every message that the product asks to be translated, with the file that asks."""
    templates = [path for path in project_files() if HOUSE in path.parents and path.suffix in {".html", ".txt"} and "templates" in path.parts]
    letters = [path for path in project_files() if HOUSE in path.parents and "letters" in path.parts and path.suffix in {".html", ".txt"}]
    found = [message for path in modules() for message in asked_by(path.read_text(), name_of(path))]
    return found + [message for path in {*templates, *letters} for message in asked_by_template(path.read_text(), name_of(path))]


def is_answered(message: Message) -> bool:
    """Whether a message has a translation in every form, that somebody has looked at."""
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return all(strings) and not message.fuzzy


def placeholders(text: str) -> set[str]:
    """Return the names that a message has filled in."""
    return set(re.findall(r"%\((\w+)\)[sd]|\{(\w*)\}", text))


def unanswered(catalogue: Catalog) -> list[str]:
    """Return every message of a catalogue that has no translation, or one that lost a placeholder."""
    found = []
    for message in catalogue:
        if not message.id:
            continue
        singular = message.id if isinstance(message.id, str) else message.id[0]
        if not is_answered(message):
            found.append(f"{'fuzzy' if message.fuzzy else 'missing'}: {singular!r}")
        elif isinstance(message.string, str) and placeholders(singular) != placeholders(message.string):
            found.append(f"other placeholders: {singular!r} → {message.string!r}")
    return found


def pairs(catalogue: Iterable[Message]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what a catalogue says, to be compared with another."""
    said = {}
    for message in catalogue:
        if message.id:
            strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
            said[message.context or "", message.id if isinstance(message.id, str) else message.id[0]] = tuple(strings)
    return said


def compiled(catalogue: Catalog) -> Catalog:
    """Return a catalogue as it would read after compiling."""
    held = io.BytesIO()
    write_mo(held, catalogue)
    held.seek(0)
    return read_mo(held)
