"""Which languages the house speaks is said in one place, `policy/languages`: to add one, begin there."""

import ast
from typing import get_args

import pytest

from camket.policy.languages import LANGUAGES
from camket.web.api.schemas import Spoken
from tests.house.tree import HOUSE, listed, modules, name_of, parsed

EXCUSED = {"src/camket/web/api/schemas.py": "a type is read before anything runs; the test below holds it to the list"}


def lists_of_languages(tree: ast.AST) -> list[int]:
    """Return the lines on which every language of the house is counted up."""
    rows = (node for node in ast.walk(tree) if isinstance(node, ast.Tuple | ast.List | ast.Set))
    said = ((row.lineno, [one.value for one in row.elts if isinstance(one, ast.Constant) and isinstance(one.value, str)]) for row in rows)
    return [line for line, words in said if sorted(words) == sorted(LANGUAGES)]


class TestTheLanguagesOfTheHouse:
    def test_are_counted_up_in_one_place(self) -> None:
        found = [
            f"{name_of(path)}:{line} counts up the languages: take them from policy/languages"
            for path in modules()
            if name_of(path) not in EXCUSED
            for line in lists_of_languages(parsed(path))
        ]
        assert not found, listed(found)

    def test_are_those_that_a_program_may_name(self) -> None:
        assert get_args(Spoken) == LANGUAGES

    def test_are_excused_only_where_they_still_are_counted_up(self) -> None:
        assert all(lists_of_languages(parsed(HOUSE.parents[1] / name)) for name in EXCUSED)

    @pytest.mark.parametrize("source", ['("vi", "en")', '["en", "vi"]', 'code in {"vi", "en"}', 'Literal["vi", "en"]'])
    def test_are_noticed_elsewhere(self, source: str) -> None:
        assert lists_of_languages(ast.parse(source))
