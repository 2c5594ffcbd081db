"""What people are told to type is the command that they have: the one they started the house with, not its bare name."""

import ast
import re

import pytest

from tests.house.tree import listed, modules, name_of, parsed

_BARE = re.compile(r"`camket [a-z]")


def bare_commands(tree: ast.Module) -> list[int]:
    """Return the lines of the texts that name a bare command, but for docstrings and what an option's help says."""
    spoken_elsewhere = {
        id(part)
        for node in ast.walk(tree)
        for part in ([node.value] if isinstance(node, ast.Expr) else [node.value] if isinstance(node, ast.keyword) and node.arg == "help" else [])
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in spoken_elsewhere and _BARE.search(node.value)
    ]


class TestACommandInASentence:
    def test_is_as_it_was_typed(self) -> None:
        found = [f"{name_of(path)}:{line}" for path in modules() for line in bare_commands(parsed(path))]
        assert not found, listed(found)

    @pytest.mark.parametrize(
        ("source", "lines"),
        [
            ('"""`camket serve`: runs it."""', []),
            ('click.option("--keys", help="Written by `camket backup --keys`.")', []),
            ('say("Now `camket serve`.")', [1]),
            ('say(f"{rows}. `camket serve` goes on.")', [1]),
            ('say(f"Now `{settings.CAMKET_COMMAND} serve`.")', []),
        ],
    )
    def test_is_told_from_what_documents_it(self, source: str, lines: list[int]) -> None:
        assert bare_commands(ast.parse(source)) == lines
