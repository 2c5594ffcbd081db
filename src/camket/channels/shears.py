"""Cutting a connection when its time is up: the limits of single steps start anew with every byte that comes."""

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator

Watch = Callable[[socket.socket | None], None]  # told the socket as soon as there is one, and None when it is closed


class Shears:
    """Cuts one connection after another, each when its time is up."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._socket: socket.socket | None = None
        self._cuts_at_seconds = 0.0  # by the monotonic clock

    def watch(self, opened: socket.socket | None) -> None:
        """
        Remember the connection that is to be cut, by a second handle of its own: the first is given up where TLS begins.

        Args:
            opened: Its socket; None when it has been closed.
        """
        before, self._socket = self._socket, socket.socket(fileno=os.dup(opened.fileno())) if opened is not None else None
        if before is not None:
            before.close()

    def give_time(self, seconds: float | None = None) -> None:
        """
        Let what comes next have its time, counted from now; it can be given more than was left, not less.

        Args:
            seconds: How long; None for the whole time.
        """
        self._cuts_at_seconds = time.monotonic() + (self._seconds if seconds is None else seconds)

    @contextlib.contextmanager
    def at_hand(self, seconds: float | None = None) -> Iterator[None]:
        """
        Cut what is watched when the time that was given last runs out within a block.

        Args:
            seconds: How long until then, unless more is given; None for the whole time.
        """
        self.give_time(seconds)
        ended = threading.Event()
        threading.Thread(target=self._wait, args=(ended,), name="shears", daemon=True).start()
        try:
            yield
        finally:
            ended.set()

    def _wait(self, ended: threading.Event) -> None:
        while (left := self._cuts_at_seconds - time.monotonic()) > 0:
            if ended.wait(left):
                return
        watched = self._socket
        if watched is not None:
            with contextlib.suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)
