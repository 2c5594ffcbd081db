"""The journal's lines about what was asked: committed before any plaintext leaves, and the same look not a second time within fifteen minutes."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db import DatabaseError, transaction

from camket.journal.actions import Deed, record_all
from camket.journal.facts import Fact
from camket.policy.terms import Actor, Decision, Operation
from camket.vault.gate.binding import bound_once
from camket.vault.gate.permit import Permit, SubjectId

SeenT = TypeVar("SeenT", bound=Hashable)
_TOLD_FOR: Final = timedelta(minutes=15)


class _Seen:
    """Which subjects were journaled under which line in the last fifteen minutes; lost with the process, which only writes more."""

    _MOST = 512
    _MOST_SUBJECTS = 10_000  # of one line: a campaign tells a million, and looks at nobody twice

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._at: OrderedDict[tuple[object, ...], OrderedDict[Hashable, datetime]] = OrderedDict()

    def missing(self, key: tuple[object, ...], subjects: Collection[SeenT], now: datetime) -> list[SeenT]:
        with self._lock:
            known = self._at.get(key, OrderedDict())
            return [subject for subject in subjects if not (subject in known and _is_fresh(known[subject], now))]

    def remember(self, key: tuple[object, ...], subjects: Collection[Hashable], now: datetime) -> None:
        with self._lock:
            at = self._at.setdefault(key, OrderedDict())
            self._at.move_to_end(key)
            for subject in subjects:
                at[subject] = now
                at.move_to_end(subject)
            # the oldest stand first, so that it costs what is new and what is over, never what is kept
            while at and (len(at) > self._MOST_SUBJECTS or not _is_fresh(next(iter(at.values())), now)):
                at.popitem(last=False)
            while len(self._at) > self._MOST:
                self._at.popitem(last=False)


def _is_fresh(at: datetime, now: datetime) -> bool:
    """Whether a line of an instant still stands for what is seen now; one of the future was written before the clock was set back."""
    return at <= now < at + _TOLD_FOR


_shown = _Seen()
_refused = _Seen()


@dataclass(slots=True)
class _Waiting:
    """Lines of a look-up that wait for what it opens, and whether one commit of their block has failed."""

    deeds: list[Deed] = field(default_factory=list)
    has_failed: bool = False


_waiting: ContextVar[_Waiting | None] = ContextVar("what waits in this block", default=None)


@contextmanager
def in_one_commit() -> Iterator[None]:
    """
    Let the line about a look-up wait for the line about what is opened of whoever was found, so that one commit holds both.

    Whoever looks up within the block hands nothing on of what was found, not even whether there was anybody, before the block has ended; so no
    generator may look up in one. However it ends, what still waits is committed then, or the block fails.

    Raises:
        DatabaseError: What waits cannot be committed, or could not within the block: it is tried once, whether somebody was found or not, since how
            long a refusal takes would tell.

    Source: house.md §3; docs/decisions/0027-one-commit-for-a-look-up.md.
    """
    before = _waiting.set(own := _Waiting())
    try:
        try:
            with bound_once():
                yield
        finally:
            _commit([])
        if own.has_failed:
            raise DatabaseError("what was looked up could not be written down")
    finally:
        _waiting.reset(before)


def remember_search(deeds: Sequence[Deed]) -> None:
    """
    Journal a look-up, at once or, `in_one_commit`, with what is opened next.

    Args:
        deeds: Who was sought, and who was turned away.
    """
    waiting = _waiting.get()
    if waiting is None:
        _commit(deeds)
    else:
        waiting.deeds += deeds


def _commit(deeds: Sequence[Deed]) -> None:
    """Write lines, after those that wait for them; alone and at once, for a refusal must outlive the rollback that it causes."""
    waiting = _waiting.get() or _Waiting()
    if not waiting.deeds and not deeds:
        return
    try:
        with transaction.atomic(durable=True):
            record_all([*waiting.deeds, *deeds])
    except DatabaseError:
        waiting.has_failed = True
        waiting.deeds.clear()
        raise
    waiting.deeds.clear()


def remember_refusal(decision: Decision, *, actor: Actor, subjects: Collection[SubjectId], now: datetime, view: str) -> None:
    """
    Journal that nobody's data may be had, in a transaction of its own.

    Args:
        decision: The answer that refused, or whose obligations are not met.
        actor: Who asked.
        subjects: Whose data it was about.
        now: UTC instant.
        view: Name of the page or letter, or nothing.
    """
    _commit([Deed(act="data.refused", actor=actor, at=now, decision=decision, subjects=list(subjects), facts=_facts(view))])


def remember_showing(permit: Permit, *, refused_by: Decision | None, view: str) -> None:
    """
    Journal whose data a permit opens and whose it does not, but for those looked at under the same actor, view, ask and edition before.

    Each handing over is journaled, however soon it follows another: what left the house once more is another disclosure.

    Args:
        permit: To use or to disclose, fresh.
        refused_by: The first no, where some are not permitted.
        view: Name of the page or letter, or nothing.

    Source: policy §6 (6.6), §7 (7.3); house.md §3.
    """
    key, now = (permit.actor, view, permit.ask, permit.edition), permit.issued_at
    is_handed_over = permit.ask.operation is Operation.DISCLOSE
    # what rests on somebody's agreement is written each time too: it is how the second person learns what became of it
    is_each_time = is_handed_over or bool(permit.warrant)
    # what somebody agreed to since shows more of them by another answer: that is another look
    seen_so = {subject: (subject, *map(_answer, permit.subjects[subject].values())) for subject in permit.subjects} if not is_each_time else {}
    missing = set(_shown.missing(key, list(seen_so.values()), now))
    unseen = list(permit.subjects) if is_each_time else [subject for subject, so in seen_so.items() if so in missing]
    turned_away = _refused.missing(key, list(permit.refused), now)
    if not unseen and not turned_away:
        _commit([])  # how it was come by is new, whatever was seen before
        return
    act = "data.disclosed" if is_handed_over else "data.shown"
    told = _facts(view) | _warrant(permit)
    deeds = [
        Deed(act=act, actor=permit.actor, at=now, decision=decision, subjects=some, facts=told) for decision, some in _by_decision(permit, unseen)
    ]
    if turned_away:
        deeds.append(Deed(act="data.refused", actor=permit.actor, at=now, decision=refused_by, subjects=turned_away, facts=_facts(view)))
    _commit(deeds)  # before any plaintext leaves
    if not is_each_time:
        _shown.remember(key, [seen_so[subject] for subject in unseen], now)
    _refused.remember(key, turned_away, now)


def _by_decision(permit: Permit, subjects: Collection[SubjectId]) -> list[tuple[Decision, list[SubjectId]]]:
    """One line per answer, by edition: each names the clauses that opened just these people's data."""
    answers: dict[object, tuple[Decision, list[SubjectId]]] = {}
    for subject in subjects:
        for decision in permit.subjects[subject].values():
            answers.setdefault(_answer(decision), (decision, []))[1].append(subject)
    return sorted(answers.values(), key=lambda found: found[0].edition)


def _answer(decision: Decision) -> tuple[object, ...]:
    """What an answer lets see, so that two that let see the same are one."""
    return decision.edition, decision.clauses, decision.obligations, tuple(decision.redactions.items())


def _warrant(permit: Permit) -> dict[str, Fact]:
    return {name: value for name, value in permit.warrant.items() if value}


def _facts(view: str) -> dict[str, Fact]:
    return {"view": view} if view else {}
