"""Rows of our tables as objects, by statements that are written out."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import lru_cache, reduce
from typing import Any, TypeVar
from uuid import UUID

from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

from camket.journal.ids import ShortUUIDField
from camket.journal.statements import Statement, Value, fetch, insert

ModelT = TypeVar("ModelT", bound=models.Model)


def fetch_objects(model: type[ModelT], where: str, *given: Value | Collection[Value]) -> list[ModelT]:
    """
    Return the objects of a table that fit some words of SQL; a third of what a queryset costs for one.

    Two of them share what was read from the same text, a list of JSON too: whoever changes one in place makes a copy first.

    Args:
        model: The table, in the main database.
        where: What stands behind WHERE, and an order if there is one, as in a `Statement`: `%s` for a value, `{}` for a list of them.
        given: For each `%s` a value and for each `{}` a collection, in the order of the text.
    """
    rows = fetch(_selection(model, where), *given)
    if not rows:
        return []
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for place, field in _read_by_the_database(model):
        columns[place] = _column(field, tuple(columns[place]), connections["default"])
    names = [field.attname for field in model._meta.concrete_fields]
    return [model.from_db("default", names, values) for values in zip(*columns, strict=True)]


@lru_cache
def _selection(model: type[models.Model], where: str) -> Statement:
    fields = model._meta.concrete_fields
    listed = ", ".join(f'"{field.column}"' for field in fields)
    return Statement(
        text=f'SELECT {listed} FROM "{model._meta.db_table}" WHERE {where}',  # noqa: S608  # names of the model, words of our own
        columns=tuple(_kind(field) for field in fields),
        has_short_ids=any(isinstance(field, ShortUUIDField) for field in fields),
    )


def _kind(field: "models.Field[Any, Any]") -> type:
    """What `fetch` reads a column as; what is neither an id nor an instant it leaves as it is."""
    pointed_to = getattr(field, "target_field", field)  # a key is read as what it points to
    return UUID if isinstance(pointed_to, models.UUIDField) else datetime if isinstance(pointed_to, models.DateTimeField) else str


@lru_cache
def _read_by_the_database(model: type[models.Model]) -> tuple[tuple[int, "models.Field[Any, Any]"], ...]:
    """The columns that neither come as they are nor are read by `fetch`, such as lists of JSON: few, and what there are stays."""
    connection = connections["default"]
    return tuple((place, field) for place, field in enumerate(model._meta.concrete_fields) if _kind(field) is str and _converters(field, connection))


def objects_of(model: type[ModelT], names: Sequence[str], rows: Sequence[tuple[Any, ...]], connection: BaseDatabaseWrapper) -> list[ModelT]:
    """
    Return rows as objects; what many of them share, such as an instant, is read once, a third of what a raw query costs.

    Args:
        model: Their table.
        names: Their columns.
        rows: As the database's driver gives them.
        connection: From which they come.
    """
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else {}
    fields = [field for field in model._meta.concrete_fields if field.column in columns]
    read = [_column(field, columns[str(field.column)], connection) for field in fields]
    return [model.from_db(connection.alias, [field.attname for field in fields], values) for values in zip(*read, strict=True)]


def _column(field: "models.Field[Any, Any]", values: Sequence[Any], connection: BaseDatabaseWrapper) -> Iterable[Any]:
    converters = _converters(field, connection)
    if not converters:
        return values
    column = field.get_col(field.model._meta.db_table)
    known = {value: reduce(lambda found, convert: convert(found, column, connection), converters, value) for value in set(values)}
    return map(known.__getitem__, values)


def _converters(field: "models.Field[Any, Any]", connection: BaseDatabaseWrapper) -> Sequence[Callable[..., Any]]:
    column = field.get_col(field.model._meta.db_table)
    return [*connection.ops.get_db_converters(column), *column.get_db_converters(connection)]


def insert_object(row: models.Model) -> None:
    """
    Write a new object of a table; half of what `create` costs, whose statement is put together anew each time.

    Args:
        row: Not yet written, of a table in the main database. A number that the database gives is not read back.

    Raises:
        IntegrityError: It is there already, or is out of shape.
    """
    given = {str(field.column): getattr(row, field.attname) for field in row._meta.concrete_fields}
    insert(type(row), [{name: value for name, value in given.items() if name != row._meta.pk.column or value is not None}])
    row._state.adding, row._state.db = False, "default"
