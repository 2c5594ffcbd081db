"""The journal's tables change their shape without losing an entry, a node or a guard, forward and back: a restored backup takes the same way."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from camket.journal import actions, guards, queries, tree
from camket.journal.models import TreeNode
from camket.journal.verification import verify
from tests.journal.deeds import AN, by_force, several, withhold

A_LEAF = 'INSERT INTO journal_treenode (level, "index", hash) SELECT 0, position, leaf FROM journal_journalentry WHERE position = 6'


def migrate(name: str) -> None:
    executor = MigrationExecutor(connections["default"])
    executor.migrate([("journal", name)])


@pytest.fixture(autouse=True)
def shape_of_now(db: None) -> Iterator[None]:
    """Whatever a test leaves, the next one finds the tables as they are today."""
    yield
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(newest := executor.loader.graph.leaf_nodes()):
        executor.migrate(newest)


@pytest.mark.clause("7.3")
class TestTheShapeOfThen:
    @pytest.mark.django_db(transaction=True)
    def test_has_leaves_among_the_nodes_and_they_go_again(self, home: Path) -> None:
        several(7)
        migrate("0002_guards")
        assert TreeNode.objects.count() == tree.count_nodes(7) + 7
        assert guards.missing(connections["default"]) == frozenset()
        migrate("0004_short_ids")
        assert TreeNode.objects.count() == tree.count_nodes(7)
        assert guards.missing(connections["default"]) == frozenset()
        assert verify(checkpoints=home).problems == ()

    @pytest.mark.django_db(transaction=True)
    def test_has_ids_in_letters_on_sqlite_and_they_become_bytes_again(self, home: Path) -> None:
        ids = several(3)
        withhold(ids[1])
        stored = "SELECT id, (SELECT count(*) FROM journal_entrysubject n WHERE n.entry_id = e.id) FROM journal_journalentry e ORDER BY id"
        migrate("0002_guards")
        with connections["default"].cursor() as cursor:
            cursor.execute(stored)
            found = cursor.fetchall()
        spelled = {str(UUID(text)) if isinstance(text, str) else str(text) for text, _ in found}
        assert {str(entry_id) for entry_id in ids} < spelled
        assert [named for _, named in found] == [1, 0, 0, 1]  # the second is withheld, and what says so names nobody
        migrate("0004_short_ids")
        assert guards.missing(connections["default"]) == frozenset()
        assert [row.id for row in queries.naming(AN)] == [ids[2], ids[0]]
        actions.sequence()
        assert verify(checkpoints=home).problems == ()

    @pytest.mark.django_db
    def test_is_refused_by_the_shape_of_now(self) -> None:
        several(7)
        with pytest.raises(IntegrityError), transaction.atomic():
            by_force(A_LEAF)
