"""What one room offers another is explained where it stands (house §8.2)."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import HOUSE, AnyFunction, listed, modules, name_of, parsed, public_functions

# "this function will returns …" does not complete; these verbs only look like a third person.
BARE_VERBS_IN_S = frozenset({"Pass", "Process", "Address", "Discuss", "Compress", "Press", "Express", "Dismiss", "Focus"})


def is_face(path: Path) -> bool:
    """Whether other rooms call what stands in this file."""
    inside = path.relative_to(HOUSE)
    stems = {part.removesuffix(".py") for part in inside.parts}
    return inside.parts[0] == "policy" or bool(stems & {"actions", "queries"}) or inside.parts[:2] in {("vault", "gate"), ("vault", "gate.py")}


def complaint(function: AnyFunction) -> str:
    """Return what is wrong with a public function's docstring, or "" for nothing."""
    told = ast.get_docstring(function)
    if not told:
        return "has no docstring"
    first = told.split("\n\n")[0].strip()
    verb = first.split()[0]
    if not re.search(r"[.!?:)]$", first):
        return "has a docstring whose first sentence does not end"
    if verb.endswith("s") and not verb.endswith("ss") and verb not in BARE_VERBS_IN_S:
        return f"begins with {verb!r}, which does not complete 'this function will …'"
    return ""


class TestAPublicFunction:
    def test_says_what_it_will_do(self) -> None:
        found = [
            f"{name_of(path)}:{function.lineno} {function.name} {complaint(function)}"
            for path in modules()
            if is_face(path)
            for function in public_functions(parsed(path))
            if complaint(function)
        ]
        assert not found, listed(found)

    @pytest.mark.parametrize("docstring", ["", '    """Returns the answer."""\n', '    """Return the answer"""\n'])
    def test_is_noticed_when_it_does_not(self, docstring: str) -> None:
        (function,) = public_functions(ast.parse(f"def answer() -> int:\n{docstring}    return 42"))
        assert complaint(function)

    @pytest.mark.parametrize(
        "name", ["policy/decide.py", "duties/intake/actions.py", "duties/intake/queries/lists.py", "vault/gate/asking.py", "vault/gate.py"]
    )
    def test_is_looked_for_wherever_rooms_meet(self, name: str) -> None:
        assert is_face(HOUSE / name)
