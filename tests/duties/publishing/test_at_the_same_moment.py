"""Several who propose, confirm or save at the same moment: one edition comes of it, and everybody else is told why theirs did not."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from django.db import connections

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.policy.regimes import Regime
from camket.policy.terms import PRIVACY_OFFICER, Actor
from tests.duties.publishing.test_proposing import alone, begun, binh, confirm, dung, officer, propose, row, saved

__all__ = ["alone", "begun", "binh", "dung"]

pytestmark = [pytest.mark.usefixtures("transactional_db"), pytest.mark.clause("8.1")]
REFUSALS = (publishing.AlreadyPublished, publishing.OutOfOrder, publishing.NothingProposed, publishing.DraftOver, publishing.ChangedSince)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Let everybody begin together, and return what each got, a refusal by its name."""
    start = Barrier(len(acts))

    def hand(act: Callable[[], object]) -> object:
        start.wait(timeout=30)
        try:
            return act()
        except REFUSALS as refused:
            return type(refused).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(hand, acts))


class TestAtTheSameMoment:
    def test_two_drafts_that_need_no_second_person_become_one_edition(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, alone: Regime, now: datetime
    ) -> None:
        other = row(publishing.start_draft(texts=begun.texts, actor=binh, now=now))
        other = saved(other, binh, now, "\n1.2 ", "\n1.2 Thêm một lời khác. ")
        got = at_once(lambda: propose(begun, dung, alone, now), lambda: propose(other, binh, alone, now))
        assert got.count(2) == 1, got
        assert [line.number for line in editions.edition_lines()] == [2, 1]

    def test_two_seconds_publish_once(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        third = officer("third", PRIVACY_OFFICER, now)
        propose(begun, dung, regime, now)
        got = at_once(lambda: confirm(begun, binh, regime, now), lambda: confirm(begun, third, regime, now))
        assert got.count(2) == 1, got

    def test_two_drafts_confirmed_become_one_edition(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        other = row(publishing.start_draft(texts=begun.texts, actor=dung, now=now))
        other = saved(other, dung, now, "\n1.2 ", "\n1.2 Thêm một lời khác. ")
        for one in (begun, other):
            propose(one, dung, regime, now)
        got = at_once(lambda: confirm(begun, binh, regime, now), lambda: confirm(other, binh, regime, now))
        assert got.count(2) == 1, got

    def test_two_who_propose_one_draft_leave_one_proposal(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        got = at_once(*[lambda who=who: propose(begun, who, regime, now) for who in (dung, binh, dung, binh)])
        assert got == [None] * 4
        assert [one.state for one in editions.proposals_of(begun.id)].count("waiting") == 1
