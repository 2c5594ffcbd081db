"""The database is locked by somebody else, full, or gone in the middle: a clear answer, nothing lost, and everything goes on by itself."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import psycopg
import pysqlite3
import pytest
from django.db import OperationalError, close_old_connections, connection
from django.utils import timezone

from camket.duties.custody import queries as health
from camket.duties.intake.models import Inquiry
from camket.jobs.worker import Worker
from camket.journal.models import JournalEntry
from tests import stage
from tests.cast import AN
from tests.duties.intake.conftest import Receive
from tests.journeys.visitor import proof_of_work
from tests.web.browsing import Browser

NewHome = Callable[[], Mapping[str, str]]


@contextmanager
def locked(name: str) -> Iterator[None]:
    """Another process is in the middle of a long write; for this one the wait is short."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")
    other = pysqlite3.connect(name, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


@contextmanager
def full() -> Iterator[None]:
    """The file may not grow any more."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        try:
            yield
        finally:
            cursor.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def gone() -> Iterator[None]:
    """The server ends the session under the hands of whoever asks it next."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()
    with psycopg.connect(stage.address_of(str(connection.settings_dict["NAME"])), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", pid)
    yield
    close_old_connections()  # as every door does between two requests or turns


@contextmanager
def away(how: str) -> Iterator[None]:
    """The main database fails in one of three ways."""
    if (how == "gone") != (stage.DATABASE == "postgres"):
        pytest.skip("a way in which the other database fails")
    with {"locked": lambda: locked(str(connection.settings_dict["NAME"])), "full": full, "gone": gone}[how]():
        yield


@pytest.mark.usefixtures("transactional_db", "house")
class TestADatabaseThatIsAway:
    @pytest.mark.parametrize("how", ["locked", "full", "gone"])
    @pytest.mark.clause("7.1")
    def test_keeps_nothing_by_halves_and_takes_the_same_sending_later(self, receive: Receive, how: str, now: datetime) -> None:
        with away(how), pytest.raises(OperationalError):
            for number in range(400):  # a page of the file that is not yet full takes some
                receive(nonce=str(number))
        before = Inquiry.objects.count()
        assert JournalEntry.objects.filter(act="inquiry.received").count() == before
        assert not receive(nonce=str(before)).is_repeat
        assert Inquiry.objects.count() == before + 1
        Worker(name="worker-of-these-tests").turn(now=now)
        assert health.verify_journal().ok

    @pytest.mark.parametrize("how", ["locked", "gone"])
    def test_is_told_to_a_visitor_in_a_sentence(self, monkeypatch: pytest.MonkeyPatch, how: str, now: datetime) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now)
        browser = Browser(raises=False)
        form = browser.get("/vi/contact")
        values = {**AN.values("full_name", "email", "message"), "consents": ["advise"], "work": proof_of_work(form)}
        with away(how):
            page = browser.submit(form, values)
        # while it is only locked the form comes back with what was typed; gone, there is nothing to draw it from, and the browser alone still has it
        assert (page.status, page.headers.get("retry-after")) == (503, "10" if how == "locked" else "60")
        assert ("nội dung đã điền vẫn còn nguyên" if how == "locked" else "tải lại trang này") in page.words()
        assert (AN.message in page.text) == (how == "locked")
        assert browser.submit(form, values).status == 200
        assert Inquiry.objects.count() == 1

    @pytest.mark.parametrize("how", ["gone"])
    def test_is_told_part_by_part_to_whoever_asks_whether_the_house_is_ready(self, how: str) -> None:
        with away(how):
            answer = Browser(raises=False).get("/readyz")
        assert answer.status == 503
        assert json.loads(answer.text) == dict.fromkeys(["ready", "databases", "edition", "keys", "worker", "mail"], False)

    @pytest.mark.parametrize("how", ["locked", "gone"])
    def test_does_not_stop_the_worker(self, receive: Receive, caplog: pytest.LogCaptureFixture, how: str, now: datetime) -> None:
        receive()
        worker = Worker(name="worker-of-these-tests")
        with away(how):
            worker.turn(now=now)
        assert caplog.records
        caplog.clear()
        worker.turn(now=now)
        assert not caplog.records
        assert health.verify_journal().ok


@pytest.mark.slow
class TestACommand:
    def test_says_that_the_database_refused_and_leaves_with_3(self, bare_home: Mapping[str, str]) -> None:
        environment = dict(bare_home)
        if stage.DATABASE == "postgres":
            for name in ("CAMKET_DATABASE_URL", "CAMKET_KEYS_DATABASE_URL"):
                environment[name] += "_nowhere"
        done = subprocess.run([sys.executable, "-m", "camket", "journal", "verify"], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 3
        assert "the database refused (OperationalError)" in done.stderr
        assert "Traceback" not in done.stderr
