"""Who could be told of something: ids and names of collections, never a value; one address is one person, however often it came."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from operator import itemgetter
from typing import NamedTuple
from uuid import UUID

from camket.editions import queries as editions
from camket.journal.statements import Statement, fetch
from camket.policy.changes import Held, Holding
from camket.policy.terms import EMAIL, Actor, Ask, CollectionId, Decision, EditionNumber, FieldName, Obligation, PurposeId
from camket.vault import identity
from camket.vault.gate.permit import MatterId, Refused, SubjectId, refuse_inside_transaction
from camket.vault.gate.remembering import remember_refusal
from camket.vault.keylock import KEYS

# ids as text: of many, most are looked up and compared, and few handed on
_MATTER = """
    SELECT CAST(m.id AS text), CAST(m.subject_id AS text), m.reference FROM vault_matter m
    WHERE m.erased_at IS NULL AND m.subject_id IS NOT NULL AND
"""
_COLUMNS = (str, str, str)
_FIRST = Statement(text=f"{_MATTER} m.id IS NOT NULL ORDER BY m.id LIMIT %s", columns=_COLUMNS)
_NEXT = Statement(text=f"{_MATTER} m.id > %s ORDER BY m.id LIMIT %s", columns=_COLUMNS)
_SINCE_COLUMNS = (str, str, str, datetime)
_WITH_DAY = _MATTER.replace("m.reference FROM", "m.reference, m.opened_at FROM")
_FIRST_SINCE = Statement(text=f"{_WITH_DAY} m.id IS NOT NULL ORDER BY m.id LIMIT %s", columns=_SINCE_COLUMNS)
_NEXT_SINCE = Statement(text=f"{_WITH_DAY} m.id > %s ORDER BY m.id LIMIT %s", columns=_SINCE_COLUMNS)
_LAST_OPENED = Statement(text="SELECT id FROM vault_matter WHERE opened_at <= %s ORDER BY id DESC LIMIT 1", columns=(UUID,))
_NAMED = Statement(text=f"{_MATTER} m.id IN ({{}}) ORDER BY m.id", columns=_COLUMNS)
_ADDRESSES = Statement(
    text="SELECT CAST(subject_id AS text), CAST(matter_id AS text), token FROM vault_keys_identitytoken WHERE kind = %s AND subject_id IN ({})",
    columns=(str, str, bytes),
    database=KEYS,
)
_SHARED = Statement(
    text="""
        SELECT token, CAST(subject_id AS text), CAST(matter_id AS text), proven_at IS NOT NULL FROM vault_keys_identitytoken
        WHERE kind = %s AND version = %s AND token IN ({})
    """,
    columns=(bytes, str, str, bool),
    database=KEYS,
)
_HELD = Statement(
    text="SELECT CAST(subject_id AS text), CAST(matter_id AS text), collection, edition, field_names FROM vault_record WHERE subject_id IN ({})",
    columns=(str, str, str, int, str),
)
_LIVING = Statement(text="SELECT CAST(id AS text) FROM vault_matter WHERE erased_at IS NULL AND id IN ({})", columns=(str,))
_AGREED = Statement(
    text="""
        SELECT CAST(subject_id AS text), purpose, is_given, edition, language FROM vault_consent
        WHERE subject_id IN ({}) ORDER BY at, is_given DESC, id
    """,
    columns=(str, str, bool, int, str),
)
_CHANGED = Statement(text="SELECT DISTINCT subject_id FROM vault_consent WHERE subject_id IN ({}) AND at >= %s", columns=(UUID,))

_RawId = str  # an id in the text that its database gives
_AT_ONCE = 10_000  # ids of a statement: SQLite takes 32,766 values
_RawHolding = tuple[str, int, str]  # collection, edition, names of fields as JSON


class IndexMoves(Exception):
    """The index of addresses is being rebuilt: whose address is whose cannot be told until that is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """
    Somebody who could be written to: one address, or one person without any.

    `matter` is the oldest under which they can be written to; `held` is what is held of each person who gave that address. Where one of them has
    shown that they read its mailbox, nobody else is spoken of but those who have: anybody can type anybody's address.
    """

    raw_subject: _RawId = field(repr=False)  # made into ids only for those who ask
    raw_matter: _RawId = field(repr=False)
    reference: str
    has_address: bool
    is_proven: bool  # never without an address
    language: str  # of the wording that they agreed to last; nothing where they agreed to none
    held: tuple[Held, ...]
    raw_matters: tuple[_RawId, ...] = field(repr=False)

    @property
    def subject(self) -> SubjectId:
        """Who they are."""
        return SubjectId(_uuid(self.raw_subject))

    @property
    def matter(self) -> MatterId:
        """The matter of the letter."""
        return _matter_id(self.raw_matter)

    @property
    def matters(self) -> tuple[MatterId, ...]:
        """The matters of everybody who gave that address: what it is about may concern any of them."""
        return tuple(_matter_id(one) for one in self.raw_matters)


