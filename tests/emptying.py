"""Django empties every table after a test with real transactions; the triggers that refuse deletions let go for just that long."""

from importlib import import_module
from typing import Any

import pytest
from django.db import connections
from django.test import TransactionTestCase

from camket.editions.immutable import refuse

_TABLES = ("editions_edition", "editions_translation", "editions_schedule", "editions_enactment")
_EDITIONS = [refuse(table, verb) for table in _TABLES for verb in ("UPDATE", "DELETE")]


def _editions(half: int) -> None:
    with connections["default"].schema_editor() as editor:
        for halves in _EDITIONS:
            halves[half](None, editor)


def let_through(patch: pytest.MonkeyPatch) -> None:
    """Wrap Django's emptying for the length of a test run."""
    empty = TransactionTestCase._fixture_teardown

    def emptied(case: Any) -> None:
        # by name and late: these modules hold tables, which exist only once Django is set up
        guards, writers = import_module("camket.journal.guards"), import_module("camket.journal.writers")
        guards.lift(connections["default"])
        _editions(1)
        empty(case)
        _editions(0)
        guards.install(connections["default"])
        writers.begin_anew()

    patch.setattr(TransactionTestCase, "_fixture_teardown", emptied)
