"""
A mail server that takes everything and keeps nothing, in a process of its own: `python -m bench.sink [--plain]`. Standard library only.

It answers as RFC 5321 wants, takes commands in groups unless told not to, and is written to be no limit: a thread for each connection, no parsing
beyond the first word of a line.
"""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_END = b"\r\n.\r\n"
_ANSWERS = {b"MAIL": b"250 2.1.0 OK\r\n", b"RCPT": b"250 2.1.5 OK\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 2.0.0 bye\r\n"}
_HELLO = {True: b"250-sink.example.com\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n"}
_HELLO[False] = _HELLO[True].replace(b"250-PIPELINING\r\n", b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """Where it listens, and its process."""

    port: int
    pid: int


@contextmanager
def running(*, grouping: bool) -> Iterator[Sink]:
    """
    Start a sink, and end it afterwards.

    Args:
        grouping: Whether it offers PIPELINING.
    """
    command = [sys.executable, "-S", "-m", "bench.sink", *([] if grouping else ["--plain"])]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Sink(port=int(process.stdout.readline()), pid=process.pid)  # type: ignore[union-attr]  # a pipe, as asked for above
        finally:
            process.terminate()
            process.wait(timeout=30)


def ceiling(sink: Sink, written: bytes, count: int) -> None:
    """
    Give a sink the same message again and again by the least that a client can do: one group out, one read back.

    Args:
        sink: Offers PIPELINING.
        written: A whole message without a line that begins with a dot.
        count: How often.
    """
    envelope = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n"
    group, owed = written + b".\r\n" + envelope, b"250 2.0.0 OK\r\n" + b"".join(_ANSWERS[word] for word in (b"MAIL", b"RCPT", b"DATA"))
    with socket.create_connection(("127.0.0.1", sink.port)) as line:
        _read(line, 1)
        line.sendall(b"EHLO bench\r\n")
        _read(line, 4)
        line.sendall(envelope)
        _read(line, 3)
        for _ in range(count):
            line.sendall(group)
            waiting = len(owed)
            while waiting > 0:
                waiting -= len(line.recv(waiting))


def _read(line: socket.socket, lines: int) -> None:
    heard = b""
    while heard.count(b"\r\n") < lines:
        heard += line.recv(4096)


def _serve(line: socket.socket, hello: bytes) -> None:
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    waiting, is_text, answers = b"", False, [b"220 sink.example.com\r\n"]
    while True:
        line.sendall(b"".join(answers))
        came = line.recv(1 << 18)
        if not came:
            return
        waiting, answers = waiting + came, []
        while True:
            if is_text:
                _, end, rest = waiting.partition(_END)
                if not end:
                    break
                waiting, is_text = rest, False
                answers.append(b"250 2.0.0 OK\r\n")
            said, end, rest = waiting.partition(b"\r\n")
            if not end:
                break
            waiting, word = rest, said[:4].upper()
            is_text = word == b"DATA"
            answers.append(hello if word == b"EHLO" else _ANSWERS.get(word, b"250 2.0.0 OK\r\n"))


def _guarded(line: socket.socket, hello: bytes) -> None:
    with line, suppress(OSError):
        _serve(line, hello)


def main() -> None:
    """Listen, print the port, and serve until the process is ended."""
    hello = _HELLO["--plain" not in sys.argv]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        print(listening.getsockname()[1], flush=True)
        while True:
            line, _ = listening.accept()
            threading.Thread(target=_guarded, args=(line, hello), daemon=True).start()


if __name__ == "__main__":
    main()
