"""How fast letters of campaigns leave: a rate for each recipient domain, and patience with one that asks for it or a carrier that is silent."""

from collections.abc import Callable
from dataclasses import dataclass

FIRST_SIZE, MOST_SIZE = 20, 500  # letters in all batches at once: they begin small, so that little is in doubt when something is wrong from the start
QUICK_SECONDS, SLOW_SECONDS = 2.0, 8.0  # a batch that takes less is followed by a larger one, one that takes more by a smaller one
LONGEST_SLOT_SECONDS = 3600.0
_DOMAIN_FIRST_SECONDS, _DOMAIN_MOST_SECONDS = 60.0, 3600.0
_CARRIER_FIRST_SECONDS, _CARRIER_MOST_SECONDS = 15.0, 900.0
_MOST_DOMAINS = 20_000
_BURSTS_A_MINUTE = 10  # of a minute's letters to a domain a tenth may go at once, the others when their turn comes


@dataclass(slots=True, kw_only=True)
class _Domain:
    """What is known of one recipient domain, by the monotonic clock."""

    tokens: float
    filled_at: float
    promised_at: float = 0.0  # the latest slot that was given out
    waits_until: float = 0.0
    step: float = 0.0


@dataclass(slots=True)
class Rest:
    """How long something is left alone that is silent or refuses us, by the monotonic clock: twice as long each time, until it takes us again."""

    _until: float = 0.0
    _step: float = 0.0

    def is_on(self, *, at: float) -> bool:
        """Return whether it is left alone still."""
        return at < self._until

    def begin(self, *, at: float) -> None:
        """Leave it alone from now on."""
        self._step = min(max(self._step * 2, _CARRIER_FIRST_SECONDS), _CARRIER_MOST_SECONDS)
        self._until = at + self._step

    def end(self) -> None:
        """Let the next rest be a short one again."""
        self._step = 0.0


class Pace:
    """
    One process's sense of how fast letters may leave; a restart forgets it, which costs a tenth of a minute's letters at most.

    `senders` tells how many processes send just now: together they keep to the rate.
    """

    def __init__(self, *, per_minute: int, senders: Callable[[], int] = lambda: 1) -> None:
        self._size = FIRST_SIZE
        self._per_minute = per_minute
        self._senders = senders
        self._domains: dict[str, _Domain] = {}
        self._carrier = Rest()
        self.route = Rest()  # of whatever goes out, also to one person: our way to the carrier is at fault

    @property
    def size(self) -> int:
        """How many letters there may be in the next batch: of those that a crash may leave in doubt, each of all who send takes its part."""
        return min(self._size, MOST_SIZE // self._senders())

    @property
    def _at_once(self) -> float:
        return max(1.0, self._per_minute / self._senders() / _BURSTS_A_MINUTE)

    def seconds_to_wait(self, domain: str, *, at: float) -> float:
        """
        Return how long a letter to a domain has to wait; nothing means that it goes now, and counts.

        Args:
            domain: The recipient's.
            at: Seconds of the monotonic clock.
        """
        known = self._known(domain, at)
        if known.waits_until > at:
            return known.waits_until - at
        if not self._per_minute:
            return 0.0
        rate = self._per_minute / self._senders() / 60
        known.tokens = min(self._at_once, known.tokens + (at - known.filled_at) * rate)
        known.filled_at = at
        if known.tokens >= 1:
            known.tokens -= 1
            return 0.0
        known.promised_at = max(known.promised_at, at) + 1 / rate
        return min(known.promised_at - at, LONGEST_SLOT_SECONDS)

    def _known(self, domain: str, at: float) -> _Domain:
        if domain not in self._domains:
            if len(self._domains) >= _MOST_DOMAINS:
                self._forget(at)
            self._domains[domain] = _Domain(tokens=self._at_once, filled_at=at)
        return self._domains[domain]

    def _forget(self, at: float) -> None:
        """Forget the domains that nothing was sent to for a minute: their bucket is full again."""
        self._domains = {name: one for name, one in self._domains.items() if one.filled_at > at - 60 or one.waits_until > at}

    def asked_to_wait(self, domain: str, *, at: float) -> None:
        """Note that a domain deferred a letter: it is left alone for a minute, and each time after for twice as long, an hour at most."""
        known = self._known(domain, at)
        if known.waits_until <= at:  # a whole batch that is deferred is one asking
            known.step = min(max(known.step * 2, _DOMAIN_FIRST_SECONDS), _DOMAIN_MOST_SECONDS)
            known.waits_until = at + known.step

    def accepted(self, domain: str) -> None:
        """Note that a domain takes letters."""
        if domain in self._domains:
            self._domains[domain].step = 0.0

    def does_carrier_wait(self, *, at: float) -> bool:
        """Return whether the carrier is left alone still."""
        return self._carrier.is_on(at=at) or self.route.is_on(at=at)

    def carrier_fell_silent(self, *, at: float) -> None:
        """Note that the carrier does not answer, or refuses everybody for now: twice as long a rest each time, a quarter of an hour at most."""
        self._carrier.begin(at=at)
        self._size = FIRST_SIZE

    def batch_took(self, seconds: float) -> None:
        """
        Note how long a batch took that the carrier answered.

        Args:
            seconds: From taking it in hand to the report.
        """
        self._carrier.end()
        if seconds < QUICK_SECONDS:
            self._size = min(self.size * 2, MOST_SIZE)
        elif seconds > SLOW_SECONDS:
            self._size = max(self.size // 2, 1)
