"""What differs between two editions, in words: each change with its particulars, and what it was before."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from django.utils.translation import gettext, gettext_noop

from camket.duties.publishing import queries as editions
from camket.policy.changes import ALL_ELSE, Change, ChangeKind, Difference, Direction
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import parse_period
from camket.policy.terms import CONTROLLER, ROLES, Operation, PurposeId
from camket.web.kit.deadline_words import deadline_words
from camket.web.kit.policy_labels import Labels, days_words, operations_listed, period_words
from camket.web.kit.words import word

# how a list of an edition's things reads, by their kind: pages name them, a letter leaves a place for those that its reader has
Lister: TypeAlias = Callable[[str, Collection[str]], str]


class Compared(NamedTuple):
    """What is said of one aspect before and now; of a list only what it lost and what it gained, for who reads it twice finds neither."""

    term: str
    before: str = ""
    after: str = ""
    gone: str = ""
    added: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeShown:
    """
    One change: what it comes to, for whom and what it holds, and term by term what was said before and is said now.

    Of what is new or gone as a whole the heading says so, and everything else stands in `lines`: there is nothing to compare.
    """

    direction: Direction
    is_significant: bool
    heading: str
    lines: tuple[tuple[str, str], ...]
    compared: tuple[Compared, ...]
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


def read_aloud(
    difference: Difference, *, old: CompiledPolicy, new: CompiledPolicy, language: str, listed: Lister | None = None
) -> tuple[ChangeShown, ...]:
    """
    Return every change in words, in the active language.

    Args:
        difference: What was found.
        old: The edition that comes first.
        new: The one that was compared with it.
        language: The active language: `vi` or `en`.
        listed: How lists of fields, purposes and collections read; by their names, in the order of the edition, when None.
    """
    reader = _Reader(Labels(new, language, before=old), listed)
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

# What an aspect is called of something that is no longer so: the usual words would say that it still is.
_ASPECTS_OF_THE_GONE: Final[Mapping[str, str]] = {"obligations": gettext_noop("Until now only if")}

# Lists, by the kind of thing that they name; what has no kind of its own is read value by value.
_LISTS: Final[Mapping[str, str]] = {"fields": "field", "purposes": "purpose", "required": "field", "one_of": "", "obligations": ""}

_YES_OR_NO: Final[Mapping[str, str]] = {"yes": gettext_noop("yes"), "no": gettext_noop("no")}


_KEPT_SHORTER: Final = gettext_noop("Information is kept for less time")

# Of a measure that both editions know: it may be taken in more cases, or in fewer; how it is called, and before the violations.
_MORE_CASES: Final = (gettext_noop("A measure we may take in more cases: %(name)s"), gettext_noop("Now also for"))
_FEWER_CASES: Final = (gettext_noop("A measure we may take in fewer cases: %(name)s"), gettext_noop("No longer for"))


class _Reader:
    """Reads changes aloud with the names that two editions give their things."""

    def __init__(self, labels: Labels, listed: Lister | None = None) -> None:
        self._labels = labels
        self._listed = listed or labels.listed
        self._values: Mapping[str, Callable[[str], str]] = {
            "after": lambda value: word("closing_event", value),
            "basis": lambda value: word("basis", value),
            "channel": lambda _value: gettext("by e-mail"),
            "deadline": lambda value: deadline_words(value, labels.regimes),
            "days": lambda value: days_words(int(value)),
            "email": lambda _value: gettext("as the operator has set it"),
            "keep": lambda value: period_words(parse_period(value)),
            "last_updated": lambda value: gettext(_YES_OR_NO[value]),
            "multiline": lambda value: gettext(_YES_OR_NO[value]),
            "notice_days": lambda value: days_words(int(value)),
            "obligations": lambda value: word("obligation", value),
            "one_of": lambda value: gettext(" or ").join(labels.names("field", value.split("|"))),
            "redaction": lambda value: word("redaction", value),
        }

    def shown(self, change: Change) -> ChangeShown:
        """Return one change in words."""
        return ChangeShown(
            direction=change.direction,
            is_significant=change.is_significant,
            heading=self._heading(change),
            lines=(*self._lines(change), *self._facts(change)),
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
        if cases := self._cases(change):
            chosen = cases[0]
        return gettext(chosen) % {"name": self._name(change)}

    def _cases(self, change: Change) -> tuple[str, str] | None:
        """What is said of a measure that was there before, and still is, where it may be taken against something else; None of all other changes."""
        is_other = change.kind is ChangeKind.MEASURE and (change.before is None or change.after is None)
        if not (is_other and self._labels.is_measure_in_both(change.thing)):
            return None
        return _MORE_CASES if change.before is None else _FEWER_CASES

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
            yield _verb(change), gettext("do anything with them") if scope.operations == set(Operation) else operations_listed(scope.operations)
            yield gettext("Details"), self._listed("field", scope.fields)
        if scope.purposes:
            yield gettext("What for"), self._listed("purpose", scope.purposes)
        if scope.recipients - {CONTROLLER}:
            yield gettext("Given to"), labels.listed("recipient", scope.recipients)
        if scope.collections:
            named = scope.collections - {ALL_ELSE}
            yield gettext("What is kept"), (named and self._listed("collection", named)) or gettext("whatever has no period of its own")
        if scope.violations:
            cases = self._cases(change)
            yield gettext(cases[1] if cases else "Only for"), labels.listed("violation", scope.violations)

    def _facts(self, change: Change) -> Iterator[tuple[str, str]]:
        """What is said of something that is new or gone as a whole; what goes without saying is left out."""
        side = change.after or change.before
        if side is None or (change.before and change.after):
            return
        terms = _ASPECTS if change.after else {**_ASPECTS, **_ASPECTS_OF_THE_GONE}
        for aspect in change.aspects:
            values = side.of(aspect)
            if values and values != ("full",):
                yield gettext(terms[aspect]), self._all(change, aspect, values)

    def _compared(self, change: Change) -> Iterator[Compared]:
        """What is said before and now, aspect by aspect, of what both editions speak of."""
        if change.before is None or change.after is None:
            return
        for aspect in change.aspects:
            term, before, after = gettext(_ASPECTS[aspect]), change.before.of(aspect), change.after.of(aspect)
            if aspect in _LISTS:
                gone, added = ([one for one in some if one not in others] for some, others in ((before, after), (after, before)))
                lost, gained = self._all(change, aspect, gone), self._all(change, aspect, added)
                if lost or gained:
                    yield Compared(term=term, gone=lost, added=gained)
            else:
                yield Compared(term=term, before=self._said(change, aspect, before), after=self._said(change, aspect, after))

    def _said(self, change: Change, aspect: str, values: Collection[str]) -> str:
        return self._all(change, aspect, values) or gettext("none")

    def _all(self, change: Change, aspect: str, values: Collection[str]) -> str:
        if values and _LISTS.get(aspect):
            return self._listed(_LISTS[aspect], values)
        read = self._values.get(aspect) or self._plain(change)
        return "; ".join(read(value) for value in values)

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


def _verb(change: Change) -> str:
    """What stands before a deed: of what is permitted or forbidden no longer, neither that it may be done nor that it may not."""
    if change.after is None:
        return gettext("Doing what")
    return gettext("May not") if change.kind is ChangeKind.PROHIBITION else gettext("May")
