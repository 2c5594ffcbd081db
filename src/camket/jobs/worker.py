"""The worker: one loop that gives due work out and reports what came of it. It holds nothing that a restart would lose."""

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connections
from django.utils import timezone

from camket.access.actions import forget_budgets, forget_invitations, forget_links, forget_sessions, forget_tries
from camket.access.rules import ENTWINED_FOR
from camket.channels import mail_out
from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.intake import actions as intake
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters_kept
from camket.duties.notices.rules import INVENTED
from camket.duties.publishing import actions as publishing
from camket.duties.retention import actions as retention
from camket.duties.retention import queries as retained
from camket.duties.special_cases import actions as special_cases
from camket.jobs import campaigns
from camket.jobs.envelopes import is_the_carriers, outgoing
from camket.jobs.pacing import MOST_SIZE, Pace
from camket.jobs.returns import Returns
from camket.jobs.supervisor import Bell
from camket.policy.terms import THE_HOUSE

log = logging.getLogger(__name__)

TICK_SECONDS = 0.5
AWAY_SECONDS = 5.0  # between two turns while the database is away: each of them says of each of its steps that it failed
LETTERS_SECONDS = 20.0  # of a turn, after which no further letter is begun: whatever else is due does not wait longer than this and one letter
BEAT_EVERY = timedelta(seconds=5)
COUNT_EVERY = timedelta(seconds=30)
TIDY_EVERY = timedelta(hours=1)
TIDY_AGAIN = timedelta(minutes=1)  # after a look that failed
KEEP_KEYS_EVERY = timedelta(minutes=1)
_LOOKED_BACK = timedelta(days=2)
_A_DAY = timedelta(days=1)
_A_MONTH = timedelta(days=30)
LINKS_KEPT = ENTWINED_FOR  # after they ended: a link that was used tells who let whom in
_STUCK_AFTER_SECONDS = 300.0
WORTH_A_SENDER = MOST_SIZE  # letters of a campaign in one turn: whoever sends so many has more of them


class _Carrier(Protocol):
    def send(self, letter: mail_out.OutgoingLetter) -> mail_out.Delivery: ...


class _Pulse(threading.Thread):
    """Beats while the worker works: a carrier that takes half a minute to answer does not make a worker look dead, a stuck one does."""

    def __init__(self, worker: str) -> None:
        super().__init__(name="pulse", daemon=True)
        self._worker = worker
        self._ended = threading.Event()
        self.turned_at_seconds = time.monotonic()  # when the worker's last turn began, by the monotonic clock

    def run(self) -> None:
        """Beat every few seconds until `end`."""
        while not self._ended.is_set():
            if time.monotonic() - self.turned_at_seconds < _STUCK_AFTER_SECONDS:
                try:
                    custody.beat(worker=self._worker, now=timezone.now())
                except DatabaseError:  # a database that is away for a moment; the next beat tries again
                    log.exception("worker pulse")
                close_old_connections()
            self._ended.wait(BEAT_EVERY.total_seconds())
        connections.close_all()

    def end(self) -> None:
        """Stop beating."""
        self._ended.set()
        self.join()


