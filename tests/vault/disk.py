"""What the databases' own files still hold: read as bytes, as a thief would."""

from pathlib import Path

from django.db import connections


def files_of(alias: str) -> list[Path]:
    """Return the files of one SQLite database, or the files of its tables on PostgreSQL."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        name = Path(str(connection.settings_dict["NAME"]))
        return [path for path in (name, name.with_name(f"{name.name}-wal")) if path.exists()]
    with connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        cursor.execute("SHOW data_directory")
        (folder,) = cursor.fetchone()
        # what is long lies in a table of its own beside its table
        tables = "SELECT oid, reltoastrelid FROM pg_class WHERE relname LIKE 'vault%' AND relkind IN ('r', 'i')"
        cursor.execute(f"SELECT pg_relation_filepath(unnest(ARRAY[oid, NULLIF(reltoastrelid, 0)])) FROM ({tables}) AS t")  # noqa: S608  # our own words
        return [Path(folder) / path for (path,) in cursor.fetchall() if path]


def holds(alias: str, canary: bytes) -> bool:
    """Whether any file of a database holds these bytes."""
    return any(canary in path.read_bytes() for path in files_of(alias))
