"""Whom a change of the policy concerns: what of it touches what is held of a person, for what they agreed to and what needs no yes."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from camket.policy.changes.change import ALL_ELSE, Change, ChangeKind
from camket.policy.changes.comparing import difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.retain import RetainRule, RuleMissing
from camket.policy.terms import CollectionId, EditionNumber, FieldName, LegalBasis, Operation, PurposeId

_ID_DIGITS = 12
# What the company owes to everybody whose data it holds, whatever that is.
_FOR_EVERYBODY = frozenset({ChangeKind.RIGHT, ChangeKind.STATEMENT, ChangeKind.SAFEGUARD, ChangeKind.CONTROLLER, ChangeKind.NOTICE, ChangeKind.FRAME})


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

    `purposes` are those that the changes speak of and that their details serve: none to which they did not agree, or agree no more.
    """

    changes: tuple[str, ...] = ()
    to_agree: tuple[PurposeId, ...] = ()
    purposes: tuple[PurposeId, ...] = ()


NOBODYS: Final = Concern()
WHOLE_TEXT: Final = "text"  # in the place of a change's id: no rule differs, and what is told is what the text says otherwise


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Person:
    """What matters of a person for a comparison: each collection with its fields and the purposes it may serve, none that they refuse."""

    served: Mapping[CollectionId, tuple[frozenset[FieldName], frozenset[PurposeId]]]

    def has(self, fields: Collection[FieldName], purposes: Collection[PurposeId]) -> bool:
        return any(not own.isdisjoint(fields) and not for_what.isdisjoint(purposes) for own, for_what in self.served.values())


@dataclass(slots=True, kw_only=True)
class Reach:
    """Two editions compared once, and then asked for each person; equal answers are remembered, for few people differ in what is held of them."""

    old: CompiledPolicy
    new: CompiledPolicy
    widened_since: Callable[[EditionNumber], frozenset[PurposeId]]  # for which a yes to an earlier edition does not cover the new one
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

    @property
    def asked_again(self) -> tuple[PurposeId, ...]:
        """For what a new yes is needed of whoever agreed to the old edition; nobody can be asked again for a purpose that is new or asks for none."""
        before = {name for name, rule in self.old.purposes.items() if rule.basis is LegalBasis.CONSENT}
        wider = self.widened_since(self.old.number)
        return tuple(name for name, rule in self.new.purposes.items() if rule.basis is LegalBasis.CONSENT and name in before & wider)

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
            return Concern(changes=(WHOLE_TEXT,)) if any(one.served for one in each) else NOBODYS
        touching = [name for name, change in self.changes.items() if any(self._touches(change, one) for one in each)]
        if not any(map(self.weighs, touching)):
            return NOBODYS
        # what merely stands under another clause now, or reads otherwise, changes nothing for anybody
        told = tuple(name for name in touching if not _stands_elsewhere(self.changes[name]))
        yeses = [yes for one in people for yes in one.agreed]
        anew = {purpose for purpose, edition in yeses if edition < self.new.number and purpose in self.widened_since(edition)}
        asked = tuple(name for name, rule in self.new.purposes.items() if name in anew and rule.basis is LegalBasis.CONSENT)
        spoken_of = frozenset(purpose for name in told for purpose in self.changes[name].scope.purposes)
        serving = frozenset(purpose for one in each for _, own in one.served.values() for purpose in own)
        return Concern(changes=told, to_agree=asked, purposes=tuple(sorted(spoken_of & serving)))

    def _person(self, held: Held) -> _Person:
        agreed = {purpose for purpose, _ in held.agreed}
        served: dict[CollectionId, tuple[frozenset[FieldName], frozenset[PurposeId]]] = {}
        for one in held.holdings:
            if one.edition >= self.new.number:
                continue
            purposes = frozenset(purpose for purpose in self._purposes_of(one.collection) if purpose in agreed or self._needs_no_yes(purpose))
            fields, _ = served.get(one.collection, (frozenset[FieldName](), purposes))
            served[one.collection] = (fields | one.fields, purposes)
        return _Person(served=served)

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
            case kind:  # measures and violations are about services, not about data
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

    def _may_receive(self, recipient: str, person: _Person) -> bool:
        return any(
            to == recipient and operation is Operation.DISCLOSE and person.has(grants.keys(), (purpose,))
            for policy in (self.old, self.new)
            for (_, operation, purpose, to), grants in policy.table.items()
        )


def _stands_elsewhere(change: Change) -> bool:
    return change.before is not None and change.after is not None and change.before.says == change.after.says


def _period(policy: CompiledPolicy, purpose: PurposeId, collection: CollectionId) -> RetainRule | None:
    try:
        return policy.retention.rule_for(purpose, collection)
    except RuleMissing:
        return None