class Worker:
    """One worker process: its name, and when it last did what it does only now and then."""

    def __init__(self, *, name: str | None = None, bell: Bell | None = None) -> None:
        self.name = name or f"worker-{secrets.token_hex(6)}"
        self._bell = bell  # of whoever sends along
        self._stop = threading.Event()
        self._tidy_due: datetime | None = None
        self._tidied_at: datetime | None = None  # when a whole look last ended well
        self._keys_due: datetime | None = None
        self._count_due: datetime | None = None
        self._pace = Pace(per_minute=settings.CAMKET_LETTERS_PER_DOMAIN, senders=self._senders)
        self._is_database_away = False  # in the last turn
        self._has_residue = True  # until it is known better: a worker before may have been killed between writing and purging

    def run(self) -> None:
        """Work until the process is asked to stop."""
        signal.signal(signal.SIGTERM, lambda *_: self._stop.set())
        signal.signal(signal.SIGINT, lambda *_: self._stop.set())
        pulse, returns = _Pulse(self.name), Returns(self.name)
        pulse.start()
        returns.start()
        while not self._stop.is_set():
            pulse.turned_at_seconds = started = time.monotonic()
            self.turn(now=timezone.now())
            close_old_connections()
            self._stop.wait(max(0.0, self.rest_seconds() - (time.monotonic() - started)))
        returns.end()
        self._guarded(_sign_journal, timezone.now())
        pulse.end()
        self._guarded(self._leave, timezone.now())

    def rest_seconds(self) -> float:
        """Return how long after the beginning of the last turn the next one begins, unless that took longer."""
        return AWAY_SECONDS if self._is_database_away else TICK_SECONDS

    def _leave(self, *, now: datetime) -> None:
        custody.leave(worker=self.name)

    def turn(self, *, now: datetime) -> None:
        """
        Do everything that is due at an instant; a step that fails does not keep the others from being done.

        Args:
            now: UTC instant.
        """
        began, self._is_database_away = time.monotonic(), False
        for step in self.steps():
            # at its own instant, to the second: what slow steps before it took is no clock that was set back
            self._guarded(step, now + timedelta(seconds=int(time.monotonic() - began)))

    def steps(self) -> tuple[Callable[..., None], ...]:
        """Return what a turn does, in its order."""
        return (
            _enact,
            _keep_journal,
            self._send_letters,
            _plan_campaigns,
            self._try_campaigns,
            self._send_campaigns,
            self._erase,
            collect_erased,
            self._keep_keys,
            self._tidy,
            self._count,
        )

    def _guarded(self, step: Callable[..., None], now: datetime) -> None:
        try:
            step(now=now)
        except Exception as error:  # the loop must outlive any fault of one step; the log keeps its kind and place
            self._is_database_away |= isinstance(error, (OperationalError, InterfaceError))
            log.exception("worker step")

    def _tidy(self, *, now: datetime) -> None:
        if self._tidy_due is not None and now < self._tidy_due:
            return
        self._tidy_due = now + TIDY_AGAIN
        forget_sessions(older_than=now)
        forget_budgets(older_than=now - 2 * _A_DAY)
        forget_links(older_than=now - LINKS_KEPT)
        forget_invitations(older_than=now - _A_MONTH)
        forget_tries(now=now)
        notices.forget_odd_mails(older_than=now - _A_MONTH)
        custody.forget_workers(older_than=now - _A_DAY)
        # the first look goes through everything; a later one begins well before the last that ended well
        custody.open_house(now=now, since=None if self._tidied_at is None else self._tidied_at - _LOOKED_BACK)
        # whoever replayed a withdrawal, this process or another: what it left open rests now
        intake.finish_withdrawals()
        if late := retained.count_late(now=now):
            log.error("%d erased matters are not cleared away after 24 hours: somebody holds an old snapshot of a database open", late)
        self._tidied_at, self._tidy_due = now, now + TIDY_EVERY

    def _count(self, *, now: datetime) -> None:
        if self._count_due is None or now >= self._count_due:
            self._count_due = now + COUNT_EVERY
            publishing.count_answers(now=now)

    def _keep_keys(self, *, now: datetime) -> None:
        if self._keys_due is not None and now < self._keys_due:
            return
        self._keys_due = now + KEEP_KEYS_EVERY
        kept = custody.keep_keys(now=now)
        if kept is not None:
            self._has_residue = self._has_residue or kept.is_changed
            broken = kept.epochs.broken + kept.index.broken
            if broken:
                log.error("%d wrapped keys or records do not open; the old key files live on until they are restored or erased", broken)
        if self._has_residue:
            self._has_residue = not custody.purge_residue()

    def _send_letters(self, *, now: datetime) -> None:
        if is_mail_running():
            send_due_letters(worker=self.name, now=now, pace=self._pace, is_stopping=self._stop.is_set)

    def _senders(self) -> int:
        return 2 if self._bell is not None and self._bell.is_answered else 1

    def _try_campaigns(self, *, now: datetime) -> None:
        if is_mail_running():
            campaigns.try_due(worker=self.name, pace=self._pace, now=now)

    def _send_campaigns(self, *, now: datetime) -> None:
        if not is_mail_running():
            return
        offered = campaigns.send_due(worker=self.name, pace=self._pace, now=now, is_stopping=self._stop.is_set)
        if self._bell is not None and offered >= WORTH_A_SENDER:
            self._bell.ring()

    def _erase(self, *, now: datetime) -> None:
        erase_due(worker=self.name, now=now)


def is_mail_running() -> bool:
    """Return whether letters can go out: there is a carrier, and an address to send from."""
    return health.can_send_letters()


def _enact(*, now: datetime) -> None:
    publishing.enact_due(actor=THE_HOUSE, now=now)


def _plan_campaigns(*, now: datetime) -> None:
    campaigns.plan_due(now=now)


def _sign_journal(*, now: datetime) -> None:
    custody.sign_journal(now=now)


