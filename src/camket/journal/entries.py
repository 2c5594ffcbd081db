"""What an entry is: its canonical payload, the leaf over it, and the columns copied from it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NewType
from uuid import UUID

from camket.journal import facts as grammar
from camket.journal.facts import Fact
from camket.policy.terms import Actor, Decision

EntryId = NewType("EntryId", UUID)
Payload = dict[str, Any]

FORMAT = 1
MAX_SUBJECTS = 1000
MILLISECOND = 1 << 80  # by which the ids of two acts differ that are one apart

# equal to RFC 8785 for what the grammar lets through (ASCII texts without escapes, whole numbers below 2^53); the tests compare the two
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class TooManySubjects(ValueError):
    """One entry may name at most `MAX_SUBJECTS` subjects; `count` is how many were given."""

    def __init__(self, count: int) -> None:
        super().__init__(f"an entry names at most {MAX_SUBJECTS} subjects, not {count}: record the act in parts")
        self.count = count


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One ask or act, as the room that did it tells it."""

    act: str
    actor: Actor
    at: datetime
    decision: Decision | None = None
    subjects: Sequence[UUID] = ()
    matter: UUID | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The readable copies of an entry's facts."""

    act: str
    at: datetime
    actor_role: str
    actor_id: str
    operation: str
    purpose: str
    outcome: str
    edition: int | None
    clauses: str

    def as_dict(self) -> dict[str, Any]:
        """Return the columns by name."""
        return {name: getattr(self, name) for name in self.__slots__}


def new_id(at: datetime, *, counter: int, randomness: bytes) -> EntryId:
    """
    Return a version 7 UUID for an entry, made of what the caller knows rather than of a clock.

    Args:
        at: UTC instant of the act.
        counter: The writer's count; its low twelve bits keep the entries of one millisecond in order.
        randomness: Eight random bytes.

    Source: RFC 9562 §5.7 and §6.2, method 1.
    """
    tail = int.from_bytes(randomness, "big") & (1 << 62) - 1
    return EntryId(UUID(int=first_id(at).int | 7 << 76 | (counter & 0xFFF) << 64 | 2 << 62 | tail))


def first_id(at: datetime) -> UUID:
    """
    Return the lower bound of the ids of entries whose act was at an instant or after, to the millisecond.

    Args:
        at: UTC instant.

    Source: RFC 9562 §5.7.
    """
    return UUID(int=(int(at.timestamp() * 1000) & (1 << 48) - 1) * MILLISECOND)


def payload_of(deed: Deed) -> Payload:
    """
    Return the payload of an entry but for its id, with nothing in it but ids, names and numbers.

    Args:
        deed: What the entry is to remember.

    Raises:
        NotAFact: Something is not fit for the journal.
        TooManySubjects: More than 1,000 subjects.
        ValueError: `at` has no time zone.
    """
    named = sorted({str(subject) for subject in deed.subjects})
    if len(named) > MAX_SUBJECTS:
        raise TooManySubjects(len(named))
    who = grammar.checked_actor(deed.actor)
    return {
        "act": grammar.checked_act(deed.act),
        "actor": {"id": who.id, "role": who.role},
        "at": written_instant(deed.at),
        "decision": None if deed.decision is None else _decision_of(deed.decision),
        "facts": grammar.checked_facts(deed.facts),
        "matter": None if deed.matter is None else str(deed.matter),
        "subjects": named,
        "v": FORMAT,
    }


def canonical(payload: Mapping[str, Any]) -> bytes:
    """
    Return the one way to write a payload as bytes.

    Args:
        payload: What `payload_of` returned, or what was read back.

    Source: RFC 8785.
    """
    return _CANONICAL.encode(payload).encode()


def leaf_of(salt: bytes, payload: bytes) -> bytes:
    """
    Return the leaf of an entry: SHA-256 over salt and payload.

    Args:
        salt: Sixteen random bytes.
        payload: The canonical payload.
    """
    return hashlib.sha256(salt + payload).digest()


def columns_of(payload: Mapping[str, Any]) -> Columns:
    """
    Return the columns that go with a payload.

    Args:
        payload: What `payload_of` returned, or what was read back.

    Raises:
        KeyError, TypeError, ValueError: It is not a payload of ours.
    """
    decision = payload["decision"] or {}
    return Columns(
        act=payload["act"],
        at=read_instant(payload["at"]),
        actor_role=payload["actor"]["role"],
        actor_id=payload["actor"]["id"],
        operation=decision.get("operation", ""),
        purpose=decision.get("purpose", ""),
        outcome=decision.get("outcome", ""),
        edition=decision.get("edition"),
        clauses=" ".join(decision.get("clauses", ())),
    )


def written_instant(at: datetime) -> str:
    """
    Return an instant as it is written into payloads and checkpoints: UTC, six decimals, Z.

    Args:
        at: An aware instant.

    Raises:
        ValueError: It has no time zone.

    Source: RFC 3339.
    """
    if at.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def read_instant(text: str) -> datetime:
    """
    Return the instant that `written_instant` wrote.

    Args:
        text: UTC, six decimals, Z.

    Raises:
        ValueError: It is not written so.
    """
    at = datetime.fromisoformat(text)
    if written_instant(at) != text:
        raise ValueError("this is not how an instant is written")
    return at


def _decision_of(decision: Decision) -> dict[str, Any]:
    """Return a decision as names; its sentence stays out, for it may quote what was asked."""
    return {
        "clauses": grammar.checked_clauses(decision.clauses),
        "edition": int(decision.edition),
        "fields": grammar.names(decision.ask.fields),
        "obligations": grammar.names(decision.obligations),
        "operation": decision.ask.operation.value,
        "outcome": decision.outcome.value,
        "purpose": grammar.name(decision.ask.purpose),
        "recipient": grammar.name(decision.ask.recipient),
        "refused_fields": grammar.names(decision.refused_fields),
    }
