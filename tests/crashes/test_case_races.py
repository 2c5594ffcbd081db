"""Two decide about one special case at the same moment, or one decides while another takes it back: exactly one is first."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest

from camket.duties.intake import actions as intake
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.jobs.worker import erase_due
from camket.journal.models import JournalEntry
from camket.policy.terms import Actor
from camket.vault.models import Matter, Need, Warrant
from tests.crashes.test_races import together
from tests.duties.special_cases.conftest import OpenCase, about, chi, dung, house, mai, open_case, receive, sending  # fixtures: the same house

__all__ = ["about", "chi", "dung", "house", "mai", "open_case", "receive"]

pytestmark = [pytest.mark.usefixtures("transactional_db"), pytest.mark.clause("3.9")]
ROUNDS = 6
DAY = timedelta(days=1)
Act = Callable[[], object]


def told(act: str) -> int:
    return JournalEntry.objects.filter(act=act).count()


class TestASpecialCase:
    def test_is_approved_by_one_of_two(self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime) -> None:
        for number in range(1, ROUNDS + 1):
            case = open_case(nonce=str(number))
            got = together(*(partial(special_cases.approve, reference=case, actor=actor, now=now) for actor in (mai, dung)))
            assert [type(one) for one in got if one is not None] in ([special_cases.AlreadyDecided], [special_cases.CaseUnknown])
            row, warrant = SpecialCase.objects.get(reference=case), Warrant.objects.get(id=SpecialCase.objects.get(reference=case).warrant_id)
            assert (row.state, row.decided_by_id) == ("open", warrant.approved_by)
            assert told("approval.given") == told("special_case.approved") == number

    def test_is_approved_or_refused(self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime) -> None:
        for number in range(ROUNDS):
            case = open_case(nonce=str(number))
            refuse = partial(special_cases.refuse, reference=case, sending=sending("Không.", f"no {number}"), actor=dung, now=now)
            approved, refused = together(partial(special_cases.approve, reference=case, actor=mai, now=now), refuse)
            row = SpecialCase.objects.get(reference=case)
            assert (approved is None, refused is None) in ((True, False), (False, True))
            assert row.state == ("open" if approved is None else "closed")
            assert (Warrant.objects.get(id=row.warrant_id).approved_by is None) == (refused is None)

    def test_is_approved_or_taken_back(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        for number in range(ROUNDS):
            case = open_case(nonce=str(number))
            give_up = partial(special_cases.give_up, reference=case, actor=chi, now=now)
            approved, given_up = together(partial(special_cases.approve, reference=case, actor=mai, now=now), give_up)
            assert (approved is None) != (given_up is None)
            assert SpecialCase.objects.get(reference=case).state == ("open" if approved is None else "closed")

    def test_sent_by_a_double_press_is_one(self, open_case: OpenCase, now: datetime) -> None:
        references = together(*[partial(open_case, nonce="pressed")] * 4)
        assert len(set(references)) == 1
        assert SpecialCase.objects.count() == Warrant.objects.count() == Writing.objects.count() == 1

    def test_is_closed_once_by_a_double_press(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        got = together(*[partial(special_cases.close_case, reference=case, sending=sending("Xong."), actor=chi, now=now)] * 4)
        assert {type(one) for one in got} <= {type(None), special_cases.AlreadyDecided}
        assert Writing.objects.filter(kind="note").count() == told("special_case.closed") == 1

    def test_is_opened_in_time_or_finds_nobody(self, open_case: OpenCase, about: str, chi: Actor, now: datetime) -> None:
        """The person's last matter is erased while somebody opens a case about them."""
        intake.resolve_inquiry(reference=about, actor=chi, now=now)
        erase_due(worker="planner", now=now + DAY)
        opened, _ = together(open_case, partial(erase_due, worker="one", now=now + 100 * DAY))
        if isinstance(opened, special_cases.CaseUnknown | special_cases.Refused):
            assert not Matter.objects.filter(erased_at__isnull=True).exists()
            assert not SpecialCase.objects.exists()
        else:
            assert SpecialCase.objects.get().reference == opened
            assert Need.objects.filter(duty="special_cases", matter__erased_at__isnull=False).count() == 0
