"""What every test may ask for: one fixed instant, a fresh installation, Debian's browser; and which tests script/test runs where."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from camket.config.boot import settle_down
from tests import emptying, memory, stage

gc.disable()  # nearly all that collecting tests makes is there to stay; settle_down, once they are collected, turns it on again
stage.set_stage()

# No deadline, no complaint of slowness: a busy machine is no bug.
# The same examples at every run: a gate that fails must fail again when somebody looks.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, database=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("house")

DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_reset_sequences", "live_server"})
HOME_FIXTURES = frozenset({"new_home", "bare_home", "home"})
BROWSER_FIXTURES = frozenset({"page", "context", "browser", "new_context"})

# A door holds no table: what it asks of a database is asked by the duties and by access, whose tests run on both. Of the doors' own tests these
# run on both as well: every route once, every form with what a database might choke on, and the three roads on which people write to us.
DOORS_ON_BOTH = tuple(
    str(Path("tests", "web", name))
    for name in ("test_every_answer.py", "api/test_inquiries.py", "console/test_hostile.py", "console/test_who_may.py", "site/test_contact_form.py")
)


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Open both databases to every test that touches one, mark what script/test runs apart, and let workers begin with files of slow tests."""
    _mark(items)
    yield
    if not hasattr(config, "workerinput"):
        return
    # begun last, a file of four minutes would keep one processor alone at the end
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the garbage collector pass over what is loaded by now, as the product does: a third of the processor's time goes there otherwise."""
    settle_down()


def _mark(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = frozenset(getattr(item, "fixturenames", ()))
        asked = item.get_closest_marker("django_db")
        if asked is not None or fixtures & DATABASE_FIXTURES:
            kwargs = dict(asked.kwargs) if asked is not None else {"transaction": bool(fixtures & {"transactional_db", "live_server"})}
            kwargs.setdefault("databases", list(stage.ALIASES))
            item.add_marker(pytest.mark.django_db(**kwargs), append=False)
            item.add_marker("database")
        if fixtures & HOME_FIXTURES:
            item.add_marker("database")
        if fixtures & BROWSER_FIXTURES:
            item.add_marker("browser")
            if not stage.CHROMIUM.exists():
                item.add_marker(pytest.mark.skip(reason=f"BROWSER TEST NOT RUN: no {stage.CHROMIUM}. As root: apt-get install -y chromium"))
        path = str(item.path.relative_to(item.config.rootpath))
        if path.startswith("tests/web/") and path not in DOORS_ON_BOTH:
            item.add_marker("whatever_database")
        if stage.DATABASE != "postgres" and item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="promised of PostgreSQL only: CAMKET_TEST_DATABASE=postgres"))


@pytest.fixture
def now() -> datetime:
    """The one instant tests begin at: 2026-11-23 09:00 in Ho Chi Minh City."""
    return datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Drive Debian's Chromium, and keep it from talking to anybody but the page under test."""
    quiet = [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ]
    return {**browser_type_launch_args, "executable_path": str(stage.CHROMIUM), "headless": True, "args": quiet}


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Make the tests' tables once for all workers, where each would have to migrate from nothing: a house's first start takes seconds of it."""
    stage.lay_tables()


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """Let Django take the databases that are laid already; they go with the process."""
    return True


@pytest.fixture
def new_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Mapping[str, str]]]:
    """
    Offer a function that returns the environment of one more fresh installation, for a test that starts `camket` as a process of its own.

    The installation is on the database this run is about; its tables are there and empty; its databases are dropped afterwards.
    """
    with ExitStack() as stack:
        yield lambda: stack.enter_context(stage.installation(tmp_path_factory.mktemp("home")))


@pytest.fixture
def bare_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """The environment of an installation that was never started: not even its tables are there."""
    with stage.installation(tmp_path_factory.mktemp("home"), is_bare=True) as environment:
        yield environment


@pytest.fixture(autouse=True, scope="session")
def emptying_is_let_through() -> Iterator[None]:
    """Lift what refuses deletion while Django empties the tables after a test with real transactions."""

    with pytest.MonkeyPatch.context() as patch:
        emptying.let_through(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def editions_are_remembered() -> Iterator[None]:
    """Compile and read back each edition once: it is the same for hundreds of houses."""
    with pytest.MonkeyPatch.context() as patch:
        memory.remember_editions(patch)
        yield
