"""An edition is published once, comes into force once, and never changes or goes back."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from camket.editions import queries
from camket.editions.actions import AlreadyPublished, NotPublished, OutOfOrder
from camket.editions.models import Edition, Enactment, Translation
from camket.policy.exports import edition_hash, translation_hash
from camket.policy.terms import EditionNumber
from tests.vault.deeds import enact, publish
from tests.vault.texts import text_of, tiny_policy

ONE, TWO = EditionNumber(1), EditionNumber(2)


class TestPublishing:
    @pytest.mark.clause("8.1")
    def test_keeps_text_translation_and_meaning(self, now: datetime) -> None:
        publish(1, now)
        row = queries.edition(ONE)
        assert row.texts == {"en": text_of(1), "vi": "Bản dịch."}
        assert (row.hash, row.published_at, row.in_force_at) == (edition_hash(text_of(1), tiny_policy(1)), now, None)
        assert queries.compiled(ONE) == tiny_policy(1)

    def test_twice_changes_nothing(self, now: datetime) -> None:
        publish(1, now)
        publish(1, now + timedelta(days=1))
        assert Edition.objects.get().published_at == now
        assert Translation.objects.count() == 1

    def test_of_another_text_under_a_taken_number_is_refused(self, now: datetime) -> None:
        publish(1, now)
        with pytest.raises(AlreadyPublished):
            publish(1, now, edition_hash="f" * 64)

    @pytest.mark.parametrize("number", [2, 3])
    def test_begins_with_the_first(self, now: datetime, number: int) -> None:
        with pytest.raises(OutOfOrder):
            publish(number, now)
        assert queries.newest() is None

    def test_leaves_no_gap(self, now: datetime) -> None:
        publish(1, now)
        with pytest.raises(OutOfOrder):
            publish(3, now)

    def test_chains_each_edition_to_the_one_before(self, now: datetime) -> None:
        publish(1, now)
        publish(2, now)
        assert queries.edition(ONE).previous_hash == ""
        assert queries.edition(TWO).previous_hash == queries.edition(ONE).hash
        assert queries.newest() == 2

    def test_of_what_is_not_there_is_told_apart(self) -> None:
        with pytest.raises(queries.NoEdition):
            queries.edition(ONE)
        with pytest.raises(queries.NoEdition):
            queries.compiled(ONE)

    def test_is_read_from_memory_the_second_time(self, now: datetime) -> None:
        publish(1, now)
        queries.compiled(ONE)
        with CaptureQueriesContext(connection) as seen:
            queries.compiled(ONE)
        assert len(seen) == 0


class TestComingIntoForce:
    def test_binds_from_then_on(self, now: datetime) -> None:
        publish(1, now)
        with pytest.raises(queries.NoEdition):
            queries.in_force()
        enact(1, now)
        assert queries.in_force() == 1
        assert queries.edition(ONE).in_force_at == now

    @pytest.mark.parametrize("number", [1, 2])
    def test_never_goes_back(self, now: datetime, number: int) -> None:
        publish(1, now)
        publish(2, now)
        enact(2, now)
        with pytest.raises(OutOfOrder):
            enact(number, now + timedelta(days=1))
        assert queries.in_force() == 2

    def test_holds_whatever_the_clock_says(self, now: datetime) -> None:
        publish(1, now)
        publish(2, now)
        enact(1, now)
        enact(2, now - timedelta(days=400))
        assert queries.in_force() == 2

    def test_needs_a_published_edition(self, now: datetime) -> None:
        publish(1, now)
        with pytest.raises(NotPublished):
            enact(2, now)


class TestOnePage:
    def test_asks_once_which_edition_is_in_force_and_the_next_page_asks_anew(self, now: datetime) -> None:
        publish(1, now)
        publish(2, now)
        enact(1, now)
        with CaptureQueriesContext(connection) as asked, queries.one_edition():
            first = queries.in_force()
            enact(2, now)
            again = queries.in_force()
        assert sum("max(edition_id)" in one["sql"] for one in asked) == 1
        assert (first, again, queries.in_force()) == (ONE, ONE, TWO)
        with queries.one_edition():
            assert queries.in_force() == 2

    def test_asks_anew_for_a_decision_and_goes_on_with_what_it_found(self, now: datetime) -> None:
        publish(1, now)
        publish(2, now)
        enact(1, now)
        with queries.one_edition():
            first = queries.in_force()
            enact(2, now)
            assert (first, queries.in_force(anew=True), queries.in_force()) == (ONE, TWO, TWO)

    def test_before_the_first_edition_asks_until_there_is_one(self, now: datetime) -> None:
        with queries.one_edition():
            with pytest.raises(queries.NoEdition):
                queries.in_force()
            publish(1, now)
            enact(1, now)
            assert queries.in_force() == 1


class TestAPublishedRow:
    @pytest.fixture(autouse=True)
    def published(self, now: datetime) -> None:
        publish(1, now)
        publish(2, now)
        enact(1, now)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE editions_edition SET text = 'x' WHERE number = 1",
            "UPDATE editions_edition SET number = 9 WHERE number = 2",
            "UPDATE editions_translation SET text = 'x'",
            "UPDATE editions_enactment SET edition_id = 2",
            "DELETE FROM editions_enactment",
            "DELETE FROM editions_translation",
            "DELETE FROM editions_edition WHERE number = 2",
        ],
    )
    def test_is_neither_changed_nor_deleted(self, statement: str) -> None:
        before = self.everything()
        with pytest.raises(DatabaseError, match="rows are never"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
        assert self.everything() == before

    def test_is_not_changed_through_its_model_either(self) -> None:
        edition = Edition.objects.get(number=1)
        edition.text = "another"
        with pytest.raises(DatabaseError), transaction.atomic():
            edition.save()
        with pytest.raises(DatabaseError), transaction.atomic():
            Enactment.objects.all().delete()

    def everything(self) -> list[tuple[object, ...]]:
        return [*Edition.objects.order_by("number").values_list(), *Translation.objects.values_list(), *Enactment.objects.values_list()]


class TestACorrectedTranslation:
    def test_stands_in_place_of_the_first_and_leaves_it_there(self, now: datetime) -> None:
        publish(1, now)
        Translation.objects.create(
            edition_id=1, language="vi", revision=2, text="Bản dịch đã sửa.", hash=translation_hash("Bản dịch đã sửa."), published_at=now
        )
        queries.forget_cached()
        assert queries.edition(ONE).texts["vi"] == "Bản dịch đã sửa."
        assert Translation.objects.filter(language="vi").count() == 2
