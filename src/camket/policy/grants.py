"""Turns permits and prohibitions into the table that decisions look up."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from camket.policy.compiled import AskKey, Grants, Prohibition, PurposeRule
from camket.policy.diagnostics import Place, Report, quote
from camket.policy.phrases import phrase
from camket.policy.rules import Forbid, Permit, Placed, RuleSet
from camket.policy.terms import ROLES, ClauseNumber, FieldGrant, FieldName, LegalBasis, Obligation, Operation, PurposeId

MOST_GRANTS = 50_000
CONSENTED = frozenset({Operation.COLLECT, Operation.USE, Operation.FIND, Operation.DISCLOSE})  # keeping, mending and erasing need no new yes


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTable:
    """What is allowed, what would be if no clause forbade it, and what is forbidden."""

    allowed: Mapping[AskKey, Grants]
    overruled: Mapping[AskKey, Grants]
    prohibitions: tuple[Prohibition, ...]


def build_grants(rules: RuleSet, report: Report) -> GrantTable:
    """
    Return the table of an edition's permits, without what its prohibitions take away.

    Args:
        rules: Rules whose references have been checked.
        report: Receives contradictions and permits that a prohibition swallows.
    """
    prohibitions = tuple(_written_out(one.rule, rules) for one in rules.forbids)
    width = sum(one.rule.width for one in rules.permits)
    if width > MOST_GRANTS:
        report.error(
            rules.permits[0].place,
            "permit.too_wide",
            phrase("The permits make {width} single grants; the most is {most}.", width=width, most=MOST_GRANTS),
            phrase("Name fewer things at once."),
        )
        return GrantTable(allowed={}, overruled={}, prohibitions=prohibitions)
    allowed, overruled = _divided(_expanded(rules, report), prohibitions)
    for permit in rules.permits:
        _warn_if_swallowed(permit, allowed, prohibitions, report)
    return GrantTable(allowed=_frozen(allowed), overruled=_frozen(overruled), prohibitions=prohibitions)


def clause_order(number: ClauseNumber) -> tuple[int, ...]:
    """Return a key that sorts clause numbers as a reader counts them: 2.9 before 2.10."""
    return tuple(int(part) for part in number.split(".") if part.isdecimal())


Rows = dict[AskKey, dict[FieldName, FieldGrant]]


def _expanded(rules: RuleSet, report: Report) -> Rows:
    purposes = {one.rule.id: one.rule for one in rules.purposes}
    rows: Rows = {}
    for permit in rules.permits:
        for operation in permit.rule.operations:
            for purpose in permit.rule.purposes:
                grant = _grant(permit.rule, operation, purposes.get(purpose))
                for key in _keys(permit.rule, operation, purpose):
                    _add(rows.setdefault(key, {}), permit, key, grant, report)
    return rows


def _grant(permit: Permit, operation: Operation, purpose: PurposeRule | None) -> FieldGrant:
    needs_consent = purpose is not None and purpose.basis is LegalBasis.CONSENT and operation in CONSENTED
    obligations = permit.obligations | {Obligation.CONSENT} if needs_consent else permit.obligations
    return FieldGrant(clauses=(permit.clause,), obligations=obligations, redaction=permit.redact)


def _keys(permit: Permit, operation: Operation, purpose: PurposeId) -> list[AskKey]:
    return [(role, operation, purpose, recipient) for role in permit.roles for recipient in permit.recipients]


def _add(row: dict[FieldName, FieldGrant], permit: Placed[Permit], key: AskKey, grant: FieldGrant, report: Report) -> None:
    for name in permit.rule.fields:
        known = row.get(name)
        if known is None:
            row[name] = grant
        elif (known.obligations, known.redaction) != (grant.obligations, grant.redaction):
            _report_contradiction(permit.place, key, name, known, report)
        elif grant.clauses[0] not in known.clauses:
            row[name] = replace(known, clauses=tuple(sorted((*known.clauses, *grant.clauses), key=clause_order)))


def _report_contradiction(place: Place, key: AskKey, name: FieldName, known: FieldGrant, report: Report) -> None:
    role, operation, purpose, recipient = key
    message = phrase(
        "{role} may {operation} {name} for {purpose} (recipient {recipient}) here, "
        "and under clause {names} with other obligations or another redaction.",
        role=role,
        operation=operation.value,
        name=quote(name),
        purpose=quote(purpose),
        recipient=recipient,
        names=", ".join(known.clauses),
    )
    report.error(place, "permit.contradiction", message, phrase("Let both clauses say the same, or remove the field from one of them."))


def _written_out(forbid: Forbid, rules: RuleSet) -> Prohibition:
    every = ("*",)
    return Prohibition(
        roles=frozenset(ROLES if forbid.roles == every else forbid.roles),
        operations=frozenset(forbid.operations),
        purposes=frozenset((one.rule.id for one in rules.purposes) if forbid.purposes == every else forbid.purposes),
        fields=frozenset((one.rule.name for one in rules.fields) if forbid.fields == every else forbid.fields),
        recipients=frozenset((one.rule.id for one in rules.recipients) if forbid.recipients == every else forbid.recipients),
        clause=forbid.clause,
    )


def _divided(rows: Rows, prohibitions: tuple[Prohibition, ...]) -> tuple[Rows, Rows]:
    allowed: Rows = {}
    overruled: Rows = {}
    for key, row in rows.items():
        forbidden = frozenset[FieldName]().union(*(one.fields for one in prohibitions if one.covers(key)))
        for name, grant in row.items():
            into = overruled if name in forbidden else allowed
            into.setdefault(key, {})[name] = grant
    return allowed, overruled


def _warn_if_swallowed(permit: Placed[Permit], allowed: Rows, prohibitions: tuple[Prohibition, ...], report: Report) -> None:
    rule = permit.rule
    keys = [key for operation in rule.operations for purpose in rule.purposes for key in _keys(rule, operation, purpose)]
    if any(name in allowed.get(key, ()) for key in keys for name in rule.fields):
        return
    touching = [one for one in prohibitions if not one.fields.isdisjoint(rule.fields)]
    by = sorted({one.clause for one in touching if any(one.covers(key) for key in keys)}, key=clause_order)
    report.warning(
        permit.place,
        "permit.swallowed",
        phrase("Everything this permits is forbidden by clause {names}.", names=", ".join(by)),
        phrase("Remove it, or narrow the [[forbid]]."),
    )


def _frozen(rows: Rows) -> Mapping[AskKey, Grants]:
    return MappingProxyType({key: MappingProxyType(row) for key, row in rows.items()})
