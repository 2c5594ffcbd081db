"""Which names of pyproject.toml's banned-api a room may use all the same, and who breaks it: ruff can only exempt a file from all of them."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.house.tree import HOUSE, ROOT, SRC, modules, name_of, parsed

CLOCK = {"django.utils.timezone.now", "django.utils.timezone.localdate"}
ENVIRONMENT = {"os.environ", "os.environb", "os.getenv"}
NETWORK = {"django.core.mail", "urllib.request", "http.client"}
ALLOWED = {
    "config": ENVIRONMENT,  # the only reader of the environment
    "jobs": CLOCK,  # a door: reads the clock once a turn
    "web": CLOCK,  # a door: reads the clock once a request
    "channels": NETWORK,  # the only room that speaks to the network
}
ALLOWED_TO_ONE = {"src/camket/policy/writing.py": {"unicodedata.normalize"}}  # what every other module goes through


def banned_names() -> frozenset[str]:
    """Return the dotted names that pyproject.toml bans."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    return frozenset(lint["flake8-tidy-imports"]["banned-api"])


def names_used(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and full dotted name of everything a module imports, or reaches through what it imported."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                known[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
                yield node.lineno, f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = _dotted(node)
            head, _, rest = dotted.partition(".")
            if head in known and rest:
                yield node.lineno, f"{known[head]}.{rest}"


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def uses_of_banned(source: str, *, allowed: set[str]) -> list[tuple[int, str]]:
    """Return line and name of every banned name that `source` uses and `allowed` does not hold."""
    banned = banned_names() - allowed
    found = {(line, ban) for line, name in names_used(ast.parse(source)) for ban in banned if name == ban or name.startswith(f"{ban}.")}
    return sorted(found)


def room_of(path: Path) -> str:
    """Return the first folder under src/camket that holds `path`, or "" for a file beside the rooms."""
    inside = path.relative_to(HOUSE).parts
    return inside[0] if len(inside) > 1 else ""


def breaches() -> list[str]:
    """Return one line for every banned name that the house uses where it may not."""
    return [
        f"{name_of(path)}:{line} uses {name}"
        for path in modules(migrations=True)
        for line, name in uses_of_banned(path.read_text(), allowed=ALLOWED.get(room_of(path), set()) | ALLOWED_TO_ONE.get(name_of(path), set()))
    ]


def opened_by_pure_rooms() -> list[str]:
    """Return every call of a builtin that touches the world in a room that must not feel it: an import contract cannot see these."""
    pure = [path for path in modules() if (SRC / "camket/policy") in path.parents or path.name == "rules.py" or path.parent.name == "rules"]
    return [
        f"{name_of(path)}:{node.lineno} calls {node.func.id}()"
        for path in pure
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"open", "print", "input", "exec", "eval", "__import__"}
    ]
