"""An edition on paper: what stands on its pages, in the language of the reader, with what proves it."""

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from django.conf import settings

from camket.editions import queries
from camket.journal import signing
from camket.policy.compiled import CompiledPolicy
from camket.policy.document import Document, render_html
from camket.policy.source import parse_document
from camket.policy.terms import EditionNumber

_DRAWN_BY = Path(__file__).with_name("paper.py")
_LONGEST_SECONDS = 60
_LETTER = re.compile(r"([a-zđ]\)) ")
_DAYS = ("published", "due", "since", "until")
_MARKUP = {"strong": "b", "em": "i"}
WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "vi": {
            "edition": "Phiên bản {number} · công bố ngày {published} · có hiệu lực từ {since}",
            "over": "Phiên bản {number} · công bố ngày {published} · có hiệu lực từ {since} đến {until}, nay không còn hiệu lực",
            "planned": "Phiên bản {number} · công bố ngày {published} · chưa có hiệu lực, sẽ có hiệu lực từ {due}",
            "waiting": "Phiên bản {number} · công bố ngày {published} · chưa có hiệu lực",
            "draft": "Phiên bản {number} · bản thảo, chưa công bố",
            "foot": "{name} · phiên bản {number}",
            "check": "Cách kiểm chứng phiên bản này",
            "how": "Bản gốc và các quy tắc được ký bằng khóa của chúng tôi. Bản in này không thay cho bản đã ký, xem tại {address}",
            "hash": "Mã băm (SHA-256)",
            "signature": "Chữ ký (Ed25519)",
            "key": "Khóa công khai",
            "translation": "Bản gốc viết bằng ngôn ngữ khác; đây là bản dịch.",
        },
        "en": {
            "edition": "Edition {number} · published on {published} · in force since {since}",
            "over": "Edition {number} · published on {published} · in force from {since} until {until}, and no longer",
            "planned": "Edition {number} · published on {published} · not in force yet, will be in force from {due}",
            "waiting": "Edition {number} · published on {published} · not in force yet",
            "draft": "Edition {number} · a draft, not published",
            "foot": "{name} · edition {number}",
            "check": "How to check this edition",
            "how": "The original text and its rules are signed with our key. This print does not stand in for the signed text, which is at {address}",
            "hash": "Fingerprint (SHA-256)",
            "signature": "Signature (Ed25519)",
            "key": "Public key",
            "translation": "The original text is in another language; this is a translation.",
        },
    }
)


