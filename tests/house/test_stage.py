"""The stage of the tests is what it says it is: the database that was asked for, a home of its own, both databases open."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections, transaction

from tests.cast import COLLEAGUES, PEOPLE, TOA_AN
from tests.house.tree import ROOT
from tests.stage import ALIASES, DATABASE


class TestTheStage:
    @pytest.mark.django_db
    @pytest.mark.parametrize("alias", ALIASES)
    def test_is_on_the_database_that_was_asked_for(self, alias: str) -> None:
        assert connections[alias].vendor == {"sqlite": "sqlite", "postgres": "postgresql"}[DATABASE]

    @pytest.mark.django_db
    def test_lets_a_test_commit_for_good_as_the_gate_does(self) -> None:
        for alias in ALIASES:
            with transaction.atomic(using=alias, durable=True), connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")

    @pytest.mark.django_db
    @pytest.mark.skipif(DATABASE != "sqlite", reason="promised of SQLite only")
    def test_uses_an_sqlite_that_does_not_corrupt_its_log(self) -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT sqlite_version()")
            version = tuple(int(part) for part in cursor.fetchone()[0].split("."))
        assert version >= (3, 51, 3)

    @pytest.mark.django_db
    def test_keeps_keys_and_data_in_two_databases(self) -> None:
        default, keys = (connections[alias].settings_dict["NAME"] for alias in ALIASES)
        assert default != keys

    def test_has_a_home_of_its_own(self) -> None:
        assert Path(settings.CAMKET_HOME) == Path(os.environ["CAMKET_HOME"])
        assert ROOT not in Path(settings.CAMKET_HOME).parents

    def test_begins_at_one_instant(self, now: datetime) -> None:
        assert now == datetime(2026, 11, 23, 2, tzinfo=UTC)

    def test_offers_fresh_installations_that_share_nothing(self, new_home: object) -> None:
        assert callable(new_home)
        one, other = new_home(), new_home()
        shared = {name for name in one if name.startswith("CAMKET_") and one[name] == other.get(name)} - {"CAMKET_ANSWER_WAITS"}  # no place to share
        assert not shared


class TestTheCast:
    def test_lives_on_example_domains(self) -> None:
        addresses = [person.email for person in (*PEOPLE, *COLLEAGUES, TOA_AN)]
        assert all(address.endswith(("@example.vn", "@example.com", ".example.vn")) for address in addresses)

    def test_has_numbers_that_belong_to_nobody(self) -> None:
        assert all(person.phone.startswith("0912 000 ") for person in PEOPLE)

    def test_shares_nothing_between_two_people(self) -> None:
        for name in ("full_name", "email", "phone", "address", "message"):
            assert len({getattr(person, name) for person in PEOPLE}) == len(PEOPLE)
