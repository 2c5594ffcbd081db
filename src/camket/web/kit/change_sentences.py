"""The changes that weigh most often, each as a sentence: who may do what no longer or newly, and how much longer something is kept."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from django.utils.translation import gettext, gettext_noop

from camket.policy.changes import ALL_ELSE, Change, ChangeKind, Scope, Side, together
from camket.policy.retain import Period, parse_period
from camket.policy.terms import CONTROLLER, SUBJECT, VISITOR, EditionNumber, Operation, RoleId
from camket.web.kit.change_words import Lister
from camket.web.kit.policy_labels import Labels, period_words
from camket.web.kit.words import within_sentence, word

_DEEDS: Final[Mapping[Operation, str]] = {
    Operation.COLLECT: gettext_noop("ask for"),
    Operation.USE: gettext_noop("see and use"),
    Operation.FIND: gettext_noop("look you up by"),
    Operation.DISCLOSE: gettext_noop("pass on"),
    Operation.CORRECT: gettext_noop("correct"),
    Operation.STORE: gettext_noop("keep"),
    Operation.ERASE: gettext_noop("erase"),
}

_MAY_NEWLY: Final = (
    gettext_noop("%(who)s may also %(deeds)s your %(fields)s, for %(purposes)s"),
    gettext_noop("%(who)s may also %(deeds)s your %(fields)s to %(recipients)s, for %(purposes)s"),
)
_MAY_NO_LONGER: Final = (
    gettext_noop("%(who)s may no longer %(deeds)s your %(fields)s, for %(purposes)s"),
    gettext_noop("%(who)s may no longer %(deeds)s your %(fields)s to %(recipients)s, for %(purposes)s"),
)
# Of those whose details they are, and of who writes to us: nobody asks them, they give.
_MAY_GIVE: Final = gettext_noop("you may also give us your %(fields)s, for %(purposes)s")
_NOT_TAKEN: Final = gettext_noop("we no longer take your %(fields)s from you, for %(purposes)s")
_GIVERS: Final = frozenset({SUBJECT, VISITOR})
_RISES: Final = gettext_noop(
    "How long we keep %(kept)s, for %(purposes)s, rises from %(before)s under edition %(old)d to %(after)s under edition %(new)d"
)
_FALLS: Final = gettext_noop(
    "How long we keep %(kept)s, for %(purposes)s, falls from %(before)s under edition %(old)d to %(after)s under edition %(new)d"
)
_CHANGES: Final = gettext_noop(
    "How long we keep %(kept)s, for %(purposes)s, changes from %(before)s under edition %(old)d to %(after)s under edition %(new)d"
)
_COUNTED_OTHERWISE: Final = gettext_noop(
    "How long we keep %(kept)s, for %(purposes)s, changes from %(before)s under edition %(old)d to %(after)s after %(since)s under edition %(new)d"
)


class Sentences:
    """Says a change between two editions in a sentence, in one language, where there is one for it."""

    def __init__(self, labels: Labels, listed: Lister, language: str, *, old: EditionNumber, new: EditionNumber) -> None:
        self._labels = labels
        self._listed = listed
        self._language = language
        # by their numbers: which of them holds "now" is another one for each day on which it is read
        self._numbers: dict[str, object] = {"old": int(old), "new": int(new)}

    def sentence(self, change: Change) -> str:
        """
        Return what a change comes to, without its full stop; nothing where no sentence says it better than its particulars do.

        Args:
            change: One of a comparison.
        """
        if change.kind is ChangeKind.PERMISSION and (change.before is None or change.after is None):
            return self._permission(change)
        if change.kind is ChangeKind.RETENTION and change.before and change.after:
            return self._retention(change, change.before, change.after)
        return ""

    def condition(self, change: Change) -> str:
        """
        Return on which conditions something is newly permitted, as a sentence; nothing where there are none, or nothing is permitted any more.

        Args:
            change: One of a comparison.
        """
        if change.kind is not ChangeKind.PERMISSION or change.before or change.after is None:
            return ""
        told = [gettext("Only if: %(conditions)s.") % {"conditions": "; ".join(word("obligation", one) for one in change.after.of("obligations"))}]
        told *= bool(change.after.of("obligations"))
        told += [gettext("Shown: %(how)s.") % {"how": word("redaction", one)} for one in change.after.of("redaction") if one != "full"]
        return " ".join(told)

    def _permission(self, change: Change) -> str:
        scope, labels = change.scope, self._labels
        is_given = bool(scope.recipients - {CONTROLLER})
        if is_given and scope.operations != {Operation.DISCLOSE}:
            return ""
        told = {
            "fields": self._listed("field", scope.fields),
            "purposes": self._listed("purpose", scope.purposes),
            "recipients": self._together(labels.listed("recipient", scope.recipients).split("; ")),
        }
        said = (_MAY_NEWLY if change.after else _MAY_NO_LONGER)[is_given]
        parts = _parts(scope)
        sentences = [gettext(said) % {**told, "who": self._together(self._who(roles)), "deeds": self._deeds(deeds)} for roles, deeds in parts.does]
        if parts.gives:
            sentences.insert(0, gettext(_MAY_GIVE if change.after else _NOT_TAKEN) % told)
        return "; ".join(sentences)

    def _deeds(self, operations: Collection[Operation]) -> str:
        return self._together(gettext(_DEEDS[one]) for one in Operation if one in operations)

    def _who(self, roles: Iterable[str]) -> list[str]:
        """Whoever it is about is spoken to; everybody else has a name in the edition."""
        others = self._labels.roles(set(roles) - {SUBJECT})
        named = [gettext("the %(role)s") % {"role": within_sentence(one)} for one in others.split("; ") if one]
        return [*([gettext("you yourself")] if SUBJECT in roles else []), *named]

    def _retention(self, change: Change, before: Side, after: Side) -> str:
        named = change.scope.collections - {ALL_ELSE}
        was, now = (parse_period(side.of("keep")[0]) for side in (before, after))
        told: dict[str, object] = {
            **self._numbers,
            "kept": self._listed("collection", named) if named else gettext("whatever has no period of its own"),
            "purposes": self._listed("purpose", change.scope.purposes),
            "before": period_words(was),
            "after": period_words(now),
            "since": word("closing_event", after.of("after")[0]),
        }
        if before.of("after") != after.of("after"):
            return gettext(_COUNTED_OTHERWISE) % told
        return gettext(_RISES if _is_longer(now, was) else _FALLS if _is_longer(was, now) else _CHANGES) % told

    def _together(self, names: Iterable[str]) -> str:
        return together(list(names), self._language)


class _Parts(NamedTuple):
    """What a permission lets whom do: whether those whose details they are may give them, and who may do what else."""

    gives: bool
    does: tuple[tuple[frozenset[RoleId], frozenset[Operation]], ...]


def _parts(scope: Scope) -> _Parts:
    givers, others = scope.roles & _GIVERS, scope.roles - _GIVERS
    if not givers or Operation.COLLECT not in scope.operations:
        return _Parts(gives=False, does=((scope.roles, scope.operations),))
    each = ((others, scope.operations), (givers, scope.operations - {Operation.COLLECT}))
    return _Parts(gives=True, does=tuple((roles, operations) for roles, operations in each if roles and operations))


def _is_longer(one: Period, other: Period) -> bool:
    """Whether nobody needs a calendar to see it: of months and days, none is fewer."""
    return one.length != other.length and all(mine >= theirs for mine, theirs in zip(one.length, other.length, strict=True))
