"""Which special cases there are, what may be asked in one and by whom, told from the edition; and how long an approval holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from camket.policy.compiled import CompiledPolicy, Grants
from camket.policy.terms import (
    CONTROLLER,
    MESSAGE,
    SPECIAL_CASE,
    STAFF_ROLES,
    ClauseNumber,
    FieldName,
    Obligation,
    Operation,
    RoleId,
)
from camket.policy.values import BadValue, clean

DUTY = "special_cases"
GROUNDS = ("a", "b", "c", "d")  # the four of the edition's list of special cases
OWN_RIGHT = "c"  # of them, the one in which the person exercises a right of theirs, so that the law's clocks run
# A working day: long enough to reach somebody, too short to be forgotten. Whoever needs longer asks again.
APPROVAL_LASTS = timedelta(hours=24)
LATE_AFTER = timedelta(days=3)  # a case that nobody ended by then is marked: what is kept for it waits for its end
_FILTERS = ("to_approve", "mine", "open", "closed")


class BadText(Exception):
    """What was written cannot be kept; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What a case is opened with: about whom, on which ground, for which fields, and why."""

    about: str  # the public name of the inquiry, or of another matter of the person's
    ground: str
    fields: frozenset[FieldName]
    reason: str


def filters() -> tuple[str, ...]:
    """Return the lists of cases, in their order."""
    return _FILTERS


def uses(policy: CompiledPolicy, role: RoleId) -> Grants:
    """
    Return what a role of staff may use in special cases, field by field; nothing for whoever has no part in them.

    Args:
        policy: The edition in force.
        role: Who asks.

    Source: policy §3 (3.9, 3.10).
    """
    return policy.table.get((role, Operation.USE, SPECIAL_CASE, CONTROLLER), {}) if role in STAFF_ROLES else {}


def roles_with_part(policy: CompiledPolicy) -> frozenset[RoleId]:
    """Return the roles of staff that have a part in special cases."""
    return frozenset(role for role in STAFF_ROLES if uses(policy, role))


def may_find(policy: CompiledPolicy, role: RoleId) -> bool:
    """
    Return whether a role may look people up for a special case; whoever may not comes from a page they may see.

    Args:
        policy: The edition in force.
        role: Of whoever would look.
    """
    return bool(policy.table.get((role, Operation.FIND, SPECIAL_CASE, CONTROLLER))) and role in STAFF_ROLES


def oversees(policy: CompiledPolicy, role: RoleId) -> bool:
    """
    Return whether a role reads what was written in special cases without a reason of its own: it sees, and may end, everybody's.

    Args:
        policy: The edition in force.
        role: Of whoever would read.
    """
    grant = uses(policy, role).get(MESSAGE)
    return grant is not None and Obligation.JUSTIFICATION not in grant.obligations


def askable(policy: CompiledPolicy, role: RoleId) -> tuple[FieldName, ...]:
    """
    Return the fields a case of this role can be opened for, in the edition's order: those that some role of staff uses with a second person only.

    Who opens the case makes no difference to what needs a second person: it is the same telephone that rings.

    Args:
        policy: The edition in force.
        role: Who opens the case.
    """
    mine = uses(policy, role)
    guarded = {name for one in STAFF_ROLES for name, grant in uses(policy, one).items() if Obligation.SECOND_PERSON in grant.obligations}
    return tuple(name for name in policy.fields if name in mine and name in guarded)


def guarding_clauses(policy: CompiledPolicy) -> tuple[ClauseNumber, ...]:
    """Return the clauses that let somebody use details in special cases with a second person only."""
    grants = [grant for role in sorted(STAFF_ROLES) for grant in uses(policy, role).values() if Obligation.SECOND_PERSON in grant.obligations]
    return tuple(dict.fromkeys(number for grant in grants for number in grant.clauses))


def keeping(policy: CompiledPolicy, role: RoleId) -> Operation:
    """
    Return the operation by which a role keeps what it writes in a case: it stores its own words where a clause says so, and else takes them down.

    Args:
        policy: The edition in force.
        role: Who writes.

    Source: policy §3 (3.10), §9 (9.1); docs/decisions/0015-special-cases.md.
    """
    stores = policy.table.get((role, Operation.STORE, SPECIAL_CASE, CONTROLLER), {})
    return Operation.STORE if MESSAGE in stores else Operation.COLLECT


def checked_text(policy: CompiledPolicy, text: str) -> str:
    """
    Return what somebody wrote, as it is kept.

    Args:
        policy: The edition in force.
        text: As typed.

    Raises:
        BadText: It is empty, too long, or holds what cannot be kept.
    """
    rule = policy.fields[MESSAGE]
    try:
        cleaned = clean(rule.kind, text, max_length=rule.max_length, is_multiline=True)
    except BadValue as bad:
        raise BadText(bad.code) from None
    if not cleaned:
        raise BadText("required")
    return cleaned


def faults(policy: CompiledPolicy, role: RoleId, *, ground: str, fields: Collection[FieldName]) -> dict[str, str]:
    """
    Return what is wrong with an opening beside its reason, as a code by the name of its part.

    Args:
        policy: The edition in force.
        role: Who opens the case.
        ground: One of `GROUNDS`.
        fields: What is to be used.
    """
    found = {} if ground in GROUNDS else {"ground": "required"}
    if not fields or not set(fields) <= set(askable(policy, role)):
        found["fields"] = "required"
    return found
