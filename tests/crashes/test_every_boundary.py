"""Whatever is killed, and wherever: after the next start it never happened, or it happened completely."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as house_settings

from camket.duties.intake.models import Inquiry
from camket.vault import keyring, ledger
from tests.cast import AN
from tests.crashes.acts import ACTS, is_an_erased, say_farewell
from tests.crashes.homes import Home
from tests.crashes.killing import OF_THE_HOUSE, ends_in_one_of_two_states, marked, tell_all
from tests.crashes.many import UPON_MANY
from tests.crashes.scenes import WHOLE, Act, inquiry_of, settle_in

# What belongs to the house and not to an inquiry is killed in a file of its own, so that two workers share the longest of all tests.
OF_INQUIRIES = [one for one in (*ACTS, *UPON_MANY) if one.name not in OF_THE_HOUSE]


@pytest.mark.slow
class TestAKill:
    @pytest.mark.parametrize("act", marked(OF_INQUIRIES))
    @pytest.mark.clause("7.1")
    def test_at_any_boundary_leaves_one_of_two_states(self, act: Act, home: Home, settings: Any, now: datetime) -> None:
        ends_in_one_of_two_states(act, home, settings, now)


def _erase_in_the_wrong_order(now: datetime) -> None:
    """What gate.end_matters must never do: the keys die, and only then the ledger learns of it."""
    inquiry = inquiry_of(AN)
    keyring.destroy(matters=[inquiry.matter_id], subjects=[inquiry.subject_id])
    ledger.append(matters=[inquiry.matter_id], subjects=[inquiry.subject_id], now=now)


def _write_behind_a_reading(now: datetime) -> None:
    """What no act must do: something that lasts, where only a question is asked."""
    with (Path(house_settings.CAMKET_SECRETS) / "sly").open("ab", buffering=0) as file:
        Inquiry.objects.exists()
        file.write(b"more")
        Inquiry.objects.exists()


@pytest.mark.slow
class TestTheseTests:
    """A harness that finds nothing could be one that looks at nothing."""

    def test_notice_a_key_that_dies_before_the_ledger_knows(self, home: Home, settings: Any, now: datetime) -> None:
        order = {"prepare": say_farewell, "perform": _erase_in_the_wrong_order, "ended": is_an_erased}
        wrong = Act(name="wrong order", after=timedelta(days=100), is_taken_up=False, **order)
        told = tell_all(wrong, home, settings, now)
        noticed = [history.place for history in told if any("living matters have no key" in fault for fault in history.faults)]
        assert noticed == ["keys: after COMMIT"]
        assert told[0].place not in noticed

    def test_notice_what_changes_where_no_kill_should_leave_anything(self, home: Home, settings: Any, now: datetime) -> None:
        sly = Act(name="sly", prepare=settle_in, perform=_write_behind_a_reading, ended=lambda: WHOLE)
        faults = [fault for history in tell_all(sly, home, settings, now) for fault in history.faults]
        assert "not as at the point before, although nothing was committed" in faults
