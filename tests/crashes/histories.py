"""One history: an act is killed at one point, the house starts again, the worker works until nothing is left, and the act is done again."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connections

from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.notices.models import Letter
from camket.duties.retention.models import Certificate, Erasure
from camket.editions import queries as editions
from camket.jobs.worker import Worker
from camket.journal.models import JournalEntry
from camket.vault.keys.models import MatterKey, SubjectKey
from tests import stage
from tests.crashes.findings import disagreements, remembers, unfinished
from tests.crashes.homes import Home
from tests.crashes.power import BEFORE_COMMIT, Fuse, Tell, is_lasting, lay
from tests.crashes.processes import KILLED, Life, live
from tests.crashes.scenes import NEVER, WHOLE, Act
from tests.journeys.post_office import PostOffice

# the leases of the dead have run out; what is counted by the hour is not forgotten
_SOON = timedelta(minutes=3)
# every key whose data never came is old enough to be collected
_LATER = timedelta(hours=2)
_TURNS = 6
NOWHERE = "nowhere"  # the place where it was killed that came to its end
_SNAPSHOTS_WITHIN_SECONDS = 20
_LOOKING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What became of one kill; `faults` is empty where everything is as it must be."""

    point: int
    place: str
    faults: tuple[str, ...]
    ended: str  # what had become of the act once the house had started again; empty where it was not

    def __str__(self) -> str:
        return f"{self.point}, {self.place}: {'; '.join(self.faults)}"


