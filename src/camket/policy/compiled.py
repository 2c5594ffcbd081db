"""The executable value of an edition: what its clauses allow, forbid and order, ready to be decided with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TypeAlias

from camket.policy.document import Statement, Words
from camket.policy.retain import RetainRule, RetentionRules
from camket.policy.terms import (
    CONTROLLER,
    ClauseNumber,
    CollectionId,
    EditionNumber,
    FieldGrant,
    FieldName,
    LegalBasis,
    Operation,
    PurposeId,
    RecipientId,
    RoleId,
)

AskKey: TypeAlias = tuple[RoleId, Operation, PurposeId, RecipientId]
Grants: TypeAlias = Mapping[FieldName, FieldGrant]


class FieldKind(StrEnum):
    """What a field holds, so that doors can check its shape and the vault can index it."""

    NAME = "name"
    TEXT = "text"
    PHONE = "phone"
    EMAIL = "email"
    POSTAL = "postal"
    FILE = "file"
    TECHNICAL = "technical"


class RecipientKind(StrEnum):
    """What a recipient is to the controller."""

    CONTROLLER = "controller"
    AUTHORITY = "authority"
    PROCESSOR = "processor"


class RightId(StrEnum):
    """What a person may ask for (Law 91/2025 art. 4.1)."""

    VIEW = "view"
    CORRECT = "correct"
    COPY = "copy"
    ERASE = "erase"
    RESTRICT = "restrict"
    OBJECT = "object"
    WITHDRAW = "withdraw"
    PROTECT = "protect"
    COMPLAIN = "complain"


class MeasureId(StrEnum):
    """What the company may do about a violation (policy §2)."""

    LOCK_SERVICE = "lock_service"
    REFUSE_SERVICE = "refuse_service"


class SafeguardId(StrEnum):
    """What protects the data, as the text promises (policy §7)."""

    ENCRYPTION_PER_PERSON = "encryption_per_person"
    JOURNAL = "journal"
    ACCESS_BY_ROLE = "access_by_role"
    EPOCH_KEYS = "epoch_keys"


class ControllerEmail(StrEnum):
    """Where the controller's address comes from: the operator sets it, no edition makes one up."""

    SETTING = "setting"


