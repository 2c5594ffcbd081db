"""Whom a change of the policy concerns: what of it touches what is held of a person, for what they agreed to and what needs no yes."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from camket.policy.changes.change import ALL_ELSE, HOLDS_AT_ONCE, Change, ChangeKind
from camket.policy.changes.comparing import difference
from camket.policy.changes.moving import stays
from camket.policy.changes.standing import Standing, When, Yes, takes_away, when_for
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import RetainRule, RuleMissing
from camket.policy.terms import CollectionId, EditionNumber, FieldName, LegalBasis, Operation, PurposeId

_ID_DIGITS = 12
_FOR_EVERYBODY = HOLDS_AT_ONCE | {ChangeKind.RIGHT, ChangeKind.CONTROLLER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One sealed record by its names: under which edition it stands, which collection it is, and which of its fields were answered."""

    edition: EditionNumber
    collection: CollectionId
    fields: frozenset[FieldName]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is held of a person, by names alone, and to which purposes they agree, each with the edition of the wording."""

    holdings: frozenset[Holding] = frozenset()
    agreed: frozenset[tuple[PurposeId, EditionNumber]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """
    What changes for a person: the changes by their ids, in the order of the comparison, and for which purposes a new yes is needed.

    `purposes` are those that the changes speak of and that their details serve: none to which they did not agree, or agree no more. `fields` and
    `collections` are what is held of them. `standings` say from when each change holds for that.
    """

    changes: tuple[str, ...] = ()
    to_agree: tuple[PurposeId, ...] = ()
    purposes: tuple[PurposeId, ...] = ()
    fields: tuple[FieldName, ...] = ()
    collections: tuple[CollectionId, ...] = ()
    standings: tuple[Standing, ...] = ()


NOBODYS: Final = Concern()
_NOTHING: Final = (frozenset[FieldName](), frozenset[PurposeId]())
WHOLE_TEXT: Final = "text"  # in the place of a change's id: no rule differs, and what is told is what the text says otherwise
_OF_WORDS: Final = Concern(changes=(WHOLE_TEXT,), standings=(Standing(change=WHOLE_TEXT, when=When.ANYWAY),))


def change_id(change: Change) -> str:
    """
    Return what names a change among those between two editions: the same in every version of this software that finds the same change.

    Args:
        change: One of a comparison.
    """
    scope = change.scope
    told = {
        "kind": change.kind,
        "direction": change.direction,
        "thing": change.thing,
        "scope": {
            "roles": sorted(scope.roles),
            "operations": sorted(scope.operations),
            "purposes": sorted(scope.purposes),
            "recipients": sorted(scope.recipients),
            "fields": sorted(scope.fields),
            "collections": sorted(scope.collections),
            "violations": sorted(scope.violations),
        },
        "sides": [side and [[aspect, list(values)] for aspect, values in side.says] for side in (change.before, change.after)],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:_ID_DIGITS]


_Served = Mapping[CollectionId, tuple[frozenset[FieldName], frozenset[PurposeId]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """What matters of a person for a comparison: each collection with its fields and the purposes it may serve, none that they refuse."""

    served: _Served
    movable: _Served  # of it, what can come under the new edition by their word
    oldest: EditionNumber  # under which anything of theirs stands
    agreed: Mapping[PurposeId, EditionNumber]

    @property
    def purposes(self) -> frozenset[PurposeId]:
        return _purposes_in(self.served)

    def has(self, fields: Collection[FieldName], purposes: Collection[PurposeId]) -> bool:
        return any(not own.isdisjoint(fields) and not for_what.isdisjoint(purposes) for own, for_what in self.served.values())


@dataclass(slots=True, kw_only=True)
class Reach:
    """Two editions compared once, and then asked for each person; equal answers are remembered, for few people differ in what is held of them."""

    old: CompiledPolicy
    new: CompiledPolicy
    # for which a yes to an earlier edition does not cover the new one, and because of which changes
    widened_since: Callable[[EditionNumber], Mapping[PurposeId, Collection[Change]]]
    policy_of: Callable[[EditionNumber], CompiledPolicy] | None = None  # of an edition before the old one; the old one where nothing is older
    is_raised: bool = False  # a person holds the new one to be significant whatever was found: then each of its changes weighs
    changes: Mapping[str, Change] = field(init=False)
    _answers: dict[tuple[Held, ...], Concern] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.changes = {change_id(one): one for one in difference(self.old, self.new).changes}

    @property
    def names(self) -> tuple[str, ...]:
        """What could be told to anybody, each change by its id, in the order of the comparison."""
        return (WHOLE_TEXT,) if self._is_of_words_alone else tuple(self.changes)

    @property
    def _is_of_words_alone(self) -> bool:
        return self.is_raised and all(map(_stands_elsewhere, self.changes.values()))

    def weighs(self, name: str) -> bool:
        """
        Return whether somebody must be told because of a change.

        Args:
            name: One of `names`.
        """
        return name == WHOLE_TEXT or self.changes[name].is_significant or (self.is_raised and not _stands_elsewhere(self.changes[name]))

    def of(self, *people: Held) -> Concern:
        """
        Return what changes for one addressee; nothing unless at least one of the changes weighs.

        Args:
            people: What is held of them; several where the same address was given more than once, and then what changes for any of them.

        Source: policy §8 (8.2, 8.4, 8.5).
        """
        known = self._answers.get(people)
        if known is None:
            known = self._answers[people] = self._concern(people)
        return known

    def _concern(self, people: Collection[Held]) -> Concern:
        each = [self._person(one) for one in people]
        if self._is_of_words_alone:
            return _OF_WORDS if any(one.served for one in each) else NOBODYS
        touching = [name for name, change in self.changes.items() if any(self._touches(change, one) for one in each)]
        if not any(map(self.weighs, touching)):
            return NOBODYS
        # what merely stands under another clause now, or reads otherwise, changes nothing for anybody
        told = tuple(name for name in touching if not _stands_elsewhere(self.changes[name]))
        asked = tuple(name for name in self.new.purposes if any(self._is_asked(name, one) for one in each))
        spoken_of = frozenset(purpose for name in told for purpose in _spoken_of(self.changes[name]))
        serving = frozenset(purpose for one in each for purpose in one.purposes)
        return Concern(
            changes=told,
            to_agree=asked,
            purposes=tuple(sorted(spoken_of & serving)),
            # only those that are spoken of: whoever differs in anything else gets the same letter
            fields=tuple(sorted({name for one in each for fields, _ in one.served.values() for name in fields} & self._named(told, "fields"))),
            collections=tuple(sorted({name for one in each for name in one.served} & self._named(told, "collections"))),
            standings=tuple(standing for name in told for standing in self._standings(name, each)),
        )

    def _named(self, told: Collection[str], aspect: str) -> set[str]:
        """What some changes name: as that for which they hold, or as what a collection holds."""
        found = {one for name in told for one in getattr(self.changes[name].scope, aspect)}
        sides = (side for name in told for side in (self.changes[name].before, self.changes[name].after) if side)
        return found | {one for side in sides for one in side.of(aspect)}

    def touched(self, name: str, held: Held) -> frozenset[PurposeId]:
        """
        Return for which of the purposes that somebody's details serve a change touches them.

        Args:
            name: One of `changes`.
            held: What is held of them.
        """
        return self._purposes_touched(self.changes[name], self._person(held))

    def everything(self) -> Concern:
        """
        Return all that could be told, as it is to somebody who agreed to the edition before and of whom all is held that it names; also what weighs
        nothing by itself, for it is told beside what does.
        """
        holdings = [Holding(edition=self.old.number, collection=one.id, fields=frozenset(one.fields)) for one in self.old.collections.values()]
        yes = frozenset((one, self.old.number) for one in self.old.purposes)
        names = tuple(name for name in self.names if name == WHOLE_TEXT or not _stands_elsewhere(self.changes[name]))
        found = self._concern([Held(holdings=frozenset(holdings), agreed=yes)])
        touching = {one.change for one in found.standings}
        beside = tuple(Standing(change=name, when=self._of_nobodys(name)) for name in names if name not in touching)
        return Concern(changes=names, to_agree=found.to_agree, standings=(*(one for one in found.standings if one.change in names), *beside))

    def _of_nobodys(self, name: str) -> When:
        """From when a change holds that touches nothing held: what is only asked from now on is for who comes next."""
        return When.ANYWAY if name == WHOLE_TEXT or self._holds_at_once(self.changes[name]) or takes_away(self.changes[name]) else When.LATER

    @staticmethod
    def _holds_at_once(change: Change) -> bool:
        """Whether a change is of the whole house and waits for nobody; a right that is gone, or another company, is new to whoever said yes."""
        return change.kind in HOLDS_AT_ONCE or (change.kind in _FOR_EVERYBODY and not change.is_significant)

    def _is_asked(self, purpose: PurposeId, one: _Person) -> bool:
        agreed = one.agreed.get(purpose)
        rule = self.new.purposes.get(purpose)
        is_widened = agreed is not None and agreed < self.new.number and purpose in self.widened_since(agreed)
        # a yes after which everything would stay as it is asks for nothing
        return is_widened and rule is not None and rule.basis is LegalBasis.CONSENT and purpose in _purposes_in(one.movable)

    def _waits(self, purpose: PurposeId, one: _Person) -> bool:
        """Whether somebody has agreed already, and it waits for their yes to something else that the same details serve."""
        said = one.agreed.get(purpose, EditionNumber(0)) >= self.new.number
        return said and any(purpose in own and any(self._is_asked(other, one) for other in own) for _, own in one.movable.values())

    def _standings(self, name: str, each: Collection[_Person]) -> Iterator[Standing]:
        """From when a change holds, and for which purposes; what holds for anything of theirs at once is not said to wait for the rest."""
        change = self.changes[name]
        found: dict[PurposeId, set[When]] = {}
        for one in each:
            for purpose in self._purposes_touched(change, one):
                found.setdefault(purpose, set()).add(self._when(change, purpose, one))
        soonest = {purpose: next(when for when in When if when in some) for purpose, some in found.items()}
        if self._holds_at_once(change) or not soonest:
            yield Standing(change=name, when=When.ANYWAY)
        elif not change.scope.purposes:
            # a right that is gone stays where any of theirs waits for their word: that a duty of law has its own says nothing of the rest
            order = (When.AGREED, When.LATER, When.ANYWAY) if change.kind in _FOR_EVERYBODY else tuple(When)
            when = next(when for when in order if when in soonest.values())
            is_of_us_all = change.kind is ChangeKind.CONTROLLER and when is When.LATER  # another company is it for everybody, asked or not
            yield Standing(change=name, when=When.ANYWAY if is_of_us_all else when)
        else:
            for when in When:
                if own := tuple(sorted(purpose for purpose, at in soonest.items() if at is when)):
                    yield Standing(change=name, when=when, purposes=own)

    def _when(self, change: Change, purpose: PurposeId, one: _Person) -> When:
        when = when_for(change, purpose, old=self.old, new=self.new, yes=self._yes(purpose, one))
        is_moved = when is not When.AGREED or purpose in self._purposes_touched(change, replace(one, served=one.movable))
        return when if is_moved else When.LATER

    def _yes(self, purpose: PurposeId, one: _Person) -> Yes:
        waits = self._waits(purpose, one)
        since = one.oldest if waits else one.agreed.get(purpose, one.oldest)
        widening = self.widened_since(since).get(purpose, ()) if since < self.new.number else ()
        return Yes(is_asked=waits or self._is_asked(purpose, one), widening=widening)

    def _purposes_touched(self, change: Change, one: _Person) -> frozenset[PurposeId]:
        """For which of the purposes that a person's details serve a change touches them."""
        scope, served = change.scope, one.served.items()
        match change.kind:
            case ChangeKind.PERMISSION | ChangeKind.PROHIBITION:
                return frozenset(name for _, (fields, own) in served if not fields.isdisjoint(scope.fields) for name in own & scope.purposes)
            case ChangeKind.RETENTION:
                return frozenset(name for of, (_, own) in served for name in own if self._is_kept_otherwise(change, of, name))
            case ChangeKind.PURPOSE:
                return one.purposes & {PurposeId(change.thing)}
            case ChangeKind.COLLECTION:
                before, after = (frozenset(side.of("purposes")) if side else frozenset[str]() for side in (change.before, change.after))
                # a purpose that it comes to serve, and where there is none all that it serves
                return frozenset(name for name in one.purposes if name in after - before) or dict(served).get(CollectionId(change.thing), _NOTHING)[1]
            case ChangeKind.RECIPIENT:
                return frozenset(purpose for purpose in one.purposes if self._may_receive(change.thing, one, (purpose,)))
            case _:
                return one.purposes

    def _person(self, held: Held) -> _Person:
        agreed = dict(sorted(held.agreed))
        served: dict[CollectionId, tuple[frozenset[FieldName], frozenset[PurposeId]]] = {}
        movable = set[CollectionId]()
        for one in held.holdings:
            if one.edition >= self.new.number:
                continue
            purposes = frozenset(purpose for purpose in self._purposes_of(one.collection) if purpose in agreed or self._needs_no_yes(purpose))
            fields, _ = served.get(one.collection, (frozenset[FieldName](), purposes))
            served[one.collection] = (fields | one.fields, purposes)
            under = self.policy_of(one.edition) if self.policy_of else self.old
            if not stays(one.collection, old=under, new=self.new, widening=self.widened_since(one.edition), agreed=agreed):
                movable.add(one.collection)
        oldest = min((one.edition for one in held.holdings), default=self.new.number)
        return _Person(served=served, movable={name: served[name] for name in movable}, oldest=oldest, agreed=agreed)

    def _purposes_of(self, collection: CollectionId) -> frozenset[PurposeId]:
        rules = (policy.collections.get(collection) for policy in (self.old, self.new))
        return frozenset(purpose for rule in rules if rule for purpose in rule.purposes)

    def _needs_no_yes(self, purpose: PurposeId) -> bool:
        rules = (policy.purposes.get(purpose) for policy in (self.old, self.new))
        return any(rule is not None and rule.basis is not LegalBasis.CONSENT for rule in rules)

    def _touches(self, change: Change, person: _Person) -> bool:
        """Whether a change touches what is held of a person; what is only asked of others from now on does not."""
        scope = change.scope
        match change.kind:
            case ChangeKind.PERMISSION | ChangeKind.PROHIBITION:
                return scope.operations != {Operation.COLLECT} and person.has(scope.fields, scope.purposes)
            case ChangeKind.RETENTION:
                return any(self._is_kept_otherwise(change, name, purpose) for name, (_, own) in person.served.items() for purpose in own)
            case ChangeKind.PURPOSE:
                return any(change.thing in own for _, own in person.served.values())
            case ChangeKind.FIELD:
                return bool(change.before and change.after) and any(change.thing in own for own, _ in person.served.values())
            case ChangeKind.COLLECTION:
                return self._holds_otherwise(change, person)
            case ChangeKind.RECIPIENT:
                return self._may_receive(change.thing, person)
            case kind:
                return kind in _FOR_EVERYBODY and bool(person.served)

    def _is_kept_otherwise(self, change: Change, collection: CollectionId, purpose: PurposeId) -> bool:
        if purpose not in change.scope.purposes or not {collection, ALL_ELSE} & change.scope.collections:
            return False
        before, after = (_period(policy, purpose, collection) for policy in (self.old, self.new))
        return (before and (before.after, before.keep)) != (after and (after.after, after.keep))

    def _holds_otherwise(self, change: Change, person: _Person) -> bool:
        """Whether a collection of theirs serves something else or holds something else; what must be given is asked of whoever writes next."""
        if change.thing not in person.served:
            return False
        fields, purposes = person.served[CollectionId(change.thing)]
        before, after = (
            {aspect: frozenset(side.of(aspect)) if side else frozenset[str]() for aspect in ("fields", "purposes")}
            for side in (change.before, change.after)
        )
        return bool((before["fields"] ^ after["fields"]) & fields or (before["purposes"] ^ after["purposes"]) & purposes)

    def _may_receive(self, recipient: str, person: _Person, purposes: Collection[PurposeId] | None = None) -> bool:
        return any(
            to == recipient
            and operation is Operation.DISCLOSE
            and (purposes is None or purpose in purposes)
            and person.has(grants.keys(), (purpose,))
            for policy in (self.old, self.new)
            for (_, operation, purpose, to), grants in policy.table.items()
        )


def _purposes_in(served: _Served) -> frozenset[PurposeId]:
    return frozenset(purpose for _, own in served.values() for purpose in own)


def _spoken_of(change: Change) -> frozenset[PurposeId]:
    """The purposes that a change names."""
    if change.kind is not ChangeKind.COLLECTION:
        return change.scope.purposes
    return frozenset(PurposeId(one) for side in (change.before, change.after) if side for one in side.of("purposes"))


def _stands_elsewhere(change: Change) -> bool:
    return change.before is not None and change.after is not None and change.before.says == change.after.says


def _period(policy: CompiledPolicy, purpose: PurposeId, collection: CollectionId) -> RetainRule | None:
    try:
        return policy.retention.rule_for(purpose, collection)
    except RuleMissing:
        return None
