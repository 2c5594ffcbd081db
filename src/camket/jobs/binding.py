"""Where the pages listen."""

import asyncio
import errno
import os
import re
import time
from contextlib import suppress

_LARGEST_PORT = 65535
_LET_GO_WITHIN_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.1


class PortTaken(Exception):
    """Another program listens there already, or this one may not; two would take turns in answering."""

    def __init__(self, sentence: str, *, is_in_use: bool) -> None:
        super().__init__(sentence)
        self.is_in_use = is_in_use


def is_place_to_listen(value: str) -> bool:
    """
    Return whether a text is `host:port`, with an IPv6 host in brackets.

    Args:
        value: Such as `127.0.0.1:8000` or `[::1]:8000`.
    """
    host, colon, port = value.rpartition(":")
    is_host = bool(re.fullmatch(r"[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]", host))
    return bool(colon) and is_host and port.isascii() and port.isdigit() and 0 < int(port) <= _LARGEST_PORT


def split_place(bind: str) -> tuple[str, int]:
    """
    Return host and port.

    Args:
        bind: `host:port`, well formed.
    """
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def place_after(bind: str) -> str:
    """
    Return the same host and the port after it, or nothing where there is none.

    Args:
        bind: `host:port`, well formed.
    """
    host, _, port = bind.rpartition(":")
    return f"{host}:{int(port) + 1}" if int(port) < _LARGEST_PORT else ""


def require_free(bind: str) -> None:
    """
    Make sure that nobody listens at a place yet: the page server shares a port without a word.

    Waits two seconds for a predecessor that was killed and has not quite let go.

    Args:
        bind: `host:port`, well formed.

    Raises:
        PortTaken: Somebody does, or this user may not listen there.
    """
    deadline = time.monotonic() + _LET_GO_WITHIN_SECONDS
    while True:
        try:
            return asyncio.run(_listen_once(*split_place(bind)))
        except PortTaken as taken:
            if not taken.is_in_use or time.monotonic() >= deadline:
                raise
        time.sleep(_LOOK_EVERY_SECONDS)


async def _listen_once(host: str, port: int) -> None:
    try:
        listener = await asyncio.start_server(_hang_up, host, port)
    except OSError as error:
        sentence = f"cannot listen on {host}:{port}: {os.strerror(error.errno) if error.errno else error}"
        raise PortTaken(sentence, is_in_use=error.errno == errno.EADDRINUSE) from error
    listener.close()
    with suppress(OSError):
        await listener.wait_closed()


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()
