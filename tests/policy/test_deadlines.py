"""Statutory clocks: the days that the law counts, by the values of the day on which the clock started."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiler import compile_edition
from camket.policy.deadlines import due_at, dues, is_working_day
from camket.policy.regimes import Confidence, Regime, ValueMissing, parse_regime
from camket.policy.source import EditionSource
from tests.house.tree import ROOT
from tests.policy.sample import policy_of

LAWS = {name: parse_regime((ROOT / "regimes" / f"{name}.toml").read_text("utf-8")) for name in ("vn-2026", "eu-gdpr")}
VIETNAM, UNION = LAWS["vn-2026"], LAWS["eu-gdpr"]
SAIGON = ZoneInfo("Asia/Ho_Chi_Minh")


def at(text: str, zone: ZoneInfo = SAIGON) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


class TestAClockOfVietnam:
    @pytest.mark.clause("9.2")
    @pytest.mark.parametrize(
        ("came", "due"),
        [
            ("2026-11-26T10:00", "2026-12-01T00:00"),  # Thursday; Friday and Monday are worked
            ("2026-11-27T23:59", "2026-12-02T00:00"),
            ("2026-11-28T08:00", "2026-12-02T00:00"),  # a Saturday: the first working day is Monday
            ("2026-11-23T10:00", "2026-11-27T00:00"),  # 24 November is the day of Vietnamese culture
            ("2026-02-13T10:00", "2026-02-25T00:00"),  # Tết lies in between, from the 16th to the 20th
            ("2026-08-21T10:00", "2026-08-25T00:00"),  # Saturday 22 August is worked in place of Monday 31 August
        ],
    )
    def test_in_working_days_counts_neither_weekends_nor_holidays(self, came: str, due: str) -> None:
        assert due_at(VIETNAM, "dsr.ack", started_at=at(came)) == at(due)

    @pytest.mark.clause("9.3")
    @pytest.mark.parametrize(
        ("key", "due"),
        [("dsr.access.own", "2026-02-24T00:00"), ("dsr.erase.own", "2026-03-06T00:00"), ("dsr.withdraw.own", "2026-03-01T00:00")],
    )
    def test_in_days_runs_on_over_holidays_and_ends_at_local_midnight(self, key: str, due: str) -> None:
        assert due_at(VIETNAM, key, started_at=at("2026-02-13T10:00")) == at(due)

    @pytest.mark.clause("7.4")
    def test_in_hours_runs_from_the_minute(self) -> None:
        assert due_at(VIETNAM, "breach.authority", started_at=at("2026-11-28T10:17")) == at("2026-12-01T10:17")

    def test_takes_the_day_of_the_place_not_of_the_machine(self) -> None:
        late = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)  # half past midnight in Saigon, on the 27th
        assert due_at(VIETNAM, "dsr.access.own", started_at=late) == at("2026-12-08T00:00")


class TestAClockOfTheUnion:
    @pytest.mark.parametrize(
        ("came", "due"),
        [
            ("2026-01-30T10:00", "2026-03-03T00:00"),  # a month on from the 30th is the 28th, a Saturday: Monday is the last day
            ("2026-11-26T10:00", "2026-12-29T00:00"),  # 26 December is a Saturday: Monday the 28th is the last day
            ("2026-04-01T10:00", "2026-05-05T00:00"),  # 1 May is a holiday, and a weekend follows
        ],
    )
    def test_ends_on_the_next_working_day(self, came: str, due: str) -> None:
        brussels = ZoneInfo("Europe/Brussels")
        assert due_at(UNION, "dsr.access.own", started_at=at(came, brussels)) == at(due, brussels)


class TestARequest:
    def changed(self) -> Regime:
        """The law of 2026 with another number from 2027 on."""
        (old,) = VIETNAM.values["dsr.access.own"]
        day = date(2027, 1, 1)
        dated = (replace(old, effective_until=day), replace(old, value=5, effective_from=day))
        return replace(VIETNAM, values=MappingProxyType({**VIETNAM.values, "dsr.access.own": dated}))

    def test_keeps_the_law_of_the_day_it_came_in(self) -> None:
        regime = self.changed()
        assert due_at(regime, "dsr.access.own", started_at=at("2026-12-31T23:59")) == at("2027-01-11T00:00")
        assert due_at(regime, "dsr.access.own", started_at=at("2027-01-01T00:00")) == at("2027-01-07T00:00")

    def test_of_before_the_law_has_no_clock(self) -> None:
        with pytest.raises(ValueMissing):
            due_at(VIETNAM, "dsr.access.own", started_at=at("2025-12-31T10:00"))

    @pytest.mark.parametrize(("regime", "key"), [(UNION, "authority.takedown.normal"), (VIETNAM, "lock.tier1.violations"), (VIETNAM, "no.such")])
    def test_is_given_no_clock_that_the_law_does_not_have(self, regime: Regime, key: str) -> None:
        with pytest.raises(ValueMissing):
            due_at(regime, key, started_at=at("2026-11-26T10:00"))

    def test_without_a_timezone_is_a_mistake(self) -> None:
        with pytest.raises(ValueError, match="timezone"):
            due_at(VIETNAM, "dsr.ack", started_at=datetime(2026, 11, 26))  # noqa: DTZ001  # it is the mistake


class TestAnyClock:
    @given(
        st.datetimes(min_value=datetime(2026, 8, 19), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001  # given its timezone below
        st.sampled_from([(regime, key) for regime in LAWS.values() for key in regime.values if key.startswith("dsr.") and "ext." not in key]),
    )
    def test_ends_later_than_it_began_and_never_earlier_for_who_came_later(self, came: datetime, asked: tuple[Regime, str]) -> None:
        regime, key = asked
        started = came.replace(tzinfo=UTC)
        due = due_at(regime, key, started_at=started)
        assert due > started
        assert due.astimezone(ZoneInfo(regime.timezone)).time().isoformat() == "00:00:00"
        assert due_at(regime, key, started_at=started + timedelta(hours=7)) >= due

    @pytest.mark.parametrize("day", ["2026-02-17", "2027-02-06", "2028-01-26", "2029-02-13", "2030-02-03"])
    def test_knows_the_first_day_of_tet(self, day: str) -> None:
        assert not is_working_day("VN", date.fromisoformat(day))


class TestTheLaws:
    def test_know_the_same_clocks(self) -> None:
        clocks = {
            name: {key for key in law.values if key.split(".")[0] in ("dsr", "breach", "cyber", "authority", "calendar")}
            for name, law in LAWS.items()
        }
        assert clocks["vn-2026"] == clocks["eu-gdpr"]

    @pytest.mark.parametrize("name", LAWS)
    def test_say_of_every_value_where_it_comes_from_and_how_sure_that_is(self, name: str) -> None:
        law = LAWS[name]
        assert law.id == name
        assert all(one.basis and one.confidence in Confidence for dated in law.values.values() for one in dated)

    def test_of_the_union_claim_no_text_that_nobody_read(self) -> None:
        assert {one.confidence for dated in UNION.values.values() for one in dated} <= {Confidence.M, Confidence.I}


EDITION_1 = ROOT / "policies" / "wesoft" / "edition-1"


class TestAPersonsRequest:
    POLICY = policy_of(compile_edition(EditionSource(files={path.name: path.read_text("utf-8") for path in EDITION_1.iterdir()}), None))

    @pytest.mark.clause("9.1")
    def test_has_a_day_for_its_acknowledgement_and_one_for_each_right_the_soonest_first(self) -> None:
        found = dues(self.POLICY, VIETNAM, started_at=datetime(2026, 11, 23, 3, tzinfo=UTC))
        days = {one.right: one.last_on.isoformat() for one in found}
        assert (days[""], days["view"], days["erase"], days["withdraw"]) == ("2026-11-26", "2026-12-03", "2026-12-13", "2026-12-08")
        assert [one.due_at for one in found] == sorted(one.due_at for one in found)
        assert set(days) == {"", *self.POLICY.rights}

    def test_keeps_the_law_of_the_day_on_which_it_came_in(self) -> None:
        (own,) = VIETNAM.values["dsr.access.own"]
        changed = (replace(own, effective_until=date(2026, 12, 1)), replace(own, value=3, effective_from=date(2026, 12, 1)))
        law = replace(VIETNAM, values={**VIETNAM.values, "dsr.access.own": changed})
        before, after = (
            {one.right: one.last_on for one in dues(self.POLICY, law, started_at=datetime(2026, month, day, 3, tzinfo=UTC))}["view"]
            for month, day in ((11, 30), (12, 1))
        )
        assert (before, after) == (date(2026, 12, 10), date(2026, 12, 4))

    def test_has_no_day_by_a_law_that_was_not_there_yet(self) -> None:
        assert dues(self.POLICY, VIETNAM, started_at=datetime(2020, 1, 1, tzinfo=UTC)) == ()
