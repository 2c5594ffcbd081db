"""Where letters go, as CAMKET_SMTP_URL says it: a server, a folder, or nowhere yet."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from camket.channels.mail_out.letter import domain_in_ascii

_DEFAULT_PORTS = {"starttls": 587, "implicit": 465, "none": 25}


class RouteUnreadable(ValueError):
    """CAMKET_SMTP_URL cannot be read; the message says what it should look like and repeats nothing of it."""


class Tls(StrEnum):
    """How the way to the server is encrypted."""

    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server and how to speak to it."""

    host: str
    port: int
    username: str = field(repr=False)
    password: str = field(repr=False)
    tls: Tls


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder that takes letters as .eml files, for development only."""

    path: Path


def read_route(url: str, *, home: Path) -> Server | Folder | None:
    """
    Read where letters go.

    Args:
        url: "smtp://user:pass@host:port?tls=starttls|implicit|none", "file:FOLDER", or empty.
        home: The folder to which a relative FOLDER is anchored.

    Returns:
        The server or the folder; None when nothing is set.

    Raises:
        RouteUnreadable: The text is neither.
    """
    if not url:
        return None
    if url.startswith("file:"):
        return _read_folder(url.removeprefix("file:").removeprefix("//"), home)
    try:
        return _read_server(url)
    except ValueError:
        # `from None`: the parser's message may repeat the password
        raise RouteUnreadable("CAMKET_SMTP_URL is smtp://user:pass@host:port?tls=starttls (or implicit, none), or file:FOLDER") from None


def _read_folder(text: str, home: Path) -> Folder:
    if not text:
        raise RouteUnreadable("CAMKET_SMTP_URL says file: without a folder")
    if "\0" in unquote(text):
        raise RouteUnreadable("CAMKET_SMTP_URL says file: with a folder that no disk can have")
    return Folder(path=home / unquote(text))


def _read_server(url: str) -> Server:
    parts = urlsplit(url)
    options = parse_qs(parts.query, strict_parsing=bool(parts.query))
    if parts.scheme != "smtp" or not parts.hostname or parts.path not in {"", "/"} or set(options) - {"tls"}:
        raise RouteUnreadable("not an address of a server")
    implied = Tls.IMPLICIT if parts.port == _DEFAULT_PORTS["implicit"] else Tls.STARTTLS
    tls = Tls(options["tls"][-1]) if "tls" in options else implied
    host = domain_in_ascii(parts.hostname)
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    if any(char in host + username + password for char in "\r\n\0"):
        raise RouteUnreadable("a control character")
    return Server(host=host, port=parts.port or _DEFAULT_PORTS[tls], username=username, password=password, tls=tls)
