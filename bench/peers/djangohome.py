"""Django for a rival: the same engines, options and durability as ours, and tables made on the spot."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import django
import pysqlite3
from django.conf import settings
from django.core.management import call_command
from django.db import connection

sys.modules["sqlite3"] = pysqlite3  # the same SQLite as ours; before Django looks for one

_SQLITE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"


def configure(words: Mapping[str, Any], *, apps: tuple[str, ...] = (), **more: Any) -> None:
    """Set Django up with one database, and with what the rivals want to be set."""
    options: dict[str, Any] = {
        "SECRET_KEY": "invented for a measurement",
        "DATABASES": {"default": _database(words)},
        "INSTALLED_APPS": ["django.contrib.contenttypes", "django.contrib.auth", *apps],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "USE_TZ": True,
    }
    settings.configure(**{**options, **more})
    django.setup()
    call_command("migrate", verbosity=0, run_syncdb=True)


def _database(words: Mapping[str, Any]) -> dict[str, Any]:
    if not words["address"]:
        options: dict[str, Any] = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE}
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": words.get("file") or str(Path(words["folder"]) / f"peers-{os.getpid()}.sqlite3"),
            "OPTIONS": options,
        }
    parts = urlsplit(words["address"])
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": {"server_side_binding": True, "prepare_threshold": 3},
    }


def make_tables(*tables: Any) -> None:
    """Create the tables of models that belong to no application."""
    with connection.schema_editor() as editor:
        for table in tables:
            editor.create_model(table)


def bytes_of(table: Any) -> int:
    """Return how many bytes a table takes with its indexes."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN (SELECT name FROM sqlite_schema WHERE tbl_name = %s)", [table._meta.db_table]
            )
        else:
            cursor.execute("SELECT pg_total_relation_size(%s::regclass)", [table._meta.db_table])
        return int(cursor.fetchone()[0])
