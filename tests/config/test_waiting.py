"""How long somebody waits for a locked database: never for ever, and at the pages not for long."""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pysqlite3
import pytest
from django.db import OperationalError, close_old_connections, connection, transaction

from camket.access.models import Budget
from camket.config.databases import CACHE_KB, CACHE_OF_PAGES_KB, KEEP_SECONDS, SQLITE, WAIT_OF_PAGES_SECONDS, WAIT_SECONDS, pragmas, suit_pages
from tests import stage

pytestmark = pytest.mark.skipif(stage.DATABASE != "sqlite", reason="promised of SQLite only")


@contextmanager
def locked_elsewhere() -> Iterator[None]:
    """Hold the write lock of the main database as another program would."""
    with closing(pysqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Iterator[None]:
    """Let every connection of this process give up at once."""
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.01)
    connection.close()
    yield
    connection.close()


def write() -> None:
    with transaction.atomic():
        Budget.objects.count()


class TestALockedDatabase:
    def test_held_by_another_program_is_given_up(self, hasty: None) -> None:
        with locked_elsewhere(), pytest.raises(OperationalError, match="locked"):
            write()
        write()

    @pytest.mark.usefixtures("transactional_db")
    def test_held_by_another_program_is_tried_again_after_naps_that_stay_short(self, monkeypatch: pytest.MonkeyPatch) -> None:
        naps: list[float] = []
        with closing(pysqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")

            def nap(seconds: float) -> None:
                naps.append(seconds)
                if len(naps) == 20:
                    other.execute("ROLLBACK")

            monkeypatch.setattr(time, "sleep", nap)
            write()
        assert naps == [naps[0]] * 20
        assert naps[0] <= 0.001
        with connection.cursor() as cursor:  # whatever else is said waits as long as before
            assert cursor.execute("PRAGMA busy_timeout").fetchone() == (WAIT_SECONDS * 1000,)

    def test_held_by_another_thread_is_given_up(self, hasty: None) -> None:
        found: list[BaseException] = []

        def try_to_write() -> None:
            try:
                write()
            except OperationalError as error:
                found.append(error)
            finally:
                connection.close()

        with transaction.atomic():
            thread = threading.Thread(target=try_to_write)
            thread.start()
            thread.join()
        assert [str(error) for error in found] == ["database is locked"]
        write()


class TestThePages:
    def test_wait_under_eight_seconds_in_all_for_other_threads_and_then_for_other_programs(self) -> None:
        databases: dict[str, Any] = {
            "default": {"ENGINE": SQLITE, "OPTIONS": {"timeout": WAIT_SECONDS, "init_command": pragmas(CACHE_KB), "transaction_mode": "IMMEDIATE"}},
            "keys": {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}},
        }
        suit_pages(databases)
        said = {"timeout": WAIT_OF_PAGES_SECONDS, "init_command": pragmas(CACHE_OF_PAGES_KB), "transaction_mode": "IMMEDIATE"}
        assert databases["default"]["OPTIONS"] == said
        assert 2 * WAIT_OF_PAGES_SECONDS < 8
        assert databases["keys"]["OPTIONS"] == {}

    @pytest.mark.usefixtures("transactional_db")
    def test_keep_their_connection_from_one_request_to_the_next_and_not_for_ever(self, monkeypatch: pytest.MonkeyPatch) -> None:
        connection.ensure_connection()
        held = connection.connection
        close_old_connections()
        assert connection.connection is held
        assert 0 < connection.close_at - time.monotonic() <= KEEP_SECONDS <= 60  # whoever puts another file there is seen before long
        monkeypatch.setattr(connection, "close_at", 0.0)
        close_old_connections()
        assert connection.connection is None