def histories(act: Act, home: Home, post: PostOffice, now: datetime) -> Iterator[History]:
    """
    Let an act come to its end under the eyes of somebody outside, then kill it wherever a kill would leave what no earlier one leaves.

    At every point the act stands still, and all that a kill would leave there is read from outside: rows, files, letters. It is killed, and the
    house started again, where that has changed since the point before, and where it comes to its end. It is also killed before each COMMIT, with
    most of a transaction at stake; the house is not started again there, since it must be the same as before the transaction. A thorough run
    kills it at every point.

    Args:
        act: Prepared here, once.
        home: Empty; put back to where the act begins before each history.
        post: Counts the letters.
        now: UTC instant of the preparation.
    """
    at = now + act.after
    keys = _prepare(act, home, now)
    sights = _walk(act, home, post, at)
    for point, sight in enumerate(sights):
        if not (sight.is_new or sight.place.endswith(BEFORE_COMMIT) or stage.IS_THOROUGH):
            continue
        home.put_back()
        post.letters.clear()
        victim = live(partial(_die, act, home, point, at))
        home.wait_for_the_dead()
        place = victim.told[0] if victim.status == KILLED else NOWHERE
        faults, ended = [*sight.faults, *_wrong_end(victim)], ""
        if place != sight.place:
            faults.append(f"came to another place than {sight.place}")
        if (left := home.left()) != sight.left:
            faults.append(f"a kill leaves {left}; what was seen there was {sight.left}")
        if sight.is_new:
            before = len(post.letters)
            heir = live(_Heir(act=act, at=at, keys=keys).live)
            ended = heir.told[0] if heir.told else "the start told nothing"
            faults += [*_wrong_end(heir), *heir.told[1:], *_wrong_letters(act, post, before)]
        yield History(point=point, place=place, ended=ended, faults=tuple(faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    """What somebody outside sees while an act stands still at a point."""

    place: str
    is_new: bool  # whether a kill here leaves something else than a kill at the point before
    left: object
    faults: tuple[str, ...] = ()


def _walk(act: Act, home: Home, post: PostOffice, at: datetime) -> list[_Sight]:
    """Perform an act alive, and return what was seen at each point and at the end."""
    home.put_back()
    post.letters.clear()
    sights: list[_Sight] = []
    last: object = None
    left: object = None

    def look(place: str) -> None:
        nonlocal last, left
        stands = home.stands(), len(post.letters)
        is_new, last = stands != last, stands
        if is_new:
            left = home.left()
        is_meant = not sights or is_lasting(sights[-1].place)
        faults = () if is_meant or not is_new else ("not as at the point before, although nothing was committed",)
        # the end is a history of its own: whoever is done was not killed
        sights.append(_Sight(place=place, is_new=is_new or place == NOWHERE, left=left, faults=faults))

    life = live(partial(_perform_slowly, act, home, at), look=look)
    look(NOWHERE)
    assert life.status == 0, life.told[-1]
    return sights


def _perform_slowly(act: Act, home: Home, at: datetime, tell: Tell) -> None:
    lay(tell, home.folder)
    act.perform(at)


def misfortunes(act: Act, home: Home, now: datetime, faults: Mapping[str, Callable[[], None]]) -> Iterator[History]:
    """
    Let an act meet each of some faults in the machine, alive, and see what the next start and the worker make of it.

    Args:
        act: Prepared here, once.
        home: Empty; put back to where the act begins before each history.
        now: UTC instant of the preparation.
        faults: By name, what befalls the process before it acts.
    """
    at = now + act.after
    keys = _prepare(act, home, now)
    for point, (place, befall) in enumerate(faults.items()):
        home.put_back()
        victim = live(partial(_suffer, act, befall, at))
        home.wait_for_the_dead()
        heir = live(_Heir(act=act, at=at, keys=keys).live)
        faulty = (*_wrong_end(heir), *heir.told[1:])
        told = f"{place}: {victim.told[-1] if victim.told else 'nothing was told'}"
        yield History(point=point, place=told, ended=heir.told[0] if heir.told else "the start told nothing", faults=faulty)


def _suffer(act: Act, befall: Callable[[], None], at: datetime, tell: Tell) -> None:
    befall()
    act.perform(at)


def _prepare(act: Act, home: Home, now: datetime) -> tuple[str, ...]:
    """Bring a home to where the act begins, and return the wrapped keys that are there by then, in hex."""
    editions.forget_cached()  # this process has read those of other homes
    life = live(partial(_bring, act, now))
    assert life.status == 0, life.told
    home.take()
    with suppress(editions.NoEdition):
        editions.policy_in_force()  # read once: every process that is forked from now on has it
    return life.told


def _bring(act: Act, now: datetime, tell: Tell) -> None:
    act.prepare(now)
    for model in (MatterKey, SubjectKey):
        for wrapped in model.objects.values_list("wrapped", flat=True):
            tell(bytes(wrapped).hex())


def _die(act: Act, home: Home, point: int, at: datetime, tell: Tell) -> None:
    lay(Fuse(point, tell).burn, home.folder)
    act.perform(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heir:
    """The next start and the worker after it, in the process that comes after the one that was killed."""

    act: Act
    at: datetime  # when the act was interrupted
    keys: tuple[str, ...]  # wrapped, in hex, that were there before it

    def live(self, tell: Tell) -> None:
        """Tell first how the act ended, and then every fault."""
        custody.open_house(now=self.at + _SOON)
        ended = self.act.ended()
        tell(ended)
        _tell_all("after the start: ", disagreements(has_orphans=True), tell)
        _work_until_quiet(self.at + _SOON, tell)
        custody.open_house(now=self.at + _LATER)
        if custody.open_house(now=self.at + _LATER):
            tell("a second start found something unfinished")
        must_be_whole = self.act.is_taken_up or (self.act.is_taken_up_once_begun and ended != NEVER)
        self._expect({WHOLE} if must_be_whole else {NEVER, WHOLE} & {ended}, "after the worker: ", tell)
        self.act.perform(self.at + _LATER)
        _work_until_quiet(self.at + _LATER, tell)
        self._expect({WHOLE}, "done again: ", tell)

    def _expect(self, wanted: set[str], when: str, tell: Tell) -> None:
        if (ended := self.act.ended()) not in wanted:
            tell(when + ended)
        _tell_all(when, disagreements(has_orphans=False), tell)
        _tell_all(when, unfinished(self.at + _LATER), tell)
        _tell_all(when, (str(problem) for problem in health.verify_journal().problems), tell)
        if connections["keys"].vendor == "sqlite":
            _tell_all(when, _remembered(self.keys), tell)


def _remembered(keys: tuple[str, ...]) -> Iterator[str]:
    rows = [*MatterKey.objects.values_list("wrapped", flat=True), *SubjectKey.objects.values_list("wrapped", flat=True)]
    for key in set(keys) - {bytes(wrapped).hex() for wrapped in rows}:
        if remembers(bytes.fromhex(key)):
            yield "the file of the keys still holds a key that was destroyed"


def _tell_all(when: str, sentences: Iterator[str], tell: Tell) -> None:
    for sentence in sentences:
        tell(when + sentence)


def _work_until_quiet(now: datetime, tell: Tell) -> None:
    """Turn until a turn changes nothing; a step that failed is told."""
    worker, seen = Worker(name="the-heir"), None
    with _failed_steps(tell):
        for turn in range(_TURNS):
            _wait_for_old_snapshots()
            worker.turn(now=now + turn * timedelta(minutes=2))
            if seen == (seen := _how_it_stands()):
                return
    tell(f"no rest after {_TURNS} turns")


def _wait_for_old_snapshots() -> None:
    """Let go by what looks at a table of its own accord, such as autovacuum: while it does, nothing is said to be collected, and rightly so."""
    deadline = time.monotonic() + _SNAPSHOTS_WITHIN_SECONDS
    for alias in ("default", "keys"):
        while connections[alias].vendor == "postgresql" and _is_looked_at(alias) and time.monotonic() < deadline:
            time.sleep(0.05)


def _is_looked_at(alias: str) -> bool:
    with connections[alias].cursor() as cursor:
        cursor.execute(_LOOKING)
        return bool(cursor.fetchone()[0])


def _how_it_stands() -> object:
    states = [list(model.objects.values_list("id", "state", "attempt").order_by("id")) for model in (Letter, Erasure)]
    return states, JournalEntry.objects.count(), list(Certificate.objects.values_list("matter_id", "collected_at").order_by("matter_id"))


@contextmanager
def _failed_steps(tell: Tell) -> Iterator[None]:
    class Handler(logging.Handler):
        def emit(self, entry: logging.LogRecord) -> None:
            tell(f"the worker said: {self.format(entry)}")

    handler, log = Handler(), logging.getLogger("camket.jobs.worker")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)


def _wrong_end(life: Life) -> Iterator[str]:
    if life.status not in (0, KILLED):
        yield f"ended with {life.status}: {life.told[-1] if life.told else ''}"


def _wrong_letters(act: Act, post: PostOffice, before: int) -> Iterator[str]:
    """A letter that was on its way may come once more, under its one name; none may be lost."""
    names = {str(letter["Message-ID"]) for letter in post.letters}
    after = len(post.letters) - before
    if len(names) != act.letters:
        yield f"{len(names)} letters came instead of {act.letters}"
    if before > act.letters or after > act.letters:
        yield f"{before} letters before the kill and {after} after it: one was sent again without need"
