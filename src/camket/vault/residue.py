"""Purging what a database file remembers of deleted rows."""

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

_TABLES = {
    "default": ("vault_record", "vault_file", "vault_need", "vault_consent", "vault_legalhold"),
    "keys": ("vault_keys_subjectkey", "vault_keys_matterkey", "vault_keys_identitytoken"),
}
# VACUUM keeps every dead row that the oldest open snapshot could still see: it takes what was deleted before now only if none is older
_NOBODY_LOOKS_BACK = """
    SELECT NOT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND age(backend_xmin) > age(%s::text::xid)
    )
"""


def purge_residue() -> bool:
    """
    Remove what deleted rows and keys left in write-ahead logs and dead tuples, and return whether all of it went.

    SQLite overwrites deleted cells (secure_delete) but its write-ahead log keeps older pages until it is truncated, which waits
    for readers. PostgreSQL keeps dead tuples until VACUUM, and VACUUM leaves those that an open snapshot could still see; a page
    whose tuples have all died it frees without overwriting it (docs/threat-model.md). Inside a transaction nothing goes.

    Source: policy §4 (4.7); house.md §3 (collected within 24 h).
    """
    return all([_purge(connections[alias], tables) for alias, tables in _TABLES.items()])  # noqa: C419  # each is purged, whatever the others answered


def _purge(connection: BaseDatabaseWrapper, tables: tuple[str, ...]) -> bool:
    if connection.in_atomic_block:
        return False
    return _truncate_log(connection) if connection.vendor == "sqlite" else _vacuum(connection, tables)


def _truncate_log(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy, _, _ = cursor.fetchone()
    return not busy


def _vacuum(connection: BaseDatabaseWrapper, tables: tuple[str, ...]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::xid::text")  # a fresh number: everything deleted so far has a smaller one
        cursor.execute(_NOBODY_LOOKS_BACK, cursor.fetchone())
        (is_all_removable,) = cursor.fetchone()
        for table in tables:
            cursor.execute(f"VACUUM {table}")
    return bool(is_all_removable)
