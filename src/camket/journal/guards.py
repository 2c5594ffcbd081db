"""Make the database itself refuse to change or delete what the journal has written. Not a proof (see verification), a fence."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

REFUSAL = "the journal is only ever added to"

# the class of errors that Django knows as IntegrityError, as on SQLite
_RAISE = f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'restrict_violation'"

_FIXED = ("id", "at", "leaf", "writer", "counter", "mac")
_READABLE = ("act", "actor_role", "actor_id", "operation", "purpose", "outcome", "edition", "clauses", "payload", "salt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """One refusal: which change to which table, and when; `needs_look_up` where the answer stands in another row."""

    name: str
    table: str
    change: str
    when: str = ""
    needs_look_up: bool = False


def _any_differs(columns: tuple[str, ...]) -> str:
    return " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)


# withholding and its undoing are the only changes of an entry's words: the payload goes, or comes back, as a whole
_ENTRY_CHANGES = f"""
    {_any_differs(_FIXED)}
    OR (OLD.position IS NOT NULL AND NEW.position IS DISTINCT FROM OLD.position)
    OR ((NEW.payload IS NULL) = (OLD.payload IS NULL) AND ({_any_differs(_READABLE)}))
"""
_STILL_TOLD = "EXISTS (SELECT 1 FROM journal_journalentry WHERE id = OLD.entry_id AND payload IS NOT NULL)"

GUARDS = (
    Guard(name="journal_entry_changed", table="journal_journalentry", change="UPDATE", when=_ENTRY_CHANGES),
    Guard(name="journal_entry_deleted", table="journal_journalentry", change="DELETE"),
    Guard(name="journal_subject_changed", table="journal_entrysubject", change="UPDATE"),
    Guard(name="journal_subject_deleted", table="journal_entrysubject", change="DELETE", when=_STILL_TOLD, needs_look_up=True),
    Guard(name="journal_node_changed", table="journal_treenode", change="UPDATE"),
    Guard(name="journal_node_deleted", table="journal_treenode", change="DELETE"),
    Guard(
        name="journal_head_shrunk",
        table="journal_treehead",
        change="UPDATE",
        when="NEW.id <> OLD.id OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.frontier IS DISTINCT FROM OLD.frontier)",
    ),
    Guard(name="journal_head_deleted", table="journal_treehead", change="DELETE"),
    Guard(name="journal_checkpoint_changed", table="journal_checkpoint", change="UPDATE"),
    Guard(name="journal_checkpoint_deleted", table="journal_checkpoint", change="DELETE"),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """
    Put every guard in place, replacing those that are there.

    A later migration that rebuilds one of these tables on SQLite takes its triggers with it and has to call this again.

    Args:
        connection: A connection that may create triggers.
    """
    lift(connection)
    _run(connection, _sqlite_installation() if connection.vendor == "sqlite" else _postgresql_installation())


def lift(connection: BaseDatabaseWrapper) -> None:
    """
    Take every guard away: for taking the migration back, and for a test that empties its tables.

    Args:
        connection: A connection that may drop triggers.
    """
    _run(connection, _sqlite_removal() if connection.vendor == "sqlite" else _postgresql_removal())


def missing(connection: BaseDatabaseWrapper) -> frozenset[str]:
    """
    Return the names of guards that are not in place.

    Args:
        connection: A connection that may read the catalogue.
    """
    catalogue = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.vendor == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    )
    with connection.cursor() as cursor:
        cursor.execute(catalogue)
        return frozenset(guard.name for guard in GUARDS) - {row[0] for row in cursor.fetchall()}


def _run(connection: BaseDatabaseWrapper, statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _sqlite_installation() -> Iterator[str]:
    for guard in GUARDS:
        when = f"WHEN {guard.when}" if guard.when else ""
        yield (f"CREATE TRIGGER {guard.name} BEFORE {guard.change} ON {guard.table} FOR EACH ROW {when} BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END")


def _sqlite_removal() -> Iterator[str]:
    for guard in GUARDS:
        yield f"DROP TRIGGER IF EXISTS {guard.name}"


def _postgresql_installation() -> Iterator[str]:
    yield _postgresql_function("journal_refuse", _RAISE)
    for guard in GUARDS:
        function, when = "journal_refuse", f"WHEN ({guard.when})" if guard.when else ""
        if guard.needs_look_up:  # a trigger's WHEN may not look into other rows there
            function, when = guard.name, ""
            yield _postgresql_function(function, f"IF {guard.when} THEN {_RAISE}; END IF; RETURN OLD")
        yield f"CREATE TRIGGER {guard.name} BEFORE {guard.change} ON {guard.table} FOR EACH ROW {when} EXECUTE FUNCTION {function}()"


def _postgresql_removal() -> Iterator[str]:
    for guard in GUARDS:
        yield f"DROP TRIGGER IF EXISTS {guard.name} ON {guard.table}"
        if guard.needs_look_up:
            yield f"DROP FUNCTION IF EXISTS {guard.name}()"
    yield "DROP FUNCTION IF EXISTS journal_refuse()"


def _postgresql_function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN {body}; END $guard$"
