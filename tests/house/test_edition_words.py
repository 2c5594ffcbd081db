"""The names of an edition that the house itself knows have one home, `policy/terms`: whoever asks where the house depends on one reads it there."""

import ast
from pathlib import Path

import pytest

from tests.house.tree import HOUSE, listed, modules, name_of, parsed

HOME = HOUSE / "policy" / "terms.py"
KINDS = frozenset({"CollectionId", "FieldName", "PurposeId", "RecipientId", "RoleId"})
NO_NAME = frozenset({"", "*"})  # nothing of the kind, and everything: no edition can call anything so


def spelt(tree: ast.AST) -> list[tuple[int, str]]:
    """Return line and name of every purpose, field, collection, recipient or role that is written out."""
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS)
    given = ((call.lineno, one) for call in calls for arg in call.args for one in ((arg.body, arg.orelse) if isinstance(arg, ast.IfExp) else (arg,)))
    written = ((line, one.value) for line, one in given if isinstance(one, ast.Constant))
    return [(line, name) for line, name in written if isinstance(name, str) and name not in NO_NAME]


def elsewhere(paths: tuple[Path, ...]) -> list[str]:
    """Return every such name that stands outside their home."""
    return [f"{name_of(path)}:{line} {name!r}: name it in policy/terms" for path in paths if path != HOME for line, name in spelt(parsed(path))]


class TestANameOfAnEdition:
    def test_is_written_out_in_one_place(self) -> None:
        assert not elsewhere(modules()), listed(elsewhere(modules()))

    def test_is_looked_for_where_it_stands(self) -> None:
        assert {"advise", "email", "message"} <= {name for _, name in spelt(parsed(HOME))}

    @pytest.mark.parametrize("source", ['FieldName("email")', 'FieldName("email" if mail else "phone")', 'Ask(purpose=PurposeId("advise"))'])
    def test_is_noticed_elsewhere(self, source: str) -> None:
        assert spelt(ast.parse(source))

    @pytest.mark.parametrize("source", ['PurposeId("")', 'CollectionId("*")', "FieldName(name)", 'PurposeId(row.get("purpose"))'])
    def test_is_not_taken_for_what_names_nothing(self, source: str) -> None:
        assert not spelt(ast.parse(source))
