"""Whatever is killed, and wherever: after the next start it never happened, or it happened completely."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from camket.vault import keyring, ledger
from tests.cast import AN
from tests.crashes.acts import ACTS, is_an_erased, say_farewell
from tests.crashes.histories import History, histories
from tests.crashes.homes import Home
from tests.crashes.many import UPON_MANY
from tests.crashes.scenes import NEVER, WHOLE, Act, inquiry_of
from tests.journeys.post_office import PostOffice


def tell_all(act: Act, home: Home, settings: Any, now: datetime) -> list[History]:
    """Every history of an act, in a house that sends letters."""
    with PostOffice() as post:
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = post.url, "lienhe@example.vn"
        return list(histories(act, home, post, now))


# What goes to both databases, to files or to the network, in an order that matters: on both kinds of database. The other acts are one transaction.
ON_BOTH = {
    "first start",
    "publish",
    "keep",
    "send",
    "withdraw",
    "erase",
    "start",
    "step to a new epoch",
    "rebuild the index",
    "sequence",
    "open a case",
}
EVERY_ACT = [pytest.param(one, id=one.name, marks=() if one.name in ON_BOTH else pytest.mark.whatever_database) for one in (*ACTS, *UPON_MANY)]


@pytest.mark.slow
class TestAKill:
    @pytest.mark.parametrize("act", EVERY_ACT)
    @pytest.mark.clause("7.1")
    def test_at_any_boundary_leaves_one_of_two_states(self, act: Act, home: Home, settings: Any, now: datetime) -> None:
        told = tell_all(act, home, settings, now)
        faults = [str(history) for history in told if history.faults]
        assert not faults, f"{len(faults)} of {len(told)}:\n" + "\n".join(faults)
        assert told[0].place != "nowhere", "nobody was ever killed"
        if not act.is_taken_up:
            assert {history.ended for history in told} >= {NEVER, WHOLE}, "some kills must come before the act and some after it"


def _erase_in_the_wrong_order(now: datetime) -> None:
    """What gate.end_matters must never do: the keys die, and only then the ledger learns of it."""
    inquiry = inquiry_of(AN)
    keyring.destroy(matters=[inquiry.matter_id], subjects=[inquiry.subject_id])
    ledger.append(matters=[inquiry.matter_id], subjects=[inquiry.subject_id], now=now)


@pytest.mark.slow
class TestTheseTests:
    """A harness that finds nothing could be one that looks at nothing."""

    def test_notice_a_key_that_dies_before_the_ledger_knows(self, home: Home, settings: Any, now: datetime) -> None:
        order = {"prepare": say_farewell, "perform": _erase_in_the_wrong_order, "ended": is_an_erased}
        wrong = Act(name="wrong order", after=timedelta(days=100), is_taken_up=False, **order)
        told = tell_all(wrong, home, settings, now)
        noticed = [history.place for history in told if any("living matters have no key" in fault for fault in history.faults)]
        assert noticed[0] == "keys: after COMMIT"
        assert "files: before open of erasures.jsonl" in noticed
        assert told[0].place not in noticed
