"""The processes that listen: one serves the pages, the other the live stream."""

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
_STREAM_HEAD_BYTES = 16_384
_ROOM_FOR_REFUSALS = 100  # connections beside those that hold on; more wait at the door


def serve_pages(bind: str) -> None:
    """
    Serve pages until the process is asked to stop.

    Args:
        bind: `host:port`.
    """
    host, port = split_place(bind)
    Server(
        "camket.config.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        # SQLite has one writer: a second process would only wait for the first
        workers=1 if connections["default"].vendor == "sqlite" else 2,
        websockets=False,
        log_level=LogLevels.warning,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS),
        workers_kill_timeout=_STOP_WITHIN_SECONDS,
    ).serve()


def serve_stream(bind: str) -> None:
    """
    Serve the live stream until the process is asked to stop.

    Args:
        bind: `host:port`.
    """
    host, port = split_place(bind)
    Server(
        "camket.config.stream:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        workers=1,  # who listens is known to one process alone
        websockets=False,
        log_level=LogLevels.warning,
        backpressure=MOST_LISTENERS + _ROOM_FOR_REFUSALS,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN_MS, keep_alive=False, max_buffer_size=_STREAM_HEAD_BYTES),
        workers_kill_timeout=_STREAM_STOPS_WITHIN_SECONDS,
    ).serve()
