"""The inbox, page by page: its order, its filters, its counts, and what a page costs."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake.models import Inquiry
from camket.duties.intake.queries import listing as pages
from camket.policy.terms import Actor
from tests.duties.intake.conftest import Receive
from tests.planning import plan_of

Arrive = Callable[[int], list[str]]


@pytest.fixture
def arrive(receive: Receive, now: datetime) -> Arrive:
    """Offer a function that takes in inquiries a minute apart, and returns their references, the newest first; two of them share an instant."""

    def take_in(count: int) -> list[str]:
        references = [receive(nonce=f"list {number}").reference for number in range(count)]
        for age, reference in enumerate(references):
            Inquiry.objects.filter(reference=reference).update(received_at=now - timedelta(minutes=max(age, 1)))
        return list(Inquiry.objects.order_by("-received_at", "-id").values_list("reference", flat=True))

    return take_in


def seen(page: queries.Inbox) -> list[str]:
    return [row.reference for row in page.rows]


class TestThePages:
    def test_follow_each_other_there_and_back(self, arrive: Arrive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "PAGE", 3)
        newest = arrive(8)
        intake.answer_inquiry(reference=newest[2], text="Chào chị.", key=b"k" * 32, actor=chi, now=now)
        chosen, walked, page = queries.InboxFilter(), [], queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
        assert page.newer is None
        walked.append(seen(page))
        while page.older:
            page = queries.inbox(actor=chi, chosen=chosen, now=now, older_than=page.older)
            walked.append(seen(page))
        assert walked == [newest[:3], newest[3:6], newest[6:]]
        back = [seen(page)]
        while page.newer:
            page = queries.inbox(actor=chi, chosen=chosen, now=now, newer_than=page.newer)
            back.append(seen(page))
        assert back == walked[::-1]

    @pytest.mark.parametrize("many", [1, 2])
    def test_lose_nobody_whose_instant_another_shares(
        self, arrive: Arrive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch, many: int
    ) -> None:
        monkeypatch.setattr(pages, "PAGE", many)
        arrive(4)
        Inquiry.objects.update(received_at=now)
        newest = list(Inquiry.objects.order_by("-id").values_list("reference", flat=True))
        page = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
        there = seen(page)
        while page.older:
            page = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now, older_than=page.older)
            there += seen(page)
        back = seen(page)
        while page.newer:
            page = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now, newer_than=page.newer)
            back = seen(page) + back
        assert (there, back) == (newest, newest)
        for before, reference, after in zip(["", *newest], newest, [*newest[1:], ""], strict=False):
            place = queries.place_of_inquiry(reference=reference, actor=chi, now=now)
            assert place is not None
            assert queries.beside(place=place, chosen=queries.InboxFilter(), actor=chi, now=now) == (before, after)

    def test_skip_nothing_when_inquiries_arrive_meanwhile(
        self, arrive: Arrive, receive: Receive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pages, "PAGE", 3)
        newest = arrive(5)
        first = queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now)
        receive(nonce="meanwhile")
        assert seen(queries.inbox(actor=chi, chosen=queries.InboxFilter(), now=now, older_than=first.older)) == newest[3:]


class TestTheNeighbours:
    def test_of_an_inquiry_are_those_of_its_list_even_once_it_has_left_it(self, arrive: Arrive, chi: Actor, now: datetime) -> None:
        newest = arrive(4)
        place = queries.place_of_inquiry(reference=newest[1], actor=chi, now=now)
        assert place is not None
        intake.resolve(references=[newest[1]], actor=chi, now=now)
        assert queries.beside(place=place, chosen=queries.InboxFilter(show="new"), actor=chi, now=now) == (newest[0], newest[2])
        intake.resolve(references=[newest[0], newest[2], newest[3]], actor=chi, now=now)
        assert queries.beside(place=place, chosen=queries.InboxFilter(), actor=chi, now=now) == ("", "")


class TestAFilter:
    @pytest.fixture
    def three(self, arrive: Arrive, chi: Actor, colleague: Actor, now: datetime) -> list[str]:
        newest = arrive(3)
        Inquiry.objects.filter(reference=newest[0]).update(channel="phone", language="en", product="web-hosting")
        Inquiry.objects.filter(reference=newest[2]).update(received_at=now - timedelta(hours=25))
        intake.take_on(references=newest[:1], given_to=UUID(chi.id), actor=chi, now=now)
        intake.take_on(references=newest[1:2], given_to=UUID(colleague.id), actor=chi, now=now)
        return newest

    @pytest.mark.parametrize(
        ("given", "wanted"),
        [
            ({}, [0, 1, 2]),
            ({"channel": "phone"}, [0]),
            ({"language": "vi"}, [1, 2]),
            ({"product": "web-hosting"}, [0]),
            ({"assignee": "me"}, [0]),
            ({"assignee": "nobody"}, [2]),
            ({"show": "mine"}, [0]),
            ({"overdue": "1"}, [2]),
            ({"overdue": "1", "show": "all"}, [2]),
            ({"overdue": "1", "show": "resolved"}, []),
            ({"show": "answered"}, []),
            ({"show": "nonsense", "channel": "'; --", "assignee": "0", "overdue": "yes", "state": "erased"}, [0, 1, 2]),
        ],
    )
    def test_shows_what_it_says_and_nothing_else(self, three: list[str], chi: Actor, now: datetime, given: dict[str, str], wanted: list[int]) -> None:
        page = queries.inbox(actor=chi, chosen=queries.filter_of(given), now=now)
        assert seen(page) == [three[place] for place in wanted]

    def test_by_a_colleague_is_by_their_id(self, three: list[str], chi: Actor, colleague: Actor, now: datetime) -> None:
        assert seen(queries.inbox(actor=chi, chosen=queries.filter_of({"assignee": colleague.id}), now=now)) == [three[1]]

    def test_comes_back_from_its_own_words(self) -> None:
        chosen = queries.InboxFilter(show="new", language="en", overdue="1", assignee="nobody")
        assert queries.filter_of(dict(chosen.pairs())) == chosen


class TestTheCounts:
    def test_go_no_further_than_anybody_reads(self, arrive: Arrive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "COUNTED", 4)
        newest = arrive(6)
        intake.resolve(references=newest[:1], actor=chi, now=now)
        intake.take_on(references=newest[1:2], given_to=UUID(chi.id), actor=chi, now=now)
        assert queries.counts(actor=chi, now=now) == {"open": 4, "new": 4, "answered": 0, "mine": 1, "resolved": 1, "all": 4}


class TestThePlan:
    """A page reads an index in the list's own order, and no more of it than the page needs."""

    @pytest.mark.parametrize("show", queries.filter_names())
    def test_of_a_page_sorts_nothing_and_scans_no_table(self, arrive: Arrive, chi: Actor, now: datetime, show: str) -> None:
        arrive(3)
        asked: list[tuple[str, Any]] = []

        def told(execute: Any, text: str, given: Any, *how: Any) -> Any:
            asked.append((text, given))
            return execute(text, given, *how)

        place = queries.ListPlace(at=now, id=UUID(int=7))
        with connection.execute_wrapper(told):
            for assignee in ("", "me", "nobody"):
                chosen = queries.InboxFilter(show=show, assignee=assignee)
                queries.news(actor=chi, chosen=chosen, now=now)
                queries.beside(actor=chi, chosen=chosen, now=now, place=place)
        looks = [(text, given) for text, given in asked if "ORDER BY received_at" in text]
        assert len(looks) >= 9
        for text, given in looks:
            plan = plan_of(text, given)
            assert "inquiry_" in plan, plan
            assert "B-TREE" not in plan, plan
            assert "Sort" not in plan, plan

    @pytest.mark.django_db
    def test_of_a_list_that_no_index_orders_says_that_it_sorts(self) -> None:
        plan = plan_of("SELECT id FROM intake_inquiry ORDER BY channel")
        assert "B-TREE" in plan or "Sort" in plan, plan
