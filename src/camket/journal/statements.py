"""Statements that are written out: the journal and the vault stand in the way of every use of personal data, so they must be quick."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from camket.journal.ids import ShortUUIDField

Value = str | int | UUID | datetime | bytes | None

_MANY = 16  # rows from which on it is worth telling PostgreSQL first that rows will come
_BOUND = re.compile(r"\(\d+\)")
_PLAIN: frozenset[type] = frozenset({bytes, int, str, bool, type(None)})  # what both drivers take as it is
_PLAIN_AND_IDS: frozenset[type] = _PLAIN | {UUID, datetime}
_ONE = (str, int, UUID, datetime, bytes, type(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """
    A statement in words that both databases know; `columns` says what comes back.

    `%s` stands for a value, `IN ({})` and `NOT IN ({})` for a list of them, each written like that. An id is given as text only where the
    same database gave it so: the other writes ids in another way.
    """

    text: str
    columns: tuple[type, ...] = ()
    database: str = "default"
    is_locking: bool = False  # what it reads stays as it is until the transaction ends
    has_short_ids: bool = False  # its tables keep ids as `ShortUUIDField` does

    def __post_init__(self) -> None:
        if {"{", "}"} & set(_with_arrays(self.text)):
            raise ValueError("in a statement a list stands as `IN ({})` or `NOT IN ({})`, and there is no other brace")


def fetch(statement: Statement, *given: Value | Collection[Value]) -> list[tuple[Any, ...]]:
    """
    Return the rows of a statement; none where one of its lists is empty.

    An eighth of what a queryset costs for one row: nothing is put together anew but, for SQLite, the marks of the lists.

    Args:
        statement: What to ask.
        given: For each `%s` a value and for each `{}` a collection, in the order of the text.

    Raises:
        TransactionManagementError: The statement locks what it reads, and no transaction is open.
    """
    connection = connections[statement.database]
    if statement.is_locking and not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a lock ends with its transaction: open one first")
    ids = _Ids()
    filled = _filled(connection, statement, given, ids)
    if filled is None:
        return []
    with connection.cursor() as cursor:
        cursor.execute(*filled)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    if connection.features.has_native_uuid_field or not rows:
        return rows
    reading: dict[type, Mapping[Any, Any]] = {UUID: ids, datetime: _InstantsRead(connection)}
    places = [place for place, kind in enumerate(statement.columns) if kind in reading]
    if not places:
        return rows
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))  # a column at a time: nothing of Python's is called for what is known already
    for place in places:
        columns[place] = map(reading[statement.columns[place]].__getitem__, columns[place])
    return list(zip(*columns, strict=True))


def change(statement: Statement, *given: Value | Collection[Value]) -> int:
    """
    Do what a statement says, and return how many rows it changed; none where one of its lists is empty.

    Args:
        statement: An UPDATE or a DELETE.
        given: For each `%s` a value and for each `{}` a collection, in the order of the text.
    """
    connection = connections[statement.database]
    filled = _filled(connection, statement, given, _Ids())
    if filled is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(*filled)
        return int(cursor.rowcount)


def change_each(statement: Statement, rows: Sequence[Sequence[Value]]) -> None:
    """
    Do what a statement says once for each row of values; the database is asked once.

    Args:
        statement: An UPDATE or a DELETE, without lists.
        rows: For each `%s` a value, in the order of the text.
    """
    connection = connections[statement.database]
    if rows:
        with connection.cursor() as cursor:
            cursor.executemany(statement.text, [[written(connection, value, is_short=statement.has_short_ids) for value in row] for row in rows])


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]], *, database: str = "default", ending: str = "") -> int:
    """
    Write new rows of a table in one statement, and return how many there are now that were not there before.

    A third of what `bulk_create` costs for one row: no object is built and no statement is put together anew. Many rows go to PostgreSQL
    by COPY, for a value of a statement costs ten times as much to hand over.

    Args:
        model: The table.
        rows: A value by the column's name, in all rows for the same columns; the others are left to the database.
        database: The alias of the table's database.
        ending: What stands behind the rows, such as `ON CONFLICT DO NOTHING`.

    Raises:
        IntegrityError: A row is there already, or is out of shape; on SQLite those before it are written, so the transaction has to go.
    """
    if not rows:
        return 0
    connection = connections[database]
    insertion = _insertion(model, tuple(rows[0]), database)
    writing = _Writing(connection)
    values: Any = (
        [writing.row(insertion, rows[0])]
        if len(rows) == 1
        else zip(*[writing.column(column, of_id, [row[name] for row in rows]) for name, column, of_id in insertion.columns], strict=True)
    )
    are_many = len(rows) >= _MANY
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite" or (are_many and ending):
            cursor.executemany(f"{insertion.opening} VALUES ({insertion.marks}) {ending}", values)
        elif are_many:
            with connection.wrap_database_errors, cursor.copy(insertion.copying) as copying:
                copying.set_types(insertion.types)
                for one in values:
                    copying.write_row(one)
        else:
            marks = ", ".join([f"({insertion.marks})"] * len(rows))
            cursor.execute(f"{insertion.opening} VALUES {marks} {ending}", list(chain.from_iterable(values)))
        return int(cursor.rowcount)


def joined(database: str = "default") -> AbstractContextManager[object]:
    """
    Return a transaction to write in: the one that is open already, without a savepoint in it, or a new one.

    Whoever uses it raises before the first write, or lets the whole transaction go.

    Args:
        database: The alias of the database.
    """
    return nullcontext() if connections[database].in_atomic_block else transaction.atomic(using=database)


def written(connection: BaseDatabaseWrapper, value: Any, *, is_short: bool = False) -> Any:
    """
    Return a value as a database's driver takes it: SQLite knows neither ids nor instants, Django writes them as text.

    Args:
        connection: To the database.
        value: An id, an instant, or what drivers take as it is.
        is_short: Whether an id is kept as `ShortUUIDField` keeps it.
    """
    if isinstance(value, UUID):
        if connection.features.has_native_uuid_field:
            return value
        return value.bytes if is_short else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


class _Ids(dict[Any, Any]):
    """Ids by how a database that knows none has them: one that was given, or comes often, is not made anew."""

    def __missing__(self, text: str | bytes | None) -> UUID | None:
        found = self[text] = None if text is None else UUID(bytes=text) if isinstance(text, bytes) else UUID(int=int(text, 16))
        return found


class _InstantsRead(dict[Any, Any]):
    """Instants by how a database that knows none has them; each is read once."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, text: str | None) -> datetime | None:
        operations: Any = self._connection.ops
        found: datetime | None = operations.convert_datetimefield_value(text, None, self._connection)
        self[text] = found
        return found


