"""Names of servers, looked up under a limit of ours: the machine's own resolver has none that a program could set."""

import socket
import threading
import time

_asked: dict[tuple[str, int], "_LookUp"] = {}
_asking = threading.Lock()


class _LookUp(threading.Thread):
    """One question to the resolver, that whoever asks the same meanwhile waits for as well: a host has one thread, however long it hangs."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(name=f"name of {host}", daemon=True)
        self._host, self._port = host, port
        self.ended = threading.Event()
        self.found: list[str] = []
        self.failure: OSError | None = None

    def run(self) -> None:
        """Ask, and be forgotten once there is an answer."""
        try:
            self.found = [str(address[0]) for *_, address in socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)]
        except OSError as failure:
            self.failure = failure
        except UnicodeError:  # a part of the name is longer than any may be
            self.failure = socket.gaierror(socket.EAI_NONAME, "no name of a host")
        finally:
            with _asking:
                _asked.pop((self._host, self._port), None)
            self.ended.set()


def _addresses_of(host: str, port: int, seconds: float) -> list[str]:
    with _asking:
        asked = _asked.get((host, port))
        if asked is None:
            asked = _asked[host, port] = _LookUp(host, port)
            asked.start()
    if not asked.ended.wait(seconds):
        raise socket.gaierror(socket.EAI_AGAIN, "the resolver gave no answer in time")
    if asked.failure is not None:
        raise asked.failure
    return asked.found


def connect(host: str, port: int, *, seconds: float, most_seconds: float = float("inf")) -> socket.socket:
    """
    Return a connection to the first of a host's addresses that answers.

    Args:
        host: Its name, or an address.
        port: Where it listens.
        seconds: How long the name may take to be looked up, and each address to answer.
        most_seconds: How long all of it may take.

    Raises:
        gaierror: The name is not known, or nobody said in time.
        TimeoutError: All the time there is went by.
        OSError: None of its addresses answers.
    """
    failure: OSError = OSError("no address")
    ends_at_seconds = time.monotonic() + most_seconds
    for address in _addresses_of(host, port, min(seconds, most_seconds)):
        if (left := ends_at_seconds - time.monotonic()) <= 0:
            raise TimeoutError("not all addresses were tried in time") from None
        try:
            # an address is not looked up any more
            return socket.create_connection((address, port), timeout=min(seconds, left))
        except OSError as refused:
            failure = refused
    raise failure
