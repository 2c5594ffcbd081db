"""Places in the words of a change: each reader is told those things that are theirs."""

import pytest

from camket.policy.changes import filled, place, together

FIELDS = place("field", {"phone": "phone number", "email": "email"})

pytestmark = pytest.mark.clause("8.2")


class TestAPlace:
    def test_takes_what_is_the_readers(self) -> None:
        assert filled(f"see {FIELDS}.", own={"field": {"email"}}, language="en") == "see email."

    def test_takes_all_where_nobody_in_particular_reads(self) -> None:
        assert filled(f"see {FIELDS}.", own={}, language="en") == "see phone number and email."

    def test_below_the_first_line_of_which_nothing_is_theirs_goes_with_its_line(self) -> None:
        assert filled(f"* changes\n  Details: {FIELDS}\n  Kind: text", own={"field": {"address"}}, language="en") == "* changes\n  Kind: text"

    def test_in_the_first_line_is_never_empty(self) -> None:
        assert filled(f"* {FIELDS}", own={"field": set()}, language="vi") == "* phone number và email"

    @pytest.mark.parametrize(("names", "told"), [([], ""), (["a"], "a"), (["a", "b"], "a và b"), (["a", "b", "c"], "a, b và c")])
    def test_reads_as_a_sentence_lists_things(self, names: list[str], told: str) -> None:
        assert together(names, "vi") == told
