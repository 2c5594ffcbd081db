"""Guards: the database itself refuses what the journal never does, whoever asks."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connections, transaction

from camket.journal import actions, guards, queries
from camket.journal.models import Checkpoint, JournalEntry
from tests.journal.deeds import NOON, by_force, several, shown, withhold

REFUSED = [
    ("journal_entry_changed", "UPDATE journal_journalentry SET leaf = mac WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET mac = leaf WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET payload = leaf WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET salt = writer WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET writer = salt WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET counter = counter + 1000 WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET at = '2020-01-01 00:00:00+00:00' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET id = '0190d3a8000070008000000000000bad' WHERE position = 3"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET act = 'nothing.happened' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET actor_role = 'system' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET actor_id = '' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET operation = 'find' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET purpose = 'notify' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET outcome = 'PROHIBITED' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET edition = NULL WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET clauses = '9.9' WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET position = 99 WHERE position = 0"),
    ("journal_entry_changed", "UPDATE journal_journalentry SET position = NULL WHERE position = 0"),
    ("journal_entry_deleted", "DELETE FROM journal_journalentry WHERE id NOT IN (SELECT entry_id FROM journal_entrysubject)"),
    ("journal_subject_changed", "UPDATE journal_entrysubject SET subject_id = entry_id"),
    ("journal_subject_deleted", "DELETE FROM journal_entrysubject"),
    ("journal_node_changed", "UPDATE journal_treenode SET level = level + 10 WHERE level = 1"),
    ("journal_node_deleted", "DELETE FROM journal_treenode WHERE level = 1"),
    ("journal_head_shrunk", "UPDATE journal_treehead SET size = size - 1"),
    ("journal_head_shrunk", "UPDATE journal_treehead SET frontier = (SELECT leaf FROM journal_journalentry WHERE position = 0)"),
    ("journal_head_deleted", "DELETE FROM journal_treehead"),
    ("journal_checkpoint_changed", "UPDATE journal_checkpoint SET size = size + 1"),
    ("journal_checkpoint_deleted", "DELETE FROM journal_checkpoint"),
]


def ask(statement: str) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
class TestTheDatabase:
    @pytest.fixture(autouse=True)
    def written(self) -> None:
        several(3)
        shown(subjects=())
        actions.sequence()
        actions.checkpoint(now=NOON)

    @pytest.mark.parametrize(("name", "statement"), REFUSED)
    def test_refuses(self, name: str, statement: str) -> None:
        with pytest.raises(IntegrityError, match=guards.REFUSAL), transaction.atomic():
            ask(statement)

    @pytest.mark.parametrize(("name", "statement"), REFUSED)
    def test_would_do_it_without_its_guard(self, name: str, statement: str) -> None:
        assert by_force(statement) >= 1

    def test_lets_an_entry_be_withheld_and_released(self) -> None:
        entry_id = queries.recent(limit=1, before=1)[0].id
        actions.release(entry_id, withhold(entry_id))

    def test_refuses_to_withhold_in_part(self) -> None:
        for change in (
            "UPDATE journal_journalentry SET payload = NULL WHERE position = 0",
            "UPDATE journal_journalentry SET salt = NULL WHERE position = 0",
            "UPDATE journal_journalentry SET payload = NULL, salt = NULL WHERE position = 0",
            "UPDATE journal_journalentry SET payload = NULL, salt = NULL, act = 'entry.withheld' WHERE position = 0",
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                ask(change)

    def test_refuses_a_withheld_entry_that_is_made_readable_by_half(self) -> None:
        withhold(queries.recent(limit=1, before=1)[0].id)
        with pytest.raises(IntegrityError), transaction.atomic():
            ask("UPDATE journal_journalentry SET act = 'nothing.happened' WHERE position = 0")

    @pytest.mark.parametrize(
        "change",
        [
            {"leaf": b"short"},
            {"salt": b"short"},
            {"payload": b"x" * 131_073},
            {"writer": b""},
            {"mac": b"x" * 33},
            {"counter": 0},
            {"position": -1},
            {"act": "a" * 81},
            {"clauses": "1.1 " * 251},
        ],
    )
    def test_refuses_an_entry_out_of_shape(self, change: dict[str, object]) -> None:
        row = JournalEntry.objects.get(position=0)
        for name, value in {"id": "0190d3a8000070008000000000000bad", "position": None, "counter": 10**6, **change}.items():
            setattr(row, name, value)
        with pytest.raises(DatabaseError, match=r"(?i)check|too long|out of range"), transaction.atomic():
            row.save(force_insert=True)

    def test_refuses_a_checkpoint_out_of_shape(self) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            Checkpoint.objects.create(size=9, root=b"short", at=NOON, key_id="0" * 16, signature=bytes(64))


@pytest.mark.django_db
class TestTheGuards:
    def test_are_each_tried_above(self) -> None:
        assert {name for name, _ in REFUSED} == {guard.name for guard in guards.GUARDS}

    def test_are_all_in_place_after_migrating(self) -> None:
        assert guards.missing(connections["default"]) == frozenset()

    def test_are_known_to_be_missing_when_they_are(self) -> None:
        guards.lift(connections["default"])
        assert guards.missing(connections["default"]) == {guard.name for guard in guards.GUARDS}

    def test_can_be_put_in_place_again_and_again(self) -> None:
        guards.install(connections["default"])
        guards.install(connections["default"])
        assert guards.missing(connections["default"]) == frozenset()

    @pytest.mark.django_db(transaction=True)
    def test_go_and_come_with_their_migration(self) -> None:
        migration = import_module("camket.journal.migrations.0002_guards")
        with connections["default"].schema_editor() as editor:
            migration.lift(apps, editor)
            assert len(guards.missing(connections["default"])) == len(guards.GUARDS)
            migration.install(apps, editor)
        assert guards.missing(connections["default"]) == frozenset()
