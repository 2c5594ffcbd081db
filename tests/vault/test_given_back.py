"""What one edition took away and a later one gives back: of old data it stays away until the person says yes to the later one."""

from datetime import datetime

import pytest

from camket.editions import queries
from camket.policy.terms import EditionNumber, FieldName, Operation
from camket.vault import gate
from tests.vault.deeds import ADVISE, CHI, Kept, close, collect, consent, revealed, use
from tests.vault.test_editions_that_follow import KEEP, NO_PHONE, PHONE, bind, follow
from tests.vault.test_yes_of_one_edition import gone

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("8.5")]
SHORT, LONG = 'keep = "P30D"', 'keep = "P180D"'


def shows_phone(kept: Kept, now: datetime) -> bool:
    """Whether an adviser is shown of a number what edition 1 lets them see."""
    try:
        return "phone" in revealed(use(kept, names=["phone"], now=now))
    except gate.Refused:
        return False


class TestWhatWasTakenAwayAndIsGivenBack:
    def test_stays_away_from_old_data_before_the_person_agrees(self, now: datetime) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        assert not shows_phone(an, now)
        assert shows_phone(collect(now=now, edition=5), now)

    def test_is_refused_in_the_name_of_the_edition_that_took_it(self, now: datetime) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        with pytest.raises(gate.Refused) as refused:
            use(an, names=["phone"], now=now)
        assert refused.value.decision.edition == 4

    def test_comes_with_a_yes_to_the_later_one(self, now: datetime) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        consent(an.subject, now=now, edition=5)
        bind(an, now)
        assert shows_phone(an, now)

    def test_is_not_covered_by_the_yes_of_before(self, now: datetime) -> None:
        follow(3, {}, now)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        assert queries.covers(EditionNumber(3), EditionNumber(4), ADVISE)
        assert not queries.covers(EditionNumber(3), EditionNumber(5), ADVISE)
        assert queries.widening(EditionNumber(3), EditionNumber(5))[ADVISE]

    def test_is_not_among_what_can_be_asked_for(self, now: datetime) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        assert "phone" not in gate.askable(actor=CHI, operation=Operation.USE, purpose=ADVISE, subject=an.subject)


class TestWhatIsKeptAndCannotBeShown:
    WANTED = {"actor": CHI, "operation": Operation.USE, "purpose": ADVISE}

    def test_is_named_with_the_edition_that_took_it_and_its_clause(self, now: datetime) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        follow(4, {PHONE: NO_PHONE}, now)
        follow(5, {}, now)
        (one,) = gate.withheld(kept=[FieldName("phone"), FieldName("email")], subject=an.subject, **self.WANTED)
        assert (one.name, one.edition, one.was_shown, one.clauses) == ("phone", 4, True, ("2.1",))

    def test_is_named_with_the_edition_it_was_given_under_where_the_role_never_saw_it(self, now: datetime) -> None:
        follow(3, {PHONE: NO_PHONE}, now)
        an = collect(now=now, edition=3)
        (one,) = gate.withheld(kept=[FieldName("phone")], subject=an.subject, **self.WANTED)
        assert (one.edition, one.was_shown) == (3, False)

    def test_is_nothing_where_all_can_be_asked_for(self, now: datetime) -> None:
        an = collect(now=now)
        assert gate.withheld(kept=[FieldName("phone")], subject=an.subject, **self.WANTED) == ()


class TestAPeriodThatWasShortened:
    @pytest.mark.parametrize("later", [KEEP, LONG])
    def test_stays_short_for_old_data_where_a_later_edition_keeps_longer(self, now: datetime, later: str) -> None:
        follow(3, {}, now)
        an = collect(now=now, edition=3)
        close(an, now=now)
        follow(4, {KEEP: SHORT}, now)
        promised = gone(an)
        follow(5, {KEEP: later}, now)
        assert gone(an) == promised

    def test_is_as_long_as_the_later_edition_says_once_the_person_agrees(self, now: datetime) -> None:
        follow(3, {}, now)
        an, binh = collect(now=now, edition=3), collect(now=now, edition=3)
        follow(4, {KEEP: SHORT}, now)
        follow(5, {}, now)
        for one in (an, binh):
            close(one, now=now)
        consent(an.subject, now=now, edition=5)
        bind(an, now)
        assert gone(an) > gone(binh)
