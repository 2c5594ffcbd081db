"""What differs between two editions, in words: each change with its particulars, and what it was before."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.translation import gettext, gettext_noop

from camket.duties.publishing import queries as editions
from camket.policy.changes import ALL_ELSE, Change, ChangeKind, Difference, Direction, Side
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import parse_period
from camket.policy.terms import CONTROLLER, ROLES, Operation, PurposeId
from camket.web.kit.policy_labels import Labels, days_words, operations_listed, period_words
from camket.web.kit.words import word


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    """One change: what it comes to, for whom and what it holds, and term by term what was said before and is said now."""

    direction: Direction
    is_significant: bool
    heading: str
    lines: tuple[tuple[str, str], ...]
    compared: tuple[tuple[str, str, str], ...]
    clauses: tuple[str, ...]
    clauses_before: tuple[str, ...]


@lru_cache(maxsize=32)
def shown_changes(old: editions.EditionNumber, new: editions.EditionNumber, language: str) -> tuple[ChangeShown, ...]:
    """
    Return in what one published edition means something else than another, in the active language.

    Args:
        old: The edition that comes first.
        new: The one to compare with it.
        language: The active language: `vi` or `en`; the names of things come from the editions' words in it.

    Raises:
        NoEdition: One of them is not published.
    """
    return read_aloud(editions.difference(old, new), old=editions.compiled(old), new=editions.compiled(new), language=language)


def widening_shown(agreed: editions.EditionNumber, later: editions.EditionNumber, purpose: PurposeId, language: str) -> tuple[ChangeShown, ...]:
    """
    Return what somebody would newly say yes to for one purpose, in the active language; nothing where their yes covers the later edition.

    Args:
        agreed: The published edition that was agreed to.
        later: The published edition to agree to.
        purpose: Of a consent.
        language: The active language: `vi` or `en`.

    Raises:
        NoEdition: One of them is not published.
    """
    reader = _Reader(Labels(editions.compiled(later), language, before=editions.compiled(agreed)))
    return tuple(reader.shown(change) for change in editions.widening(agreed, later).get(purpose, ()))


def read_aloud(difference: Difference, *, old: CompiledPolicy, new: CompiledPolicy, language: str) -> tuple[ChangeShown, ...]:
    """
    Return every change in words, in the active language.

    Args:
        difference: What was found.
        old: The edition that comes first.
        new: The one that was compared with it.
        language: The active language: `vi` or `en`.
    """
    reader = _Reader(Labels(new, language, before=old))
    return tuple(reader.shown(change) for change in difference.changes)


# For each kind: what is new, what is gone, what says something else, and what stands elsewhere; %(name)s is the thing's name.
_HEADINGS: Final[Mapping[ChangeKind, tuple[str, str, str, str]]] = {
    ChangeKind.PERMISSION: (
        gettext_noop("Becomes permitted"),
        gettext_noop("Is no longer permitted"),
        gettext_noop("Is permitted on other conditions"),
        gettext_noop("Is permitted as before, under another clause"),
    ),
    ChangeKind.PROHIBITION: (
        gettext_noop("Becomes forbidden, whatever another clause permits"),
        gettext_noop("Is no longer forbidden"),
        "",
        gettext_noop("Is forbidden as before, under another clause"),
    ),
    ChangeKind.RETENTION: (
        gettext_noop("A period for what had none"),
        gettext_noop("A period that is gone"),
        gettext_noop("Information is kept longer"),
        gettext_noop("Is kept as long as before, under another clause"),
    ),
    ChangeKind.FIELD: (
        gettext_noop("A detail that is newly named: %(name)s"),
        gettext_noop("A detail that is no longer named: %(name)s"),
        gettext_noop("A detail in another shape: %(name)s"),
        gettext_noop("A detail that another clause names: %(name)s"),
    ),
    ChangeKind.PURPOSE: (
        gettext_noop("A new purpose: %(name)s"),
        gettext_noop("A purpose that is gone: %(name)s"),
        gettext_noop("A purpose on another legal ground: %(name)s"),
        gettext_noop("A purpose that another clause names: %(name)s"),
    ),
    ChangeKind.RECIPIENT: (
        gettext_noop("A new recipient: %(name)s"),
        gettext_noop("A recipient that is gone: %(name)s"),
        gettext_noop("A recipient of another kind: %(name)s"),
        gettext_noop("A recipient that another clause names: %(name)s"),
    ),
    ChangeKind.COLLECTION: (
        gettext_noop("Newly kept together: %(name)s"),
        gettext_noop("No longer kept together: %(name)s"),
        gettext_noop("What is asked for or kept together changes: %(name)s"),
        gettext_noop("Kept together as before, under another clause: %(name)s"),
    ),
    ChangeKind.MEASURE: (
        gettext_noop("A measure we may take: %(name)s"),
        gettext_noop("A measure we may no longer take: %(name)s"),
        "",
        gettext_noop("A measure that another clause names: %(name)s"),
    ),
    ChangeKind.VIOLATION: (
        gettext_noop("A further violation: %(name)s"),
        gettext_noop("No longer a violation: %(name)s"),
        gettext_noop("A violation under another letter: %(name)s"),
        gettext_noop("A violation that another clause names: %(name)s"),
    ),
    ChangeKind.RIGHT: (
        gettext_noop("A new right: %(name)s"),
        gettext_noop("A right that is gone: %(name)s"),
        gettext_noop("A right with another deadline: %(name)s"),
        gettext_noop("A right that another clause gives: %(name)s"),
    ),
    ChangeKind.STATEMENT: (
        gettext_noop("The text now says %(name)s"),
        gettext_noop("The text no longer says %(name)s"),
        "",
        gettext_noop("Another clause says %(name)s"),
    ),
    ChangeKind.CONTROLLER: (
        gettext_noop("The policy now names who is responsible for the details"),
        gettext_noop("The policy no longer names who is responsible for the details"),
        gettext_noop("Who is responsible for the details, or where to reach them, changes"),
        gettext_noop("Another clause names who is responsible for the details"),
    ),
    ChangeKind.SAFEGUARD: (
        gettext_noop("A new protection: %(name)s"),
        gettext_noop("A protection that is gone: %(name)s"),
        gettext_noop("A protection that acts sooner or later: %(name)s"),
        gettext_noop("A protection that another clause promises: %(name)s"),
    ),
    ChangeKind.NOTICE: (
        gettext_noop("The policy now says how its changes are announced"),
        gettext_noop("The policy no longer says how its changes are announced"),
        gettext_noop("Changes to the policy are announced in another way"),
        gettext_noop("Another clause says how changes to the policy are announced"),
    ),
    ChangeKind.FRAME: ("", "", gettext_noop("The frame of the policy changes: %(name)s"), ""),
}

_ASPECTS: Final[Mapping[str, str]] = {
    "address": gettext_noop("Address"),
    "after": gettext_noop("Counted from"),
    "article": gettext_noop("Article of law"),
    "basis": gettext_noop("Rests on"),
    "channel": gettext_noop("How"),
    "days": gettext_noop("At the latest after"),
    "deadline": gettext_noop("Deadline"),
    "email": gettext_noop("E-mail"),
    "fields": gettext_noop("Details"),
    "keep": gettext_noop("How long"),
    "kind": gettext_noop("Kind"),
    "last_updated": gettext_noop("With the date of the last update"),
    "max_length": gettext_noop("Characters at most"),
    "multiline": gettext_noop("Several lines"),
    "name": gettext_noop("Name"),
    "notice_days": gettext_noop("Told beforehand"),
    "obligations": gettext_noop("Only if"),
    "one_of": gettext_noop("At least one of"),
    "purposes": gettext_noop("What for"),
    "redaction": gettext_noop("Shown"),
    "ref": gettext_noop("Letter in the list"),
    "required": gettext_noop("Must be given"),
    "value": gettext_noop("Stands as"),
}

_FRAME: Final[Mapping[str, str]] = {
    "authoritative": gettext_noop("the language that binds"),
    "regime": gettext_noop("the law it answers to"),
    "timezone": gettext_noop("the place whose days are counted"),
}

_YES_OR_NO: Final[Mapping[str, str]] = {"yes": gettext_noop("yes"), "no": gettext_noop("no")}


_KEPT_SHORTER: Final = gettext_noop("Information is kept for less time")


class _Reader:
    """Reads changes aloud with the names that two editions give their things."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._values: Mapping[str, Callable[[str], str]] = {
            "after": lambda value: word("closing_event", value),
            "basis": lambda value: word("basis", value),
            "channel": lambda _value: gettext("by e-mail"),
            "deadline": lambda value: gettext("the law's deadline “%(key)s”") % {"key": value},
            "days": lambda value: days_words(int(value)),
            "email": lambda _value: gettext("as the operator has set it"),
            "fields": lambda value: labels.label("field", value),
            "keep": lambda value: period_words(parse_period(value)),
            "last_updated": lambda value: gettext(_YES_OR_NO[value]),
            "multiline": lambda value: gettext(_YES_OR_NO[value]),
            "notice_days": lambda value: days_words(int(value)),
            "obligations": lambda value: word("obligation", value),
            "one_of": lambda value: gettext(" or ").join(labels.names("field", value.split("|"))),
            "purposes": lambda value: labels.label("purpose", value),
            "redaction": lambda value: word("redaction", value),
            "required": lambda value: labels.label("field", value),
        }

    def shown(self, change: Change) -> ChangeShown:
        """Return one change in words."""
        return ChangeShown(
            direction=change.direction,
            is_significant=change.is_significant,
            heading=self._heading(change),
            lines=tuple(self._lines(change)),
            compared=tuple(self._compared(change)),
            clauses=change.after.clauses if change.after else (),
            clauses_before=change.before.clauses if change.before else (),
        )

    def _heading(self, change: Change) -> str:
        new, gone, other, moved = _HEADINGS[change.kind]
        if change.before is None or change.after is None:
            chosen = new if change.before is None else gone
        else:
            chosen = moved if change.before.says == change.after.says else other
        if change.kind is ChangeKind.RETENTION and chosen is other and change.direction is Direction.NARROWER:
            chosen = _KEPT_SHORTER
        return gettext(chosen) % {"name": self._name(change)}

    def _name(self, change: Change) -> str:
        if change.kind is ChangeKind.FRAME:
            return gettext(_FRAME[change.thing])
        if change.kind is ChangeKind.SAFEGUARD:
            return word("safeguard", change.thing)
        if change.kind is ChangeKind.STATEMENT:
            return word("statement", change.thing)
        return self._labels.label(change.kind, change.thing)

    def _lines(self, change: Change) -> Iterator[tuple[str, str]]:
        """For whom and what the change holds."""
        scope, labels = change.scope, self._labels
        if scope.roles:
            yield gettext("Who"), gettext("everybody") if scope.roles == ROLES else labels.roles(scope.roles)
            verb = gettext("May not") if change.kind is ChangeKind.PROHIBITION else gettext("May")
            yield verb, gettext("do anything with them") if scope.operations == set(Operation) else operations_listed(scope.operations)
            yield gettext("Details"), labels.listed("field", scope.fields)
        if scope.purposes:
            yield gettext("What for"), labels.listed("purpose", scope.purposes)
        if scope.recipients - {CONTROLLER}:
            yield gettext("Given to"), labels.listed("recipient", scope.recipients)
        if scope.collections:
            named = scope.collections - {ALL_ELSE}
            yield gettext("What is kept"), labels.listed("collection", named) if named else gettext("whatever has no period of its own")
        if scope.violations:
            yield gettext("Only for"), labels.listed("violation", scope.violations)

    def _compared(self, change: Change) -> Iterator[tuple[str, str, str]]:
        """What is said before and now, aspect by aspect; what goes without saying is left out."""
        for aspect in change.aspects:
            before, after = (self._said(change, side, aspect) for side in (change.before, change.after))
            if before or after:
                yield gettext(_ASPECTS[aspect]), before, after

    def _said(self, change: Change, side: Side | None, aspect: str) -> str:
        if side is None:
            return ""
        values = side.of(aspect)
        if values == ("full",) and (change.before is None or change.after is None):
            return ""
        read = self._values.get(aspect) or self._plain(change)
        return "; ".join(read(value) for value in values) or gettext("none")

    @staticmethod
    def _plain(change: Change) -> Callable[[str], str]:
        """How a value is read whose aspect means something else for each kind of thing."""
        if change.kind is ChangeKind.RECIPIENT:
            return lambda value: word("recipient_kind", value)
        if change.kind is ChangeKind.FIELD:
            return lambda value: word("field_kind", value)
        if change.thing == "authoritative":
            return lambda value: word("language", value)
        return str
