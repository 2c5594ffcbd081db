"""Write rows without building objects for them: the journal stands in the way of every read of personal data, so it must be quick."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from django.db import connections, models
from django.db.backends.utils import CursorWrapper

DATABASE = "default"
_ROWS = 500
_PLAIN = frozenset({bytes, int, str, type(None)})  # what both drivers take as it is


def insert(cursor: CursorWrapper, model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """
    Write new rows of a table, up to five hundred a statement.

    A third of what `bulk_create` costs for one row: no object is built and no statement is put together anew.

    Args:
        cursor: An open one; whoever writes several things writes them all through it.
        model: The table.
        rows: A value for every column, by the column's name.

    Raises:
        IntegrityError: A row is there already, or is out of shape.
    """
    opening, marks, columns = _statement(model)
    for start in range(0, len(rows), _ROWS):
        some = rows[start : start + _ROWS]
        values = [
            value if type(value := row[name]) in _PLAIN else column.get_db_prep_save(value, cursor.db) for row in some for name, column in columns
        ]
        cursor.execute(opening + ", ".join([marks] * len(some)), values)


@lru_cache
def _statement(model: type[models.Model]) -> tuple[str, str, tuple[tuple[str, Any], ...]]:
    """Return how the statement that writes rows of a table begins, the marks for one row, and the columns by name, in the marks' order."""
    quote = connections[DATABASE].ops.quote_name
    columns = tuple((str(field.column), field) for field in model._meta.concrete_fields if field.column)
    names, marks = ", ".join(quote(name) for name, _ in columns), ", ".join("%s" for _ in columns)
    opening = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES "  # noqa: S608  # names come from the model, values go apart
    return opening, f"({marks})", columns
