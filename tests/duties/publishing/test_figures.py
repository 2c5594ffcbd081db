"""What the house says of itself is what it holds, counted seldom and pointing at nobody."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.publishing import queries as editions
from camket.duties.retention.models import Certificate
from camket.journal import publicity
from camket.journal import queries as journal
from camket.journal.actions import record
from camket.policy.terms import LEGAL, Actor, Ask, Decision, FieldName, Operation, Outcome, PurposeId, RecipientId
from tests.cast import AN
from tests.duties.intake.conftest import chi, house, receive

__all__ = ["chi", "house", "receive"]

DAY = timedelta(days=1)
LAN = Actor(role=LEGAL, id="0196a0c4-0000-7000-8000-000000000002")


@pytest.fixture(autouse=True)
def counted_anew(house: None) -> Iterator[None]:
    editions.forget_figures()
    yield
    editions.forget_figures()


def answer_so_many(count: int, receive: Callable[..., intake.Received], chi: Actor, now: datetime) -> None:
    """Take in so many inquiries of An's, and answer each."""
    for number in range(count):
        reference = receive(AN.values("full_name", "phone", "message"), nonce=f"n{number}").reference
        intake.answer_inquiry(reference=reference, text="Vâng ạ.", key=bytes([number]) * 32, actor=chi, now=now)


def disclose(now: datetime, *, outcome: Outcome = Outcome.PERMITTED, purpose: str = "legal_disclosure") -> None:
    """Write what the gate writes when the legal desk hands something over."""
    ask = Ask(operation=Operation.DISCLOSE, fields=frozenset({FieldName("phone")}), purpose=PurposeId(purpose), recipient=RecipientId("court"))
    record(act="data.asked", actor=LAN, at=now, decision=Decision(outcome=outcome, edition=editions.edition_in_force(), ask=ask))


class TestTheInquiriesAnswered:
    def test_are_told_from_ten_on_and_not_below(self, receive: Callable[..., intake.Received], chi: Actor, now: datetime) -> None:
        answer_so_many(9, receive, chi, now)
        assert editions.house_figures(now=now).answered is None
        receive(AN.values("full_name", "phone", "message"), nonce="unanswered")
        editions.forget_figures()
        assert editions.house_figures(now=now).answered is None
        answer_so_many(10, receive, chi, now)
        editions.forget_figures()
        assert editions.house_figures(now=now).answered == 10

    def test_of_longer_ago_than_ninety_days_are_left_out(self, receive: Callable[..., intake.Received], chi: Actor, now: datetime) -> None:
        answer_so_many(11, receive, chi, now)
        first = Inquiry.objects.order_by("reference")[:1].values("id")
        Inquiry.objects.filter(id__in=first).update(received_at=now - 91 * DAY)
        assert editions.house_figures(now=now).answered == 10


class TestTheDisclosures:
    @pytest.mark.clause("3.11")
    def test_are_those_that_the_policy_let_an_authority_have(self, now: datetime) -> None:
        assert editions.house_figures(now=now).disclosed == 0
        disclose(now)
        disclose(now, outcome=Outcome.NOT_COVERED)
        disclose(now, purpose="notify")
        editions.forget_figures()
        assert editions.house_figures(now=now).disclosed == 1

    def test_are_counted_by_an_index_that_holds_nothing_else(self) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL plans by what it has seen: with three rows it reads them all")
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + publicity._LEGAL_DISCLOSURES.text)
            assert "journal_legal_disclosure" in str(cursor.fetchall())


class TestTheErasuresAndTheJournal:
    @pytest.mark.clause("4.6")
    def test_are_the_certificates_and_the_head(self, now: datetime) -> None:
        custody.keep_journal(now=now)
        for number in range(3):
            Certificate.objects.create(matter_id=f"0196a0c4-0000-7000-8000-00000000000{number}", records=1, erased_at=now)
        figures = editions.house_figures(now=now)
        assert figures.erased == 3
        assert figures.entries == journal.head().size > 0
        assert figures.checkpoint is not None
        assert figures.checkpoint.root == journal.head().root.hex()
        assert figures.journal_since == now


class TestACount:
    def test_is_made_once_in_ten_minutes_however_many_ask(self, now: datetime, django_assert_num_queries: Callable[..., object]) -> None:
        editions.house_figures(now=now)
        with django_assert_num_queries(0):  # type: ignore[attr-defined]  # a context manager
            assert editions.house_figures(now=now + timedelta(minutes=9)).as_of == now
        assert editions.house_figures(now=now + timedelta(minutes=10)).as_of == now + timedelta(minutes=10)

    def test_is_made_anew_when_the_clock_was_set_back(self, now: datetime) -> None:
        editions.house_figures(now=now)
        assert editions.house_figures(now=now - DAY).as_of == now - DAY

    def test_is_made_anew_as_often_with_few_statements(self, now: datetime, django_assert_max_num_queries: Callable[..., object]) -> None:
        with django_assert_max_num_queries(7):  # type: ignore[attr-defined]  # a context manager
            editions.house_figures(now=now)
