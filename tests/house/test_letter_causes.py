"""Every code that says why a letter waits for a person or was dropped has words that a colleague understands, and none has words in vain."""

import re

from camket.duties.notices import rules
from camket.duties.notices.rules import ROUTE_FAULTS
from camket.web.kit.letter_words import LETTER_ERRORS
from tests.house.tree import HOUSE, listed

# as the rules say beside each of them
CODE = re.compile(r'^[A-Z_]+ = "([a-z.]+)"  # why (?:a|somebody)\b.*\bletter\b', re.MULTILINE)


def codes() -> set[str]:
    return set(CODE.findall((HOUSE / "duties" / "notices" / "rules.py").read_text("utf-8")))


class TestACodeOfALetter:
    def test_has_words(self) -> None:
        assert {rules.UNWANTED, rules.NO_ADDRESS, rules.POLICY_REFUSED, rules.INVENTED} <= codes()
        missing = (codes() | ROUTE_FAULTS) - LETTER_ERRORS.keys()
        assert not missing, listed(sorted(missing))

    def test_is_there_for_all_words(self) -> None:
        unused = {one for one in LETTER_ERRORS if not one.startswith("smtp.")} - codes()
        assert not unused, listed(sorted(unused))
