"""
After a test with real transactions every table is empty again: only those that hold a row are emptied, and past what refuses deletions.

Django's own way empties all of them and makes its permissions anew, which took longer than most of these tests.
"""

from importlib import import_module
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import TransactionTestCase

# what migrating fills, and no test changes
_FILLED_FOR_GOOD = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def let_through(patch: pytest.MonkeyPatch) -> None:
    """Take the place of Django's emptying for the length of a test run."""

    def emptied(case: Any) -> None:
        for alias in case._databases_names(include_mirrors=False):
            empty(connections[alias])
        # late: this module holds tables, which exist only once Django is set up
        import_module("camket.journal.writers").begin_anew()

    patch.setattr(TransactionTestCase, "_fixture_teardown", emptied)


def empty(connection: BaseDatabaseWrapper) -> None:
    """Delete every row of a database, whatever guards the tables; nothing happens where there is none."""
    filled = _filled(connection)
    if not filled:
        return
    names = [connection.ops.quote_name(table) for table in filled]
    with connection.constraint_checks_disabled(), transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")  # the guards stand before each row, and a truncation has none
            return
        marks = ", ".join("%s" for _ in filled)
        cursor.execute(f"SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ({marks})", filled)  # noqa: S608  # marks alone
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {connection.ops.quote_name(name)}")
        for name in names:
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608  # a table of our own
        for _, written in guards:
            cursor.execute(written)


def _filled(connection: BaseDatabaseWrapper) -> list[str]:
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - _FILLED_FOR_GOOD)
    quoted = connection.ops.quote_name
    asked = " UNION ALL ".join(f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {quoted(one)})" for one in tables)  # noqa: S608  # tables of our own
    with connection.cursor() as cursor:
        cursor.execute(asked)
        return [row[0] for row in cursor.fetchall()]
