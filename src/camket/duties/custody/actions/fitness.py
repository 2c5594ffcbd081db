"""Whether the databases that were named can hold a house: each a place of its own, for text of every script, where tables may be made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connections
from django.utils.translation import gettext_noop as _

from camket.duties.custody.rules import Finding, found

VARIABLES: Final[Mapping[str, str]] = {"default": "CAMKET_DATABASE_URL", "keys": "CAMKET_KEYS_DATABASE_URL"}
_FOR_EVERY_SCRIPT = "UTF8"


class DatabaseUnfit(Exception):
    """A database that was named cannot hold a house; the message says which one, why, and what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    encoding: str
    where: tuple[datetime, str, str]  # since when its server runs, database, schema: alike for two that are one
    may_make_tables: bool
    has_tables: bool


def require_fit_databases() -> None:
    """
    Make sure that the databases can hold a house that is yet to be made.

    Raises:
        DatabaseUnfit: One cannot.
    """
    for alias, one in unfit_databases(connections).items():
        raise DatabaseUnfit(f"{VARIABLES[alias]}: {one.sentence}; {one.hint}")


def unfit_databases(aliases: Iterable[str]) -> Mapping[str, Finding]:
    """
    Return what is wrong with those databases that cannot hold a house, by alias.

    Args:
        aliases: Of databases that answer. SQLite has no such faults.
    """
    places = {alias: _place(alias) for alias in aliases if connections[alias].vendor == "postgresql"}
    return {alias: one for alias in places if (one := _unfitness(alias, places))}


def _unfitness(alias: str, places: Mapping[str, _Place]) -> Finding | None:
    place, topic, variable = places[alias], f"database {alias}", VARIABLES[alias]
    if place.encoding != _FOR_EVERY_SCRIPT:
        hint = _("make another one with `createdb --template template0 --encoding UTF8`, and name it in %(variable)s")
        sentence = _("PostgreSQL keeps text as %(encoding)s there, and Vietnamese needs UTF8")
        return found(topic, "error", sentence, hint, encoding=place.encoding, variable=variable)
    if alias == "keys" and "default" in places and places["default"].where == place.where:
        hint = _("make a second one and name it in %(variable)s: a copy of one alone must open nothing")
        return found(topic, "error", _("it is the main database too"), hint, variable=variable)
    # once the tables are there nobody needs the right but an upgrade
    if not place.may_make_tables and not place.has_tables:
        hint = _("let the user in %(variable)s own the database, or grant it CREATE on the schema public there")
        return found(topic, "error", _("its user may make no tables there"), hint, variable=variable)
    return None


def _place(alias: str) -> _Place:
    with connections[alias].cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_encoding'), pg_postmaster_start_time(), current_database(), coalesce(current_schema(), ''),"
            " coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), to_regclass('django_migrations') IS NOT NULL"
        )
        encoding, since, database, schema, may_make_tables, has_tables = cursor.fetchone()
    return _Place(encoding=encoding, where=(since, database, schema), may_make_tables=may_make_tables, has_tables=has_tables)
