"""What a clause comes to for the machine, as a fingerprint: it stays while words change, and changes with the first rule that does something else."""

import hashlib
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final, cast

import rfc8785

from camket.policy.clauses import rules_of
from camket.policy.compiled import CompiledPolicy
from camket.policy.document import Document
from camket.policy.exports import plain
from camket.policy.terms import ROLES, ClauseNumber, Operation

FORMAT: Final = "camket clause v1"
_ALL: Final = ["*"]
_KINDS: Final = ("fields", "purposes", "recipients", "collections", "retains", "violations", "measures", "rights", "safeguards")


def meanings(policy: CompiledPolicy, document: Document) -> Mapping[ClauseNumber, str]:
    """
    Return the fingerprint of what each clause compiles to; two clauses have the same one if and only if their rules do the same.

    Names and wordings are left out, and so are the clause's number and the order of its rules; what names all there is of a kind counts as all,
    however many there are. A clause without a rule has nothing but its words: they are its fingerprint.

    Args:
        policy: A compiled edition.
        document: Its text in the language that binds.

    Source: RFC 8785.
    """
    return MappingProxyType({clause.number: _digest(_meant(policy, clause.number, clause.paragraphs_markdown)) for clause in document.clauses})


def _meant(policy: CompiledPolicy, clause: ClauseNumber, text: str) -> dict[str, object]:
    rules = rules_of(policy, clause)
    found: dict[str, object] = {name: _told(getattr(rules, name)) for name in _KINDS if getattr(rules, name)}
    if rules.grants:
        found["grants"] = _grants(policy, clause)
    if rules.prohibitions:
        found["prohibitions"] = _ordered(_widened(policy, cast("dict[str, object]", plain(one))) for one in rules.prohibitions)
    found |= {name: _told([one])[0] for name, one in (("controller", rules.controller), ("change", rules.change)) if one}
    return found or {"words": " ".join(text.split())}


def _told(rules: Iterable[object]) -> list[object]:
    return _ordered(_numberless(cast("dict[str, object]", plain(one))) for one in rules)


def _numberless(rule: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in rule.items() if name != "clause"}


def _widened(policy: CompiledPolicy, rule: dict[str, object]) -> dict[str, object]:
    """What is forbidden of everything stays so when an edition names one thing more."""
    whole = {"roles": ROLES, "operations": set(Operation), "fields": policy.fields, "purposes": policy.purposes, "recipients": policy.recipients}
    named = _numberless(rule)
    return {name: _ALL if set(map(str, whole[name])) == set(cast("list[str]", value)) else value for name, value in named.items()}


def _grants(policy: CompiledPolicy, clause: ClauseNumber) -> list[object]:
    """Every single thing that is let be done under the clause, however its author joined them into permits."""
    return _ordered(
        [*map(str, key), str(name), str(grant.redaction), *sorted(map(str, grant.obligations))]
        for key, grants in policy.table.items()
        for name, grant in grants.items()
        if clause in grant.clauses
    )


def _ordered(rules: Iterable[object]) -> list[object]:
    return sorted(rules, key=_canonical)


def _digest(meant: object) -> str:
    return hashlib.sha256(FORMAT.encode() + _canonical(meant)).hexdigest()


def _canonical(value: object) -> bytes:
    return rfc8785.dumps(cast("rfc8785._impl._Value", value))
