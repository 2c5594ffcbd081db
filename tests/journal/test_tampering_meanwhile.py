"""Tampering while eight write: no moment is so busy that what was changed in it is lost in the crowd."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from camket.journal import actions, signing
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


def same_again(folder: Path, name: str) -> Path:
    """Sign the head as it is now, and hand it out."""
    return handed_out(actions.checkpoint(now=NOON + timedelta(days=1)), folder, name)


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

    def test_an_old_copy_put_back_is_found(self, held: Path, home: Path, outside: Path) -> None:
        copy = force.copied()
        several(12)
        newer = same_again(outside, "held-20.json")
        while_eight_write(lambda: force.put_back(copy))
        assert not verify(checkpoints=home / "checkpoints").ok
        assert verdict(held, export_to(outside))[0] == 0
        assert verdict(newer, export_to(outside))[0] == 1

    def test_a_fork_is_found_by_two_holders_who_compare(self, held: Path, home: Path, outside: Path) -> None:
        several(4)
        first = same_again(outside, "first-12.json")
        while_eight_write(lambda: force.cut_off(8))
        (home / "checkpoints" / "checkpoint-12.json").unlink()
        second = same_again(outside, "second.json")
        assert verdict(held, second, export_to(outside))[0] == 0
        assert verdict(first, second)[0] == 1
        assert verdict(first, second, export_to(outside))[0] == 1

    def test_a_second_signer_is_found_inside_and_not_believed_outside(self, held: Path, home: Path, outside: Path) -> None:
        ours, key = signing.public_key_bytes(), home / "secrets" / "signing.key"
        while_eight_write(lambda: key.write_bytes(b"another key, of the same length."))
        theirs = same_again(outside, "theirs.json")
        assert "checkpoint_forged" in {problem.code for problem in verify(checkpoints=home / "checkpoints").problems}
        assert verdict(theirs, export_to(outside), key=ours)[0] == 1
        assert verdict(held, export_to(outside), key=ours)[0] == 0
