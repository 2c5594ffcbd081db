"""
Looks at an act at every boundary, kills it where a kill leaves something new, and judges what is left: the body of the tests that do so.

Which acts they share among them stands here too.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import pytest

from tests.crashes.histories import NOWHERE, History, histories
from tests.crashes.homes import Home
from tests.crashes.policy_acts import POLICY_ACTS
from tests.crashes.scenes import NEVER, WHOLE, Act
from tests.crashes.site_acts import SITE_ACTS
from tests.crashes.staff_acts import STAFF_ACTS
from tests.journeys.post_office import PostOffice

OF_THE_HOUSE = {
    *("first start", "start", "publish", "step to a new epoch", "rebuild the index", "sequence"),
    *(one.name for one in (*SITE_ACTS, *POLICY_ACTS, *STAFF_ACTS)),
}
# On both kinds of database: the acts that every other is made of. Each goes to both databases, to files or to the network in an order that matters.
ON_BOTH = {"publish", "keep", "send", "erase", "sequence", "send a campaign", "step to a new epoch"}


def marked(acts: Iterable[Act]) -> list[Any]:
    """Return the acts as a test takes them, those of a single transaction marked for one kind of database."""
    return [pytest.param(one, id=one.name, marks=() if one.name in ON_BOTH else pytest.mark.whatever_database) for one in acts]


def tell_all(act: Act, home: Home, settings: Any, now: datetime) -> list[History]:
    """Return every history of an act, in a house that sends letters."""
    with PostOffice() as post:
        settings.CAMKET_SMTP_URL, settings.CAMKET_CONTROLLER_EMAIL = post.url, "lienhe@example.vn"
        return list(histories(act, home, post, now))


def ends_in_one_of_two_states(act: Act, home: Home, settings: Any, now: datetime) -> None:
    """Fail where any kill of an act leaves something else than nothing of it, or all."""
    told = tell_all(act, home, settings, now)
    faults = [str(history) for history in told if history.faults]
    assert not faults, f"{len(faults)} of {len(told)}:\n" + "\n".join(faults)
    assert told[0].place != NOWHERE, "nobody was ever killed"
    if not act.is_taken_up:
        assert {history.ended for history in told} >= {NEVER, WHOLE}, "some kills must come before the act and some after it"
