"""Counting: a writer's numbers have no gap, whatever is rolled back, so that a gap means a deleted entry."""

import os
from pathlib import Path

import pytest
from django.db import connections, transaction

from camket.journal import actions
from camket.journal.models import JournalEntry
from camket.journal.verification import verify
from camket.journal.writers import take_counts
from tests.journal.deeds import by_force, shown

pytestmark = pytest.mark.django_db(transaction=True)


def runs() -> list[list[int]]:
    """Return the numbers of each writer, the writers by their first entry."""
    found: dict[bytes, list[int]] = {}
    for row in JournalEntry.objects.order_by("id"):
        found.setdefault(bytes(row.writer), []).append(row.counter)
    return list(found.values())


class TestAWritersNumbers:
    def test_go_on_over_transactions(self) -> None:
        shown()
        with transaction.atomic():
            shown()
            shown()
        shown()
        (numbers,) = runs()
        assert numbers == list(range(numbers[0], numbers[0] + 4))

    def test_have_no_gap_after_a_rollback(self, home: Path) -> None:
        shown()
        with transaction.atomic():
            shown()
            transaction.set_rollback(True)
        shown()
        assert all(len(numbers) == numbers[-1] - numbers[0] + 1 for numbers in runs())
        assert JournalEntry.objects.count() == 2
        assert verify(checkpoints=home).problems == ()

    def test_have_no_gap_after_a_savepoint_was_rolled_back(self, home: Path) -> None:
        with transaction.atomic():
            shown()
            with transaction.atomic():
                shown()
                transaction.set_rollback(True)
            shown()
            with transaction.atomic():
                shown()
            shown()
        actions.sequence()
        assert JournalEntry.objects.count() == 4
        assert verify(checkpoints=home).problems == ()

    def test_have_no_gap_when_the_next_transaction_opens_after_a_rollback(self, home: Path) -> None:
        with transaction.atomic():
            shown()
            transaction.set_rollback(True)
        with transaction.atomic():
            shown()
            shown()
        assert verify(checkpoints=home).problems == ()

    def test_go_on_when_an_entry_is_written_as_another_is_committed(self, home: Path) -> None:
        with transaction.atomic():
            transaction.on_commit(shown)
            shown()
            transaction.on_commit(shown)
        shown()
        assert JournalEntry.objects.count() == 4
        assert verify(checkpoints=home).problems == ()

    def test_are_not_shared_with_a_forked_child(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with transaction.atomic():
            (parent,) = take_counts(connections["default"], 1)
            monkeypatch.setattr(os, "getpid", lambda: 1)
            (child,) = take_counts(connections["default"], 1)
        assert parent.writer != child.writer
        assert child.counter == 1


class TestAnEntryDeletedBeforeItGotAPlace:
    def test_leaves_a_gap_that_is_found(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.journal.sequencing.is_inline", lambda connection: False)
        ids = [shown(subjects=()) for _ in range(3)]
        assert by_force("DELETE FROM journal_journalentry WHERE counter = %s", [JournalEntry.objects.get(id=ids[1]).counter]) == 1
        actions.sequence()
        found = verify(checkpoints=home)
        assert [problem.code for problem in found.problems] == ["entries_lost"]
