"""Why a matter is here, what suspends its end, and when it comes to rest."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from camket.policy.terms import EditionNumber
from camket.vault import gate
from camket.vault.models import Consent, Need
from tests.cast import BINH
from tests.vault.deeds import ADVISE, CHI, DUTY, HOUSE, PROVIDE, Kept, close, collect, consent, end, journaled, somebody, use

pytestmark = pytest.mark.usefixtures("vault")


@pytest.fixture
def an(now: datetime) -> Kept:
    return collect(now=now)


def row_of(kept: Kept) -> gate.MatterRow:
    (row,) = gate.matter_rows([kept.matter])
    return row


def open_again(kept: Kept, *, duty_id: UUID | None = None, now: datetime) -> None:
    gate.open_need(matter=kept.matter, purpose=ADVISE, duty=DUTY, duty_id=duty_id or kept.matter, now=now)


class TestTheVault:
    def test_holds_somebody_from_the_first_record_to_the_last_erasure(self, now: datetime) -> None:
        assert not gate.holds_anybody()
        an = collect(now=now)
        assert gate.holds_anybody()
        close(an, now=now)
        end(an, now=now)
        assert not gate.holds_anybody()


class TestANeed:
    def test_opened_twice_is_one(self, an: Kept, now: datetime) -> None:
        open_again(an, now=now + timedelta(days=1))
        assert [(need.purpose, need.opened_at, need.closed_at) for need in row_of(an).needs] == [(ADVISE, now, None)]

    def test_keeps_its_matter_from_rest(self, an: Kept, now: datetime) -> None:
        open_again(an, duty_id=uuid4(), now=now)
        assert close(an, now=now) == ()
        assert row_of(an).rests_since is None

    def test_closed_last_brings_its_matter_to_rest(self, an: Kept, now: datetime) -> None:
        assert close(an, now=now) == (an.matter,)
        assert row_of(an).rests_since == now
        assert gate.resting_unplanned(limit=9) == (an.matter,)

    def test_closed_twice_keeps_its_first_instant(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        assert close(an, now=now + timedelta(days=1)) == ()
        assert row_of(an).rests_since == now

    def test_opened_again_takes_its_matter_out_of_rest(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        open_again(an, now=now)
        assert row_of(an).rests_since is None
        assert row_of(an).needs[0].closed_at is None

    def test_of_another_duty_takes_its_matter_out_of_rest(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        gate.mark_planned(matters=[an.matter], under=EditionNumber(1))
        open_again(an, duty_id=uuid4(), now=now)
        close(an, now=now)
        assert row_of(an).rests_since is None

    def test_reopened_with_its_thing_is_journaled(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        assert gate.reopen_needs(duty=DUTY, duty_id=an.matter, purposes=[ADVISE], actor=CHI, now=now) == (an.matter,)
        assert row_of(an).rests_since is None
        assert [line["matter"] for line in journaled("need.opened")] == [str(an.matter)]

    def test_is_never_opened_over_what_is_erased(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownMatter):
            open_again(an, now=now)
        with pytest.raises(gate.UnknownMatter):
            gate.reopen_needs(duty=DUTY, duty_id=an.matter, purposes=[ADVISE], actor=CHI, now=now)

    def test_is_never_opened_over_nothing(self, now: datetime) -> None:
        with pytest.raises(gate.UnknownMatter):
            gate.open_need(matter=gate.MatterId(somebody()), purpose=PROVIDE, duty=DUTY, duty_id=uuid4(), now=now)
        assert not Need.objects.exists()


class TestAMatter:
    def test_planned_is_not_offered_again(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        gate.mark_planned(matters=[an.matter], under=EditionNumber(1))
        assert gate.resting_unplanned(limit=9) == ()

    def test_tells_all_that_retention_asks_in_four_queries(self, an: Kept, now: datetime) -> None:
        others = [collect(BINH, now=now) for _ in range(5)]
        with CaptureQueriesContext(connection) as seen:
            rows = gate.matter_rows([an.matter, *(one.matter for one in others)])
        assert len(seen) == 4
        assert rows[0].records == (("contact", 1), ("message", 1))


class TestAHold:
    def test_keeps_a_matter_whose_needs_are_closed(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        gate.place_hold(matter=an.matter, owner="disclosures", actor=HOUSE, now=now)
        assert row_of(an).is_held
        with pytest.raises(gate.StillNeeded) as kept:
            end(an, now=now)
        assert kept.value.matters == {an.matter}

    def test_is_released_by_its_owner_alone_and_once(self, an: Kept, now: datetime) -> None:
        hold = gate.place_hold(matter=an.matter, owner="disclosures", actor=HOUSE, now=now)
        with pytest.raises(gate.UnknownHold):
            gate.release_hold(hold=hold, owner="conduct", actor=HOUSE, now=now)
        gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=now)
        assert not row_of(an).is_held
        with pytest.raises(gate.UnknownHold):
            gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=now)

    def test_leaves_another_hold_in_place(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        one, _ = (gate.place_hold(matter=an.matter, owner=owner, actor=HOUSE, now=now) for owner in ("disclosures", "conduct"))
        gate.release_hold(hold=one, owner="disclosures", actor=HOUSE, now=now)
        with pytest.raises(gate.StillNeeded):
            end(an, now=now)

    def test_comes_too_late_for_what_is_erased(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownMatter):
            gate.place_hold(matter=an.matter, owner="disclosures", actor=HOUSE, now=now)

    def test_is_journaled_at_both_ends(self, an: Kept, now: datetime) -> None:
        hold = gate.place_hold(matter=an.matter, owner="disclosures", actor=HOUSE, now=now)
        gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=now)
        assert [(line["act"], line["matter"]) for line in journaled() if line["act"].startswith("hold.")] == [
            ("hold.placed", str(an.matter)),
            ("hold.released", str(an.matter)),
        ]


class TestTheFactsOfConsent:
    def test_tell_the_newest_of_each_purpose(self, an: Kept, now: datetime) -> None:
        consent(an.subject, purpose=PROVIDE, now=now)
        consent(an.subject, is_given=False, now=now + timedelta(minutes=1))
        assert [(row.purpose, row.is_given) for row in gate.consents_of(an.subject)] == [(ADVISE, False), (PROVIDE, True)]

    @pytest.mark.parametrize("order", [(True, False), (False, True)])
    def test_of_one_instant_count_as_a_no(self, an: Kept, now: datetime, order: tuple[bool, bool]) -> None:
        at = now + timedelta(minutes=1)
        for number, is_given in enumerate(order):
            kept = {"purpose": ADVISE, "is_given": is_given, "at": at, "edition": 1, "language": "en", "wording_hash": "", "channel": "form"}
            Consent.objects.create(id=UUID(int=number), subject_id=an.subject, **kept)
        assert [row.is_given for row in gate.consents_of(an.subject)] == [False]
        with pytest.raises(gate.Refused):
            use(an, now=now)

    def test_are_never_rewritten(self, an: Kept) -> None:
        with pytest.raises(DatabaseError, match="rows are never changed"), transaction.atomic():
            Consent.objects.filter(subject_id=an.subject).update(is_given=False)

    def test_end_with_the_person(self, an: Kept, now: datetime) -> None:
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownSubject):
            consent(an.subject, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.consents_of(an.subject) == ()
