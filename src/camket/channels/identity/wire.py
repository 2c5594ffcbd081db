"""One question over HTTPS and one JSON answer: short, small, from the very place that was asked, by no proxy."""

import http.client
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from camket.access.providers import Away, ProviderAway
from camket.channels.names import connect
from camket.channels.shears import Shears

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the service may take for one step and for a whole answer, in seconds, and how much it may say."""

    step_seconds: float = 3  # the look-up of its name is one, and each address that is tried
    answer_seconds: float = 5  # from the look-up of its name on: a service that dribbles begins every step's time anew, and this one runs on
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
    context = ssl.create_default_context() if parts.scheme == "https" else None
    line, shears, began_at_seconds = _line(parts, context), Shears(patience.answer_seconds), time.monotonic()
    said = {"Accept": "application/json", "User-Agent": "camket", **(headers or {})}
    if form:
        said["Content-Type"] = "application/x-www-form-urlencoded"
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        opened = connect(line.host, line.port, seconds=patience.step_seconds, most_seconds=patience.answer_seconds)
        shears.watch(opened)
        line.sock = opened
        with shears.at_hand(began_at_seconds + patience.answer_seconds - time.monotonic()):
            if context:
                line.sock = context.wrap_socket(opened, server_hostname=line.host)
            line.request("POST" if form else "GET", target, body=form.encode() or None, headers=said)
            with line.getresponse() as response:
                content = response.read(patience.most_bytes + 1)
    except ssl.SSLError:
        raise ProviderAway(Away.CERTIFICATE) from None
    except TimeoutError:
        raise ProviderAway(Away.TIMEOUT) from None
    except (OSError, http.client.HTTPException, ValueError):
        raise ProviderAway(Away.NO_ANSWER) from None
    finally:
        line.close()
        shears.watch(None)
    if 300 <= response.status < 400:
        raise ProviderAway(Away.REDIRECTED)
    if response.status >= 500:
        raise ProviderAway(Away.BROKEN)
    if len(content) > patience.most_bytes:
        raise ProviderAway(Away.TOO_LONG)
    return Answer(status=response.status, said=_parsed(content))


def _line(parts: SplitResult, context: ssl.SSLContext | None) -> http.client.HTTPConnection:
    host, port = parts.hostname or "", parts.port
    return http.client.HTTPSConnection(host, port, context=context) if context else http.client.HTTPConnection(host, port)


def _parsed(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        raise ProviderAway(Away.NOT_JSON) from None
    if not isinstance(found, dict):
        raise ProviderAway(Away.NOT_JSON)
    return found
