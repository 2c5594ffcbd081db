"""Which tests are marked with which clause of the policy, told from their sources alone: what pytest would collect, without collecting."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.house.tree import parsed

_MARK = "pytest.mark.clause"
_CLAUSE = re.compile(r"\d{1,2}\.\d{1,2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedTest:
    """One test with the clauses that it, its class or its file is marked with; `group` is its class, or "" outside of any."""

    group: str
    name: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Names:
    """What a file calls its marks: functions that mark with their first argument, and what stands under a name of its own."""

    marking: frozenset[str]
    assigned: Mapping[str, ast.expr]


def marked_tests(path: Path) -> Iterator[MarkedTest]:
    """Yield the tests of a file that are marked with a clause, each once whatever it is given, in the order of the file."""
    tree = parsed(path)
    assigns = [node for node in tree.body if isinstance(node, ast.Assign)]
    assigned = {target.id: node.value for node in assigns for target in node.targets if isinstance(target, ast.Name)}
    names = _Names(marking=frozenset({_MARK, *_marking(tree)}), assigned=assigned)
    yield from _tests(tree.body, "", (), names)


def _tests(body: list[ast.stmt], group: str, before: tuple[str, ...], names: _Names) -> Iterator[MarkedTest]:
    of_all = (*before, *_of_the_body(body, names))
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            continue
        told = (*of_all, *(clause for decorator in node.decorator_list for clause in _told(decorator, names)))
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _tests(node.body, f"{group}::{node.name}".removeprefix("::"), told, names)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and told:
            yield MarkedTest(group=group, name=node.name, clauses=tuple(sorted(set(told), key=order)))


def _of_the_body(body: list[ast.stmt], names: _Names) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.Assign) and [ast.unparse(one) for one in node.targets] == ["pytestmark"]:
            yield from _told(node.value, names)


def _told(node: ast.expr, names: _Names) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and (called := ast.unparse(one.func)) in names.marking:
            told = [each.value for each in one.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            yield from (clause for clause in told if called == _MARK or _CLAUSE.fullmatch(clause))
        elif isinstance(one, ast.Name) and one.id in names.assigned:
            others = {name: value for name, value in names.assigned.items() if name != one.id}  # a name may stand in what it is made of
            yield from _told(names.assigned[one.id], replace(names, assigned=others))


def _marking(tree: ast.Module) -> Iterator[str]:
    """The functions of a file that mark whatever they return with the clause that they are given."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("test_"):
            given = {one.arg for one in node.args.args}
            marks = [one for one in ast.walk(node) if isinstance(one, ast.Call) and ast.unparse(one.func) == _MARK]
            if any(isinstance(each, ast.Name) and each.id in given for mark in marks for each in mark.args):
                yield node.name


def order(number: str) -> tuple[int, ...]:
    """Return what sorts clauses and sections as the text has them: 3.2 before 3.10."""
    return tuple(int(part) for part in number.split("."))