class _Matter(NamedTuple):
    """One living matter, in the order of the statements above."""

    id: _RawId
    subject: _RawId
    reference: str | None  # of a further matter of one act there is none


@dataclass(slots=True, kw_only=True)  # not frozen: it is put together row by row
class _Person:
    """What is known of one person: the living matters with something in them, what is held, to what they agreed, and in which language."""

    matters: list[_RawId] = field(default_factory=list)
    holdings: set[_RawHolding] = field(default_factory=set)
    agreed: dict[str, int] = field(default_factory=dict)
    language: str = ""

    @property
    def held(self) -> Held:
        """What is held, and the consents to it."""
        return _held_by(frozenset(self.holdings), frozenset(self.agreed.items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is known of the people of a batch and of those who share an address with them."""

    addressed: Collection[_RawId]  # the people of the batch who gave an address
    addresses: Mapping[tuple[_RawId, _RawId], Sequence[bytes]]  # subject and matter → tokens; a token that names another's matter is nobody's
    sharing: Mapping[bytes, Sequence[tuple[_RawId, _RawId]]]  # token → subjects and matters
    proven: Collection[tuple[_RawId, bytes]]  # who has shown that they read which mailbox
    people: Mapping[_RawId, _Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Who could be told, the policy's answer for a journal's line, and the last matter looked at, None where there was none left."""

    addressees: tuple[Addressee, ...]
    decision: Decision
    upto: MatterId | None


def reach(ask: Ask, *, actor: Actor, after: MatterId | None, limit: int, now: datetime, proven_first: bool = False) -> Reached:
    """
    Return who could be told of something, matter by matter in the order in which they came. Nothing is opened, nothing leaves.

    Whoever gave an address several times, or whose address others gave too, comes once: with the oldest matter that has it. Where the policy
    asks for consent, whoever has not given it is left out. When the letter goes out the gate is asked anew, for each of them.

    Args:
        ask: To hand addresses to whoever carries letters.
        actor: Who asks.
        after: The last matter that was looked at; from the beginning when None.
        limit: At most so many matters.
        now: UTC instant.
        proven_first: Whether those who have shown that they read a mailbox speak for its address, and nobody who merely typed it.

    Raises:
        Refused: No clause covers it, or a clause forbids it.
        IndexMoves: The index of addresses is being rebuilt.

    Source: policy §3 (3.6), §8 (8.2).
    """
    decision = _decided(ask, actor=actor, now=now)
    rows = fetch(_FIRST, limit) if after is None else fetch(_NEXT, after, limit)
    matters = [_Matter(*row) for row in rows]
    found = _addressees(matters, agreed_to=_asked_for(decision), proven_first=proven_first)
    return Reached(addressees=found, decision=decision, upto=_matter_id(matters[-1].id) if matters else None)


def reach_since(ask: Ask, *, actor: Actor, after: MatterId | None, opened_before: datetime, limit: int, now: datetime) -> Reached:
    """
    Return who could be told of something by the matters that came after one of them, in their order: one for each, also where an older one has the
    same address, for whoever asks knows what was told there.

    It stops before the first that was opened later than an instant: one that is being written down meanwhile may yet stand before it.

    Args:
        ask: As for `reach`.
        actor: Who asks.
        after: The last matter that was looked at; from the beginning when None.
        opened_before: UTC instant, included.
        limit: At most so many matters.
        now: UTC instant.

    Raises:
        Refused: No clause covers it, or a clause forbids it.
        IndexMoves: The index of addresses is being rebuilt.

    Source: policy §8 (8.2).
    """
    decision = _decided(ask, actor=actor, now=now)
    rows = fetch(_FIRST_SINCE, limit) if after is None else fetch(_NEXT_SINCE, after, limit)
    matters = [_Matter(*row[:3]) for row in takewhile(lambda row: row[3] <= opened_before, rows)]
    if not matters:
        return Reached(addressees=(), decision=decision, upto=None)
    found = _addressees(matters, agreed_to=_asked_for(decision), are_named=True)
    return Reached(addressees=found, decision=decision, upto=_matter_id(matters[-1].id))


def last_opened(*, before: datetime) -> MatterId | None:
    """
    Return the last matter, in the order in which they came, that was opened by an instant; None where there is none.

    Args:
        before: UTC instant, included.

    Source: policy §8 (8.2).
    """
    return next((MatterId(id) for (id,) in fetch(_LAST_OPENED, before)), None)


def reach_again(ask: Ask, *, actor: Actor, matters: Collection[MatterId], now: datetime) -> Reached:
    """
    Return how those stand now who were reached by these matters before; whoever is erased, or took the consent back, is not among them.

    Args:
        ask: As before.
        actor: Who asks.
        matters: As `Addressee.matter` named them.
        now: UTC instant.

    Raises:
        Refused: No clause covers it, or a clause forbids it.
        IndexMoves: The index of addresses is being rebuilt.
    """
    decision = _decided(ask, actor=actor, now=now)
    named = [_Matter(*row) for row in fetch(_NAMED, list(matters))]
    return Reached(addressees=_addressees(named, agreed_to=_asked_for(decision), are_named=True), decision=decision, upto=None)


def _decided(ask: Ask, *, actor: Actor, now: datetime) -> Decision:
    refuse_inside_transaction()
    decision = editions.decider(editions.in_force(anew=True)).decide(role=actor.role, ask=ask)
    if decision.is_permitted and not decision.obligations - {Obligation.CONSENT}:
        return decision
    remember_refusal(decision, actor=actor, subjects=(), now=now, view="campaign")
    raise Refused(decision, decision.reason or "this also needs what nobody can give for many at once")


def _asked_for(decision: Decision) -> PurposeId | None:
    """The purpose to which whoever is told must have agreed; None where the policy asks for no consent."""
    return decision.ask.purpose if Obligation.CONSENT in decision.obligations else None


def held_of(subject: SubjectId) -> Held:
    """
    Return what is held of a person in living matters, by names alone, and what they agree to; three queries.

    Args:
        subject: The person.
    """
    return next(iter(_people({subject}, set()).values()), _Person()).held


def decided_since(subjects: Collection[SubjectId], *, at: datetime) -> frozenset[SubjectId]:
    """
    Return which of these people agreed to something or took it back at an instant or after it; one query.

    Args:
        subjects: The people.
        at: UTC instant.
    """
    return frozenset(SubjectId(id) for (id,) in fetch(_CHANGED, list(subjects), at))


def _addressees(matters: list[_Matter], *, agreed_to: PurposeId | None, proven_first: bool = False, are_named: bool = False) -> tuple[Addressee, ...]:
    known = _known({one.subject for one in matters}, living={one.id for one in matters})
    if agreed_to is not None:
        # they alone count: the oldest matter with an address may be of somebody who gave it without a yes
        willing = {subject for subject, person in known.people.items() if person.holdings and agreed_to in person.agreed}
        matters = [one for one in matters if one.subject in willing]
        sharing = {token: [one for one in some if one[0] in willing] for token, some in known.sharing.items()}
        known = replace(known, sharing={token: some for token, some in sharing.items() if some})
    if proven_first:
        theirs = {token: [one for one in some if (one[0], token) in known.proven] for token, some in known.sharing.items()}
        known = replace(known, sharing={token: theirs[token] or some for token, some in known.sharing.items()})
    found = (_addressee(one, known, is_named=are_named) for one in matters)
    return tuple([one for one in found if one])


def _addressee(matter: _Matter, known: _Known, *, is_named: bool) -> Addressee | None:
    id, subject, reference = matter
    person = known.people.get(subject) or _Person()  # of whom nothing is held any more
    has_address, tokens = subject in known.addressed, known.addresses.get((subject, id), ())
    if has_address:
        # an address that an older matter has is written to there
        sharing = [known.sharing[token] for token in tokens if token in known.sharing]
        mine = [some for some in sharing if is_named or _oldest(some) == id]
        if not mine:
            return None
        others = {one for some in mine if len(some) > 1 for one, _ in some} - {subject}
    else:
        if not is_named and _first(person.matters or (id,)) != id:
            return None
        others = set()
    people = _together({subject, *others}, known) if others else [person]
    return Addressee(
        raw_subject=subject,
        raw_matter=id,
        reference=reference or "",
        has_address=has_address,
        is_proven=has_address and any((subject, token) in known.proven for token in tokens),
        language=person.language or next((one.language for one in people if one.language), ""),
        held=tuple([one.held for one in people if one.holdings]),
        raw_matters=tuple([each for one in people for each in one.matters]),
    )


def _together(subjects: Collection[_RawId], known: _Known) -> list[_Person]:
    """Those who share an address, in the order in which they came; but those of whom nothing is known."""
    return [known.people[one] for one in sorted(subjects) if one in known.people]


def _oldest(sharing: Sequence[tuple[_RawId, _RawId]]) -> _RawId:
    """The oldest matter that has an address; nearly always there is one."""
    return sharing[0][1] if len(sharing) == 1 else _first([one for _, one in sharing])


def _first(ids: Collection[_RawId]) -> _RawId:
    """The one that came first: as text too, ids are in the order in which they were made."""
    return min(ids) if len(ids) > 1 else next(iter(ids))


def _uuid(raw: _RawId) -> UUID:
    return UUID(int=int(raw.replace("-", ""), 16))


def _matter_id(raw: _RawId) -> MatterId:
    return MatterId(_uuid(raw))


def _known(subjects: set[_RawId], *, living: set[_RawId]) -> _Known:
    alive = identity.versions()
    if len(alive) != 1:
        raise IndexMoves("the index of addresses is being rebuilt")
    addressed: set[_RawId] = set()
    addresses: dict[tuple[_RawId, _RawId], list[bytes]] = {}
    tokens: set[bytes] = set()
    for subject, matter, token in fetch(_ADDRESSES, EMAIL, subjects):
        addressed.add(subject)
        addresses.setdefault((subject, matter), []).append(token)
        tokens.add(token)
    sharing: dict[bytes, list[tuple[_RawId, _RawId]]] = {}  # one row for each of them
    proven: set[tuple[_RawId, bytes]] = set()
    for token, subject, matter, is_proven in fetch(_SHARED, EMAIL, alive[0], tokens):
        sharing.setdefault(token, []).append((subject, matter))
        if is_proven:
            proven.add((subject, token))
    everybody = subjects.union([subject for some in sharing.values() if len(some) > 1 for subject, _ in some])
    return _Known(addressed=addressed, addresses=addresses, sharing=sharing, proven=proven, people=_people(everybody, living))


def _people(subjects: Collection[_RawId | UUID], living: set[_RawId]) -> Mapping[_RawId, _Person]:
    """What is known of each of these people, by three queries or a few more; of some matters it is known that they lived when the batch began."""
    people: dict[_RawId, _Person] = defaultdict(_Person)
    rows = fetch(_HELD, subjects)
    # not joined and not asked of each: nearly all are of the matters by which these people were found
    others = list({row[1] for row in rows}.difference(living))
    alive = living.union(*(map(itemgetter(0), fetch(_LIVING, others[at : at + _AT_ONCE])) for at in range(0, len(others), _AT_ONCE)))
    for subject, matter, collection, edition, names in rows:
        if matter not in alive:
            continue
        person = people[subject]
        if matter not in person.matters:
            person.matters.append(matter)
        person.holdings.add((collection, edition, names if isinstance(names, str) else json.dumps(names)))
    for subject, purpose, is_given, edition, language in fetch(_AGREED, subjects):
        person = people[subject]
        if is_given:
            person.agreed[purpose] = edition
        else:
            person.agreed.pop(purpose, None)
        person.language = language or person.language
    return dict(people)


@lru_cache(maxsize=1024)
def _holding(collection: str, edition: int, names: str) -> Holding:
    fields: Iterable[str] = json.loads(names)
    return Holding(collection=CollectionId(collection), edition=EditionNumber(edition), fields=frozenset(FieldName(one) for one in fields))


@lru_cache(maxsize=1024)
def _held_by(holdings: frozenset[_RawHolding], agreed: frozenset[tuple[str, int]]) -> Held:
    """Many people hold the same: put together once, and found again by what is quickly compared."""
    return Held(
        holdings=frozenset(_holding(*one) for one in holdings),
        agreed=frozenset((PurposeId(purpose), EditionNumber(edition)) for purpose, edition in agreed),
    )
