"""Small enough to be read at one go (house §8.14)."""

import ast
from statistics import median, quantiles

import pytest

from tests.house.measures import MOST_LINES, crowded, length, lengths, long_files, parameters
from tests.house.tree import functions, listed


class TestAFunction:
    def test_is_never_longer_than_sixty_lines(self) -> None:
        long = [f"{where} has {lines} lines" for where, lines in lengths().items() if lines > MOST_LINES]
        assert not long, listed(long)

    def test_is_short_as_a_habit(self) -> None:
        every = sorted(lengths().values())
        assert median(every) <= 10
        assert quantiles(every, n=10)[-1] <= 30

    def test_must_be_given_at_most_five_things_besides_the_instant_and_the_actor(self) -> None:
        assert not crowded(), listed(crowded())


class TestAFile:
    def test_is_never_longer_than_four_hundred_lines(self) -> None:
        assert not long_files(), listed(long_files())


class TestTheYardstick:
    @pytest.fixture
    def planted(self) -> ast.FunctionDef:
        body = "\n".join(f"    x{n} = {n}" for n in range(MOST_LINES))
        tree = ast.parse(f'def f(a, b, c, d=1, *, e, f=None, g, h, now, actor):\n    """Two lines\n    of docstring."""\n{body}')
        (function,) = functions(tree)
        assert isinstance(function, ast.FunctionDef)
        return function

    def test_leaves_the_docstring_out(self, planted: ast.FunctionDef) -> None:
        assert length(planted) == MOST_LINES + 1

    def test_leaves_the_instant_and_the_actor_out(self, planted: ast.FunctionDef) -> None:
        assert parameters(planted) == (6, 8)
