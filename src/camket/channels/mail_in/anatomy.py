"""A mail taken apart without believing a word of it: header, what people read, what machines report, and what was sent back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.policy import Compat32

MOST_BYTES = 262_144  # of one mail; the reports of mail systems stand before what they return
_MOST_PARTS = 100
_MOST_TEXT = 20_000  # characters of a notice that are read for causes
_MOST_FIELD = 4_000  # characters of a field in a header
# What the library makes of the parameters in such a field costs the square of its length: a whole mail of them would be read for a minute.
_MOST_OF_CONTENT = 500
_MOST_MULTIPARTS = 30  # each line is held against the boundaries of all that it stands in
_LINE_ENDS = re.compile(rb"\r\n|\r")
_RETURNED_TYPES = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global", "message/global-headers", "text/rfc822"}
)
_STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_MULTIPART = re.compile(rb"^content-type:[\s\x1c-\x1f]*multipart/", re.IGNORECASE | re.MULTILINE)
_TAG = re.compile(r"<[^<>]{0,500}>")
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,60}):[ \t]*(.*(?:\n[ \t].*){0,20})", re.MULTILINE)
# where a notice without parts begins to repeat the letter
_COPY_BEGINS = re.compile(
    r"^[ >]*(?:-{2,}[^\n]{0,60}(?:copy|original|unsent|returned|follows|below|message)[^\n]{0,60}"
    r"|(?:return-path|received|message-id|x-[a-z-]{2,40}|mime-version|dkim-signature): ?[^\n]{0,200})$",
    re.IGNORECASE | re.MULTILINE,
)


class _Shorn(Compat32):
    """Reads no field of a header further than anybody writes one."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return name and value of a field from its lines; the library asks for it."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[: _MOST_OF_CONTENT if name.lower().startswith("content-") else _MOST_FIELD]


_SHORN = _Shorn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """What a mail consists of, as far as its reading needs it. Nothing of it is printed."""

    header: dict[str, str] = field(repr=False)  # the first of each field, by its name in small letters
    content_type: str
    report_type: str
    notice: str = field(repr=False)  # what a person is meant to read, without what was sent back
    recipients: tuple[dict[str, str], ...] = field(repr=False)  # RFC 3464 §2.3, one for each recipient
    returned: str = field(repr=False)  # the header of what was sent back, or all that follows a notice without parts


def take_apart(raw: bytes) -> Anatomy:
    """
    Take a mail apart; whatever is wrong with it, what can be read of it is.

    Args:
        raw: The mail, or its beginning.
    """
    text = _LINE_ENDS.sub(b"\n", raw[:MOST_BYTES])
    if len(_MULTIPART.findall(text)) > _MOST_MULTIPARTS:
        return _by_text(text.decode("utf-8", "replace"))
    try:
        return _by_parts(message_from_bytes(text, policy=_SHORN))
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError, AssertionError):
        # nested too deep, or a charset that is none: the library gives up, and the bytes still say enough
        return _by_text(text.decode("utf-8", "replace"))


def _by_parts(mail: Message) -> Anatomy:
    notices: list[str] = []
    recipients: list[dict[str, str]] = []
    returned: list[str] = []
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind in _STATUS_TYPES:
            recipients += _recipients(part)
        elif kind in _RETURNED_TYPES:
            returned.append(_returned(part))
        elif kind in ("text/plain", "text/html"):
            words = _words(part)
            notices.append(_TAG.sub(" ", words) if kind == "text/html" else words)
    notice = "\n".join(notices)[:_MOST_TEXT]
    copy = None if returned or recipients else _COPY_BEGINS.search(notice)
    return Anatomy(
        header=_header(mail),
        content_type=mail.get_content_type(),
        report_type=str(mail.get_param("report-type") or "").lower(),
        notice=notice[: copy.start()] if copy else notice,
        recipients=tuple(recipients),
        returned="\n".join(returned) or (notice[copy.start() :] if copy else ""),
    )


def _by_text(text: str) -> Anatomy:
    head, _, body = text.partition("\n\n")
    header = {name.lower(): value for name, value in reversed(_FIELD.findall(head[:_MOST_TEXT]))}
    body = body[:_MOST_TEXT]
    copy = _COPY_BEGINS.search(body)
    return Anatomy(
        header=header,
        content_type=header.get("content-type", "").split(";")[0].strip().lower(),
        report_type="delivery-status" if "delivery-status" in header.get("content-type", "").lower() else "",
        notice=body[: copy.start()] if copy else body,
        recipients=(),
        returned=body[copy.start() :] if copy else "",
    )


def _parts(mail: Message) -> Iterator[Message]:
    """Yield the parts outside what was sent back, at most so many: a part of a returned letter says nothing of its return."""
    waiting, seen = [mail], 0
    while waiting and seen < _MOST_PARTS:
        part = waiting.pop(0)
        seen += 1
        yield part
        if part.get_content_maintype() == "multipart" and isinstance(inner := part.get_payload(), list):
            waiting[:0] = [one for one in inner[:_MOST_PARTS] if isinstance(one, Message)]


def _header(mail: Message) -> dict[str, str]:
    return {name.lower(): str(value)[:_MOST_FIELD] for name, value in reversed(mail.items())}


def _recipients(part: Message) -> Iterator[dict[str, str]]:
    """The blocks about recipients. A report that the library did not take apart, because it is encoded, is read as text."""
    payload = part.get_payload()
    blocks = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
    if len(blocks) <= 1 and (text := _words(blocks[0] if blocks else part)).strip():
        blocks = [HeaderParser().parsestr(block) for block in re.split(r"\n\s*\n", text)[:_MOST_PARTS]] + blocks
    for block in blocks[:_MOST_PARTS]:
        fields = _header(block)
        if {"final-recipient", "original-recipient", "action", "status"} & set(fields):
            yield fields


def _returned(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        return "\n".join(f"{name}: {value}" for name, value in list(payload[0].items())[:200])
    return _words(part)[:_MOST_TEXT]


def _words(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return payload if isinstance(payload := part.get_payload(), str) else ""
    try:
        return payload.decode(part.get_content_charset() or "utf-8", "replace")
    except (LookupError, ValueError):
        return payload.decode("utf-8", "replace")
