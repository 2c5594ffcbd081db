"""What an entry is: its canonical payload, the leaf over it, and the columns copied from it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple, NewType
from uuid import UUID

from camket.journal import facts as grammar
from camket.journal.facts import Fact
from camket.journal.ids import version_7
from camket.policy.terms import Actor, Decision

EntryId = NewType("EntryId", UUID)
Columns = dict[str, Any]  # the readable copies of an entry's facts, by the columns' names

FORMAT = 1
MAX_SUBJECTS = 1000
_MOST_YESES = 1024
ID_BYTES = 8  # the random part of an entry's id

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


class Draft(NamedTuple):
    """An entry that lacks nothing but its id: its canonical payload before and after it, whom it names, and the columns copied from it."""

    before: str
    after: str
    subjects: Sequence[UUID]
    columns: Columns

    def written(self, entry_id: UUID) -> bytes:
        """Return the payload's bytes."""
        return f"{self.before}{entry_id}{self.after}".encode()


class _Answer(NamedTuple):
    """The policy's answer: as the payload has it, and the columns copied from it."""

    text: str
    columns: Columns


_NO_ANSWER = _Answer(text="null", columns={"operation": "", "purpose": "", "outcome": "", "edition": None, "clauses": ""})
_yeses: dict[tuple[object, ...], _Answer] = {}


def new_id(at: datetime, *, counter: int, randomness: bytes) -> EntryId:
    """
    Return a version 7 UUID for an entry, made of what the caller knows rather than of a clock.

    Args:
        at: UTC instant of the act.
        counter: The writer's count; its low twelve bits keep the entries of one millisecond in order.
        randomness: `ID_BYTES` random bytes.

    Source: RFC 9562 §5.7 and §6.2, method 1.
    """
    return EntryId(version_7(at, counter=counter, drawn=int.from_bytes(randomness, "big")))


def draft(deed: Deed) -> Draft:
    """
    Return the entry of a deed but for its id, with nothing in it but ids, names and numbers.

    Written out in the order of RFC 8785 rather than encoded: the grammar lets nothing through that would have to be escaped, and the tests compare.

    Args:
        deed: What the entry is to remember.

    Raises:
        NotAFact: Something is not fit for the journal.
        TooManySubjects: More than 1,000 subjects.
        ValueError: `at` has no time zone.
    """
    named = sorted(set(deed.subjects), key=attrgetter("int"))  # as ids compare, at a quarter of the cost
    if len(named) > MAX_SUBJECTS:
        raise TooManySubjects(len(named))
    act, who, at = grammar.checked_act(deed.act), grammar.checked_actor(deed.actor), written_instant(deed.at)
    answer = _NO_ANSWER if deed.decision is None else _answer(deed.decision)
    facts = _CANONICAL.encode(grammar.checked_facts(deed.facts)) if deed.facts else "{}"
    matter = "null" if deed.matter is None else f'"{deed.matter}"'
    subjects = ",".join([f'"{subject}"' for subject in named])
    return Draft(
        before=f'{{"act":"{act}","actor":{{"id":"{who.id}","role":"{who.role}"}},"at":"{at}","decision":{answer.text},"facts":{facts},"id":"',
        after=f'","matter":{matter},"subjects":[{subjects}],"v":{FORMAT}}}',
        subjects=named,
        columns={"act": act, "at": deed.at, "actor_role": who.role, "actor_id": who.id, **answer.columns},
    )


def canonical(payload: Mapping[str, Any]) -> bytes:
    """
    Return the one way to write an object of ours as bytes.

    Args:
        payload: Names and values from the journal's closed alphabets.

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
        payload: What was read back.

    Raises:
        KeyError, TypeError, ValueError: It is not a payload of ours.
    """
    actor, said = payload["actor"], payload["decision"]
    answer = _NO_ANSWER.columns if said is None else _answer_columns(said)
    return {"act": payload["act"], "at": read_instant(payload["at"]), "actor_role": actor["role"], "actor_id": actor["id"], **answer}


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


def _answer_columns(said: Mapping[str, Any]) -> Columns:
    return {
        "operation": said["operation"],
        "purpose": said["purpose"],
        "outcome": said["outcome"],
        "edition": said["edition"],
        "clauses": " ".join(said["clauses"]),
    }


def _answer(decision: Decision) -> _Answer:
    """Return a decision as names. Only a yes is remembered, for it is made of the edition's own words: a no may quote what somebody typed."""
    if not decision.is_permitted:
        return _told(decision)
    key = (decision.ask, decision.edition, decision.clauses, decision.obligations, decision.refused_fields)
    found = _yeses.get(key)
    if found is None:
        if len(_yeses) >= _MOST_YESES:
            _yeses.clear()
        found = _yeses[key] = _told(decision)
    return found


def _told(decision: Decision) -> _Answer:
    """Return a decision as names; its sentence stays out, for it may quote what was asked."""
    said = {
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
    return _Answer(text=_CANONICAL.encode(said), columns=_answer_columns(said))
