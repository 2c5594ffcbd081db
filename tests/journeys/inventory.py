"""What the house has doors and duties of: every route, command and job, asked of the product itself, so that none can be forgotten."""

from collections.abc import Iterator
from typing import Any

from click import Group
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.utils.module_loading import import_string

from camket.config import urls
from camket.jobs.worker import Worker

Words = tuple[str, ...]


def routes(patterns: Any = None, before: str = "") -> Iterator[str]:
    """Return every route of the URL configuration, as its resolver names it."""
    for pattern in get_resolver(urls.__name__).url_patterns if patterns is None else patterns:
        written = str(pattern.pattern).removeprefix("^") if before else str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, before + written)
        elif isinstance(pattern, URLPattern):
            yield before + written


def route_of(path: str) -> str:
    """Return the route that answers a path, or nothing where none does."""
    try:
        return resolve(path.partition("?")[0], urlconf=urls.__name__).route
    except Resolver404:
        return ""


def commands(group: Any = None, before: Words = ()) -> Iterator[Words]:
    """Return every command that does something, asked of the command line itself."""
    for name, command in (import_string("camket.jobs.cli.main") if group is None else group).commands.items():
        if isinstance(command, Group):
            yield from commands(command, (*before, name))
        else:
            yield (*before, name)


def command_of(arguments: Words) -> Words:
    """Return which command some arguments call."""
    return next(words for words in commands() if arguments[: len(words)] == words)


def jobs() -> tuple[str, ...]:
    """Return the name of everything that a turn of the worker does."""
    return tuple(step.__name__ for step in Worker().steps())
