"""Under which clause letters to many go out: what the edition in force says to writing to those whom they are for."""

from dataclasses import replace

from camket.duties.notices.rules import carrying
from camket.editions import queries as editions
from camket.policy.advertising import is_declared
from camket.policy.terms import ADVERTISE, CONTROLLER, NOTIFY, SPECIAL_CASE, SYSTEM, Decision, Obligation, Operation


def service_decision() -> Decision:
    """Return what the edition in force says to writing to those who agreed to be told."""
    return _decision(NOTIFY)


def clause_of(purpose: str) -> str:
    """
    Return the clause under which a campaign's letters go out, from the decision of the edition in force; nothing where none covers it.

    Args:
        purpose: The campaign's.
    """
    decision = _decision(purpose)
    return decision.clauses[0] if decision.is_permitted and decision.clauses else ""


def advertising_clause() -> str:
    """Return the clause under which advertising goes out; nothing where the edition in force knows none with a consent of its own."""
    return clause_of(ADVERTISE) if is_declared(editions.policy_in_force()) else ""


def service_clause() -> str:
    """Return the clause under which service notices go out; nothing where none of the edition in force covers them."""
    return clause_of(NOTIFY)


def change_can_go() -> bool:
    """
    Return whether the edition in force lets the letter about a change go to many: addresses are looked up for it, and handed to the carrier.

    Source: policy §8 (8.2).
    """
    handing = editions.decider(editions.in_force()).decide(role=SYSTEM, ask=carrying(SPECIAL_CASE))
    return all(one.is_permitted and not one.obligations - {Obligation.CONSENT} for one in (_decision(SPECIAL_CASE), handing))


def _decision(purpose: str) -> Decision:
    return editions.decider(editions.in_force()).decide(role=SYSTEM, ask=replace(carrying(purpose), operation=Operation.USE, recipient=CONTROLLER))
