"""Where mail to us is read, as CAMKET_IMAP_URL says it."""

import hashlib
import ipaddress
from base64 import b64encode
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

_PORTS = {"imaps": 993, "imap": 143}


class PlaceUnreadable(ValueError):
    """CAMKET_IMAP_URL cannot be read; the message says what it should look like and repeats nothing of it."""


class Tls(StrEnum):
    """How the way to the server is encrypted."""

    IMPLICIT = "implicit"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A folder on an IMAP server, and how to come in."""

    host: str
    port: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    folder: str = field(repr=False)
    tls: Tls

    @property
    def mark(self) -> str:
        """A name for the place that tells nobody where it is."""
        return hashlib.sha256("\0".join((self.host, str(self.port), self.username, self.folder)).encode()).hexdigest()


def read_place(url: str) -> Place | None:
    """
    Read where mail is read.

    Args:
        url: "imaps://user:pass@host:port/FOLDER", or "imap://…" with ?tls=starttls, or with ?tls=none for a server on this machine; or empty.

    Returns:
        The place; None when nothing is set.

    Raises:
        PlaceUnreadable: The text is no such address, or would send the password over a network in the clear.
    """
    if not url:
        return None
    try:
        return _read(url)
    except ValueError:
        # `from None`: the parser's message may repeat the password
        wanted = "CAMKET_IMAP_URL is imaps://user:pass@host:port/FOLDER, or imap://… with ?tls=starttls (or tls=none on this machine)"
        raise PlaceUnreadable(wanted) from None


def _read(url: str) -> Place:
    parts = urlsplit(url)
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if parts.scheme not in _PORTS or not parts.hostname or set(options) - {"tls"} or parts.fragment:
        raise ValueError("not an address of a mailbox")
    tls = Tls(options["tls"][-1]) if "tls" in options else Tls.IMPLICIT if parts.scheme == "imaps" else Tls.STARTTLS
    if (parts.scheme == "imaps") != (tls is Tls.IMPLICIT) or (tls is Tls.NONE and not _is_this_machine(parts.hostname)):
        raise ValueError("not a way that keeps the password secret")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    folder = unquote(parts.path.strip("/")) or "INBOX"
    if not username or any(char < " " or char == "\x7f" for char in parts.hostname + username + password + folder):
        raise ValueError("no user, or a control character")
    return Place(host=parts.hostname, port=parts.port or _PORTS[parts.scheme], username=username, password=password, folder=folder, tls=tls)


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def folder_on_the_wire(name: str) -> str:
    """
    Return a folder's name as IMAP writes it, quoted.

    Args:
        name: In any script, such as "Thư bị trả".

    Source: RFC 3501 §5.1.3 (modified UTF-7).
    """
    written, waiting = "", ""
    for char in [*name, ""]:
        if char and not " " <= char <= "~":
            waiting += char
            continue
        if waiting:
            written += "&" + b64encode(waiting.encode("utf-16-be")).decode("ascii").rstrip("=").replace("/", ",") + "-"
            waiting = ""
        written += "&-" if char == "&" else char
    return '"' + written.replace("\\", "\\\\").replace('"', '\\"') + '"'
