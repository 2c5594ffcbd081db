"""Say what may be written into the journal: names, ids and numbers from closed alphabets, so that a person's value cannot slip in."""

import re
from collections.abc import Mapping, Sequence

from camket.policy.terms import Actor

Fact = str | int | bool | list[str]

# stands for a name that came from outside and is none of ours: the refusal is remembered, what was typed is not
UNNAMED = "?"

_ACT = re.compile(r"[a-z_]+(\.[a-z_]+)+")
_KEY = re.compile(r"[a-z_]{1,40}")
_TEXT = re.compile(r"[A-Za-z0-9_.:/+-]{0,120}")
_NAME = re.compile(r"[a-z][a-z0-9_.-]{0,63}")
_CLAUSE = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,2}")
_LONG_NUMBER = re.compile(r"[0-9]{8}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{32,128}|(?=[0-9]*[a-f])[0-9a-f]{16,31}")

_MAX_ACT = 80
_MAX_ACTOR_ID = 64
_MAX_LIST = 100
_MAX_FACTS = 40
_LEAST_LONG_NUMBER = 100_000_000  # a telephone number without its leading zero has nine digits


class NotAFact(ValueError):
    """Something is not fit for the journal; `where` names the place and the value is told to nobody."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where} is not fit for the journal: {why}")
        self.where = where


def checked_act(act: str) -> str:
    """
    Return the name of an act.

    Args:
        act: A dotted name in the past tense, such as `inquiry.received`; at most 80 characters.

    Raises:
        NotAFact: It is not lower-case words joined by dots, or too long.
    """
    if len(act) > _MAX_ACT or not _ACT.fullmatch(act):
        raise NotAFact("the act", "a dotted name in the past tense is needed, such as inquiry.received")
    return act


def checked_actor(actor: Actor) -> Actor:
    """
    Return an actor whose role is a name and whose id is opaque.

    Args:
        actor: Who acts.

    Raises:
        NotAFact: The role is not a name, or the id could be an address, a name or a telephone number.
    """
    if not _KEY.fullmatch(actor.role):
        raise NotAFact("the actor's role", "lower-case letters are needed")
    if len(actor.id) > _MAX_ACTOR_ID:
        raise NotAFact("the actor's id", f"it is longer than {_MAX_ACTOR_ID} characters")
    _checked_text("the actor's id", actor.id)
    return actor


def checked_facts(facts: Mapping[str, Fact]) -> dict[str, Fact]:
    """
    Return facts that hold nothing but names, ids, numbers and truths.

    Args:
        facts: Keys `[a-z_]{1,40}`; values texts of at most 120 letters, digits and `_.:/+-`, whole numbers below 100,000,000,
            truths, or lists of at most 100 such texts. A text with eight digits in a row must be a UUID or a hash.

    Raises:
        NotAFact: A key or value is anything else; the message names the key's place and never repeats a value.

    Source: policy §7 (7.1); house rule: the journal names fields, never values.
    """
    if len(facts) > _MAX_FACTS:
        raise NotAFact("the facts", f"there are more than {_MAX_FACTS}")
    return {_checked_key(key): _checked_value(f"the fact {key}", value) for key, value in facts.items()}


def names(values: Sequence[str] | frozenset[str]) -> list[str]:
    """
    Return names in order, with one that is none of ours replaced.

    Args:
        values: Names of fields, obligations and the like; a refused ask may carry what a stranger typed.
    """
    return sorted({name(value) for value in values})


def name(value: str) -> str:
    """
    Return a name, or the sign for one that is none of ours.

    Args:
        value: Id of a purpose, a field, a recipient.
    """
    return value if _NAME.fullmatch(value) and not _LONG_NUMBER.search(value) else UNNAMED


def checked_clauses(clauses: Sequence[str]) -> list[str]:
    """
    Return numbers of clauses, in the order given.

    Args:
        clauses: Numbers such as `4.1`.

    Raises:
        NotAFact: One is not a clause's number.
    """
    if not all(_CLAUSE.fullmatch(clause) for clause in clauses):
        raise NotAFact("a clause", "a number such as 4.1 is needed")
    return list(clauses)


def _checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise NotAFact("the name of a fact", "lower-case letters and underscores are needed, at most 40")
    return key


def _checked_value(where: str, value: Fact) -> Fact:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if abs(value) >= _LEAST_LONG_NUMBER:
            raise NotAFact(where, "the number is as long as a telephone number")
        return value
    if isinstance(value, list):
        if len(value) > _MAX_LIST:
            raise NotAFact(where, f"the list is longer than {_MAX_LIST}")
        return [_checked_text(where, item) for item in value]
    return _checked_text(where, value)


def _checked_text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise NotAFact(where, "a text, a whole number, a truth or a list of texts is needed")
    if not _TEXT.fullmatch(value):
        raise NotAFact(where, "at most 120 letters, digits and _.:/+- are allowed")
    if _LONG_NUMBER.search(value) and not (_UUID.fullmatch(value) or _HASH.fullmatch(value)):
        raise NotAFact(where, "eight digits in a row are allowed only in a UUID or a hash")
    return str(value)
