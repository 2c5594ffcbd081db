"""The processes that listen: one serves the pages, the other the live stream."""

from typing import Any

from django.db import connections
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from camket.jobs.binding import split_place
from camket.jobs.listening import MOST_LISTENERS

_HEADERS_WITHIN_MS = 10_000
_STOP_WITHIN_SECONDS = 5
_STREAM_STOPS_WITHIN_SECONDS = 1  # nothing is lost with it: the pages come back by themselves
_PAGES_HOLD_BYTES = 65_536  # of each connection, by the server itself; unsaid, it is seven times as much, and a thousand connections fill the memory
_STREAM_HEAD_BYTES = 16_384
_ROOM_FOR_REFUSALS = 100  # connections beside those that hold on; more wait at the door


def serve_pages(bind: str) -> None:
    """
    Serve pages until the process is asked to stop.

    Args:
        bind: `host:port`.
    """
    _serve(
        "camket.config.asgi:application",
        bind,
        # SQLite has one writer: a second process would only wait for the first
        workers=1 if connections["default"].vendor == "sqlite" else 2,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, max_buffer_size=_PAGES_HOLD_BYTES),
        workers_kill_timeout=_STOP_WITHIN_SECONDS,
    )


def serve_stream(bind: str) -> None:
    """
    Serve the live stream until the process is asked to stop.

    Args:
        bind: `host:port`.
    """
    _serve(
        "camket.config.stream:application",
        bind,
        workers=1,  # who listens is known to one process alone
        backpressure=MOST_LISTENERS + _ROOM_FOR_REFUSALS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, keep_alive=False, max_buffer_size=_STREAM_HEAD_BYTES),
        workers_kill_timeout=_STREAM_STOPS_WITHIN_SECONDS,
    )


def _serve(application: str, bind: str, **options: Any) -> None:
    """What both have in common: HTTP/1 alone, since a proxy before them speaks the rest, and a word only where something is wrong."""
    host, port = split_place(bind)
    common: dict[str, Any] = {"interface": Interfaces.ASGI, "http": HTTPModes.http1, "websockets": False, "log_level": LogLevels.warning}
    Server(application, address=host, port=port, **common, **options).serve()
