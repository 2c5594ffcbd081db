"""Nothing that was acknowledged is lost: whatever is killed, and whoever sends slowly or too much; told on both databases."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest

from tests.cast import CHI
from tests.journeys.house import House, link_in, running
from tests.journeys.post_office import PostOffice
from tests.journeys.visitor import Visitor
from tests.ports import is_free

NewHome = Callable[[], Mapping[str, str]]
FROM = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}

# Two hours later every key whose data never came is old enough to be collected; the second look finds nothing left to do.
RECONCILE = """
from datetime import timedelta
from camket.config.boot import start
start()
from django.utils import timezone
from camket.duties.custody.actions import open_house
from camket.vault.keys.models import MatterKey, SubjectKey
from camket.vault.models import Matter, Subject
later = timezone.now() + timedelta(hours=2)
open_house(now=later)
assert open_house(now=later) == 0, "the second look found something unfinished"
assert set(MatterKey.objects.values_list("matter_id", flat=True)) == set(Matter.objects.values_list("id", flat=True)), "matters and keys disagree"
assert set(SubjectKey.objects.values_list("subject_id", flat=True)) == set(Subject.objects.values_list("id", flat=True)), "people and keys disagree"
"""


# As if the ninety seconds had passed in which a killed worker's letters stay in its hand: how long they last is tried in tests/outbox.
LET_THE_HANDS_OF_THE_DEAD_GO = """
from camket.config.boot import start
start()
from django.utils import timezone
from camket.duties.notices.models import Letter
Letter.objects.filter(state="claimed").update(lease_until=timezone.now())
"""


def in_python(house: House, program: str) -> None:
    """Run a program beside the house, on its databases."""
    done = subprocess.run([sys.executable, "-c", program], env=house.environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def processes(house: House, name: str = "") -> list[int]:
    """The living processes of this house, all of them or those of one name."""
    assert house.process is not None
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                head, _, rest = (place / "stat").read_text().rpartition(") ")
            except OSError:
                continue
            state, _, group = rest.split()[:3]
            if int(group) == house.process.pid and state != "Z" and head.endswith(f"({name}" if name else ""):
                found.append(int(place.name))
    return found


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait for something to come true."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def kill_one(house: House, name: str) -> None:
    """Kill the pages or the worker outright; their supervisor lives on."""
    for pid in processes(house, name):
        os.kill(pid, signal.SIGKILL)


def kill_supervisor(house: House) -> None:
    """Kill the supervisor alone, and wait until its children are gone too."""
    assert house.process is not None
    house.process.kill()
    house.process.wait(20)
    wait_until_gone(house)


def wait_until_gone(house: House) -> None:
    """Wait until every process of a killed house has let go: one counts as a zombie once its first thread is gone, its socket goes with its last."""
    wait_until(lambda: not processes(house), seconds=30, what="the processes of a killed house end")
    wait_until(lambda: is_free(house.port), seconds=30, what="the port of a killed house is free")


class Senders:
    """Programs that send inquiries without pause; what was acknowledged is written down."""

    def __init__(self, house: House, token: str) -> None:
        self._house = house
        self._token = token
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(2)]
        self.acknowledged: dict[str, str] = {}

    def __enter__(self) -> "Senders":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _send(self, number: int) -> None:
        count = 0
        while not self._ended.wait(0.25):
            count += 1
            address = f"khach.{number}.{count}@example.vn"
            fields = {"full_name": "Nguyễn Văn Mẫu", "email": address}
            body = {"channel": "api", "language": "vi", "fields": fields, "message": "Xin báo giá.", "consents": ["advise"], "product": None}
            try:
                answer = Visitor(self._house.url).request(
                    "POST", "/api/v1/inquiries", json.dumps(body).encode(), Content_Type="application/json", Authorization=f"Bearer {self._token}"
                )
            except (OSError, HTTPException):
                continue  # nobody promised anything
            if answer.status == 201:
                self.acknowledged[address] = json.loads(answer.text)["reference"]


@pytest.mark.slow
class TestAKill:
    @pytest.mark.parametrize("seed", [20261123])
    @pytest.mark.clause("7.1")
    def test_at_any_moment_loses_nothing_that_was_acknowledged(self, new_home: NewHome, seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311  # the same moments at every run; nothing is kept secret with it
        with PostOffice() as post, running(new_home(), CAMKET_SMTP_URL=post.url, **FROM) as house:
            token = house.camket("token", "add", "senders", "--scope", "inquiries:write").strip().splitlines()[-1]
            with Senders(house, token) as senders:
                for victim in ("pages", "worker", "supervisor", "everything", "pages", "worker"):
                    time.sleep(chance.uniform(0.5, 2.0))
                    self.strike(house, victim)
                in_python(house, LET_THE_HANDS_OF_THE_DEAD_GO)
                time.sleep(2)
            assert len(senders.acknowledged) >= 5, "too few to tell anything"
            for address in senders.acknowledged:
                post.wait_for(address, count=1, seconds=150)
            self.letters_came_at_most_twice(post)
            self.every_inquiry_is_at_the_desk(house, senders.acknowledged)
            assert house.camket_json("journal", "verify")["ok"] is True
            house.stop()
            in_python(house, RECONCILE)
            assert house.camket_json("journal", "verify")["ok"] is True

    def strike(self, house: House, victim: str) -> None:
        if victim == "supervisor":
            kill_supervisor(house)
            house.start()
        elif victim == "everything":
            house.kill()
            wait_until_gone(house)
            house.start()
        else:
            kill_one(house, f"camket-{victim}")

    def letters_came_at_most_twice(self, post: PostOffice) -> None:
        times = Counter(str(letter["Message-ID"]) for letter in post.letters)
        assert max(times.values()) <= 2, times.most_common(3)
        ids: dict[str, set[str]] = {}
        for letter in post.letters:
            ids.setdefault(str(letter["To"]), set()).add(str(letter["Message-ID"]))
        doubled = {to: found for to, found in ids.items() if len(found) > 1}
        assert not doubled, "one acknowledgement went out under two names"

    def every_inquiry_is_at_the_desk(self, house: House, acknowledged: Mapping[str, str]) -> None:
        link = house.camket("staff", "add", CHI.email, "--role", "adviser", "--name", "Chi").strip().splitlines()[-1]
        chi = Visitor(house.url)
        assert chi.submit(chi.get(link_in(link, "/sign-in/")), {}).status == 200
        for address, reference in acknowledged.items():
            page = chi.get(f"/vi/console/inquiries/{reference}")
            assert page.status == 200, reference
            assert address in page.words(), reference


@pytest.mark.whatever_database
@pytest.mark.slow
class TestASupervisorKilledOutright:
    def test_takes_its_children_along_so_that_the_next_start_finds_the_port_free(self, new_home: NewHome) -> None:
        with running(new_home()) as house:
            assert processes(house, "camket-pages")
            assert processes(house, "camket-worker")
            kill_supervisor(house)
            house.start()
            assert Visitor(house.url).get("/vi/").status == 200


@pytest.mark.whatever_database
@pytest.mark.slow
class TestASecondHouse:
    def test_does_not_share_the_port_of_the_first(self, new_home: NewHome) -> None:
        with running(new_home()) as house:
            other = {**new_home(), "CAMKET_BIND": f"127.0.0.1:{house.port}"}
            done = subprocess.run([sys.executable, "-m", "camket", "serve"], env=other, capture_output=True, text=True, timeout=60, check=False)
            assert done.returncode == 3
            assert "CAMKET_BIND" in done.stderr


@contextmanager
def stalled(house: House, *, count: int) -> Iterator[None]:
    """Connections that begin a request and do not end it: every other one within its headers, the rest within its body."""
    with ExitStack() as stack:
        for number in range(count):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", house.port), timeout=30))
            head = f"POST /vi/contact HTTP/1.1\r\nHost: localhost:{house.port}\r\n"
            if number % 2:
                head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nfull_name="
            line.sendall(head.encode())
        yield


@contextmanager
def trickled(house: House) -> Iterator[None]:
    """One body that comes at one byte a second."""
    ended = threading.Event()
    with socket.create_connection(("127.0.0.1", house.port), timeout=30) as line:
        form = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100"
        line.sendall(f"POST /vi/contact HTTP/1.1\r\nHost: localhost:{house.port}\r\n{form}\r\n\r\n".encode())

        def drip() -> None:
            while not ended.wait(1):
                try:
                    line.sendall(b"a")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def seconds_to_serve(house: House) -> float:
    """The middle of five visits to the home page."""
    took = []
    for _ in range(5):
        started = time.monotonic()
        assert Visitor(house.url).get("/vi/").status == 200
        took.append(time.monotonic() - started)
    return sorted(took)[2]


@pytest.mark.whatever_database
@pytest.mark.slow
class TestASenderWhoIsSlowOrSendsTooMuch:
    def test_does_not_keep_other_visitors_waiting(self, new_home: NewHome) -> None:
        with running(new_home()) as house:
            seconds_to_serve(house)
            # a thread that waits for a body is given back by the deadline after fifteen seconds, not before
            with stalled(house, count=40):
                assert seconds_to_serve(house) < 5
            with trickled(house):
                assert seconds_to_serve(house) < 5

    def test_is_answered_with_a_refusal_that_says_why(self, new_home: NewHome) -> None:
        with running(new_home()) as house:
            started = time.monotonic()
            with socket.create_connection(("127.0.0.1", house.port), timeout=40) as line:
                line.sendall(f"POST /vi/contact HTTP/1.1\r\nHost: localhost:{house.port}\r\nContent-Length: 9\r\n\r\nab".encode())
                assert self.send_ten_megabytes(house, is_announced=True) == 413
                assert self.send_ten_megabytes(house, is_announced=False) == 413
                answer = line.recv(1000)
            assert b" 408 " in answer
            assert time.monotonic() - started < 30
            assert Visitor(house.url).get("/vi/").status == 200

    def send_ten_megabytes(self, house: House, *, is_announced: bool) -> int:
        connection = HTTPConnection("127.0.0.1", house.port, timeout=30)
        part = b"a" * 100_000
        body = b"".join([part] * 100) if is_announced else iter([part] * 100)
        headers = {"Host": f"localhost:{house.port}", "Content-Type": "application/x-www-form-urlencoded"}
        with suppress(BrokenPipeError, ConnectionResetError):  # the answer may come before the whole body has left
            connection.request("POST", "/vi/contact", body, headers, encode_chunked=not is_announced)
        try:
            return connection.getresponse().status
        finally:
            connection.close()
