"""A single difference of meaning between two editions, as a value that every door can put into its own words."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NoReturn

from camket.policy.joining import joined
from camket.policy.terms import ClauseNumber, CollectionId, EditionNumber, FieldName, Operation, PurposeId, RecipientId, RoleId

ALL_ELSE = CollectionId("*")


class ChangeKind(StrEnum):
    """What sort of thing differs."""

    FIELD = "field"
    PURPOSE = "purpose"
    RECIPIENT = "recipient"
    COLLECTION = "collection"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    RETENTION = "retention"
    RIGHT = "right"
    STATEMENT = "statement"  # what a clause without a rule says of what the law wants said
    VIOLATION = "violation"
    MEASURE = "measure"
    CONTROLLER = "controller"
    SAFEGUARD = "safeguard"
    NOTICE = "notice"  # how a change of the policy is told
    FRAME = "frame"  # under which law, by which clock, in which language the text binds


# What holds for the whole house at once, for everybody whose data it holds, and waits for nobody's yes: also for what a service may be locked.
HOLDS_AT_ONCE = frozenset({ChangeKind.STATEMENT, ChangeKind.SAFEGUARD, ChangeKind.NOTICE, ChangeKind.FRAME, ChangeKind.MEASURE, ChangeKind.VIOLATION})


class Direction(StrEnum):
    """Whether a thing reaches further than before, less far, or as far and stands or reads otherwise."""

    WIDER = "wider"
    NARROWER = "narrower"
    MOVED = "moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """For whom and what a change holds: every one of each set together; an empty set where its kind does not matter."""

    roles: frozenset[RoleId] = frozenset()
    operations: frozenset[Operation] = frozenset()
    purposes: frozenset[PurposeId] = frozenset()
    recipients: frozenset[RecipientId] = frozenset()
    fields: frozenset[FieldName] = frozenset()
    collections: frozenset[CollectionId] = frozenset()  # ALL_ELSE among them: whatever has no rule of its own
    violations: frozenset[str] = frozenset()


_SCOPE_PARTS = ("fields", "roles", "operations", "recipients", "collections", "purposes", "violations")  # in the order in which they are joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """How a thing stands in one edition: what its rules say of it, aspect by aspect, and under which clauses."""

    says: tuple[tuple[str, tuple[str, ...]], ...] = ()
    clauses: tuple[ClauseNumber, ...]

    def of(self, aspect: str) -> tuple[str, ...]:
        """Return what is said of one aspect; nothing where nothing is."""
        return dict(self.says).get(aspect, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """
    One difference of meaning. `thing` is the id of what differs, empty where the scope says it; a side is None where the edition has no such thing.

    `is_significant` is computed: the company may do more with somebody's data, or has promised them less than before (policy §8).
    """

    kind: ChangeKind
    direction: Direction
    is_significant: bool
    thing: str = ""
    scope: Scope = Scope()
    before: Side | None
    after: Side | None

    @property
    def clauses(self) -> tuple[ClauseNumber, ...]:
        """The clauses that say it now; where nothing is said any more, those that did."""
        side = self.after or self.before
        return side.clauses if side else ()

    @property
    def aspects(self) -> tuple[str, ...]:
        """The aspects in which the two sides differ, in the order of the rule; of a thing that is new or gone, all of them."""
        named = dict.fromkeys(aspect for side in (self.before, self.after) if side for aspect, _ in side.says)
        if self.before is None or self.after is None:
            return tuple(named)
        return tuple(one for one in named if self.before.of(one) != self.after.of(one))


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Everything in which one edition means something else than another; empty exactly where both mean the same."""

    old: EditionNumber
    new: EditionNumber
    changes: tuple[Change, ...]

    @property
    def is_significant(self) -> bool:
        """Whether any of the changes is."""
        return any(one.is_significant for one in self.changes)

    def __bool__(self) -> NoReturn:
        raise TypeError("a Difference is not a truth value: read .changes or .is_significant")


def joined_changes(changes: Iterable[Change]) -> list[Change]:
    """Return the changes with those made one that say the same of several scopes: as few as say it."""
    alike: dict[Change, list[Scope]] = {}
    for one in changes:
        alike.setdefault(replace(one, scope=Scope()), []).append(one.scope)
    return [replace(rest, scope=scope) for rest, scopes in alike.items() for scope in joined(scopes, _SCOPE_PARTS)]
