"""What ought to be true of a house, in plain values: what its databases hold, what the ledger remembers, and what a restore makes of both."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from camket.vault import gate
from tests.cast import Person
from tests.vault.deeds import Kept

_NEXT = timedelta(microseconds=1)


@dataclass(slots=True, kw_only=True)
class Life:
    """One matter: what ought to be true of it."""

    kept: Kept
    person: Person
    edition: int
    is_open: bool = True
    is_erased: bool = False
    is_collected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """That a person agreed, to the wording of an edition, or took it back."""

    at: datetime
    is_given: bool
    edition: int


@dataclass(slots=True, kw_only=True)
class Ledger:
    """What is written on the second medium: it outlives every database."""

    matters: set[UUID] = field(default_factory=set)
    subjects: set[UUID] = field(default_factory=set)
    withdrawals: list[tuple[UUID, datetime]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class State:
    """What the two databases hold."""

    edition: int = 1
    lives: dict[UUID, Life] = field(default_factory=dict)
    facts: dict[UUID, list[Fact]] = field(default_factory=dict)
    holds: dict[UUID, UUID] = field(default_factory=dict)  # open ones, with their matter

    def of_subject(self, subject: UUID) -> list[Life]:
        """Return the lives of one person."""
        return [life for life in self.lives.values() if life.kept.subject == subject]

    def subjects(self) -> set[gate.SubjectId]:
        """Return everybody this copy knows of."""
        return {life.kept.subject for life in self.lives.values()}

    def is_unknown(self, subject: UUID) -> bool:
        """Whether this copy never knew the person."""
        return not self.of_subject(subject)

    def is_gone(self, subject: UUID) -> bool:
        """Whether everything of a person is erased."""
        return not self.is_unknown(subject) and all(life.is_erased for life in self.of_subject(subject))

    def is_held(self, matter: UUID) -> bool:
        """Whether a hold suspends the erasure."""
        return matter in self.holds.values()

    def add_fact(self, subject: UUID, now: datetime, *, is_given: bool) -> Fact:
        """Let a person agree or take it back, after everything they said before."""
        mine = self.facts.setdefault(subject, [])
        at = max([now, *(fact.at + _NEXT for fact in mine)])
        mine.append(Fact(at=at, is_given=is_given, edition=self.edition))
        return mine[-1]

    def agreed(self, subject: UUID) -> int:
        """Return the edition to whose wording a person agrees; 0 after a no, and where nothing was said."""
        newest = max(self.facts.get(subject, []), key=lambda fact: (fact.at, not fact.is_given), default=None)
        return newest.edition if newest is not None and newest.is_given else 0

    def is_readable(self, life: Life) -> bool:
        """The whole promise: alive, and agreed to under the wording of its edition or a later one."""
        return not life.is_erased and self.agreed(life.kept.subject) >= life.edition

    def readable(self, subject: UUID) -> set[UUID]:
        """Return the matters of a person that an adviser may read."""
        return {life.kept.matter for life in self.of_subject(subject) if self.is_readable(life)}

    def living(self) -> set[UUID]:
        """Return the matters whose key must be there, and no other may be."""
        return {matter for matter, life in self.lives.items() if not life.is_erased}

    def erase(self, life: Life, ledger: Ledger) -> None:
        """Erase a matter, and the person of whom nothing else is left."""
        life.is_erased = True
        ledger.matters.add(life.kept.matter)
        if self.is_gone(life.kept.subject):
            ledger.subjects.add(life.kept.subject)

    def restored(self, ledger: Ledger) -> "State":
        """Return what a house must be whose databases were made from a copy of this, with the ledger of today."""
        state = deepcopy(self)
        for life in state.lives.values():
            if life.kept.matter in ledger.matters or life.kept.subject in ledger.subjects:
                state.erase(life, ledger)
        for subject, at in ledger.withdrawals:
            if not state.is_unknown(subject) and not state.is_gone(subject):
                state._take_back(subject, at)
        return state

    def _take_back(self, subject: UUID, at: datetime) -> None:
        mine = self.facts.setdefault(subject, [])
        if not any(fact.at == at and not fact.is_given for fact in mine):
            mine.append(Fact(at=at, is_given=False, edition=0))

    def erased(self) -> Iterator[Life]:
        """Yield the matters that are erased."""
        return (life for life in self.lives.values() if life.is_erased)