class ChangeChannel(StrEnum):
    """How people are told of a significant change (policy §8)."""

    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """A field that the edition names; `max_length` counts characters (for a file, those of its name)."""

    name: FieldName
    kind: FieldKind
    max_length: int
    multiline: bool
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRule:
    """Why data may be processed, and what makes that lawful; `article` cites the law and is empty for consent."""

    id: PurposeId
    basis: LegalBasis
    article: str
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipientRule:
    """Who may receive data."""

    id: RecipientId
    kind: RecipientKind
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionRule:
    """Fields that are kept and erased together in one sealed record; of each group in `one_of` at least one is answered."""

    id: CollectionId
    fields: tuple[FieldName, ...]
    purposes: tuple[PurposeId, ...]
    required: tuple[FieldName, ...]
    one_of: tuple[tuple[FieldName, ...], ...]
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class RightRule:
    """A right that the text grants; `deadline` names its clocks in the regime, such as "dsr.access"."""

    id: RightId
    deadline: str
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationRule:
    """Conduct that the text does not accept; `ref` is its letter in the published list."""

    id: str
    ref: str
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureRule:
    """What may be done about which violations."""

    id: MeasureId
    violations: tuple[str, ...]
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ControllerRule:
    """Who decides why and how (policy §5); the e-mail address is the operator's setting."""

    name: str
    address: str
    email: ControllerEmail
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class SafeguardRule:
    """A promised protection, with its number of days where it has one."""

    id: SafeguardId
    days: int | None
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRule:
    """How the policy itself changes (policy §8)."""

    significant: ChangeChannel
    notice_days: int
    last_updated: bool
    clause: ClauseNumber


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRule:
    """What clauses that bind no machine say of what the law wants said; people keep it."""

    id: Statement
    clauses: tuple[ClauseNumber, ...]  # in the order of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Prohibition:
    """What a clause forbids; wildcards of the source are written out, so every set names what it means."""

    roles: frozenset[RoleId]
    operations: frozenset[Operation]
    purposes: frozenset[PurposeId]
    fields: frozenset[FieldName]
    recipients: frozenset[RecipientId]
    clause: ClauseNumber

    def covers(self, key: AskKey) -> bool:
        """Return whether the prohibition speaks of this role, operation, purpose and recipient."""
        role, operation, purpose, recipient = key
        return role in self.roles and operation in self.operations and purpose in self.purposes and recipient in self.recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class CompiledPolicy:
    """
    An edition's executable value. `table` holds what is allowed once every prohibition has been taken out of it;
    `overruled` holds what clauses permit and others forbid, so that a refusal can be explained.
    """

    number: EditionNumber
    slug: str
    authoritative: str
    languages: tuple[str, ...]  # the authoritative one first
    timezone: str
    regime: str
    fields: Mapping[FieldName, FieldRule]
    purposes: Mapping[PurposeId, PurposeRule]
    collections: Mapping[CollectionId, CollectionRule]
    recipients: Mapping[RecipientId, RecipientRule]
    retention: RetentionRules
    rights: Mapping[RightId, RightRule]
    violations: Mapping[str, ViolationRule]
    measures: tuple[MeasureRule, ...]
    controller: ControllerRule | None
    safeguards: Mapping[SafeguardId, SafeguardRule]
    change: ChangeRule | None
    statements: Mapping[Statement, StatementRule]
    words: Mapping[str, Words]
    table: Mapping[AskKey, Grants]
    overruled: Mapping[AskKey, Grants]
    prohibitions: tuple[Prohibition, ...]
    _prohibitions_by_role: Mapping[RoleId, tuple[Prohibition, ...]] = field(init=False, repr=False, compare=False)
    _collectable: Mapping[tuple[RoleId, PurposeId], frozenset[FieldName]] = field(init=False, repr=False, compare=False)
    findable: frozenset[FieldName] = field(init=False, repr=False, compare=False)  # by which some clause lets somebody be found

    def __post_init__(self) -> None:
        roles = {role for one in self.prohibitions for role in one.roles}
        by_role = {role: tuple(one for one in self.prohibitions if role in one.roles) for role in roles}
        object.__setattr__(self, "_prohibitions_by_role", MappingProxyType(by_role))
        object.__setattr__(self, "_collectable", MappingProxyType(self._gather_collectable()))
        findable = (grants for (_, operation, _, _), grants in self.table.items() if operation is Operation.FIND)
        object.__setattr__(self, "findable", frozenset(name for grants in findable for name in grants))

    def collections_for(self, purpose: PurposeId) -> tuple[CollectionRule, ...]:
        """Return the collections whose data is held for this purpose, in the order of the text."""
        return tuple(one for one in self.collections.values() if purpose in one.purposes)

    def collectable(self, role: RoleId, purpose: PurposeId) -> frozenset[FieldName]:
        """Return the fields that this role may have collected for this purpose, for the controller itself."""
        return self._collectable.get((role, purpose), frozenset())

    def label(self, kind: str, name: str, language: str) -> str:
        """Return the name shown on screens; an unknown language reads the authoritative one, an unknown thing its id."""
        return self._words(language).of(kind, name).label

    def kept_longest(self, purpose: PurposeId) -> RetainRule:
        """
        Return the rule by which something is kept the longest for a purpose: what a person is told of how long.

        A rule that names a collection goes before the purpose's general one, and there need not be a general one.

        Args:
            purpose: What it is kept for.

        Raises:
            RuleMissing: No rule speaks of the purpose.
        """
        named: list[CollectionId | None] = [one.id for one in self.collections_for(purpose)]
        return max((self.retention.rule_for(purpose, name) for name in named or [None]), key=lambda rule: rule.keep.shortest_days)

    def consent_wording(self, purpose: PurposeId, language: str) -> str:
        """Return the sentence beside the tick box; empty where the purpose rests on no consent."""
        return self._words(language).of("purpose", purpose).consent

    def prohibitions_for(self, role: RoleId) -> tuple[Prohibition, ...]:
        """Return the prohibitions that bind a role."""
        return self._prohibitions_by_role.get(role, ())

    def _words(self, language: str) -> Words:
        return self.words.get(language) or self.words[self.authoritative]

    def _gather_collectable(self) -> dict[tuple[RoleId, PurposeId], frozenset[FieldName]]:
        found: dict[tuple[RoleId, PurposeId], frozenset[FieldName]] = {}
        for (role, operation, purpose, recipient), grants in self.table.items():
            if operation is Operation.COLLECT and recipient == CONTROLLER:
                found[role, purpose] = frozenset(grants)
        return found
