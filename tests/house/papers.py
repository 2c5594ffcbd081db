"""What the documents say there is, and what there is: each is read here on its own, the tests compare them."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
from django.urls import URLPattern, URLResolver, get_resolver

from tests.house.tree import HOUSE, ROOT, modules, parsed, project_files

DOCS = ROOT / "docs"
# Only for whoever works on the house: CONTRIBUTING.md and script/test --help speak of them.
FOR_DEVELOPERS = re.compile(r"^CAMKET_TEST_")


def document(name: str) -> str:
    """Return one document, or "" where nobody has written it yet."""
    path = DOCS / name
    return path.read_text() if path.exists() else ""


def code_spans(text: str) -> list[str]:
    """Return what a Markdown text sets in code, fenced blocks apart."""
    return re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))


# ── environment ──


def variables_documented(text: str) -> set[str]:
    """Return every variable of the environment that a document speaks of."""
    return {name for name in re.findall(r"\bCAMKET_[A-Z_]+\b", text) if not FOR_DEVELOPERS.match(name)}


def variables_read() -> set[str]:
    """Return every variable that camket.config reads: the names it declares, and any it would read without declaring."""
    found = set()
    for path in modules():
        if HOUSE / "config" in path.parents and path.name != "settings.py":  # settings.py defines Django settings of the same names
            for node in ast.walk(parsed(path)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"CAMKET_[A-Z_]+", node.value):
                    found.add(node.value)
    return found


# ── command line ──


def commands(group: click.Command, path: str = "camket") -> Iterator[tuple[str, click.Command]]:
    """Yield every command that can be run, by its full name."""
    if isinstance(group, click.Group):
        for name, command in sorted(group.commands.items()):
            yield from commands(command, f"{path} {name}")
    else:
        yield path, group


def options(command: click.Command) -> set[str]:
    """Return the long options of a command."""
    return {option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts if option.startswith("--")}


def command_lines(text: str) -> list[str]:
    """Return every `camket …` that a document sets in code."""
    return [span for span in code_spans(text) if span.startswith("camket ")]


def sections(text: str, known: Mapping[str, click.Command]) -> dict[str, str]:
    """Return what a document says of each command: the lines from where it is named in code to where the next one is."""
    said: dict[str, str] = {}
    current = ""
    for line in text.splitlines():
        named = [name for span in command_lines(line) for name in known if span == name or span.startswith(f"{name} ")]
        current = named[0] if named else current
        for name in {current, *named} - {""}:
            said[name] = said.get(name, "") + line + "\n"
    return said


# ── routes ──


def routes(patterns: list[URLPattern | URLResolver] | None = None, before: str = "") -> Iterator[str]:
    """Yield every path that is answered as a document writes it, without the language it begins with: /policy/editions/<number>."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        path = before + written(str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from routes(list(pattern.url_patterns), path)
        else:
            # A path with and without a slash at its end is one path to a reader: one of them leads to the other.
            yield "/" + path.removeprefix("<language>").strip("/")


def written(pattern: str) -> str:
    """Return a URL pattern with parameters by their bare names and nothing of a regular expression."""
    while (start := pattern.find("(?P<")) >= 0:
        name, depth, end = pattern[start + 4 : pattern.index(">", start)], 0, start
        for end in range(start, len(pattern)):
            depth += {"(": 1, ")": -1}.get(pattern[end], 0)
            if depth == 0:
                break
        pattern = f"{pattern[:start]}<{name}>{pattern[end + 1 :]}"
    return re.sub(r"[\^$\\]|\\Z", "", re.sub(r"<\w+:(\w+)>", r"<\1>", pattern))


def routes_documented(text: str) -> set[str]:
    """Return every path that a document sets in code."""
    return {span for span in code_spans(text) if span.startswith("/")}


# ── clauses ──


def ruled_clauses(text: str) -> list[str]:
    """Return the number of every clause of a policy under which a rule stands."""
    return re.findall(r'(?m)^(\d+\.\d+) (?:(?!^\d+\.\d+ )(?:.|\n))*?^```rule\n(?!rule = "none")', text)


# ── glossary ──


def glossary(text: str) -> Iterator[tuple[list[str], list[str]]]:
    """Yield, for each row of the glossary's table, the words it explains and the words it says never to use."""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")] if line.startswith("|") else []
        words = code_spans(cells[0]) if cells else []
        if words:
            yield (
                [re.sub(r"\W.*", "", word) for word in words],
                [w.strip(" `") for w in re.sub(r"\(.*?\)", "", cells[-1]).split(",")] if len(cells) > 2 else [],
            )


def identifiers() -> set[str]:
    """Return every name that the product gives to a module, a class, a function, a member or a column."""
    found: set[str] = set()
    for path in modules():
        found.add(path.stem)
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                found.add(node.id)
    return found


def class_names() -> set[str]:
    """Return the name of every class of the product."""
    return {node.name for path in modules() for node in ast.walk(parsed(path)) if isinstance(node, ast.ClassDef)}


# ── links ──


def broken_links() -> Iterator[str]:
    """Yield every relative link of a Markdown file that leads nowhere."""
    for path in project_files():
        if path.suffix == ".md" and "policies" not in path.parts:
            for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", re.sub(r"(?ms)^```.*?^```", "", path.read_text())):
                if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                    yield f"{path.relative_to(ROOT)} → {target}"


def paths_spoken_of(text: str) -> set[str]:
    """Return every file or folder of the repository that a document sets in code, by a path that begins with one of its top folders."""
    return {
        span.rstrip("/") for span in code_spans(text) if re.fullmatch(r"(?:src|tests|docs|script|policies|regimes|bench|requirements)/[\w./-]+", span)
    }


def markdown_files() -> list[Path]:
    """Return every document of the project."""
    return [path for path in project_files() if path.suffix == ".md" and "policies" not in path.parts]
