"""How clocks stand beside each other, in a sentence."""

from datetime import datetime, timedelta

import pytest

from camket.duties.custody.rules import judge_clocks

MINUTE = timedelta(minutes=1)


class TestTheClocks:
    @pytest.mark.parametrize("apart", [timedelta(), MINUTE, -MINUTE])
    def test_agree_within_a_minute(self, now: datetime, apart: timedelta) -> None:
        assert judge_clocks(now=now, databases={"default": now + apart}, newest=now + apart).level == "ok"

    def test_of_a_house_that_has_done_nothing_yet_agree(self, now: datetime) -> None:
        assert judge_clocks(now=now, databases={}, newest=None).level == "ok"

    def test_do_not_mind_how_long_ago_the_newest_act_was(self, now: datetime) -> None:
        assert judge_clocks(now=now, databases={"default": now}, newest=now - timedelta(days=900)).level == "ok"

    @pytest.mark.parametrize(
        ("behind", "said"), [(2 * MINUTE, "2 min"), (timedelta(hours=3), "3 h"), (timedelta(hours=47), "47 h"), (timedelta(days=40), "40 days")]
    )
    def test_are_an_error_where_this_one_is_behind_what_was_done(self, now: datetime, behind: timedelta, said: str) -> None:
        found = judge_clocks(now=now, databases={"default": now}, newest=now + behind)
        assert (found.level, bool(found.hint)) == ("error", True)
        assert f"{said} behind" in found.sentence

    @pytest.mark.parametrize(("apart", "said"), [(2 * MINUTE, "2 min ahead of"), (-90 * MINUTE, "1 h behind")])
    def test_are_a_warning_where_a_database_goes_by_another(self, now: datetime, apart: timedelta, said: str) -> None:
        found = judge_clocks(now=now, databases={"default": now, "keys": now + apart}, newest=None)
        assert (found.level, bool(found.hint)) == ("warning", True)
        assert f"database keys is {said}" in found.sentence
