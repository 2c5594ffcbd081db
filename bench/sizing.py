"""
What a whole installation takes of a machine: memory (PSS) of every process, and the disk of its home, idle and after work.

`python -m bench.sizing [--inquiries 10000]`. It makes a home of its own, serves it, opens its pages, and lets it rest before it looks.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.ports import free_port

SOURCE = Path(__file__).resolve().parents[1] / "src"
PAGES = ("/vi/", "/en/", "/vi/products", "/vi/policy", "/vi/contact", "/en/contact", "/readyz")
REST_SECONDS = 15.0
MEGA = 1_000_000


def environment(home: Path, port: int) -> dict[str, str]:
    """Return the environment of one installation."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("CAMKET_")}
    return {**others, "CAMKET_HOME": str(home), "CAMKET_BIND": f"127.0.0.1:{port}", "PYTHONPATH": str(SOURCE)}


def get(port: int, path: str) -> int:
    """Open a page, and return its status."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path, headers={"Host": "localhost"})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


@contextmanager
def served(home: Path) -> Iterator[tuple[int, int]]:
    """Serve a home for the length of a block; yields the process and the port."""
    port = free_port()
    command = [sys.executable, "-m", "camket", "serve"]
    process = subprocess.Popen(command, env=environment(home, port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        while True:
            assert process.poll() is None, "the house did not start"
            try:
                if get(port, "/healthz") == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield process.pid, port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def memory(group: int) -> dict[str, int]:
    """Return the PSS in bytes of every process of a session, by name."""
    found: dict[str, int] = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if int((place / "stat").read_text().rsplit(") ", 1)[1].split()[2]) == group:
                lines = (place / "smaps_rollup").read_text().splitlines()
                name = (place / "comm").read_text().strip()
                found[name] = found.get(name, 0) + next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
        except (OSError, IndexError):
            continue  # it ended while we looked
    return found


def look(home: Path, rounds: int) -> dict[str, object]:
    """Serve a home, open its pages some times, let it rest, and return what it takes."""
    with served(home) as (pid, port):
        for _ in range(rounds):
            for page in PAGES:
                get(port, page)
        time.sleep(REST_SECONDS)
        processes = memory(pid)
    disk = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    return {
        "pss_mb": round(sum(processes.values()) / MEGA, 1),
        "processes_mb": {name: round(size / MEGA, 1) for name, size in sorted(processes.items())},
        "home_mb": round(disk / MEGA, 1),
    }


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inquiries", type=int, default=10_000)
    wanted = parser.parse_args().inquiries
    with tempfile.TemporaryDirectory(prefix="camket-sizing-") as folder:
        fresh, filled = Path(folder) / "fresh", Path(folder) / "filled"
        idle = look(fresh, rounds=0)
        opened = look(fresh, rounds=50)
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "camket", "demo", "--inquiries", str(wanted)], env=environment(filled, free_port()), check=True)
        seconds = time.monotonic() - began
        after = look(filled, rounds=50)
    told = {"idle": idle, "after pages": opened, f"after {wanted} inquiries": after, "inventing_seconds": round(seconds)}
    print(json.dumps({"python": platform.python_version(), "machine": platform.machine(), **told}, indent=2))


if __name__ == "__main__":
    main()
