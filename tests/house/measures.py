"""How long functions and files are and how much they ask for, and every exemption from the rules with the reason beside it."""

import ast
import re
from pathlib import Path

from tests.house.tree import ROOT, AnyFunction, comments, functions, modules, name_of, parsed, project_files

MOST_LINES = 60
MOST_FILE_LINES = 400
MOST_PARAMETERS = 5
MOST_PARAMETERS_WITH_DEFAULTS = 8
NOT_COUNTED = frozenset({"self", "cls", "now", "at", "actor"})


def length(function: AnyFunction) -> int:
    """Return the lines of a function, signature and body, without its docstring and its decorators."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None and first.end_lineno is not None:
        lines -= first.end_lineno - first.lineno + 1
    return lines


def parameters(function: AnyFunction) -> tuple[int, int]:
    """Return how many things a caller must bring, and how many it may, besides the instant and the one who asks."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    required = positional[: len(positional) - len(arguments.defaults)]
    required += [argument for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if default is None]
    return _counted(required), _counted([*positional, *arguments.kwonlyargs])


def _counted(arguments: list[ast.arg]) -> int:
    return sum(1 for argument in arguments if argument.arg not in NOT_COUNTED)


def is_command(function: AnyFunction) -> bool:
    """Whether click hands the parameters in: they are the options of a command, not of a function."""
    return any("command" in ast.unparse(decorator) for decorator in function.decorator_list)


def lengths() -> dict[str, int]:
    """Return the length of every function of the product by where it stands."""
    return {f"{name_of(path)}:{function.lineno} {function.name}": length(function) for path in modules() for function in functions(parsed(path))}


def crowded() -> list[str]:
    """Return every function of the product that asks for too much."""
    found = []
    for path in modules():
        for function in functions(parsed(path)):
            must, may = parameters(function)
            if (must > MOST_PARAMETERS or may > MOST_PARAMETERS_WITH_DEFAULTS) and not is_command(function):
                found.append(f"{name_of(path)}:{function.lineno} {function.name} must be given {must} and may be given {may}")
    return found


def long_files() -> list[str]:
    """Return every Python file or script, tests too, that is longer than a reader's patience."""
    written = [path for path in project_files() if (path.suffix in {".py", ".sh"} or path.parent.name == "script") and "migrations" not in path.parts]
    counted = {path: len(path.read_text().splitlines()) for path in written}
    return [f"{name_of(path)} has {count} lines" for path, count in counted.items() if count > MOST_FILE_LINES]


WAIVER = re.compile(r"#\s*(?:noqa(?::\s*[A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*)?|type:\s*ignore(?:\[[a-z, -]+\])?|pragma: no cover|ruff: noqa|fmt: off)")


def waivers_without_reason(path: Path) -> list[str]:
    """Return every comment of a file that waives a rule and does not say why."""
    bare = []
    for line, comment in comments(path):
        if WAIVER.search(comment):
            reason = WAIVER.sub("", comment).strip(" #-–—:")
            if len(reason) < 8:
                bare.append(f"{name_of(path)}:{line} {comment}")
    return bare


def exemptions_without_reason(pyproject: str) -> list[str]:
    """Return every line of the tools' settings that excuses something and has no comment on it or above it."""
    bare, section, above = [], "", ""
    in_ignore = False
    for line in pyproject.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        in_ignore = in_ignore or line.startswith("ignore = [")
        excuses = (
            (in_ignore and line.lstrip().startswith('"'))
            or ("per-file-ignores" in section and line.startswith('"'))
            or line.startswith(("ignore_missing_imports", "ignore_imports", "ignore_errors"))
        )
        if excuses and "#" not in line and "#" not in above:
            bare.append(line)
        in_ignore = in_ignore and not line.startswith("]")
        # A comment covers the lines under it up to the next empty one.
        above = "" if not line.strip() else (line if line.lstrip().startswith("#") else above)
    return bare


def pyproject() -> str:
    """Return pyproject.toml as written."""
    return (ROOT / "pyproject.toml").read_text()
