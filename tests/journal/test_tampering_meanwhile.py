"""Tampering while eight write: no moment is so busy that what was changed in it is lost in the crowd."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import transaction

from camket.journal import actions
from camket.journal.models import JournalEntry
from camket.journal.verification import verify
from tests.journal import force
from tests.journal.deeds import NOON, by_force, several
from tests.journal.offline import export_to, handed_out, verdict
from tests.journal.test_concurrency import WRITERS, apart, write
from tests.journal.test_tampering import (
    cut_off_the_end,
    delete_one,
    edit_everything,
    edit_leaf,
    edit_payload,
    swap_two,
    swap_two_and_build_the_tree_again,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.clause("7.3")]


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def held(outside: Path) -> Path:
    """A checkpoint of eight entries in somebody else's hand."""
    several(8)
    return handed_out(actions.checkpoint(now=NOON), outside, "held-8.json")


def while_eight_write(tamper: Callable[[], object]) -> None:
    """Tamper once, in one transaction and over a connection of its own, as soon as all have begun; then give every entry its place."""

    def at_once() -> None:
        with transaction.atomic():
            tamper()

    with ThreadPoolExecutor(WRITERS + 1) as pool:
        before = JournalEntry.objects.count()
        writing = [apart(pool, lambda writer=writer: write(writer)) for writer in range(WRITERS)]
        while JournalEntry.objects.count() < before + WRITERS:
            assert not all(future.done() for future in writing)
        tampering = apart(pool, at_once)
        for future in [*writing, tampering]:
            future.result()
    while actions.sequence():
        pass


def delete_one_and_close_every_gap() -> None:
    """Let everything that came after move up, and build the tree as if that had never been."""
    force.delete("position = 3")
    for (position,) in JournalEntry.objects.sequenced().filter(position__gt=3).values_list("position"):
        by_force("UPDATE journal_journalentry SET position = %s WHERE position = %s", [position - 1, position])
    force.build_tree_again()


def nothing() -> None:
    """What an honest day looks like."""


class TestAmongEightWriters:
    @pytest.mark.parametrize(
        "tamper",
        [
            edit_payload,
            edit_leaf,
            edit_everything,
            delete_one,
            delete_one_and_close_every_gap,
            swap_two,
            swap_two_and_build_the_tree_again,
            cut_off_the_end,
        ],
    )
    def test_tampering_is_found_inside_and_outside(self, tamper: Callable[[], None], held: Path, home: Path, outside: Path) -> None:
        while_eight_write(tamper)
        assert not verify(checkpoints=home / "checkpoints").ok
        assert verdict(held, export_to(outside))[0] == 1

    def test_an_honest_journal_is_sound(self, held: Path, home: Path, outside: Path) -> None:
        """A test of these tests: eight writers alone alarm nobody."""
        while_eight_write(nothing)
        assert verify(checkpoints=home / "checkpoints").ok
        assert verdict(held, export_to(outside))[0] == 0
