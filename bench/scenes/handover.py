"""
Handing letters to a mail server on the same machine, beside Django's own back end: many people are told the same thing, each by name and with a link.

Both sides compose what they hand over and keep one connection. Nothing is read, decided or remembered here: what a letter costs through the gate and
the journal is another figure. The server is `bench/sink.py`, whose own limit stands beside; its processor time is not counted.
"""

from collections.abc import Callable, Sequence
from email.utils import formataddr
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils import timezone

from bench import sink
from bench.figures import AT_LEAST, Figure, Naming
from bench.people import person
from bench.plan import Plan
from bench.rounds import interleaved, middle, ratio
from bench.sample import Sample, whole
from camket.channels.mail_out import LetterForm, OutgoingLetter, Sendable, blank, send_all
from camket.channels.mail_out.form import written

_SUBJECT = "Chính sách quyền riêng tư của chúng tôi thay đổi từ ngày 1 tháng 1"
_PARAGRAPH = "Từ ngày này chúng tôi giữ câu hỏi của quý khách sáu mươi ngày thay vì chín mươi, và không chuyển địa chỉ cho bên nào khác.\n"
_TEXT = "Kính chào {name},\n\n" + _PARAGRAPH * 8 + "\nXem điều gì thay đổi với quý khách, và trả lời, tại:\n{link}\n\nTrân trọng,\nCông ty Ví Dụ\n"
_FROM, _NAME = "office@example.com", "Công ty Ví Dụ"
_OURS, _BY_ITSELF, _UNGROUPED = "ours", "ours, each composed by itself", "ours, to a server that takes no groups"
_DJANGO, _DJANGO_UNGROUPED = "Django's back end", "Django's back end, to a server that takes no groups"
_LIMIT = "the sink's own limit, nothing composed"


def measure(plan: Plan) -> list[Figure]:
    """Return how many letters a second each hands over."""
    count = plan.sized(2_000, quick=20)
    with sink.running(grouping=True) as grouping, sink.running(grouping=False) as ungrouped:
        contenders: dict[str, Callable[[], Sample]] = {
            _OURS: partial(_ours, grouping, count, _poured),
            _DJANGO: partial(_django, grouping, count),
            _BY_ITSELF: partial(_ours, grouping, count, _composed),
            _UNGROUPED: partial(_ours, ungrouped, count, _poured),
            _DJANGO_UNGROUPED: partial(_django, ungrouped, count),
            _LIMIT: partial(_limit, grouping, count),
        }
        taken = interleaved(plan.rounds, contenders)
    told = Naming(scene="letters")
    figures = [
        told.figure(name, [one.rate for one in samples], "letters/s", cpu_us=middle(samples, lambda one: one.cpu_us), target=_target(name))
        for name, samples in taken.items()
    ]
    theirs = told.figure("ours : Django's back end", ratio(taken[_OURS], taken[_DJANGO]), "×", target=(AT_LEAST, 5.0))
    return [*figures, theirs, told.figure("the same, to a server that takes no groups", ratio(taken[_UNGROUPED], taken[_DJANGO_UNGROUPED]), "×")]


def _target(name: str) -> tuple[str, float] | None:
    return (AT_LEAST, 5_000) if name == _OURS else None


def _values(number: int) -> dict[str, str]:
    return {"name": person(number).full_name, "link": f"https://example.com/vi/consents/{number:032x}"}


def _poured(count: int) -> Sequence[Sendable]:
    form = LetterForm(subject=_SUBJECT, text=_TEXT.format(name=blank("name"), link=blank("link")), from_email=_FROM, from_name=_NAME)
    now = timezone.now()
    return [form.fill(to=person(number).email, message_id=_message_id(number), sent_at=now, values=_values(number)) for number in range(count)]


def _composed(count: int) -> Sequence[Sendable]:
    common: dict[str, Any] = {"subject": _SUBJECT, "from_email": _FROM, "from_name": _NAME, "sent_at": timezone.now()}
    return [
        OutgoingLetter(to=person(number).email, message_id=_message_id(number), text=_TEXT.format(**_values(number)), **common)
        for number in range(count)
    ]


def _message_id(number: int) -> str:
    return f"<{number:032x}@example.com>"


def _ours(taker: sink.Sink, count: int, write: Callable[[int], Sequence[Sendable]]) -> Sample:
    settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{taker.port}?tls=none"

    def hand_over() -> None:
        assert {delivery.code for delivery in send_all(write(count))} == {"smtp.250"}

    return whole(count, hand_over)


def _django(taker: sink.Sink, count: int) -> Sample:
    def hand_over() -> None:
        with get_connection("django.core.mail.backends.smtp.EmailBackend", host="127.0.0.1", port=taker.port) as connection:
            sender = formataddr((_NAME, _FROM))
            letters = [
                EmailMessage(_SUBJECT, _TEXT.format(**_values(number)), sender, [person(number).email], headers={"Message-ID": _message_id(number)})
                for number in range(count)
            ]
            assert connection.send_messages(letters) == count

    return whole(count, hand_over)


def _limit(taker: sink.Sink, count: int) -> Sample:
    (letter,) = _composed(1)
    return whole(count, partial(sink.ceiling, taker, written(letter), count))
