"""A case outlives whoever opened it, and who waits for whom is told without anybody asking."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from camket.access.actions import change_role, dismiss_staff
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import queries, rules
from camket.policy.terms import AUDITOR, OPERATOR, THE_HOUSE, Actor
from tests.duties.special_cases.conftest import REASON, OpenCase, sending, staff
from tests.duties.special_cases.test_actions import page, read, shown
from tests.vault.deeds import journaled


@pytest.mark.clause("3.9")
class TestACaseWhoseOpenerLeft:
    """Dismissed, or moved to a role without a part in special cases: nobody uses what would be approved for them."""

    @pytest.fixture(params=["dismissed", "moved"])
    def leave(self, request: pytest.FixtureRequest, chi: Actor, now: datetime) -> Callable[[], None]:
        if request.param == "dismissed":
            return lambda: void(dismiss_staff(staff_id=UUID(chi.id), actor=THE_HOUSE, now=now))
        return lambda: void(change_role(staff_id=UUID(chi.id), role=OPERATOR, actor=THE_HOUSE, now=now))

    def test_is_not_approved_and_does_not_wait_for_that(
        self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime, leave: Callable[[], None]
    ) -> None:
        case = open_case()
        leave()
        for actor in (mai, dung):
            found = page(case, actor, now)
            assert (found.may_decide, found.may_take_over, found.row.is_left) == (False, True, True)
            assert queries.case_list(actor=actor, chosen="open", page=1, now=now).counts["to_approve"] == 0
            assert queries.waiting_for(actor, now=now) == queries.CasesWaiting(to_approve=0, left_behind=1, approved=0)
            with pytest.raises(special_cases.OpenerLeft):
                special_cases.approve(reference=case, actor=actor, now=now)
        assert not journaled("approval.given")

    def test_is_taken_over_by_a_colleague_who_gives_the_reason_anew(
        self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime, leave: Callable[[], None]
    ) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        leave()
        assert page(case, mai, now).may_take_over
        special_cases.take_over(reference=case, actor=mai, now=now)
        assert (page(case, mai, now).row.is_mine, page(case, mai, now, "details").shut) == (True, "waiting")
        with pytest.raises(special_cases.OwnCase):
            special_cases.approve(reference=case, actor=mai, now=now)
        special_cases.approve(reference=case, actor=dung, now=now)
        assert set(shown(case, mai, now)) == {"full_name", "phone"}
        assert [entry["actor"]["id"] for entry in journaled("reason.given")][1:] == [mai.id]
        special_cases.close_case(reference=case, sending=sending("Xong."), actor=mai, now=now)

    def test_tells_who_opened_it_and_who_took_it_over_each_at_their_time(
        self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime, leave: Callable[[], None]
    ) -> None:
        case, later = open_case(), now + timedelta(minutes=22)
        before = page(case, mai, now)
        assert (before.first_opened_by, before.taken_over_at) == (opener := before.row.opened_by, None)
        leave()
        special_cases.take_over(reference=case, actor=mai, now=later)
        special_cases.approve(reference=case, actor=dung, now=later)
        special_cases.ask_again(reference=case, actor=mai, now=later + timedelta(minutes=5))
        found = page(case, mai, later + timedelta(minutes=6))
        assert (found.row.opened_at, found.taken_over_at) == (now, later)
        assert found.first_opened_by == opener != found.row.opened_by

    def test_is_found_by_another_adviser_once_it_is_left(self, open_case: OpenCase, mai: Actor, now: datetime, leave: Callable[[], None]) -> None:
        case, third = open_case(), staff("ba@staff.example.vn", mai.role, now)
        special_cases.approve(reference=case, actor=mai, now=now)
        with pytest.raises(queries.NotFound):
            page(case, third, now)
        leave()
        assert read(case, third, now) == [REASON]
        special_cases.take_over(reference=case, actor=third, now=now)
        assert page(case, third, now).row.is_mine

    def test_is_not_taken_over_from_somebody_who_is_here(self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        for actor in (mai, dung):
            assert not page(case, actor, now).may_take_over
            with pytest.raises(special_cases.OwnCase):
                special_cases.take_over(reference=case, actor=actor, now=now)

    def test_is_counted_for_whoever_has_to_see_to_it(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        assert (queries.count_opened(UUID(chi.id)), queries.count_opened(UUID(mai.id))) == (1, 0)
        special_cases.give_up(reference=case, actor=chi, now=now)
        assert queries.count_opened(UUID(chi.id)) == 0


def void(_: object) -> None:
    """Return nothing, whatever was done."""


class TestWhatIsSaidOfACase:
    def test_is_that_it_was_approved_while_that_holds(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        assert queries.waiting_for(chi, now=now).approved == 0
        special_cases.approve(reference=case, actor=mai, now=now)
        assert (queries.waiting_for(chi, now=now).approved, queries.waiting_for(mai, now=now).approved) == (1, 0)
        assert queries.waiting_for(chi, now=now + rules.APPROVAL_LASTS).approved == 0

    def test_is_another_number_after_each_step_and_the_same_in_between(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        steps = [
            lambda: None,
            lambda: special_cases.approve(reference=case, actor=mai, now=now),
            lambda: special_cases.add_note(reference=case, sending=sending("Đã gọi."), actor=chi, now=now),
            lambda: special_cases.ask_again(reference=case, actor=chi, now=now),
            lambda: special_cases.give_up(reference=case, actor=chi, now=now),
        ]
        told = []
        for step in steps:
            step()
            told.append(queries.mark_of(reference=case, actor=chi))
            assert told[-1] == queries.mark_of(reference=case, actor=chi)
        assert None not in told
        assert len(set(told)) == len(steps)
        assert queries.mark_of(reference=case, actor=staff("x@staff.example.vn", AUDITOR, now)) is None
