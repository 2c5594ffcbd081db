"""Triggers by which the database itself refuses to change what must never change."""

from collections.abc import Callable, Sequence
from typing import Any

_POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_{verb}_refused() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table}: rows are never {past}'; END $$;
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_{verb}_refused();
"""
_SQLITE = """
CREATE TRIGGER {table}_{verb}_refused BEFORE {verb} {columns} ON {table} BEGIN SELECT RAISE(ABORT, '{table}: rows are never {past}'); END;
"""


def refuse(table: str, verb: str, columns: Sequence[str] = ()) -> tuple[Callable[[Any, Any], None], Callable[[Any, Any], None]]:
    """
    Return the two halves of a migration step that makes the database refuse one verb on one table.

    Args:
        table: The table's name.
        verb: `UPDATE` or `DELETE`.
        columns: For UPDATE: only these columns are guarded; all of them when empty.
    """
    only = f"OF {', '.join(columns)}" if columns else ""
    words = {"table": table, "verb": verb, "columns": only, "past": {"UPDATE": "changed", "DELETE": "deleted"}[verb]}

    def forward(apps: Any, editor: Any) -> None:
        template = _POSTGRESQL if editor.connection.vendor == "postgresql" else _SQLITE
        editor.execute(template.format(**words), params=None)

    def backward(apps: Any, editor: Any) -> None:
        on = f" ON {table}" if editor.connection.vendor == "postgresql" else ""
        editor.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}_refused{on}", params=None)

    return forward, backward