class NotDrawn(RuntimeError):
    """The program that draws paper could not: it is not installed, failed, or took too long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """How a published edition stands, and what it proves itself by; a draft has none. Dates are written as people write them."""

    published: str
    due: str  # empty where no day is planned
    since: str  # empty while it waits
    until: str  # empty until a later edition takes its place
    hash: str
    signature: str
    public_key: str
    address: str


def edition_pdf(number: EditionNumber, language: str) -> bytes:
    """
    Return a published edition as a PDF, drawn once for each language and state.

    Args:
        number: Which edition.
        language: `vi` or `en`; an edition that has no such text is printed in the language it was written in.

    Raises:
        NoEdition: It is not published.
        NotDrawn: It cannot be drawn.
    """
    row, policy = queries.edition(number), queries.compiled(number)
    spoken = language if language in row.texts else row.authoritative
    zone = ZoneInfo(policy.timezone)
    proof = _Proof(
        published=_day(row.published_at, zone, language),
        due=_day(row.due_at, zone, language),
        since=_day(row.in_force_at, zone, language),
        until=_day(queries.replaced_at(number), zone, language),
        hash=row.hash,
        signature=row.signature.hex(),
        public_key=signing.public_key_bytes().hex(),
        address=f"{settings.CAMKET_URL}/{language}/policy/editions/{number}",
    )
    return _remembered(number, row.texts[spoken], spoken, language, proof)


def _day(at: datetime | None, zone: ZoneInfo, language: str) -> str:
    if at is None:
        return ""
    return f"{at.astimezone(zone):%d/%m/%Y}" if language == "vi" else f"{at.astimezone(zone):%Y-%m-%d}"


@lru_cache(maxsize=16)
def _remembered(number: EditionNumber, text: str, spoken: str, language: str, proof: _Proof) -> bytes:
    document = parse_document(spoken, "", text).document  # a translation may be corrected: then it is another text
    return _drawn(document, queries.compiled(number), language, proof)


def draft_pdf(document: Document, policy: CompiledPolicy) -> bytes:
    """
    Return an edition that lies in a folder as a PDF, in the document's language, marked as a draft.

    Args:
        document: Its text.
        policy: What it compiled to.

    Raises:
        NotDrawn: It cannot be drawn.
    """
    return _drawn(document, policy, document.language if document.language in WORDS else "en", None)


def _drawn(document: Document, policy: CompiledPolicy, language: str, proof: _Proof | None) -> bytes:
    words = WORDS[language]
    name = policy.controller.name if policy.controller else policy.slug
    given = {
        "title": document.title,
        "author": name,
        "language": document.language,
        "foot": words["foot"].format(name=name, number=policy.number),
        "parts": [*_text(document, policy, words, proof), *(_proving(words, proof) if proof else ())],
    }
    # of its own and without our settings: it knows nothing but what stands in the text
    asked = [sys.executable, "-I", str(_DRAWN_BY)]
    try:
        done = subprocess.run(asked, input=json.dumps(given).encode(), capture_output=True, check=True, timeout=_LONGEST_SECONDS)  # noqa: S603  # our own file
    except (OSError, subprocess.SubprocessError) as error:
        raise NotDrawn(type(error).__name__) from error
    return done.stdout


def _text(document: Document, policy: CompiledPolicy, words: Mapping[str, str], proof: _Proof | None) -> Iterator[dict[str, str]]:
    yield {"kind": "title", "markup": html.escape(document.title)}
    told = words[_state(proof)].format(number=policy.number, **({one: getattr(proof, one) for one in _DAYS} if proof else {}))
    if document.language != policy.authoritative:
        told += f" · {words['translation']}"
    yield {"kind": "edition", "markup": html.escape(told)}
    yield from _blocks(document.preamble, "plain", "")
    for section in document.sections:
        yield {"kind": "section", "markup": html.escape(f"{section.number}. {section.title}")}
        for clause in section.clauses:
            yield from _blocks(clause.paragraphs_markdown, "clause", clause.number)


def _state(proof: _Proof | None) -> str:
    if proof is None:
        return "draft"
    if proof.since:
        return "over" if proof.until else "edition"
    return "planned" if proof.due else "waiting"


def _proving(words: Mapping[str, str], proof: _Proof) -> Iterator[dict[str, str]]:
    yield {"kind": "section", "markup": html.escape(words["check"])}
    yield {"kind": "plain", "markup": html.escape(words["how"].format(address=proof.address))}
    for name in ("hash", "signature", "key"):
        value = {"hash": proof.hash, "signature": proof.signature, "key": proof.public_key}[name]
        # in groups, so that it breaks where a reader can find their place again
        grouped = " ".join(value[start : start + 8] for start in range(0, len(value), 8))
        yield {"kind": "fact", "markup": f"<b>{html.escape(words[name])}</b><br/>{grouped}"}


def _blocks(markdown: str, kind: str, mark: str) -> Iterator[dict[str, str]]:
    """The paragraphs and items of a piece of Markdown; the first one carries the mark."""
    reader = _Blocks()
    reader.feed(render_html(markdown))
    for is_item, bullet, markup in reader.blocks:
        yield {"kind": "item" if is_item else kind, "markup": markup, "mark": bullet if is_item else mark}
        mark = "" if not is_item else mark


class _Blocks(HTMLParser):
    """Reads the HTML of a clause into paragraphs and items, with no more markup than bold and italic."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[bool, str, str]] = []
        self._lists: list[int] = []  # of each list that is open, the last number; -1 where it has none
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a list, an item or a piece of markup."""
        if tag in ("ul", "ol"):
            self._close()
            self._lists.append(-1 if tag == "ul" else 0)
        elif tag in ("p", "li", "blockquote"):
            self._close()
            if tag == "li" and self._lists[-1] >= 0:
                self._lists[-1] += 1
        elif tag == "br":
            self._text += "<br/>"
        elif tag in _MARKUP:
            self._text += f"<{_MARKUP[tag]}>"

    def handle_endtag(self, tag: str) -> None:
        """Close what was opened."""
        if tag in _MARKUP:
            self._text += f"</{_MARKUP[tag]}>"
        elif tag in ("p", "li", "ul", "ol", "blockquote"):
            self._close()
            if tag in ("ul", "ol"):
                self._lists.pop()

    def handle_data(self, data: str) -> None:
        """Keep words, whatever they look like."""
        self._text += html.escape(data.replace("\n", " "), quote=False)

    def _close(self) -> None:
        if self._text.strip():
            number, text = self._lists[-1] if self._lists else -1, self._text.strip()
            lettered = _LETTER.match(text) if self._lists else None  # what a clause counts by letters brings its own mark
            mark = lettered[1] if lettered else f"{number}." if number >= 0 else "–"
            self.blocks.append((bool(self._lists), mark, text[lettered.end() :] if lettered else text))
        self._text = ""
