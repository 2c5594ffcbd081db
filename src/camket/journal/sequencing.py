"""Give entries their places: one head at a time, under its lock."""

from collections.abc import Sequence

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from camket.journal import tree
from camket.journal.models import TreeHead, TreeNode
from camket.journal.statements import insert
from camket.journal.tree import Frontier

DATABASE = "default"
_HEAD = "SELECT size, frontier FROM journal_treehead WHERE id = 1"
_MOVE_HEAD = "UPDATE journal_treehead SET size = %s, frontier = %s WHERE id = 1 AND size = %s AND frontier = %s"

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

# the edge that this process saw last in each database: a guess, for the head moves on only from where it stands
_seen: dict[str, Frontier] = {}


class HeadMoved(Exception):
    """The tree's head is not where its lock has kept it: somebody writes without the lock, and nothing may be added."""


def is_inline(connection: BaseDatabaseWrapper) -> bool:
    """
    Return whether entries get their places as they are written.

    On SQLite one writer holds the whole file anyway; on PostgreSQL every writer would wait for the head.

    Args:
        connection: The connection that writes.
    """
    return connection.vendor == "sqlite"


def append_inline(connection: BaseDatabaseWrapper, leaves: Sequence[bytes]) -> int:
    """
    Return the place that the first of some new leaves got, the others following it; the caller's transaction holds the head until it ends.

    Args:
        connection: The one that writes the entries, inside a transaction.
        leaves: The entries' leaves, 32 bytes each; at least one.
    """
    with connection.cursor() as cursor:
        edge = _seen.get(_name_of(connection))
        if edge is None or not _grow(cursor, edge, leaves):
            # another process moved the head, or what was seen has been taken back
            edge = locked_head(cursor)
            if not _grow(cursor, edge, leaves):
                raise HeadMoved("the journal's head moved under its lock")
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
        if placed and not _grow(cursor, edge, [leaf for _, leaf in placed]):
            raise HeadMoved("the journal's head moved under its lock")
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


def _grow(cursor: CursorWrapper, edge: Frontier, leaves: Sequence[bytes]) -> bool:
    """Return whether the tree ended at this edge; then it grew by these leaves, otherwise nothing was written."""
    grown, completed = tree.append(edge, leaves)
    cursor.execute(_MOVE_HEAD, [grown.size, grown.as_bytes(), edge.size, edge.as_bytes()])
    if cursor.rowcount != 1:
        return False
    insert(TreeNode, [{"level": place.level, "index": place.number, "hash": value} for place, value in completed])
    _seen[_name_of(cursor.db)] = grown
    return True


def _name_of(connection: BaseDatabaseWrapper) -> str:
    return str(connection.settings_dict["NAME"])
