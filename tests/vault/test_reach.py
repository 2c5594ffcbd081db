"""What is asked of a few is looked up, never searched for among all."""

from datetime import datetime
from uuid import UUID

import pytest
import uuid6
from django.db import connections

from camket.journal.statements import Statement, fetch, insert
from camket.policy.terms import CollectionId
from camket.vault import keyring
from camket.vault.gate import binding, erasing, keeping, reaching, showing
from camket.vault.keys.models import MatterKey, SubjectKey
from camket.vault.models import Matter, Record, Subject
from tests.vault.deeds import ADVISE, Kept, collect

MANY = 6000
STATEMENTS = {
    "what binds somebody": (binding._BINDING, "subject", "subject", "purpose", "subject"),
    "what is kept of them": (showing._OF_SUBJECTS, "subject"),
    "what is kept of their matters": (showing._OF_MATTERS, "matter", "subject"),
    "whether a matter lives": (keeping._LIVING_MATTER, "matter", "subject"),
    "what stands in the way of an erasure": (erasing._STANDING, "matter", "matter", "matter", "subject", "matter"),
    "what else is alive of somebody": (erasing._ALIVE_BESIDE, "subject", "matter"),
    "the keys of matters": (keyring._KEYS_OF_MATTERS, "matter"),
}


@pytest.fixture
def an(vault: None, now: datetime) -> Kept:
    """Somebody among many: thousands of matters with a record each, and planners that know it."""
    people, matters = ([UUID(int=uuid6.uuid7().int) for _ in range(MANY)] for _ in range(2))
    pairs = list(zip(people, matters, strict=True))
    insert(Subject, [{"id": person, "created_at": now} for person in people])
    insert(Matter, [{"id": matter, "subject_id": person, "opened_at": now} for person, matter in pairs])
    kept_of = {"collection": "contact", "edition": 1, "sealed": b"x" * 80, "field_names": [], "created_at": now}
    insert(Record, [{**kept_of, "id": UUID(int=uuid6.uuid7().int), "subject_id": person, "matter_id": matter} for person, matter in pairs])
    wrapped = {"wrapped": b"x" * 61, "created_at": now}
    insert(SubjectKey, [{**wrapped, "subject_id": person, "epoch": 1} for person in people], database="keys")
    insert(MatterKey, [{**wrapped, "matter_id": matter, "subject_id": person} for person, matter in pairs], database="keys")
    kept = collect(now=now)
    for model in (Subject, Matter, Record, SubjectKey, MatterKey):
        # each by its name: the tables that all databases share may be analyzed by one transaction at a time
        with connections["keys" if model in (SubjectKey, MatterKey) else "default"].cursor() as cursor:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return kept


def explaining() -> str:
    return "EXPLAIN QUERY PLAN" if connections["default"].vendor == "sqlite" else "EXPLAIN"


def plan_of(statement: Statement, given: list[str]) -> str:
    with connections[statement.database].cursor() as cursor:
        cursor.execute(f"{explaining()} {statement.text.format(*['%s'] * statement.text.count('{}'))}", given)
        return "\n".join(str(row[-1]) for row in cursor.fetchall())


class TestAQuestionAboutOnePerson:
    @pytest.mark.parametrize("name", STATEMENTS)
    def test_never_reads_through_a_table_of_matters_or_records(self, an: Kept, name: str) -> None:
        statement, *places = STATEMENTS[name]
        named = {"subject": an.subject, "matter": an.matter, "purpose": ADVISE}
        written = [value.hex if isinstance(value := named[place], UUID) else value for place in places]
        plan = plan_of(statement, written)
        assert "Seq Scan on vault_record" not in plan, plan
        assert "Seq Scan on vault_matter" not in plan, plan
        assert "Seq Scan on vault_keys" not in plan, plan
        assert not any(line.startswith(("SCAN r", "SCAN m", "SCAN s ", "SCAN here", "SCAN vault_")) for line in plan.splitlines()), plan

    def test_nor_does_one_about_half_of_them_through_the_matters(self, an: Kept) -> None:
        """A batch of a campaign: what it costs must not grow with the matters that it is not about."""
        half = list(Subject.objects.order_by("id").values_list("id", flat=True)[: MANY // 2])
        plan = "\n".join(str(row[-1]) for row in fetch(Statement(text=f"{explaining()} {reaching._HELD.text}"), half))
        assert "vault_matter_pkey" in plan or "SEARCH m" in plan, plan
        assert "Seq Scan on vault_matter" not in plan, plan

    def test_is_seen_to_where_it_does(self, an: Kept) -> None:
        plan = plan_of(Statement(text="SELECT id FROM vault_record r WHERE collection = %s"), [CollectionId("contact")])
        assert "Seq Scan on vault_record" in plan or "SCAN r" in plan
