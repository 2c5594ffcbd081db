"""A yes in the hand, and a no with its reasons."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NewType
from uuid import UUID

from django.db import transaction

from camket.policy.grants import clause_order
from camket.policy.terms import Actor, Ask, ClauseNumber, Decision, EditionNumber, Operation

SubjectId = NewType("SubjectId", UUID)
MatterId = NewType("MatterId", UUID)
RecordId = NewType("RecordId", UUID)

VALID_FOR = timedelta(minutes=2)  # of one request, or one batch of letters: what was taken back meanwhile is asked about by the next
_STAMP = object()


class Refused(Exception):
    """The policy does not permit this; `decision` holds the clauses, or none, and `reason` one English sentence without data."""

    def __init__(self, decision: Decision, reason: str) -> None:
        super().__init__(reason)
        self.decision = decision
        self.reason = reason


class PermitMisused(Exception):
    """A permit was used for something else than was asked, after its two minutes, or was not issued by the gate."""


class InsideTransaction(RuntimeError):
    """The gate was asked inside a transaction: a refusal would be rolled back with the act that it refused."""


class UnknownMatter(Exception):
    """There is no such matter of this person, or its data has been erased."""


class UnknownSubject(Exception):
    """There is no such person, or their data has been erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """
    What the policy allowed to whom: the ask, and for each subject the editions under which it is permitted.

    `stamp` is no argument: a permit that was built or altered elsewhere, `dataclasses.replace` included, comes without it.
    """

    ask: Ask
    actor: Actor
    issued_at: datetime
    edition: EditionNumber
    decision: Decision
    subjects: Mapping[SubjectId, Mapping[EditionNumber, Decision]] = field(default_factory=lambda: MappingProxyType({}))
    refused: Mapping[SubjectId, str] = field(default_factory=lambda: MappingProxyType({}))
    within: MatterId | None = None  # the only matter whose records it opens; all of them when None
    warrant: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # which warrant it rests on, for the journal
    stamp: object = field(init=False, default=None, repr=False, compare=False)

    def require(self, *operations: Operation, now: datetime) -> None:
        """
        Make sure that this permit was issued by the gate, is for one of these operations, and is not older than two minutes.

        Args:
            operations: What the permit is about to be used for; one of them must be what was asked.
            now: UTC instant of use.

        Raises:
            PermitMisused: It is not.
        """
        if self.stamp is not _STAMP:
            raise PermitMisused("this permit was not issued by the gate")
        if self.ask.operation not in operations:
            raise PermitMisused(f"a permit to {self.ask.operation} was used to do something else")
        if not self.issued_at <= now < self.issued_at + VALID_FOR:
            raise PermitMisused("this permit is used outside its two minutes")

    def edition_for(self, subject: SubjectId) -> EditionNumber:
        """
        Return the newest edition under which this subject's data may be handled with this permit.

        Args:
            subject: One whom the permit names.

        Raises:
            PermitMisused: The permit does not name the subject.
        """
        if subject not in self.subjects:
            raise PermitMisused("this permit does not name that subject")
        return max(self.subjects[subject])

    def decision_for(self, subject: SubjectId | None) -> Decision:
        """
        Return the decision that binds newest for a subject, or the general one for data of nobody.

        Args:
            subject: One whom the permit names, or None.

        Raises:
            PermitMisused: The permit does not name the subject.
        """
        return self.decision if subject is None else self.subjects[subject][self.edition_for(subject)]

    @property
    def clauses(self) -> tuple[ClauseNumber, ...]:
        """The clauses that allow it, over all subjects, in the order of the text."""
        found = {clause for editions in self.subjects.values() for decision in editions.values() for clause in decision.clauses}
        return tuple(sorted(found or set(self.decision.clauses), key=clause_order))


def issued(permit: Permit) -> Permit:
    """
    Return a permit that the gate stands for; only `gate.ask` calls this.

    Args:
        permit: Freshly built and known to nobody else yet.
    """
    object.__setattr__(permit, "stamp", _STAMP)
    return permit


def refuse_inside_transaction() -> None:
    """
    Refuse to go on inside an open transaction of the main database.

    Raises:
        InsideTransaction: One is open.
    """
    blocks = transaction.get_connection().atomic_blocks
    # the test runner wraps each test in a transaction of its own, which does not count (Django's durable blocks do the same)
    if blocks and not getattr(blocks[-1], "_from_testcase", False):
        raise InsideTransaction("ask the gate before opening a transaction")
