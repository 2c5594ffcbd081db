"""Give entries their places: one head at a time, under its lock."""

from collections.abc import Iterable

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from camket.journal import tree
from camket.journal.inserts import insert
from camket.journal.models import TreeHead, TreeNode
from camket.journal.tree import Frontier

DATABASE = "default"
_HEAD = "SELECT size, frontier FROM journal_treehead WHERE id = 1"
_MOVE_HEAD = "UPDATE journal_treehead SET size = %s, frontier = %s WHERE id = 1"

# the same words for both databases; the order is fixed by the window, not by what the planner happens to choose
_PLACE = """
    UPDATE journal_journalentry SET position = %s + waiting.rank
    FROM (
        SELECT id AS waiting_id, row_number() OVER (ORDER BY at, id) - 1 AS rank
        FROM journal_journalentry WHERE position IS NULL ORDER BY at, id LIMIT %s
    ) AS waiting
    WHERE id = waiting.waiting_id
    RETURNING position, leaf
"""


def is_inline(connection: BaseDatabaseWrapper) -> bool:
    """
    Return whether entries get their places as they are written.

    On SQLite one writer holds the whole file anyway; on PostgreSQL every writer would wait for the head.

    Args:
        connection: The connection that writes.
    """
    return connection.vendor == "sqlite"


def append_inline(cursor: CursorWrapper, leaf: bytes) -> int:
    """
    Return the place that a new leaf got; the caller's transaction holds the head until it ends.

    Args:
        cursor: The caller's.
        leaf: The entry's leaf, 32 bytes.
    """
    edge = locked_head(cursor)
    _grow(cursor, edge, [leaf])
    return edge.size


def append_waiting(limit: int) -> int:
    """
    Give waiting entries their places, oldest first, in one transaction, and return how many got one.

    Args:
        limit: How many entries at most.
    """
    with transaction.atomic(using=DATABASE), connections[DATABASE].cursor() as cursor:
        edge = locked_head(cursor)
        cursor.execute(_PLACE, [edge.size, limit])
        placed = sorted((position, bytes(leaf)) for position, leaf in cursor.fetchall())
        if placed:
            _grow(cursor, edge, (leaf for _, leaf in placed))
    return len(placed)


def locked_head(cursor: CursorWrapper) -> Frontier:
    """
    Return the tree's edge, which nobody else can move until the transaction ends.

    Args:
        cursor: An open one, inside the transaction.
    """
    cursor.execute(_HEAD + (" FOR UPDATE" if cursor.db.features.has_select_for_update else ""))
    row = cursor.fetchone()
    if row is None:
        first, _ = TreeHead.objects.using(DATABASE).select_for_update().get_or_create(id=1, defaults={"size": 0, "frontier": b""})
        row = first.size, first.frontier
    return tree.frontier_from(row[0], bytes(row[1]))


def _grow(cursor: CursorWrapper, edge: Frontier, leaves: Iterable[bytes]) -> None:
    grown, completed = tree.append(edge, leaves)
    insert(cursor, TreeNode, [{"level": node.place.level, "index": node.place.number, "hash": node.hash} for node in completed])
    cursor.execute(_MOVE_HEAD, [grown.size, grown.as_bytes()])
