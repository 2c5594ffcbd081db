"""A letter ready to go, and what became of it. Neither prints an address, and a letter that could smuggle a header is never made."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from email_validator import EmailNotValidError, validate_email

_ADDRESS = re.compile(r"[!#-'*+\-/-9=?A-Z^-~.]{1,64}@[^\s@<>\[\](),;:\\\"\x00-\x1f\x7f]{1,253}")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]{1,998}")
_NO_TEXT = re.compile(r"[\0\ud800-\udfff]")
_MESSAGE_ID = re.compile(r"<[\x21-\x3b\x3d\x3f\x41-\x7e]{1,200}@[A-Za-z0-9.-]{1,253}>")
# The letter's own fields write these; a second one would contradict them or reach a second person.
_OWN_HEADERS = frozenset({
    "from", "sender", "to", "cc", "bcc", "subject", "date", "message-id", "mime-version", "return-path", "received",
    "resent-to", "resent-cc", "resent-bcc", "resent-from",
})  # fmt: skip


class LetterUnsendable(ValueError):
    """A letter cannot be put into a message; `code` says which part, and nothing of the part itself is repeated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class DeliveryOutcome(StrEnum):
    """What became of a letter, as far as we were told."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"  # nothing left the house, or the carrier asked for another attempt
    REFUSED = "refused"  # for good: another attempt would get the same answer
    UNKNOWN = "unknown"  # the text left, the answer did not arrive: it may have been delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a letter, and a code such as "smtp.451" that says why."""

    outcome: DeliveryOutcome
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingLetter:
    """
    One rendered letter to one person. Its printed form holds neither address, subject nor text.

    Args:
        to: The one address it goes to.
        subject: One line, any language.
        text: The plain text; every letter has one.
        html: The same in HTML; empty for none.
        headers: Further headers, e.g. Auto-Submitted or Reply-To; printable ASCII.
        message_id: With its angle brackets; the same one when a letter is sent again.
        sent_at: The instant its Date header names, with its time zone.
        from_email: The sender's address.
        from_name: The sender's name; may be empty.

    Raises:
        LetterUnsendable: A part is malformed, or holds a character that could begin a header of its own.
    """

    to: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    message_id: str
    sent_at: datetime
    from_email: str = field(repr=False)
    from_name: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        for code, is_good in (
            ("letter.to", is_address(self.to)),
            ("letter.from_email", is_address(self.from_email)),
            ("letter.from_name", is_line(self.from_name) and len(self.from_name) <= 200),
            ("letter.subject", is_line(self.subject) and 0 < len(self.subject) <= 500),
            ("letter.message_id", is_message_id(self.message_id)),
            ("letter.sent_at", self.sent_at.tzinfo is not None),
            ("letter.text", _is_body(self.text) and bool(self.text.strip())),
            ("letter.html", _is_body(self.html)),
            ("letter.headers", all(_is_header(name, value) for name, value in self.headers.items())),
        ):
            if not is_good:
                raise LetterUnsendable(code)

    @property
    def date_header(self) -> str:
        """The instant as RFC 5322 writes it."""
        return date_header(self.sent_at)


def date_header(instant: datetime) -> str:
    """
    Return an instant as RFC 5322 writes it.

    Args:
        instant: With its time zone.
    """
    # the same instant is written otherwise in another zone, and equal to it
    return _date_header(instant.replace(tzinfo=None), instant.utcoffset() or timedelta())


@lru_cache(maxsize=16)  # the letters of a batch share theirs
def _date_header(local: datetime, offset: timedelta) -> str:
    return format_datetime(local.replace(tzinfo=timezone(offset)))


def is_address(text: str) -> bool:
    """
    Return whether a text is one plain address and nothing else.

    Args:
        text: What may be one.
    """
    return len(text) <= 254 and _ADDRESS.fullmatch(text) is not None and is_line(text) and _is_domain(text.rpartition("@")[2])


def _is_domain(text: str) -> bool:
    try:
        domain_in_ascii(text)
    except LetterUnsendable:
        return False
    return ".." not in text


def domain_in_ascii(domain: str) -> str:
    """
    Return a mail domain as it is asked for in the DNS; Python's own codec would turn straße.de into another domain, strasse.de.

    Args:
        domain: In any script.

    Raises:
        LetterUnsendable: It is no domain.

    Source: RFC 5891 (IDNA 2008).
    """
    if domain.isascii():
        return domain
    try:
        return validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    except EmailNotValidError:
        # `from None`: the library's message repeats the domain
        raise LetterUnsendable("letter.domain") from None


def in_ascii(address: str) -> str:
    """
    Return an address with its domain as it is asked for in the DNS.

    Args:
        address: Well formed.

    Raises:
        LetterUnsendable: Its domain is none.
    """
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain_in_ascii(domain)}"


def is_message_id(text: str) -> bool:
    """
    Return whether a text can name a message, its angle brackets included.

    Args:
        text: What may do so.
    """
    return _MESSAGE_ID.fullmatch(text) is not None


def is_line(text: str) -> bool:
    """
    Return whether a text stays on one line wherever it is read.

    Args:
        text: What may be one.
    """
    if text.isprintable():  # quicker, and true of nearly every text
        return True
    # a mark of direction (Cf) may stand here, unlike in `policy/writing`
    # Cc holds CR, LF and NUL; Zl and Zp end a line for some readers; Cs cannot be encoded
    return not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in text)


def _is_body(text: str) -> bool:
    return _NO_TEXT.search(text) is None


def _is_header(name: str, value: str) -> bool:
    is_ours = name.lower() in _OWN_HEADERS or name.lower().startswith("content-")
    return not is_ours and _HEADER_NAME.fullmatch(name) is not None and _HEADER_VALUE.fullmatch(value) is not None
