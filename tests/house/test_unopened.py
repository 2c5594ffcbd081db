"""What a token or a link may be made for is asked for somewhere, or is on the list of what the plan will ask for."""

import ast
from functools import cache

import pytest

from camket.access.rules import LINK_LIFETIMES, SCOPES
from tests.house.tree import HOUSE, modules, parsed
from tests.house.unopened import SCOPES_TO_COME


@cache
def words() -> frozenset[str]:
    """Return every text that stands by itself in the product, but for where scopes and links are declared."""
    trees = (parsed(path) for path in modules() if path != HOUSE / "access" / "rules.py")
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return frozenset(text for text in texts if isinstance(text, str))


class TestAScope:
    def test_is_asked_for_by_an_address_or_to_come_by_the_plan(self) -> None:
        assert set(SCOPES) - words() == set(SCOPES_TO_COME)

    @pytest.mark.parametrize("scope", ["inquiries:write", "metrics:read", "notices:write"])
    def test_is_found_where_it_is_asked_for(self, scope: str) -> None:
        assert scope in words()


class TestAKindOfLink:
    def test_is_opened_by_a_page(self) -> None:
        assert set(LINK_LIFETIMES) <= words(), "a link that nothing opens needs no lifetime: its room brings one"
