"""The journal's tables change their shape without losing an entry, a node or a guard, forward and back: a restored backup takes the same way."""

from pathlib import Path

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from camket.journal import guards, tree
from camket.journal.models import TreeNode
from camket.journal.verification import verify
from tests.journal.deeds import by_force, several

A_LEAF = 'INSERT INTO journal_treenode (level, "index", hash) SELECT 0, position, leaf FROM journal_journalentry WHERE position = 6'


def migrate(name: str) -> None:
    executor = MigrationExecutor(connections["default"])
    executor.migrate([("journal", name)])


@pytest.mark.clause("7.3")
class TestLeaves:
    @pytest.mark.django_db(transaction=True)
    def test_leave_the_table_of_nodes_and_come_back(self, home: Path) -> None:
        several(7)
        migrate("0002_guards")
        assert TreeNode.objects.count() == tree.count_nodes(7) + 7
        assert guards.missing(connections["default"]) == frozenset()
        migrate("0003_leaves_in_their_entries")
        assert TreeNode.objects.count() == tree.count_nodes(7)
        assert guards.missing(connections["default"]) == frozenset()
        assert verify(checkpoints=home).problems == ()

    @pytest.mark.django_db
    def test_are_refused_among_the_nodes(self) -> None:
        several(7)
        with pytest.raises(IntegrityError), transaction.atomic():
            by_force(A_LEAF)
