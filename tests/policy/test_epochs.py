"""A new epoch every local day; an old one never outlives the days that an edition promised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy import epochs
from camket.policy.compiled import CompiledPolicy, SafeguardId, SafeguardRule
from camket.policy.terms import ClauseNumber
from tests.policy.sample import sample_policy

PLACE = "Asia/Ho_Chi_Minh"
MIDNIGHT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # the 24th begins there
instants = st.integers(0, 20 * 365 * 24 * 60).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes))
places = st.sampled_from([PLACE, "Europe/Berlin", "America/Santiago", "Pacific/Kiritimati", "UTC"])


def promising(days: int | None) -> CompiledPolicy:
    """An edition that promises so many days, or says nothing."""
    rule = SafeguardRule(id=SafeguardId.EPOCH_KEYS, days=days, clause=ClauseNumber("4.7"))
    return replace(sample_policy(), safeguards=MappingProxyType({SafeguardId.EPOCH_KEYS: rule}))


class TestThePromise:
    @pytest.mark.clause("4.7")
    def test_that_is_shortest_governs(self) -> None:
        assert epochs.promised_days([promising(30), promising(14), promising(None), promising(20)]) == 14

    def test_is_fourteen_days_where_nobody_makes_any(self) -> None:
        assert epochs.promised_days([]) == epochs.promised_days([promising(None)]) == 14


class TestAStep:
    def test_is_due_from_local_midnight_on(self) -> None:
        begun = MIDNIGHT - timedelta(minutes=1)
        assert not epochs.is_step_due(begun_at=begun, timezone=PLACE, now=MIDNIGHT - timedelta(seconds=1))
        assert epochs.is_step_due(begun_at=begun, timezone=PLACE, now=MIDNIGHT)

    def test_does_not_wait_for_a_clock_that_once_ran_ahead(self) -> None:
        assert epochs.is_step_due(begun_at=MIDNIGHT + timedelta(days=400), timezone=PLACE, now=MIDNIGHT)

    @given(begun=instants, hours=st.integers(0, 100), place=places)
    def test_is_never_due_twice_for_one_instant(self, begun: datetime, hours: int, place: str) -> None:
        now = begun + timedelta(hours=hours)
        assert not epochs.is_step_due(begun_at=now, timezone=place, now=now)


class TestAnEpoch:
    @pytest.mark.clause("4.7")
    @given(begun=instants, days=st.integers(1, 100), place=places)
    def test_is_over_before_its_days_have_run_out(self, begun: datetime, days: int, place: str) -> None:
        local = begun.astimezone(ZoneInfo(place))
        assert epochs.is_over(begun_at=begun, days=days, timezone=place, now=(local + timedelta(days=days)).astimezone(UTC))

    @given(begun=instants, days=st.integers(1, 100), place=places, hours=st.integers(0, 3000))
    def test_is_not_over_on_the_day_before(self, begun: datetime, days: int, place: str, hours: int) -> None:
        now = begun + timedelta(hours=hours)
        passed = (now.astimezone(ZoneInfo(place)).date() - begun.astimezone(ZoneInfo(place)).date()).days
        assert epochs.is_over(begun_at=begun, days=days, timezone=place, now=now) is (passed >= days)

    def test_of_one_day_is_over_at_midnight(self) -> None:
        assert epochs.is_over(begun_at=MIDNIGHT - timedelta(minutes=1), days=1, timezone=PLACE, now=MIDNIGHT)
