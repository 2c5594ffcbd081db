"""What the actions of this duty refuse, and what they share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from camket.access.queries import StaffUnknown, staff_by_id
from camket.duties.special_cases import rules
from camket.duties.special_cases.models import SpecialCase
from camket.duties.special_cases.queries import in_scope
from camket.editions import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import Actor


class CaseUnknown(LookupError):
    """There is no such case or person for this member of staff, or their data has been erased."""


class Malformed(Exception):
    """What was sent cannot be kept: `faults` has a code for each part of it, and nothing was kept."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = dict(faults)


class OwnCase(Exception):
    """Whoever opened a case cannot decide about it."""


class NotApart(Exception):
    """Links by which colleagues let each other in lead from whoever opened the case to whoever would decide: they may be one person."""


class OpenerLeft(Exception):
    """Whoever opened the case works here no more or has no part in special cases: somebody has to take it over before anybody agrees to it."""


class AlreadyDecided(Exception):
    """A colleague was first, or the case has ended; nothing was changed."""


class NotAtWork(Exception):
    """The member of staff no longer works here, or has another role by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a colleague wrote on a page: the text, and the hash of the page's nonce."""

    text: str = field(repr=False)
    key: bytes = field(repr=False)


def require_part(actor: Actor) -> CompiledPolicy:
    """
    Return the edition in force, having made sure that the actor has a part in special cases and still works here in that role.

    Raises:
        CaseUnknown: No clause gives their role a part: to them there are no cases.
        NotAtWork: They were dismissed or moved since they signed in.
    """
    policy = editions.policy_in_force()
    if not rules.uses(policy, actor.role):
        raise CaseUnknown
    try:
        row = staff_by_id(UUID(actor.id))
    except StaffUnknown:
        raise NotAtWork from None
    if not row.is_active or row.role != actor.role:
        raise NotAtWork
    return policy


def case_of(reference: str, actor: Actor) -> SpecialCase:
    """
    Return a case that the actor may come across.

    Raises:
        CaseUnknown: There is none of this name for them, or it is erased.
    """
    case = in_scope(actor).filter(reference=reference).exclude(state=SpecialCase.State.ERASED).first()
    if case is None:
        raise CaseUnknown
    return case


def locked(case: SpecialCase, *states: SpecialCase.State) -> SpecialCase:
    """
    Return a case under a row lock, in one of these states.

    Args:
        case: As it was read before; what it became since is read anew.
        states: Those in which the caller may act on it.

    Raises:
        AlreadyDecided: It is in another by now.
    """
    found = SpecialCase.objects.select_for_update().get(id=case.id)
    if found.state not in states:
        raise AlreadyDecided
    return found
