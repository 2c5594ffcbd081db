"""Values that stand nowhere else, every spelling in which they could leak, and a look into every file for one of them."""

import base64
import hashlib
import html
import json
import quopri
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

SHORTEST_BYTES = 6  # shorter pieces would be found by chance
_EMPTY = re.compile(rb"\x00{64,}")
_SOFT_BREAK = re.compile(rb"=?\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Where a canary was found, at which byte, and in which spelling. The value itself is not repeated."""

    place: str
    at: int  # of the first; where the place names a layer, counted in that layer
    name: str
    spelling: str


def _plain(text: str) -> dict[str, str]:
    """The value as a person could have written it."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    found = {
        "as typed": text,
        "NFC": unicodedata.normalize("NFC", text),
        "NFD": unicodedata.normalize("NFD", text),
        "lower": text.lower(),
        "upper": text.upper(),
        "without diacritics": "".join(c for c in bare if not unicodedata.combining(c)),
    }
    return found | {"lower, without diacritics": found["without diacritics"].lower()} | _phones(text)


def _phones(text: str) -> dict[str, str]:
    digits = re.sub(r"\D", "", text)
    if not re.fullmatch(r"[+\d ().-]+", text) or len(digits) < 9:
        return {}
    local = digits.removeprefix("84").removeprefix("0")
    return {
        "phone from 0": f"0{local}",
        "phone from 84": f"84{local}",
        "phone from +84": f"+84{local}",
        "phone spaced": f"0{local[:3]} {local[3:6]} {local[6:]}",
        "phone with points": f"0{local[:3]}.{local[3:6]}.{local[6:]}",
        "phone with strokes": f"0{local[:3]}-{local[3:6]}-{local[6:]}",
    }


def _base64(content: bytes) -> Iterator[bytes]:
    """The letters of base64 that do not depend on what stands before and after, at each of the three alignments."""
    for lead in range(3):
        encoded = base64.b64encode(b"\x00" * lead + content).rstrip(b"=")
        begin = (lead * 8 + 5) // 6
        whole = (lead + len(content)) * 8 // 6
        yield encoded[begin:whole]


def _encoded(text: str) -> dict[str, bytes]:
    """One plain spelling in every dress that software puts on text."""
    content = text.encode()
    found = {
        "UTF-8": content,
        "UTF-16 LE": text.encode("utf-16-le"),
        "UTF-16 BE": text.encode("utf-16-be"),
        "URL": quote(text, safe="").encode(),
        "URL, form": quote_plus(text).encode(),
        "URL, lower": quote(text, safe="").lower().encode(),
        "quoted-printable": quopri.encodestring(content, quotetabs=False).replace(b"=\n", b""),
        "quoted-printable, header": quopri.encodestring(content, quotetabs=True, header=True).replace(b"=\n", b""),
        "HTML": html.escape(text).encode(),
        "HTML, numbered": "".join(c if c.isascii() else f"&#{ord(c)};" for c in text).encode(),
        "JSON": json.dumps(text)[1:-1].encode(),
        "hex": content.hex().encode(),
        "hex, upper": content.hex().upper().encode(),
    }
    for lead, part in enumerate(_base64(content)):
        found[f"base64 at {lead}"] = part
        found[f"base64url at {lead}"] = part.replace(b"+", b"-").replace(b"/", b"_")
    for kind in ("md5", "sha1", "sha256"):
        digest = hashlib.new(kind, content, usedforsecurity=False).digest()
        found |= {kind: digest, f"{kind}, hex": digest.hex().encode(), f"{kind}, base64": base64.b64encode(digest).rstrip(b"=")}
    return found


def spellings(canaries: Mapping[str, str]) -> dict[bytes, tuple[str, str]]:
    """
    Return every byte string that would betray one of the canaries, with the canary's name and the spelling's.

    Args:
        canaries: Values that stand nowhere else, by name.
    """
    found: dict[bytes, tuple[str, str]] = {}
    for name, text in canaries.items():
        for plain, written in _plain(text).items():
            for dress, content in _encoded(written).items():
                if len(content) >= SHORTEST_BYTES:
                    found.setdefault(content, (name, f"{plain}, {dress}"))
    return found


def _layers(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The content, the same with its lines joined as mail breaks them, and what is packed in it; empty pages are shortened."""
    short = _EMPTY.sub(b"\x00" * 16, content)
    yield "", short
    yield " (lines joined)", _SOFT_BREAK.sub(b"", short)
    for start in [found.start() for found in re.finditer(rb"\x1f\x8b\x08", content)]:
        try:
            yield f" (gzip at {start})", zlib.decompressobj(31).decompress(content[start:])
        except zlib.error:
            continue


class Nose:
    """
    Finds any of thousands of byte strings in one pass.

    Each of them is cut into fragments; wherever one lies, a step no longer than the shortest allows must land on one of its fragments.
    Looking for them one by one, the files of a PostgreSQL server take minutes.
    """

    def __init__(self, wanted: Mapping[bytes, tuple[str, str]]) -> None:
        self._wanted = wanted
        self._step = min(map(len, wanted)) - SHORTEST_BYTES + 1
        self._clean: set[bytes] = set()  # what was looked into before, by its hash: a server's files are looked into again and again
        self._owners: dict[bytes, set[bytes]] = {}
        for needle in wanted:
            for at in range(len(needle) - SHORTEST_BYTES + 1):
                self._owners.setdefault(needle[at : at + SHORTEST_BYTES], set()).add(needle)

    def leaks_in(self, content: bytes, *, place: str) -> list[Leak]:
        """
        Return every canary that a content betrays.

        Args:
            content: Bytes of a file.
            place: What to call the content in the answer.
        """
        digest = hashlib.sha256(content).digest()
        found = [
            Leak(place=place + layer, at=at if layer else content.find(needle), name=self._wanted[needle][0], spelling=self._wanted[needle][1])
            for layer, opened in (_layers(content) if digest not in self._clean else ())
            for needle in self._suspects(opened)
            if (at := opened.find(needle)) >= 0
        ]
        if not found:
            self._clean.add(digest)
        return found

    def leaks_below(self, folders: Iterable[Path]) -> list[Leak]:
        """
        Return every canary that a file betrays, in its content or in its name.

        Args:
            folders: Folders to look through, or single files.
        """
        found: list[Leak] = []
        for path in files_below(folders):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # a journal of SQLite, or a segment of PostgreSQL, that was there a moment ago
            found += self.leaks_in(path.name.encode(), place=f"the name of {path}") + self.leaks_in(content, place=str(path))
        return found

    def _suspects(self, content: bytes) -> set[bytes]:
        pieces = (content[at : at + SHORTEST_BYTES] for at in range(0, len(content), self._step))
        return {needle for piece in self._owners.keys() & pieces for needle in self._owners[piece]}


def files_below(folders: Iterable[Path]) -> Iterator[Path]:
    """Return every file below some folders, or the place itself where it is a file."""
    for folder in folders:
        yield from [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def leaks_below(folders: Iterable[Path], canaries: Mapping[str, str]) -> list[Leak]:
    """
    Return every canary that a file betrays, in its content or in its name.

    Args:
        folders: Folders to look through, or single files.
        canaries: Values that stand nowhere else, by name.
    """
    return Nose(spellings(canaries)).leaks_below(folders)
