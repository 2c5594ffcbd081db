"""
A house that hundreds of tests begin with is built once: its rows and key files are kept, and put in place again for each of the others.

What is kept is what the product itself wrote; nothing here knows a table or a file by name.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path

from django.db import connections, transaction

from tests import stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """What stood in a house when it was built: the statements that write its rows, of each database, and its files with their rights."""

    statements: dict[str, list[str]]
    files: list[tuple[Path, int, bytes | None]]  # None: a folder


_known: dict[Hashable, Furniture] = {}


def furnish(home: Path, question: Hashable, build: Callable[[], object]) -> None:
    """
    Build a house, or put one in place that was built alike.

    Args:
        home: An empty folder for its keys and checkpoints; both databases hold what a migration leaves.
        question: All that the house follows from; another instant or another edition is another house.
        build: Builds it.
    """
    if question in _known:
        _put_in_place(_known[question], home)
        return
    empty = {alias: _rows(alias) for alias in stage.ALIASES}
    build()
    _known[question] = Furniture(statements={alias: _statements(alias, empty[alias]) for alias in stage.ALIASES}, files=_kept(home))


def _put_in_place(furniture: Furniture, home: Path) -> None:
    for path, mode, content in furniture.files:
        if content is None:
            (home / path).mkdir(exist_ok=True)
        else:
            (home / path).write_bytes(content)
        (home / path).chmod(mode)
    for alias, statements in furniture.statements.items():
        with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def _rows(alias: str) -> dict[str, list[str]]:
    """Every row of every table, its values written as the database itself writes them in a statement."""
    connection, rows = connections[alias], {}
    said = "quote({})" if connection.vendor == "sqlite" else "quote_nullable({}::text)"
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            columns = [connection.ops.quote_name(one.name) for one in connection.introspection.get_table_description(cursor, table)]
            name = f"{connection.ops.quote_name(table)} ({', '.join(columns)})"
            asked = ", ".join(said.format(one) for one in columns)
            cursor.execute(f"SELECT {asked} FROM {connection.ops.quote_name(table)}")  # noqa: S608  # names from the database itself
            rows[name] = [f"({', '.join(row)})" for row in cursor.fetchall()]
    return rows


def _statements(alias: str, before: dict[str, list[str]]) -> list[str]:
    new = {name: [row for row in rows if row not in before[name]] for name, rows in _rows(alias).items()}
    return [f"INSERT INTO {name} VALUES {', '.join(rows)}" for name, rows in new.items() if rows]  # noqa: S608  # quoted by the database


def _kept(home: Path) -> list[tuple[Path, int, bytes | None]]:
    found = sorted(home.rglob("*"))
    return [(one.relative_to(home), one.stat().st_mode & 0o777, None if one.is_dir() else one.read_bytes()) for one in found]
