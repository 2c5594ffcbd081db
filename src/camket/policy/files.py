"""What a file that somebody attaches may be, told by what is in it and never by its name alone; and the name under which it is kept."""

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from camket.policy.values import draws_nothing
from camket.policy.writing import composed


class FileKind(StrEnum):
    """The kinds of files that are taken."""

    PDF = "pdf"
    PNG = "png"
    JPEG = "jpeg"
    WEBP = "webp"
    TEXT = "text"


# by which name's endings a kind is known, the usual one first
ENDINGS: Final[Mapping[FileKind, tuple[str, ...]]] = MappingProxyType(
    {
        FileKind.PDF: (".pdf",),
        FileKind.PNG: (".png",),
        FileKind.JPEG: (".jpg", ".jpeg"),
        FileKind.WEBP: (".webp",),
        FileKind.TEXT: (".txt",),
    }
)
MEDIA_TYPES: Final[Mapping[FileKind, str]] = MappingProxyType(
    {
        FileKind.PDF: "application/pdf",
        FileKind.PNG: "image/png",
        FileKind.JPEG: "image/jpeg",
        FileKind.WEBP: "image/webp",
        FileKind.TEXT: "text/plain; charset=utf-8",
    }
)
NAMELESS: Final = "file"  # what is called so has no name in which anything can be read
_MOST_BYTES_OF_A_NAME = 255  # what common file systems take
_MOST_MARKS = 4  # upon one letter
_SHORTEST_CUT = 16  # characters that are left of a name however short an edition wants it
_BEGINNINGS = ((FileKind.PDF, b"%PDF-"), (FileKind.PNG, b"\x89PNG\r\n\x1a\n"), (FileKind.JPEG, b"\xff\xd8\xff"))
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<[A-Za-z!?/]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
# what parts a path, or means something to a shell or to Windows
_SIGNS = re.compile(r'[/\\:*?"<>|]+')


def kind_of(content: bytes, *, name: str) -> FileKind | None:
    """
    Return what kind of file some bytes are, or None where it is none that is taken.

    A picture or a PDF is told by its first bytes, whatever it is called. A text is UTF-8 without control characters that does not begin as
    markup, and is not called by the ending of another kind: what says of itself that it is a picture and is none is taken for neither.

    Args:
        content: All of it.
        name: As its sender called it.
    """
    for kind, beginning in _BEGINNINGS:
        if content.startswith(beginning):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return FileKind.WEBP
    return FileKind.TEXT if kind_by_name(name) in (None, FileKind.TEXT) and _is_text(content) else None


def _is_text(content: bytes) -> bool:
    if _MARKUP.match(content):
        return False
    try:
        return not _CONTROLS.search(content.decode())
    except UnicodeDecodeError:
        return False


def kind_by_name(name: str) -> FileKind | None:
    """
    Return what kind of file a name's ending says, or None; of a name from `kept_name` it is the kind of what is in it.

    Args:
        name: Of a file.
    """
    folded = name.casefold()
    return next((kind for kind, endings in ENDINGS.items() if folded.endswith(endings)), None)


def kept_name(name: str, *, kind: FileKind, max_length: int) -> str:
    """
    Return the name under which a file is kept: of what was given only what can be seen, no path, and at its end what it really is.

    Args:
        name: As its sender called it.
        kind: What is in it.
        max_length: Characters, from the edition.

    Source: RFC 6266 §4.3; RFC 7578 §4.2.
    """
    plain = _seen(name).rpartition("/")[2].rpartition("\\")[2]
    stem = " ".join(_SIGNS.sub("-", plain).split()).strip(". ")
    ending = next((one for one in ENDINGS[kind] if stem.casefold().endswith(one)), "")
    own = stem[: len(stem) - len(ending)].rstrip(". ") if ending else stem
    return _cut(own, most=max(max_length, _SHORTEST_CUT), after=ending or ENDINGS[kind][0])


def _seen(name: str) -> str:
    """What of a name can be seen; accents heaped upon one letter, which smear over the lines above it, as far as any script needs them."""
    seen, marks = [], 0
    for c in composed(name):
        kind = unicodedata.category(c)[0]
        if kind == "C" or draws_nothing(c):
            continue
        marks = marks + 1 if kind == "M" else 0
        if marks <= _MOST_MARKS:
            seen.append(" " if kind == "Z" else c)
    return composed("".join(seen))  # what stood between a letter and its accent is gone


def _cut(stem: str, *, most: int, after: str) -> str:
    """The name and its ending, no longer than an edition and a file system take."""
    stem = stem[: most - len(after)] or NAMELESS
    while len((stem + after).encode()) > _MOST_BYTES_OF_A_NAME:
        stem = stem[:-1]
    return (stem.rstrip(". ") or NAMELESS) + after
