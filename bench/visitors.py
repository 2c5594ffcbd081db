"""Visitors who send forms to a running server, several at a time, each over a connection of their own."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlencode

from bench.sample import Sample, server_cpu_s, tree_cpu_s

_AT_ONCE = 16
_WITHIN_SECONDS = 60
_COME_BACK = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where forms go: a port of this machine, a path, the process that answers, and what the answer must be."""

    port: int
    path: str
    pid: int
    status: int
    headers: Mapping[str, str]


def send_all(door: Door, forms: Sequence[Mapping[str, str]], *, postmaster: int = 0) -> Sample:
    """
    Send every form, sixteen at a time, and return how long that took and the processor time of whoever answered.

    Args:
        door: Where they go.
        forms: The fields of each.
        postmaster: Process id of the PostgreSQL server whose processor time counts too; 0 for none.
    """
    bodies = [urlencode(form).encode() for form in forms]
    shares = [bodies[start::_AT_ONCE] for start in range(_AT_ONCE)]
    cpu, begun = tree_cpu_s(door.pid) + server_cpu_s(postmaster), time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        spans = [span for some in pool.map(lambda share: list(_send(door, share)), shares) for span in some]
    wall_s = time.perf_counter() - begun
    cpu_s = tree_cpu_s(door.pid) + server_cpu_s(postmaster) - cpu
    return Sample(operations=len(spans), wall_s=wall_s, cpu_s=cpu_s, p50_us={"form": median(spans) * 1e6})


def _send(door: Door, bodies: Sequence[bytes]) -> Iterator[float]:
    connection = HTTPConnection("127.0.0.1", door.port, timeout=_WITHIN_SECONDS)
    for number, body in enumerate(bodies):
        begun = time.perf_counter()
        while (status := _status(connection, door, body)) == _COME_BACK:
            time.sleep(0.2)  # the form is sent again as it was, as its page says; the wait counts
        assert status == door.status, (number, status)
        yield time.perf_counter() - begun
    connection.close()


def _status(connection: HTTPConnection, door: Door, body: bytes) -> int:
    connection.request("POST", door.path, body, {"Content-Type": "application/x-www-form-urlencoded", **door.headers})
    answer = connection.getresponse()
    answer.read()
    return answer.status


def wait_for(port: int, path: str) -> Mapping[str, str]:
    """Wait until a server answers a page with 200, and return its cookies."""
    deadline = time.monotonic() + _WITHIN_SECONDS
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status == 200:
                return dict(cookie.split(";")[0].split("=", 1) for cookie in answer.headers.get_all("Set-Cookie", []))
        except OSError:
            pass
        finally:
            connection.close()
        assert time.monotonic() < deadline, "the server must answer within a minute"
        time.sleep(0.1)
