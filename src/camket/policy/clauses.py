"""Gathers what one clause does: whatever the compiled value holds under its number, so that a reader of the text can be shown its rules."""

from dataclasses import dataclass

from camket.policy.compiled import (
    ChangeRule,
    CollectionRule,
    CompiledPolicy,
    ControllerRule,
    FieldRule,
    MeasureRule,
    Prohibition,
    PurposeRule,
    RecipientRule,
    RightRule,
    SafeguardRule,
    ViolationRule,
)
from camket.policy.joining import joined
from camket.policy.retain import RetainRule
from camket.policy.terms import ClauseNumber, FieldGrant, FieldName, Obligation, Operation, PurposeId, RecipientId, Redaction, RoleId


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantGroup:
    """What a clause lets some roles do: every one of them, with every one of the fields, for every one of the purposes and recipients."""

    roles: frozenset[RoleId]
    operations: frozenset[Operation]
    purposes: frozenset[PurposeId]
    recipients: frozenset[RecipientId]
    fields: frozenset[FieldName]
    obligations: frozenset[Obligation]
    redaction: Redaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseRules:
    """Everything that stands under one clause, in the order of the compiled value."""

    fields: tuple[FieldRule, ...]
    purposes: tuple[PurposeRule, ...]
    recipients: tuple[RecipientRule, ...]
    collections: tuple[CollectionRule, ...]
    grants: tuple[GrantGroup, ...]
    prohibitions: tuple[Prohibition, ...]
    retains: tuple[RetainRule, ...]
    violations: tuple[ViolationRule, ...]
    measures: tuple[MeasureRule, ...]
    rights: tuple[RightRule, ...]
    safeguards: tuple[SafeguardRule, ...]
    controller: ControllerRule | None
    change: ChangeRule | None


def rules_of(policy: CompiledPolicy, clause: ClauseNumber) -> ClauseRules:
    """
    Return what a clause does, gathered from the value that decides; nothing is read from the text.

    Args:
        policy: The edition.
        clause: The number of one of its clauses.
    """
    return ClauseRules(
        fields=tuple(one for one in policy.fields.values() if one.clause == clause),
        purposes=tuple(one for one in policy.purposes.values() if one.clause == clause),
        recipients=tuple(one for one in policy.recipients.values() if one.clause == clause),
        collections=tuple(one for one in policy.collections.values() if one.clause == clause),
        grants=_grants(policy, clause),
        prohibitions=tuple(one for one in policy.prohibitions if one.clause == clause),
        retains=tuple(one for one in policy.retention.rules if one.clause == clause),
        violations=tuple(one for one in policy.violations.values() if one.clause == clause),
        measures=tuple(one for one in policy.measures if one.clause == clause),
        rights=tuple(one for one in policy.rights.values() if one.clause == clause),
        safeguards=tuple(one for one in policy.safeguards.values() if one.clause == clause),
        controller=policy.controller if policy.controller and policy.controller.clause == clause else None,
        change=policy.change if policy.change and policy.change.clause == clause else None,
    )


def _grants(policy: CompiledPolicy, clause: ClauseNumber) -> tuple[GrantGroup, ...]:
    """The single grants of a clause, joined into as few groups as say the same: what a prohibition took away is in none."""
    single: list[GrantGroup] = []
    for (role, operation, purpose, recipient), grants in policy.table.items():
        for name, grant in grants.items():
            if clause in grant.clauses:
                single.append(_single((role, operation, purpose, recipient), name, grant))
    groups = joined(single, ("fields", "roles", "operations", "purposes", "recipients"))
    return tuple(sorted(groups, key=lambda group: (sorted(group.purposes), sorted(group.roles), sorted(group.operations), sorted(group.fields))))


def _single(key: tuple[RoleId, Operation, PurposeId, RecipientId], name: FieldName, grant: FieldGrant) -> GrantGroup:
    role, operation, purpose, recipient = key
    return GrantGroup(
        roles=frozenset({role}),
        operations=frozenset({operation}),
        purposes=frozenset({purpose}),
        recipients=frozenset({recipient}),
        fields=frozenset({name}),
        obligations=grant.obligations,
        redaction=grant.redaction,
    )
