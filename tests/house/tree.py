"""The checkout as the house tests see it: which files are the project's, and what stands in them."""

import ast
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
HOUSE = SRC / "camket"

AnyFunction = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def project_files() -> tuple[Path, ...]:
    """Return every file that is, or would be, in the repository: what git tracks and what it would not ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return tuple(sorted(ROOT / name for name in set(listing.split("\0")) - {""} if (ROOT / name).is_file()))


def text_files() -> Iterator[tuple[Path, str]]:
    """Yield every file of the project that is text, with what it says."""
    for path in project_files():
        content = path.read_bytes()
        if b"\0" not in content[:8192]:
            yield path, content.decode()


def modules(*, migrations: bool = False) -> tuple[Path, ...]:
    """Return every Python file of the product, migrations only on request."""
    return tuple(
        path for path in project_files() if path.suffix == ".py" and HOUSE in path.parents and (migrations or "migrations" not in path.parts)
    )


def parsed(path: Path) -> ast.Module:
    """Return the syntax tree of one file."""
    return ast.parse(path.read_text(), filename=str(path))


def functions(tree: ast.AST) -> Iterator[AnyFunction]:
    """Yield every function and method, nested ones too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def public_functions(tree: ast.Module) -> Iterator[AnyFunction]:
    """Yield the functions that a module offers to others."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node


def comments(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line number and text of every comment; a "#" inside a string is none."""
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def name_of(path: Path) -> str:
    """Return a path as a report prints it: from the checkout's root on."""
    return path.relative_to(ROOT).as_posix()


def listed(findings: list[str]) -> str:
    """Return findings as one block that reads well under pytest's "E"."""
    return "\n" + "\n".join(f"  {finding}" for finding in findings)
