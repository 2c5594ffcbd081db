"""Joins values that say the same of several things into as few as say it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    T = TypeVar("T", bound=DataclassInstance)
else:
    T = TypeVar("T")


def joined(groups: Iterable[T], parts: Sequence[str]) -> list[T]:
    """
    Return the groups with those made one that differ in a single part, part by part.

    Args:
        groups: Frozen values, each of which holds for every combination of the members of its parts.
        parts: Names of their sets, in the order in which they are joined.
    """
    found = list(groups)
    for part in parts:
        alike: dict[T, frozenset[str]] = {}
        for group in found:
            rest = replace(group, **{part: frozenset()})
            alike[rest] = alike.get(rest, frozenset()) | getattr(group, part)
        found = [replace(rest, **{part: members}) for rest, members in alike.items()]
    return found
