"""Statements that are written out read what a queryset would read, on both databases."""

from datetime import datetime
from uuid import UUID

import pytest

from camket.journal.statements import Statement, fetch
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
