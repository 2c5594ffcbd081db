"""Who can be the second person of a special case, and whether whoever was, and whoever opened it, still stands for it."""

from datetime import datetime
from uuid import UUID

from django.db.models import Q

from camket.access.queries import StaffUnknown, may_be_one, staff_by_id
from camket.duties.special_cases import rules
from camket.duties.special_cases.models import LIVING, SpecialCase
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
    return case.decided_by_id is not None and _is_here(case.decided_by_id, policy)


def is_opener_here(case: SpecialCase, policy: CompiledPolicy) -> bool:
    """
    Return whether whoever opened a case is at work, in a role that has a part in special cases.

    Args:
        case: Which.
        policy: The edition in force.

    Source: policy §3 (3.9).
    """
    return _is_here(case.opened_by_id, policy)


def left_behind(policy: CompiledPolicy) -> Q:
    """
    Return what the cases have in common that last, and whose opener left or was moved to a role without a part in them.

    Args:
        policy: The edition in force.
    """
    is_here = Q(opened_by__is_active=True, opened_by__role__in=sorted(rules.roles_with_part(policy)))
    return Q(state__in=LIVING) & ~is_here


def _is_here(staff_id: UUID, policy: CompiledPolicy) -> bool:
    try:
        row = staff_by_id(staff_id)
    except StaffUnknown:
        return False
    return row.is_active and bool(rules.uses(policy, row.role))
