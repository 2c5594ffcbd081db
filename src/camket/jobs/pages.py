"""The process that serves pages."""

from django.db import connections
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import Server

from camket.jobs.binding import split_place

_HEADERS_WITHIN_MS = 10_000
_STOP_WITHIN_SECONDS = 5


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
