"""How long a record lives: calendar periods that end at local midnight, and never a moment that nobody can name."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.retain import ClosingEvent, Period, RetainRule, RetentionRules, RuleMissing, erase_after, is_timezone, parse_period
from camket.policy.terms import ClauseNumber, CollectionId, PurposeId

ADVISE = PurposeId("advise")
CONTACT = CollectionId("contact")
SAIGON = "Asia/Ho_Chi_Minh"
PLACES = st.sampled_from([SAIGON, "UTC", "America/New_York", "Pacific/Apia", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu"])
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  (Hypothesis adds the zone itself)
PERIODS = st.builds(
    Period,
    years=st.integers(0, 30),
    months=st.integers(0, 40),
    weeks=st.integers(0, 60),
    days=st.integers(0, 4_000),
)


def rule(keep: str | Period, *collections: str) -> RetainRule:
    """Return a rule for advice."""
    return RetainRule(
        purposes=(ADVISE,),
        collections=tuple(CollectionId(one) for one in collections),
        after=ClosingEvent.INQUIRY_CLOSED,
        keep=parse_period(keep) if isinstance(keep, str) else keep,
        clause=ClauseNumber("4.1"),
    )


def due(closed: str, keep: str | Period, zone: str = SAIGON) -> datetime:
    """Return when a need for advice that closed at an instant is due."""
    rules = RetentionRules(timezone=zone, rules=(rule(keep),))
    instant = erase_after(purpose=ADVISE, collection=CONTACT, closed_at=datetime.fromisoformat(closed), rules=rules)
    assert instant is not None
    return instant


class TestARecord:
    @pytest.mark.clause("4.2")
    @pytest.mark.parametrize(
        ("closed", "keep", "expected"),
        [
            ("2026-03-01T05:00:00+00:00", "P1D", "2026-03-02T17:00:00+00:00"),
            ("2026-03-01T17:30:00+00:00", "P1D", "2026-03-03T17:00:00+00:00"),
            ("2026-03-01T16:59:59+00:00", "P0D", "2026-03-01T17:00:00+00:00"),
            ("2026-03-01T05:00:00+00:00", "P90D", "2026-05-30T17:00:00+00:00"),
            ("2027-01-31T05:00:00+00:00", "P1M", "2027-02-28T17:00:00+00:00"),
            ("2028-01-31T05:00:00+00:00", "P1M", "2028-02-29T17:00:00+00:00"),
            ("2028-02-29T05:00:00+00:00", "P1Y", "2029-02-28T17:00:00+00:00"),
            ("2100-01-31T05:00:00+00:00", "P1M", "2100-02-28T17:00:00+00:00"),
            ("2028-02-29T05:00:00+00:00", "P4Y", "2032-02-29T17:00:00+00:00"),
            ("2026-11-30T05:00:00+00:00", "P12M", "2027-11-30T17:00:00+00:00"),
            ("2026-11-30T05:00:00+00:00", "P2W", "2026-12-14T17:00:00+00:00"),
            ("2026-11-30T05:00:00+00:00", "P1Y2M3W4D", "2028-02-24T17:00:00+00:00"),
            ("2026-03-01T12:00:00+07:00", "P1D", "2026-03-02T17:00:00+00:00"),
        ],
    )
    def test_is_due_at_the_midnight_that_ends_its_last_day_in_vietnam(self, closed: str, keep: str, expected: str) -> None:
        assert due(closed, keep) == datetime.fromisoformat(expected)

    @pytest.mark.clause("4.2")
    def test_stays_while_its_need_is_open(self) -> None:
        rules = RetentionRules(timezone=SAIGON, rules=(rule("P90D"),))
        assert erase_after(purpose=ADVISE, collection=CONTACT, closed_at=None, rules=rules) is None

    @pytest.mark.clause("4.2")
    @given(closed=INSTANTS, keep=PERIODS, zone=PLACES)
    def test_is_due_at_the_first_moment_of_a_local_day_and_never_early(self, closed: datetime, keep: Period, zone: str) -> None:
        rules = RetentionRules(timezone=zone, rules=(rule(keep),))
        instant = erase_after(purpose=ADVISE, collection=CONTACT, closed_at=closed, rules=rules)
        assert instant is not None
        assert instant.tzinfo is UTC
        place = ZoneInfo(zone)
        last_day = keep.after(closed.astimezone(place).date())
        # Where the clocks skip midnight, or a whole day as in Apia 2011, the first moment that exists is meant.
        assert instant.astimezone(place).date() > last_day
        assert (instant - timedelta(microseconds=1)).astimezone(place).date() <= last_day
        assert instant > closed

    @given(closed=INSTANTS, keep=PERIODS)
    def test_is_due_at_midnight_sharp_in_vietnam(self, closed: datetime, keep: Period) -> None:
        local = due(closed.isoformat(), keep).astimezone(ZoneInfo(SAIGON))
        assert local.time() == time.min

    @given(closed=INSTANTS, sooner=st.integers(0, 4_000), later=st.integers(0, 4_000))
    def test_is_never_due_sooner_for_being_kept_longer(self, closed: datetime, sooner: int, later: int) -> None:
        assert due(closed.isoformat(), Period(days=sooner)) <= due(closed.isoformat(), Period(days=sooner + later))

    @given(closed=INSTANTS, offset=st.integers(-12, 14), keep=PERIODS)
    def test_is_due_at_one_instant_however_its_closing_is_written(self, closed: datetime, offset: int, keep: Period) -> None:
        elsewhere = closed.astimezone(timezone(timedelta(hours=offset)))
        assert due(elsewhere.isoformat(), keep) == due(closed.isoformat(), keep)

    def test_follows_the_rule_that_names_its_collection(self) -> None:
        rules = RetentionRules(timezone=SAIGON, rules=(rule("P90D"), rule("P1D", "note")))
        closed = datetime(2026, 3, 1, 5, tzinfo=UTC)
        assert erase_after(purpose=ADVISE, collection=CollectionId("note"), closed_at=closed, rules=rules) == datetime(2026, 3, 2, 17, tzinfo=UTC)
        assert erase_after(purpose=ADVISE, collection=CONTACT, closed_at=closed, rules=rules) == datetime(2026, 5, 30, 17, tzinfo=UTC)

    def test_without_a_rule_is_an_error_even_while_its_need_is_open(self) -> None:
        rules = RetentionRules(timezone=SAIGON, rules=(rule("P90D", "note"),))
        with pytest.raises(RuleMissing) as raised:
            erase_after(purpose=ADVISE, collection=CONTACT, closed_at=None, rules=rules)
        assert (raised.value.purpose, raised.value.collection) == (ADVISE, CONTACT)

    def test_cannot_close_at_an_instant_without_a_timezone(self) -> None:
        rules = RetentionRules(timezone=SAIGON, rules=(rule("P90D"),))
        with pytest.raises(ValueError, match="timezone"):
            erase_after(purpose=ADVISE, collection=CONTACT, closed_at=datetime(2026, 3, 1), rules=rules)  # noqa: DTZ001  (it is the mistake)

    def test_cannot_outlive_the_calendar(self) -> None:
        with pytest.raises(OverflowError):
            Period(years=1).after(date(9999, 1, 1))


class TestAPeriod:
    @pytest.mark.parametrize(
        "text", ["", "P", "90D", "P90", "PT1H", "P1Y1H", "P-1D", "P1.5D", "p1d", "P1D ", "P1D1Y", "P١D", "P101Y", "P36501D", "P999999D"]
    )
    def test_is_nothing_but_years_months_weeks_and_days(self, text: str) -> None:
        with pytest.raises(ValueError, match="it is "):
            parse_period(text)

    @given(PERIODS)
    def test_is_written_as_it_is_read(self, period: Period) -> None:
        assert parse_period(period.iso) == period

    def test_of_nothing_ends_with_the_day(self) -> None:
        assert parse_period("P0D").after(date(2026, 3, 1)) == date(2026, 3, 1)
        assert Period().iso == "P0D"


class TestATimezone:
    @pytest.mark.parametrize("name", ["Asia/Nowhere", "", "/etc/passwd", "../UTC", "Asia", "Asia/Ho_Chi_Minh\0", "x" * 10_000])
    def test_is_one_that_the_world_knows(self, name: str) -> None:
        assert not is_timezone(name)
        assert is_timezone(SAIGON)
