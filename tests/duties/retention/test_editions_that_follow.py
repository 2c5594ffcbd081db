"""A plan of erasure once another edition is in force: the shorter of two periods holds, and a longer one keeps nothing that came before."""

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.duties.retention import actions as retention
from camket.duties.retention.models import Erasure
from camket.editions.queries import forget_cached
from camket.policy.terms import THE_HOUSE, Actor, EditionNumber
from camket.vault import gate
from tests.duties.intake.conftest import Receive
from tests.duties.publishing.conftest import change
from tests.duties.retention.conftest import CarryOut, Resolve, matter_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.5")]

DAY = timedelta(days=1)
Follow = Callable[[str], datetime]


@pytest.fixture
def follow(house: None, tmp_path: Path, now: datetime) -> Iterator[Follow]:
    """Offer a function that brings an edition with another period for advice into force, and returns when."""

    def publish(period: str) -> datetime:
        folder = tmp_path / "policies" / "edition-2"
        shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", folder)
        change(folder / "edition.toml", "number = 1", "number = 2")
        old = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
        change(folder / "policy.vi.md", old, old.replace("P90D", period))
        publishing.publish_edition(path=folder, regime=read_regime(Path(configured.CAMKET_REGIME_FILE)), actor=THE_HOUSE, now=now)
        came = now + 20 * DAY
        assert publishing.enact_due(actor=THE_HOUSE, now=came) == [2]
        return came

    yield publish
    forget_cached()


def planned(inquiry: Inquiry) -> Erasure:
    return Erasure.objects.get(matter_id=inquiry.matter_id)


class TestAPlan:
    def test_comes_earlier_under_a_shorter_period_without_a_row_touched_by_publishing(
        self, inquiry: Inquiry, resolve: Resolve, follow: Follow, carry_out: CarryOut, now: datetime
    ) -> None:
        resolve(at=now)
        before = planned(inquiry).erase_after
        came = follow("P30D")
        assert planned(inquiry).erase_after == before
        assert [retention.plan(now=came), retention.plan(now=came)] == [1, 0]
        after = planned(inquiry).erase_after
        assert before - after == 60 * DAY
        assert carry_out(at=after - timedelta(seconds=1)) == []
        assert carry_out(at=after) == [True]
        assert matter_of(inquiry).erased_at == after

    @pytest.mark.parametrize("ahead", [timedelta(seconds=1), 2 * DAY], ids=["a second", "two days"])
    def test_comes_earlier_though_it_was_made_at_a_later_instant_than_the_edition_came(
        self, inquiry: Inquiry, resolve: Resolve, follow: Follow, now: datetime, ahead: timedelta
    ) -> None:
        """Two clocks, or one that was put right: what a plan was made under is known by its number."""
        resolve(at=now + 20 * DAY + ahead)
        before = planned(inquiry).erase_after
        came = follow("P30D")
        assert [retention.plan(now=came), retention.plan(now=came)] == [1, 0]
        assert before - planned(inquiry).erase_after == 60 * DAY

    def test_comes_earlier_though_the_clock_was_set_back_since(self, inquiry: Inquiry, resolve: Resolve, follow: Follow, now: datetime) -> None:
        resolve(at=now)
        before = planned(inquiry).erase_after
        came = follow("P30D")
        assert retention.plan(now=came - 2 * DAY) == 1
        assert planned(inquiry).erase_after < before

    def test_stays_under_a_longer_period(self, inquiry: Inquiry, resolve: Resolve, follow: Follow, now: datetime) -> None:
        resolve(at=now)
        before = planned(inquiry).erase_after
        came = follow("P365D")
        retention.plan(now=came)
        assert planned(inquiry).erase_after == before

    def test_of_what_rests_later_has_the_shorter_period_too(self, inquiry: Inquiry, resolve: Resolve, follow: Follow) -> None:
        came = follow("P30D")
        resolve(at=came)
        assert planned(inquiry).erase_after - came < 32 * DAY

    def test_that_was_put_off_comes_earlier_under_a_shorter_period(self, inquiry: Inquiry, resolve: Resolve, follow: Follow, now: datetime) -> None:
        resolve(at=now)
        true_end = planned(inquiry).erase_after
        # an edition that was shorter for a while left the earlier instant behind, and the look at the last moment put it off
        Erasure.objects.update(erase_after=now + 31 * DAY, due_at=true_end)
        came = follow("P60D")
        retention.plan(now=came)
        assert planned(inquiry).due_at - now < 62 * DAY

    def test_is_looked_at_again_by_the_batch_and_what_is_not_planned_at_all_comes_first(
        self, receive: Receive, chi: Actor, follow: Follow, now: datetime
    ) -> None:
        names = [receive(nonce=str(number)).reference for number in range(4)]
        for reference in names[:3]:
            intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        assert retention.plan(now=now) == 3
        came = follow("P30D")
        intake.resolve_inquiry(reference=names[3], actor=chi, now=came)
        assert retention.plan(now=came, limit=1) == 1
        assert Erasure.objects.count() == 4
        assert len(gate.resting_planned(before=EditionNumber(2), limit=9)) == 3, "the one that was not planned had the only place"
        assert [retention.plan(now=came, limit=2) for _ in range(3)] == [2, 1, 0]
        assert gate.resting_planned(before=EditionNumber(2), limit=9) == ()

    def test_that_was_brought_forward_stays_so(self, inquiry: Inquiry, resolve: Resolve, follow: Follow, now: datetime) -> None:
        resolve(at=now)
        retention.bring_forward(until=planned(inquiry).erase_after, actor=THE_HOUSE, now=now)
        due = planned(inquiry).due_at
        came = follow("P30D")
        retention.plan(now=came)
        assert (planned(inquiry).due_at, planned(inquiry).early_until is not None) == (due, True)
        assert gate.resting_planned(before=EditionNumber(2), limit=9) == ()


class TestAHouseThatWasNeverFurnished:
    def test_plans_nothing_and_finds_no_fault(self, db: None, now: datetime) -> None:
        assert retention.plan(now=now) == 0
