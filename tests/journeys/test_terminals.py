"""The terminals of these tests: what is typed there says and ends as a process does that begins from nothing."""

from collections.abc import Mapping

import pytest

from tests.journeys.test_operator import EDITION, run
from tests.terminals import typed

COMMANDS = (
    ("staff", "list"),
    ("policy", "check", str(EDITION), "--json"),
    ("policy", "decide", str(EDITION), "--role", "visitor", "--operation", "use", "--purpose", "advise", "--fields", "phone"),
    ("staff", "add", "nobody"),
)


@pytest.mark.slow
@pytest.mark.whatever_database
class TestATerminal:
    def test_says_and_ends_as_a_process_does_that_begins_from_nothing(self, bare_home: Mapping[str, str]) -> None:
        answers = [(done.returncode, done.stdout, done.stderr) for done in (typed(bare_home, *one) for one in COMMANDS)]
        assert answers == [(done.returncode, done.stdout, done.stderr) for done in (run(bare_home, *one) for one in COMMANDS)]
        assert [status for status, _, _ in answers] == [3, 0, 1, 2]
