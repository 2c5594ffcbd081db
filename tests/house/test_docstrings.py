"""What one room offers another is explained where it stands (house §8.2)."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import HOUSE, AnyFunction, listed, modules, name_of, parsed, public_functions

MOST_UNTOLD = 1  # an argument alone is told of by the first sentence
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


def told_by_its_door(function: AnyFunction) -> bool:
    """Whether somebody else reads the docstring: a view's says what a page does, a command's is its help, an operation's its description."""
    is_view = [one.arg for one in function.args.args][:1] == ["request"] and function.returns is not None and "Http" in ast.unparse(function.returns)
    return is_view or any(re.search(r"\.(command|get|post)\(", ast.unparse(one)) for one in function.decorator_list)


def untold(function: AnyFunction) -> list[str]:
    """
    Return the arguments that a public function of two or more says nothing of; `now` and `actor` are the same everywhere, and may go untold
    (house §8.2, §8.14).
    """
    taken = function.args
    names = [one.arg for one in (*taken.posonlyargs, *taken.args, taken.vararg, *taken.kwonlyargs, taken.kwarg) if one is not None]
    to_tell = [name for name in names if name not in {"now", "actor"}]
    _, _, said = (ast.get_docstring(function) or "").partition("Args:\n")
    return [] if len(to_tell) <= MOST_UNTOLD else [name for name in to_tell if f"    {name}:" not in said]


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


class TestAFunctionOfTwoArgumentsOrMore:
    def test_says_what_each_is(self) -> None:
        found = [
            f"{name_of(path)}:{function.lineno} {function.name} does not say under Args what this is: {', '.join(untold(function))}"
            for path in modules()
            for function in public_functions(parsed(path))
            if untold(function) and not told_by_its_door(function)
        ]
        assert not found, listed(found)

    @pytest.mark.parametrize("docstring", ["Add.", "Add.\n\n    Args:\n        first: The one.\n"])
    def test_is_noticed_when_it_does_not(self, docstring: str) -> None:
        (function,) = public_functions(ast.parse(f'def add(first: int, *, second: int) -> int:\n    """{docstring}"""\n    return first'))
        assert "second" in untold(function)

    @pytest.mark.parametrize("arguments", ["reference: str, *, actor: Actor, now: datetime", "reference: str", ""])
    def test_is_not_meant_where_one_argument_is_its_own(self, arguments: str) -> None:
        (function,) = public_functions(ast.parse(f'def end({arguments}) -> None:\n    """End it."""'))
        assert not untold(function)
