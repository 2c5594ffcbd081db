"""
What keeps each clause and what shows it: read from the docstrings' `Source: policy §…` and the tests' `@pytest.mark.clause`.

Both speak of edition 1 of this product's own policy, so what its clauses compile to stands beside them: of another policy, or another edition,
only a clause that means the same is shown them. `script/coverage` writes it where the desk's page of coverage reads it.
"""

import ast
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from camket.policy.compiled import CompiledPolicy
from camket.policy.compiler import compile_edition
from camket.policy.document import Document
from camket.policy.meaning import meanings
from camket.policy.source import EditionSource
from tests.house.marks import marked_tests, order
from tests.house.tree import HOUSE, ROOT, SRC, modules, name_of, parsed, project_files

FILE = HOUSE / "duties" / "publishing" / "evidence.json"
CITED = ROOT / "policies" / "wesoft" / "edition-1"

_SOURCE = re.compile(r"Source:\s*(.*)\Z", re.DOTALL)
_NUMBER = re.compile(r"§\s*(\d{1,2}(?:\.\d{1,2})?)|\b(\d{1,2}\.\d{1,2})\b")


def sources_told(docstring: str) -> Iterator[str]:
    """Yield the sections and clauses of the policy that a docstring names as its source."""
    found = _SOURCE.search(docstring)
    for part in re.split(r"[;\n]", found[1]) if found else ():
        if part.strip().startswith("policy "):
            numbers = [number[1] or number[2] for number in _NUMBER.finditer(part)]
            # who names a clause means that clause, and not the whole of its section
            yield from (one for one in numbers if "." in one or not any(other.startswith(f"{one}.") for other in numbers))


def named(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield every class and function of a module with its docstring, nested ones by their whole name."""

    def walk(body: list[ast.stmt], before: str) -> Iterator[tuple[str, str]]:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield f"{before}{node.name}", ast.get_docstring(node) or ""
                yield from walk(node.body, f"{before}{node.name}.")

    yield from walk(tree.body, "")


def code_by_clause() -> dict[str, list[str]]:
    """Return, for each section or clause, the dotted names of what keeps it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in modules():
        dotted = ".".join(path.relative_to(SRC).with_suffix("").parts).removesuffix(".__init__")
        for name, docstring in named(parsed(path)):
            for number in sources_told(docstring):
                found[number].add(f"{dotted}.{name}")
    return {number: sorted(names) for number, names in sorted(found.items(), key=lambda item: order(item[0]))}


def clauses_by_test() -> dict[str, dict[str, dict[str, str]]]:
    """Return, for each file of tests, class and test that is marked, the clauses: each test once, whichever and however many it shows."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for path in project_files():
        if path.suffix == ".py" and ROOT / "tests" in path.parents and ROOT / "tests" / "house" not in path.parents:
            for one in marked_tests(path):
                found.setdefault(name_of(path), {}).setdefault(one.group, {})[one.name] = " ".join(one.clauses)
    return found


def cited_policy() -> tuple[CompiledPolicy, Document]:
    """Return the edition of which all of it speaks: what it compiles to, and its text that binds."""
    files = {path.name: path.read_text("utf-8") for path in CITED.iterdir()}
    found = compile_edition(EditionSource(files=files), None)
    assert found.policy is not None, f"{CITED} does not compile"
    return found.policy, found.documents[found.policy.authoritative]


def cited() -> dict[str, object]:
    """Return of which edition all of it speaks, and what each of its clauses compiles to."""
    policy, document = cited_policy()
    return {"of": {"policy": policy.slug, "edition": policy.number}, "meanings": dict(meanings(policy, document))}


def written() -> str:
    """Return the file as it should be."""
    return json.dumps({**cited(), "code": code_by_clause(), "tests": clauses_by_test()}, indent=1) + "\n"


def main(file: Path = FILE) -> None:
    """Write the file."""
    file.write_text(written(), "utf-8")


if __name__ == "__main__":
    main()
