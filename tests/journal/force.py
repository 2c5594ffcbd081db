"""What somebody can do who owns the database, patient and careful: swap, delete, cut off, build the tree again, put an old copy back."""

from contextlib import closing
from typing import Any

from django.db import connections

from camket.journal import guards, tree
from camket.journal.models import Checkpoint, EntrySubject, JournalEntry, TreeHead, TreeNode
from tests.journal.deeds import by_force

TABLES = [model._meta.db_table for model in (JournalEntry, EntrySubject, TreeNode, TreeHead, Checkpoint)]
Copy = dict[str, tuple[list[str], list[Any]]]


def swap(one: int, other: int) -> None:
    """Let two entries change places."""
    for old, new in ((one, -1), (other, one), (-1, other)):
        by_force(
            "UPDATE journal_journalentry SET position = %s WHERE position = %s", [1_000_000 if new == -1 else new, 1_000_000 if old == -1 else old]
        )


def delete(where: str) -> None:
    """Delete entries, and whom they name."""
    chosen = f"SELECT id FROM journal_journalentry WHERE {where}"  # noqa: S608  # our own words, nobody else's
    by_force(f"DELETE FROM journal_entrysubject WHERE entry_id IN ({chosen})")  # noqa: S608  # the same
    by_force(f"DELETE FROM journal_journalentry WHERE {where}")  # noqa: S608  # the same


def build_tree_again() -> None:
    """Do what a patient forger would: compute every node and the head from the entries as they are now."""
    edge, completed = tree.append(tree.Frontier(), [bytes(row.leaf) for row in JournalEntry.objects.sequenced()])
    by_force("DELETE FROM journal_treenode")
    for node in completed:
        by_force('INSERT INTO journal_treenode (level, "index", hash) VALUES (%s, %s, %s)', [*node.place, node.hash])
    by_force("UPDATE journal_treehead SET size = %s, frontier = %s", [edge.size, edge.as_bytes()])


def cut_off(size: int) -> None:
    """Make the journal as if nothing had come after the first entries: no entry, no node, no checkpoint in the database tells of more."""
    delete(f"position >= {size}")
    by_force("DELETE FROM journal_checkpoint WHERE size > %s", [size])
    build_tree_again()


def copied() -> Copy:
    """Return everything the journal's tables hold, as a backup would."""
    held: Copy = {}
    with closing(connections["default"].cursor()) as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # our own tables
            held[table] = [column[0] for column in cursor.description], cursor.fetchall()
    return held


def put_back(copy: Copy) -> None:
    """Put a copy of the journal's tables in the place of what is there."""
    connection = connections["default"]
    guards.lift(connection)
    with closing(connection.cursor()) as cursor:
        for table in (TABLES[1], *TABLES[:1], *TABLES[2:]):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608  # our own tables
        for table in TABLES:
            columns, rows = copy[table]
            names, marks = ", ".join(f'"{column}"' for column in columns), ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # noqa: S608  # our own tables
    guards.install(connection)
