"""Whatever the house does for itself is killed, and wherever: after the next start it never happened, or it happened completely."""

from datetime import datetime
from typing import Any

import pytest

from tests.crashes.acts import ACTS
from tests.crashes.homes import Home
from tests.crashes.killing import OF_THE_HOUSE, ends_in_one_of_two_states, marked
from tests.crashes.scenes import Act


@pytest.mark.slow
class TestAKillOfTheHouse:
    @pytest.mark.parametrize("act", marked(one for one in ACTS if one.name in OF_THE_HOUSE))
    @pytest.mark.clause("7.1")
    def test_at_any_boundary_leaves_one_of_two_states(self, act: Act, home: Home, settings: Any, now: datetime) -> None:
        ends_in_one_of_two_states(act, home, settings, now)
