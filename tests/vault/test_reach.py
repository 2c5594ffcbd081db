"""What is asked of a few is looked up, never searched for among all."""

import re
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import uuid6
from django.db import connection, connections

from camket.journal.statements import Statement, fetch, insert
from camket.policy.terms import CollectionId
from camket.vault import gate, keyring
from camket.vault.gate import binding, erasing, keeping, matters, reaching, showing
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Consent, Matter, Record, Subject
from tests.stage import DATABASE
from tests.vault.deeds import ADVISE, CHI, Kept, ask_to, collect

MANY = 500 if DATABASE == "sqlite" else 60_000  # on PostgreSQL so many that reading them all never pays for twenty-five
STATEMENTS = {
    "what binds somebody": (binding._BINDING, "subject", "subject", "purpose", "subject"),
    "what is kept of them": (showing._OF_SUBJECTS, "subject"),
    "what is kept of their matters": (showing._OF_MATTERS, "matter", "subject"),
    "whether a matter lives": (keeping._LIVING_MATTER, "matter", "subject"),
    "what stands in the way of an erasure": (erasing._STANDING, "matter", "matter", "matter", "subject", "matter"),
    "what else is alive of somebody": (erasing._ALIVE_BESIDE, "subject", "matter"),
    "the keys of matters": (keyring._KEYS_OF_MATTERS, "matter"),
    "a matter itself": (matters._MATTERS, "matter"),
    "what is in it": (matters._RECORDS, "matter"),
    "what it is needed for, and what was agreed to": (matters._NEEDS, "matter"),
    "what a notice is about": (reaching._HELD, "subject"),
    "which matters of others live": (reaching._LIVING, "matter"),
    "where somebody is written to": (reaching._ADDRESSES, "kind", "subject"),
    "who else gave an address": (reaching._SHARED, "kind", "version", "token"),
    "to what somebody agreed": (reaching._AGREED, "subject"),
}
_PLACE = re.compile(r"%s|\{\}")


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
    token = {"kind": "email", "version": 1, "bond": b"b" * 16}
    tokens = [{**token, "token": matter.bytes, "subject_id": person, "matter_id": matter} for person, matter in pairs]
    insert(IdentityToken, tokens, database="keys")
    agreed = {"purpose": ADVISE, "is_given": True, "edition": 1, "language": "en", "wording_hash": "ab" * 32, "channel": "form", "at": now}
    insert(Consent, [{**agreed, "id": UUID(int=uuid6.uuid7().int), "subject_id": person} for person in people])
    kept = collect(now=now)
    for model in (Subject, Matter, Record, Consent, SubjectKey, MatterKey, IdentityToken):
        # each by its name: the tables that all databases share may be analyzed by one transaction at a time
        with connections["keys" if model in (SubjectKey, MatterKey, IdentityToken) else "default"].cursor() as cursor:
            cursor.execute(f"ANALYZE {model._meta.db_table}")
    return kept


def plan_of(statement: Statement, *given: Any) -> str:
    explaining = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN"
    return "\n".join(str(row[-1]) for row in fetch(replace(statement, text=f"{explaining} {statement.text}", columns=()), *given))


def plan_of_question(name: str, an: Kept, others: list[tuple[UUID, UUID]]) -> str:
    """The plan of one of the statements, asked about somebody and others: each by a matter and a subject."""
    statement, *places = STATEMENTS[name]
    matters, subjects = [an.matter, *(id for id, _ in others)], [an.subject, *(id for _, id in others)]
    people = {"subject": subjects, "matter": matters, "token": [id.bytes for id in matters], "purpose": [ADVISE], "kind": ["email"], "version": [1]}
    marks = zip(_PLACE.findall(statement.text), places, strict=True)
    return plan_of(statement, *(people[place][0] if mark == "%s" else people[place] for mark, place in marks))


def reads_through(plan: str) -> bool:
    """Whether a plan goes through all there is of matters, records, consents or keys; the other tables have next to nothing in them here."""
    scans = ("SCAN r", "SCAN m", "SCAN s ", "SCAN here", "SCAN vault_")
    tables = ("matter", "record", "consent", "keys")
    return any(f"Seq Scan on vault_{table}" in plan for table in tables) or any(line.startswith(scans) for line in plan.splitlines())


class TestAQuestionAboutAFewPeople:
    def test_never_reads_through_a_table(self, an: Kept) -> None:
        others = list(Matter.objects.exclude(id=an.matter).values_list("id", "subject_id")[:24])
        plans = {f"{name}, of {many}": plan_of_question(name, an, others[: many - 1]) for many in (1, 2, 25) for name in STATEMENTS}
        assert not (through := {name: plan for name, plan in plans.items() if reads_through(plan)}), through
        a_breach = Statement(text="SELECT id FROM vault_record r WHERE collection = %s")
        assert reads_through(plan_of(a_breach, CollectionId("contact")))


class TestWhoCouldBeTold:
    """A batch is one matter long here, so that the other matters of the same person are not in it."""

    @pytest.mark.parametrize("is_erased", [False, True])
    def test_is_told_of_what_is_held_in_matters_that_live(self, vault: None, now: datetime, is_erased: bool) -> None:
        one = collect(now=now)
        other = collect(now=now, subject=one.subject)
        if is_erased:  # its records go later
            Matter.objects.filter(id=other.matter).update(erased_at=now)
        (found,) = gate.reach(ask_to("use", "email"), actor=CHI, after=None, limit=1, now=now).addressees
        assert (found.subject, found.matter) == (one.subject, one.matter)
        assert set(found.matters) == ({one.matter} if is_erased else {one.matter, other.matter})
