"""Somebody who owns the database: what keeps published rows from being changed lets go of them."""

from collections.abc import Sequence
from typing import Any

from django.db import connections

from camket.editions.immutable import refuse
from camket.editions.models import Edition
from camket.editions.queries import forget_cached

TABLES = ("editions_edition", "editions_translation", "editions_schedule", "editions_enactment")


def by_force(statement: str, parameters: Sequence[Any] = ()) -> None:
    """Change what is stored of editions, and forget what is kept of them in memory, as another process would never have known it."""
    connection = connections["default"]
    halves = [refuse(table, verb) for table in TABLES for verb in ("UPDATE", "DELETE")]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL takes no trigger away while others wait
        for _, lift in halves:
            lift(None, _Editor(connection))
        cursor.execute(statement, parameters)
        for install, _ in halves:
            install(None, _Editor(connection))
    forget_cached()


class _Editor:
    """As much of a schema editor as the triggers ask for: a real one opens a transaction of its own."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def execute(self, sql: str, params: Any) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(sql)


def rewrite_rules(number: int, old: bytes, new: bytes) -> None:
    """Replace a piece of an edition's stored rules that must be there."""
    rules = bytes(Edition.objects.get(number=number).compiled)
    assert old in rules
    by_force("UPDATE editions_edition SET compiled = %s WHERE number = %s", [rules.replace(old, new), number])