def _keep_journal(*, now: datetime) -> None:
    custody.keep_journal(now=now)


def send_due_letters(*, worker: str, now: datetime, pace: Pace | None = None, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """
    Hand due letters to the carrier over one connection, and return how many were taken in hand.

    When the carrier falls silent, or takes its time, the rest is put back untried: a server that hangs must not hold up everything else.
    One that refuses our password, or has no name that is known, costs no letter a try, and is left alone for a while.

    Args:
        worker: Id of the worker.
        now: UTC instant.
        pace: How long the carrier is left alone; None where nothing is known of it.
        is_stopping: Whether the worker was asked to stop: then no further letter is begun.

    Raises:
        RouteUnreadable: CAMKET_SMTP_URL cannot be understood.
    """
    pace = pace or Pace(per_minute=0)
    if pace.route.is_on(at=time.monotonic()):
        return 0
    with mail_out.open_carrier() as carrier:  # before any letter is taken: an address that cannot be read must not cost one a try
        letters, began_at_seconds = notices.take_letters(worker=worker, now=now), time.monotonic()
        is_answering = True
        for letter in letters:
            passed = time.monotonic() - began_at_seconds
            at = now + timedelta(seconds=passed)
            try:
                if is_answering and passed < LETTERS_SECONDS and not is_stopping():
                    code = _send_letter(carrier, letter, worker, at)
                    is_answering = not is_the_carriers(code)
                    campaigns.hear_of_route(pace, [code] if code else [], at=time.monotonic())
                else:
                    notices.put_back_letter(letter=letter, worker=worker)
            except notices.LeaseLost:
                log.warning("a letter's lease was lost; another worker has it")
    return len(letters)


def _send_letter(carrier: _Carrier, letter: notices.Letter, worker: str, now: datetime) -> str:
    """Send one letter, record what came of it, and return the carrier's code; nothing where it was not asked."""
    try:
        if letters_kept.is_invented(letter.matter_id):
            raise notices.LetterHeld(INVENTED, is_final=True)
        opened = notices.open_letter(letter=letter, now=now)
        delivery = carrier.send(outgoing(opened, now))
    except notices.LetterHeld as held:
        notices.hold_letter(letter=letter, worker=worker, held=held, now=now)
        return ""
    except mail_out.LetterUnsendable as unsendable:
        unfit = notices.LetterHeld(unsendable.code, is_final=True)
        notices.hold_letter(letter=letter, worker=worker, held=unfit, now=now)
        return ""
    except notices.LeaseLost:
        raise
    except Exception:  # one letter that cannot be opened must not keep the others from going out; it comes back later, and is parked in the end
        log.exception("letter")
        notices.hold_letter(letter=letter, worker=worker, held=notices.LetterHeld("letter.fault", is_final=False), now=now)
        return ""
    custody.count_letters([str(delivery.outcome)])
    notices.report_letter(letter=letter, worker=worker, outcome=delivery.outcome, code=delivery.code, now=now)
    return delivery.code


def erase_due(*, worker: str, now: datetime) -> int:
    """
    Plan what came to rest, for a second at most, carry out what is due, and return how many matters were erased.

    A new edition has everything that rests planned anew: nothing else waits for the end of that.

    Args:
        worker: Id of the worker.
        now: UTC instant.
    """
    began = time.monotonic()
    while retention.plan(now=now) and time.monotonic() - began < campaigns.TURN_SECONDS:
        pass
    done = 0
    for erasure in retention.take_erasures(worker=worker, now=now):
        try:
            done += retention.carry_out(erasure=erasure, worker=worker, is_mail_running=is_mail_running(), now=now)
        except retention.LeaseLost:
            log.warning("an erasure's lease was lost; another worker has it")
        except Exception as fault:  # one erasure that fails must not keep the others; it comes back, and the doctor tells of it
            log.exception("erasure")
            code = "disk.refused" if isinstance(fault, OSError) else "erasure.fault"
            retention.postpone(erasure=erasure, worker=worker, code=code, now=now)
    return done


def collect_erased(*, now: datetime) -> None:
    """
    Delete what erased matters left behind, in every duty and in the vault.

    Args:
        now: UTC instant.
    """
    matters = retention.uncollected()
    if matters:
        # every duty lets go before the vault deletes: a crash in between leaves the matters uncollected, and they come up again
        intake.bury_inquiries(matters=matters)
        special_cases.bury_cases(matters=matters, now=now)
        retention.collect(matters=matters, now=now)