class _Instants(dict[datetime, Any]):
    """Instants as a database's driver takes them; rows that are written together have few."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        super().__init__()
        self._connection = connection

    def __missing__(self, instant: datetime) -> Any:
        found = self[instant] = written(self._connection, instant)
        return found


class _Writing:
    """How the rows of one insertion are handed to a database's driver."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self._plain, self._instants = _plain(connection), _Instants(connection)
        self._has_ids = connection.features.has_native_uuid_field

    def row(self, insertion: "_Insertion", row: Mapping[str, Any]) -> list[Any]:
        """Return the values of one row as the driver takes them: of most it takes every one as it is."""
        plain = self._plain - {str} if self._has_ids else self._plain
        return [value if type(value := row[name]) in plain else self.column(column, of_id, [value])[0] for name, column, of_id in insertion.columns]

    def column(self, column: Any, of_id: Callable[[UUID], str | bytes], values: list[Any]) -> list[Any]:
        """Return the values of a column as the driver takes them: of most it takes every one as it is, and one look at their kinds says so."""
        kinds = set(map(type, values))
        if str in kinds and self._has_ids and isinstance(column, models.UUIDField):  # as this database gave them
            return [UUID(int=int(value.replace("-", ""), 16)) if type(value) is str else value for value in values]
        if self._plain.issuperset(kinds):
            return values
        plain, instants, connection = self._plain, self._instants, self._connection
        return [
            value
            if (kind := type(value)) in plain
            else instants[value]
            if kind is datetime
            else of_id(value)
            if kind is UUID
            else column.get_db_prep_save(value, connection)
            for value in values
        ]


def _plain(connection: BaseDatabaseWrapper) -> frozenset[type]:
    """What the database's driver takes as it is."""
    return _PLAIN_AND_IDS if connection.features.has_native_uuid_field else _PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class _Insertion:
    """How a statement that writes rows of a table begins, the marks for one row, the columns in their order, and the same for COPY."""

    opening: str
    marks: str
    columns: tuple[tuple[str, Any, Callable[[UUID], str | bytes]], ...]  # with how an id is written where the database knows none
    copying: str
    types: tuple[str, ...]


