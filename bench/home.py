"""A fresh installation for one process: its databases and keys, and the product's own policy in force."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import django
from django.db import connections
from django.utils.module_loading import import_string

from bench.plan import Plan

PLAIN = "plain"
_LAX = {"sqlite": "PRAGMA synchronous = OFF", "postgresql": "SET synchronous_commit = off"}
_STRICT = {"sqlite": "PRAGMA synchronous = FULL", "postgresql": "SET synchronous_commit = on"}


def settle(plan: Plan) -> None:
    """Make the installation: settings before Django looks, then what `camket serve` does first, then a database for the plain tables."""
    for name in [name for name in os.environ if name.startswith("CAMKET_")]:
        del os.environ[name]  # the settings of whoever measures are not part of the measurement
    os.environ["CAMKET_HOME"] = plan.folder
    ready = Path(plan.ready) if plan.ready and plan.database == "sqlite" else None
    if ready is not None and ready.exists():
        shutil.copytree(ready, plan.folder, dirs_exist_ok=True)
    if plan.database == "postgres":
        os.environ["CAMKET_DATABASE_URL"] = plan.addresses["default"]
        os.environ["CAMKET_KEYS_DATABASE_URL"] = plan.addresses["keys"]
    os.environ["DJANGO_SETTINGS_MODULE"] = "camket.config.settings"
    django.setup()
    # by its dotted name: it names tables, which exist only once Django is set up
    import_string("camket.jobs.serving.prepare_home")(lambda _: None)
    if ready is not None and not ready.exists():
        connections.close_all()  # what their logs hold is in their files then
        shutil.copytree(plan.folder, ready)
    # same engine, same options, same durability; beside ours only now, so that the house's own tables are not made there too
    name = urlsplit(plan.addresses["plain"]).path.strip("/") if plan.database == "postgres" else str(Path(plan.folder) / "plain.sqlite3")
    connections.settings[PLAIN] = {**connections.settings["default"], "NAME": name}


@contextmanager
def laxly(*aliases: str) -> Iterator[None]:
    """Fill databases without forcing every commit to the medium; from then on every commit is durable again, and the planner knows the tables."""
    for alias in aliases:
        _run(alias, _LAX)
    yield
    for alias in aliases:
        with connections[alias].cursor() as cursor:
            cursor.execute("ANALYZE" if connections[alias].vendor == "sqlite" else "VACUUM ANALYZE")
        _run(alias, _STRICT)


def require_durable(*aliases: str) -> None:
    """Stop unless every commit on these connections is forced to the medium."""
    for alias in aliases:
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA synchronous" if connections[alias].vendor == "sqlite" else "SHOW synchronous_commit")
            (found,) = cursor.fetchone()
        assert found in (2, "on"), f"{alias} is not durable: {found}"


def _run(alias: str, words: dict[str, str]) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(words[connections[alias].vendor])


def bytes_of(*aliases: str) -> int:
    """Return how large databases are, their write-ahead logs folded in."""
    total = 0
    for alias in aliases:
        with connections[alias].cursor() as cursor:
            if connections[alias].vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                total += Path(str(connections[alias].settings_dict["NAME"])).stat().st_size
            else:
                cursor.execute("SELECT pg_database_size(current_database())")
                total += int(cursor.fetchone()[0])
    return total
