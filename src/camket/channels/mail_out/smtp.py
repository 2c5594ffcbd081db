"""The carrier that speaks SMTP (RFC 5321), and tells apart what was refused, what never left, and what nobody can know."""

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from camket.channels.mail_out.answers import NOT_BEGUN, deferred, why_lost, why_not_open
from camket.channels.mail_out.exchange import Exchange, Packed
from camket.channels.mail_out.form import Sendable, written
from camket.channels.mail_out.letter import Delivery, DeliveryOutcome, LetterUnsendable, in_ascii
from camket.channels.mail_out.route import Server
from camket.channels.mail_out.wire import Patience, Wire, open_wire
from camket.channels.shears import Shears

_GOODBYE_SECONDS = 2.0


class _Batch:
    """Letters that wait for their turn, written only when it comes, and what became of those that had it."""

    def __init__(self, letters: Sequence[Sendable], *, seconds: float, is_stopping: Callable[[], bool]) -> None:
        self._letters = letters
        self._is_stopping = is_stopping
        self._next = 0
        self._ends_at_seconds = time.monotonic() + seconds
        self.told: dict[int, Delivery] = {}

    def take(self) -> Packed | None:
        """Return the next letter that can be written; None when all had their turn, or the batch's time is up, or whoever sends it is to stop."""
        while self._next < len(self._letters) and (self._next == 0 or not self._is_over()):
            position, self._next = self._next, self._next + 1
            try:
                return _packed(position, self._letters[position])
            except LetterUnsendable as unsendable:
                self.told[position] = Delivery(outcome=DeliveryOutcome.REFUSED, code=unsendable.code)
        return None

    def _is_over(self) -> bool:
        return time.monotonic() >= self._ends_at_seconds or self._is_stopping()

    def give_back(self, packed: Packed) -> None:
        """Let a letter that nothing was decided of have its turn again."""
        if packed.position not in self.told:
            self._next = packed.position

    def deliveries(self) -> Sequence[Delivery]:
        """Return what became of each, in their order."""
        return [self.told.get(position, NOT_BEGUN) for position in range(len(self._letters))]


class SmtpCarrier:
    """One connection to one server; opened by the first letter, opened anew after a failure, closed at the end."""

    def __init__(self, server: Server, *, patience: Patience, is_stopping: Callable[[], bool] = lambda: False) -> None:
        self._server = server
        self._is_stopping = is_stopping
        self._patience = patience
        self._wire: Wire | None = None
        self._shears = Shears(patience.letter_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, raised: BaseException | None, trace: TracebackType | None) -> None:
        self._close()

    def send(self, letter: Sendable) -> Delivery:
        """
        Hand one letter to the server.

        Args:
            letter: The letter.

        Returns:
            What became of it; a failure of the network is an outcome, not an exception.

        Raises:
            LetterUnsendable: The letter cannot be put into a message.

        Source: RFC 5321 §3.3, §4.2.1.
        """
        (delivery,) = self.send_all([letter])
        if delivery.code.startswith("letter."):
            raise LetterUnsendable(delivery.code)
        return delivery

    def send_all(self, letters: Sequence[Sendable]) -> Sequence[Delivery]:
        """
        Hand many letters to the server, in their order.

        Each is judged as `send` judges it. Where the server falls silent or the connection is lost, the letter whose text had begun to leave is
        unknown, and those that were not begun are deferred with "smtp.not_begun": nothing was tried of them.

        Args:
            letters: The letters.

        Returns:
            What became of each, in the same order; a letter that cannot be put into a message is refused with the part's code, "letter.…".

        Source: RFC 5321 §3.3, §4.2.1; RFC 2920.
        """
        batch = _Batch(letters, seconds=self._patience.batch_seconds, is_stopping=self._is_stopping)
        with self._shears.at_hand():
            while self._hand_over(batch):
                pass
        return batch.deliveries()

    def _hand_over(self, batch: _Batch) -> bool:
        """Hand over what waits on one connection; return whether the rest can go over another one."""
        packed = batch.take()
        if packed is None:
            return False
        self._shears.give_time()
        try:
            wire = self._wire = self._wire or self._open(packed.sender.rpartition("@")[2])
        except OSError as failure:
            batch.told[packed.position] = deferred(why_not_open(failure))
            return False
        exchange = Exchange(wire, patience=self._patience, told=batch.told)
        try:
            while packed is not None:
                self._shears.give_time()
                exchange.hand_over(packed)
                if exchange.is_over:
                    batch.give_back(packed)
                    break
                packed = batch.take()
            exchange.end()
        except OSError as failure:
            self._close(is_lost=True)
            _tell_of_loss(exchange, packed, why_lost(failure), batch.told)
            return False
        if exchange.is_over:
            self._close(is_lost=True)
        # a server that sends us away before it took one letter would do so for ever
        return exchange.is_over and exchange.has_carried

    def greet(self) -> str:
        """
        Open the way to the server, sign in, and close it again.

        Returns:
            "smtp.250", or the code of what stood in the way.
        """
        try:
            with self._shears.at_hand():
                wire = self._wire = self._open("localhost")
                code, _ = wire.noop()
        except OSError as failure:
            return why_not_open(failure)
        finally:
            self._close()
        return f"smtp.{code}"

    def _open(self, helo_name: str) -> Wire:
        return open_wire(self._server, helo_name=helo_name, patience=self._patience, watch=self._shears.watch)

    def _close(self, *, is_lost: bool = False) -> None:
        wire, self._wire = self._wire, None
        if wire is None:
            return
        if is_lost:
            wire.close()
        else:
            with self._shears.at_hand(_GOODBYE_SECONDS):
                wire.leave()


def _packed(position: int, letter: Sendable) -> Packed:
    return Packed(position=position, sender=in_ascii(letter.from_email), recipient=in_ascii(letter.to), written=written(letter))


def _tell_of_loss(exchange: Exchange, packed: Packed | None, code: str, told: dict[int, Delivery]) -> None:
    if exchange.begun is not None:
        # whoever stood behind it was not begun
        told[exchange.begun] = Delivery(outcome=DeliveryOutcome.UNKNOWN, code=code)
    elif packed is not None:
        told.setdefault(packed.position, deferred(code))