@lru_cache
def _insertion(model: type[models.Model], names: tuple[str, ...], database: str) -> _Insertion:
    by_name = {str(field.column): field for field in model._meta.concrete_fields if field.column}
    columns = [(name, getattr(by_name[name], "target_field", by_name[name])) for name in names]  # a key is written as what it points to
    table, listed = f'"{model._meta.db_table}"', ", ".join(f'"{name}"' for name in names)  # names come from the model, values go apart
    return _Insertion(
        opening=f"INSERT INTO {table} ({listed})",
        marks=", ".join(["%s"] * len(names)),
        # an id by itself: the column's own way costs five times as much
        columns=tuple((name, column, attrgetter("bytes" if isinstance(column, ShortUUIDField) else "hex")) for name, column in columns),
        copying=f"COPY {table} ({listed}) FROM STDIN (FORMAT BINARY)",
        types=tuple(_BOUND.sub("", str(by_name[name].db_type(connections[database]))) for name in names),
    )


def _filled(
    connection: BaseDatabaseWrapper, statement: Statement, given: Sequence[Value | Collection[Value]], ids: _Ids
) -> tuple[str, list[Any]] | None:
    """The text with its marks and the values to them, or None where one of the lists is empty; ids are noted where they are written as text."""
    lists = [some for some in given if not isinstance(some, _ONE)]
    if not all(lists):
        return None
    if connection.vendor == "postgresql" and any(len(some) > 1 for some in lists):
        text = _with_arrays(statement.text)
        values: list[Any] = [one if isinstance(one, _ONE) else _array(one) for one in given]
    else:
        values = _listed(connection, statement, given, ids)
        text = statement.text.format(*(", ".join(["%s"] * len(some)) for some in lists)) if lists else statement.text
    if statement.is_locking and connection.features.has_select_for_no_key_update:
        text += " FOR NO KEY UPDATE"
    return text, values


def _listed(connection: BaseDatabaseWrapper, statement: Statement, given: Sequence[Value | Collection[Value]], ids: _Ids) -> list[Any]:
    """Every value by itself as the driver takes it; a list that stands in several places is written once."""
    values, known, plain = list[Any](), dict[int, list[Any]](), _plain(connection)  # lists by which they are
    for one in given:
        if type(one) in plain:
            values.append(one)
            continue
        if isinstance(one, _ONE):
            values += _in_text(connection, statement, (one,), ids)
            continue
        if id(one) not in known:
            known[id(one)] = _in_text(connection, statement, one, ids)
        values += known[id(one)]
    return values


def _in_text(connection: BaseDatabaseWrapper, statement: Statement, some: Collection[Value], ids: _Ids) -> list[Any]:
    kinds = set(map(type, some))
    if _plain(connection).issuperset(kinds):
        return list(some)
    if kinds == {UUID}:
        texts = list(map(attrgetter("bytes" if statement.has_short_ids else "hex"), some))
        ids.update(zip(texts, some, strict=True))
        return texts
    return [written(connection, one, is_short=statement.has_short_ids) for one in some]


@lru_cache
def _with_arrays(text: str) -> str:
    """The text for PostgreSQL, with one mark for a list: whatever its length, it is the same statement, prepared once."""
    return text.replace("NOT IN ({})", "<> ALL(%s)").replace("IN ({})", "= ANY(%s)")


def _array(some: Collection[Any]) -> str | list[Any]:
    """A list as PostgreSQL's arrays are written; ids and bytes by ourselves, a tenth of what the driver takes for thousands."""
    kinds = set(map(type, some))
    if kinds == {UUID}:
        return "{" + ",".join([one.hex for one in some]) + "}"
    if kinds == {bytes}:
        return '{"\\\\x' + '","\\\\x'.join([one.hex() for one in some]) + '"}'
    if kinds == {str}:  # untyped, as each by itself is handed over
        together = "".join(some)  # one look at all of them: ids have nothing to quote
        if '"' in together or "\\" in together:
            some = [one.replace("\\", "\\\\").replace('"', '\\"') for one in some]
        return '{"' + '","'.join(some) + '"}'
    return list(some)
