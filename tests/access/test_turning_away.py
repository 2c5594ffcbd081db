"""A colleague at a desk of others: what the journal remembers of it, and how often."""

from datetime import datetime, timedelta

import pytest

from camket.access.actions import note_turned_away
from camket.journal import queries as journal
from camket.policy.terms import ADVISER, Actor

CHI = Actor(role=ADVISER, id="01a20679-af7e-7000-8000-000000000007")


def lines() -> list[journal.EntryRow]:
    return list(journal.of_act("desk.refused"))


@pytest.mark.usefixtures("db")
class TestBeingTurnedAway:
    @pytest.mark.clause("7.3")
    def test_is_one_line_with_who_came_and_which_desk_it_was(self, now: datetime) -> None:
        assert note_turned_away(desks=["operations", "inbox"], actor=CHI, now=now)
        (line,) = lines()
        assert (line.actor, line.facts["desks"], line.subjects, line.at) == (CHI, ["inbox", "operations"], (), now)

    def test_is_told_once_a_quarter_of_an_hour_however_often_they_knock(self, now: datetime) -> None:
        told = [note_turned_away(desks=["journal"], actor=CHI, now=now + timedelta(seconds=second)) for second in range(0, 900, 60)]
        assert told == [True] + [False] * 14
        assert note_turned_away(desks=["journal"], actor=CHI, now=now + timedelta(minutes=15))
        assert len(lines()) == 2

    def test_is_told_of_each_person_and_of_each_desk(self, now: datetime) -> None:
        other = Actor(role=ADVISER, id="01a20679-af7e-7000-8000-000000000008")
        for actor, desk in ((CHI, "journal"), (other, "journal"), (CHI, "staff")):
            assert note_turned_away(desks=[desk], actor=actor, now=now)
        assert len(lines()) == 3
