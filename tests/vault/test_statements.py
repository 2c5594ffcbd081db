"""Statements that are written out read what a queryset would read, on both databases."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from camket.journal.models import JournalEntry
from camket.journal.objects import fetch_objects, insert_object
from camket.journal.statements import Statement, change, fetch, insert, joined
from camket.vault.keys.models import IdentityToken
from camket.vault.models import Matter, Subject
from tests.vault.deeds import collect, somebody

pytestmark = pytest.mark.usefixtures("vault")

MATTERS = Statement(
    text="SELECT id, subject_id, opened_at, erased_at, reference FROM vault_matter WHERE subject_id IN ({}) AND id IN ({}) ORDER BY id",
    columns=(UUID, UUID, datetime, datetime, str),
)


class TestAStatement:
    def test_reads_what_a_queryset_reads(self, now: datetime) -> None:
        people = [collect(now=now) for _ in range(3)]
        found = fetch(MATTERS, [one.subject for one in people], [one.matter for one in people[:2]])
        columns = ("id", "subject_id", "opened_at", "erased_at", "reference")
        assert found == list(Matter.objects.filter(id__in=[one.matter for one in people[:2]]).order_by("id").values_list(*columns))

    def test_takes_values_and_lists_in_the_order_of_the_text(self, now: datetime) -> None:
        kept = collect(now=now)
        statement = Statement(text="SELECT id FROM vault_subject WHERE id = %s AND id IN ({}) AND %s = 1", columns=(UUID,))
        assert fetch(statement, kept.subject, [kept.subject, somebody()], 1) == [(kept.subject,)]
        assert fetch(statement, kept.subject, [somebody()], 1) == []

    def test_finds_nothing_where_a_list_is_empty(self, now: datetime) -> None:
        collect(now=now)
        assert Subject.objects.exists()
        assert fetch(MATTERS, [], [somebody()]) == []

    @pytest.mark.parametrize(
        ("kind", "wanted", "other"),
        [
            ("text", ["a", 'b"', "c\\", "{d,e}", "NULL", "", "đ f", "'"], "g"),
            ("bytea", [b"", b"\0", b'"', b"\\x00", bytes(range(256))], b"h"),
            ("bigint", [0, -1, 2**40], 7),
            ("uuid", [UUID(int=0), UUID(int=2**128 - 1), UUID("019ac000-0000-7000-8000-00000000000a")], UUID(int=5)),
        ],
    )
    def test_finds_what_is_in_a_list_and_nothing_else(self, kind: str, wanted: list[Any], other: Any) -> None:
        given = f"CAST(%s AS {kind})" if connection.vendor == "postgresql" else "%s"
        inside = Statement(text=f"SELECT 1 WHERE {given} IN ({{}})")
        outside = Statement(text=f"SELECT 1 WHERE {given} NOT IN ({{}})")
        for some in (wanted, set(wanted), wanted[:1]):
            assert all(fetch(inside, one, some) == [(1,)] for one in some)
            assert not any(fetch(outside, one, some) for one in some)
            assert not fetch(inside, other, some)
            assert fetch(outside, other, some) == [(1,)]

    @pytest.mark.parametrize("text", ["SELECT 1 WHERE 1 in ({})", "SELECT 1 WHERE 1 IN({})", "SELECT {}", "SELECT '{{'", "SELECT '}'"])
    def test_spells_its_lists_in_one_way(self, text: str) -> None:
        with pytest.raises(ValueError, match="a list stands as"):
            Statement(text=text)

    @pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no arrays")
    def test_is_the_same_to_postgresql_for_two_and_for_thousands(self) -> None:
        texts = []

        def told(execute: Any, text: str, *how: Any) -> Any:
            texts.append(text)
            return execute(text, *how)

        with connection.execute_wrapper(told):
            for many in (2, 3000):
                fetch(MATTERS, [somebody() for _ in range(many)], [somebody() for _ in range(many)])
        assert texts[0] == texts[1]

    @pytest.mark.django_db(transaction=True, databases=["default", "keys"])
    def test_that_locks_is_asked_inside_a_transaction_only(self) -> None:
        locking = Statement(text="SELECT id FROM vault_subject WHERE id = %s", columns=(UUID,), is_locking=True)
        with pytest.raises(transaction.TransactionManagementError):
            fetch(locking, somebody())


class TestObjects:
    def test_are_those_of_a_queryset(self, now: datetime) -> None:
        people = [collect(now=now) for _ in range(3)]
        found = fetch_objects(Matter, "subject_id IN ({}) AND opened_at <= %s ORDER BY id DESC", [one.subject for one in people], now)
        wanted = Matter.objects.order_by("-id")
        assert [vars(one) | {"_state": None} for one in found] == [vars(one) | {"_state": None} for one in wanted]
        assert not fetch_objects(Matter, "id = %s", somebody())

    def test_are_found_by_an_id_of_sixteen_bytes_too(self, now: datetime) -> None:
        collect(now=now)
        entry = JournalEntry.objects.first()
        assert entry is not None
        assert fetch_objects(JournalEntry, "id = %s", entry.id) == [entry]

    def test_are_written_as_create_writes_them(self, now: datetime) -> None:
        made = Matter(id=somebody(), opened_at=now)
        insert_object(made)
        assert Matter.objects.get(id=made.id).opened_at == now
        assert not made._state.adding
        with pytest.raises(IntegrityError), transaction.atomic():
            insert_object(Matter(id=made.id, opened_at=now))


class TestAnInsertion:
    def test_writes_what_a_model_writes(self, now: datetime) -> None:
        people = [somebody() for _ in range(1201)]
        assert insert(Subject, [{"id": person, "created_at": now} for person in people]) == 1201
        assert set(Subject.objects.values_list("id", "created_at", "erased_at")) == {(person, now, None) for person in people}

    def test_takes_ids_as_their_database_gave_them(self, now: datetime) -> None:
        people = [collect(now=now).subject for _ in range(20)]
        given = [id for (id,) in fetch(Statement(text="SELECT CAST(id AS text) FROM vault_subject ORDER BY id"))]
        looked_up = Statement(text="SELECT id FROM vault_subject WHERE id IN ({})", columns=(UUID,))
        assert {id for (id,) in fetch(looked_up, given)} == {id for (id,) in fetch(looked_up, given[:1])} | set(people) == set(people)
        insert(Matter, [{"id": somebody(), "subject_id": id, "opened_at": now} for id in given])
        insert(Matter, [{"id": somebody(), "subject_id": given[0], "opened_at": now}])
        assert sorted(Matter.objects.values_list("subject_id", flat=True)) == sorted([*people, *people, min(people)])

    def test_leaves_columns_that_are_not_named_to_the_database(self, now: datetime) -> None:
        kept = collect(now=now)
        row = {"kind": "email", "version": 1, "token": b"t" * 16, "bond": b"b" * 16, "subject_id": kept.subject, "matter_id": kept.matter}
        assert insert(IdentityToken, [row, row], database="keys") == 2
        made = IdentityToken.objects.filter(token=b"t" * 16)
        assert len({one.id for one in made}) == 2
        assert {one.proven_at for one in made} == {None}

    def test_refuses_a_row_that_is_there_and_says_how_many_are_new_where_it_may_be(self, now: datetime) -> None:
        kept = collect(now=now)
        row = {"id": kept.subject, "created_at": now}
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(Subject, [row])
        assert insert(Subject, [row], ending="ON CONFLICT DO NOTHING") == 0

    def test_of_many_passes_over_those_that_are_there_and_counts_the_others(self, now: datetime) -> None:
        people = [somebody() for _ in range(40)]
        insert(Subject, [{"id": person, "created_at": now} for person in people[:7]])
        rows = [{"id": person, "created_at": now} for person in people]
        assert insert(Subject, rows, ending="ON CONFLICT DO NOTHING") == 33
        with pytest.raises(IntegrityError), transaction.atomic():
            insert(Subject, rows)
        assert Subject.objects.count() == 40

    def test_of_nothing_asks_nothing(self, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(0):
            assert insert(Subject, []) == 0


class TestAChange:
    ERASED = Statement(text="UPDATE vault_subject SET erased_at = %s WHERE id IN ({})")

    def test_says_how_many_rows_it_changed(self, now: datetime) -> None:
        people = [collect(now=now).subject for _ in range(3)]
        assert change(self.ERASED, now, people[:2]) == 2
        assert set(Subject.objects.filter(erased_at=now).values_list("id", flat=True)) == set(people[:2])

    def test_changes_nothing_where_a_list_is_empty(self, now: datetime) -> None:
        collect(now=now)
        assert change(self.ERASED, now, []) == 0


class TestJoining:
    def test_opens_a_transaction_where_none_is_open_and_none_in_another(self, now: datetime) -> None:
        with transaction.atomic():
            before = len(connection.savepoint_ids)
            with joined():
                assert len(connection.savepoint_ids) == before

    @pytest.mark.django_db(transaction=True, databases=["default", "keys"])
    def test_takes_everything_back_where_it_fails(self, now: datetime) -> None:
        with pytest.raises(ZeroDivisionError), joined():
            insert(Subject, [{"id": somebody(), "created_at": now}])
            raise ZeroDivisionError
        assert not Subject.objects.exists()
