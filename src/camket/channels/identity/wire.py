"""One question over HTTPS and one JSON answer: short, small, from the very place that was asked, by no proxy."""

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from camket.access.providers import ProviderAway

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the service may take for one step and for a whole answer, in seconds, and how much it may say."""

    step_seconds: float = 3
    answer_seconds: float = 5  # a service that dribbles begins every step's time anew; this one runs on
    most_bytes: int = 128 * 1024
    turn_seconds: float = 1  # how long somebody waits until one of two lines is free
    kept_seconds: float = 3600  # how long its papers are believed without a look
    again_seconds: float = 30  # between two looks that a failure or an unknown key asks for


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the service answered."""

    status: int
    said: Mapping[str, Any] = field(repr=False)


def is_fit(address: str, *, on_trial: bool) -> bool:
    """
    Return whether an address may be asked, or a browser sent to it: HTTPS, or this machine's own in a trial.

    Args:
        address: Anything.
        on_trial: Whether the service itself was named by a plain address of this machine.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    is_plain = bool(parts.hostname) and port != 0 and not parts.username and not parts.fragment and address.isascii() and address.isprintable()
    return is_plain and " " not in address and (parts.scheme == "https" or (on_trial and parts.scheme == "http" and parts.hostname in LOOPBACK))


def ask(address: str, *, form: str = "", headers: Mapping[str, str] | None = None, patience: Patience) -> Answer:
    """
    Ask a place, with a form where there is one, and return its answer. No redirect is followed: another place was not asked.

    Args:
        address: One that `is_fit`.
        form: What is sent, as a form writes it; "" asks by GET.
        headers: What else is said.
        patience: How long it may take, and how much it may say.

    Raises:
        ProviderAway: There is no connection, or no answer in time, or none that is small and JSON.
    """
    parts = urlsplit(address)
    line = _line(parts, patience)
    said = {"Accept": "application/json", "User-Agent": "camket", **(headers or {})}
    if form:
        said["Content-Type"] = "application/x-www-form-urlencoded"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        line.connect()
        with _cut_after(patience.answer_seconds, line.sock):
            line.request("POST" if form else "GET", target, body=form.encode() or None, headers=said)
            with line.getresponse() as response:
                content = response.read(patience.most_bytes + 1)
    except ssl.SSLError:
        raise ProviderAway("certificate") from None
    except TimeoutError:
        raise ProviderAway("timeout") from None
    except (OSError, http.client.HTTPException, ValueError):
        raise ProviderAway("no_answer") from None
    finally:
        line.close()
    if 300 <= response.status < 400:
        raise ProviderAway("redirected")
    if response.status >= 500:
        raise ProviderAway("broken")
    if len(content) > patience.most_bytes:
        raise ProviderAway("too_long")
    return Answer(status=response.status, said=_parsed(content))


def _line(parts: SplitResult, patience: Patience) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=patience.step_seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=patience.step_seconds)


@contextlib.contextmanager
def _cut_after(seconds: float, opened: socket.socket) -> Iterator[None]:
    """Shut a connection that is still open after so long."""

    def cut() -> None:
        with contextlib.suppress(OSError):
            opened.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderAway("not_json") from None
    if not isinstance(found, dict):
        raise ProviderAway("not_json")
    return found
