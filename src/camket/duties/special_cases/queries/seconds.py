"""Who can be the second person of a special case, and whether whoever was still stands for it."""

from datetime import datetime
from uuid import UUID

from camket.access.queries import StaffUnknown, may_be_one, staff_by_id
from camket.duties.special_cases import rules
from camket.duties.special_cases.models import SpecialCase
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import Actor


def is_apart(case: SpecialCase, actor: Actor, *, now: datetime) -> bool:
    """
    Return whether somebody is another person than whoever opened a case, as far as the house can tell.

    Args:
        case: Which.
        actor: Who would decide about it.
        now: UTC instant.

    Source: policy §3 (3.9); docs/decisions/0028-a-colleagues-link.md.
    """
    return not may_be_one(case.opened_by_id, UUID(actor.id), now=now)


def is_second_here(case: SpecialCase, policy: CompiledPolicy) -> bool:
    """
    Return whether whoever approved a case is at work, in a role that has a part in special cases.

    Args:
        case: Which.
        policy: The edition in force.

    Source: policy §3 (3.9).
    """
    if case.decided_by_id is None:
        return False
    try:
        second = staff_by_id(case.decided_by_id)
    except StaffUnknown:
        return False
    return second.is_active and bool(rules.uses(policy, second.role))
