"""One letter, and an office that takes it."""

import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from camket.channels.mail_out import OutgoingLetter
from tests.cast import AN
from tests.channels.mail_out.post_office import Certificate, Clerk, self_signed
from tests.ports import free_port


@pytest.fixture
def write(now: datetime) -> Callable[..., OutgoingLetter]:
    """Offer a function that writes a letter to An, with what the test changes."""

    def make(**changes: Any) -> OutgoingLetter:
        values: dict[str, Any] = {
            "to": AN.email,
            "subject": "Chúng tôi đã nhận được câu hỏi của quý khách",
            "text": "Kính chào quý khách,\n\nChúng tôi đã nhận được câu hỏi của quý khách và sẽ trả lời sớm.\n",
            "message_id": "<letter-1@example.vn>",
            "sent_at": now,
            "from_email": "hotro@mail.example.vn",
            "from_name": "Công ty Ví Dụ",
        }
        return OutgoingLetter(**{**values, **changes})

    return make


@pytest.fixture
def certificate(tmp_path: Path, now: datetime) -> Certificate:
    return self_signed(tmp_path, now)


@pytest.fixture
def open_office(settings: Any) -> Iterator[Callable[..., Clerk]]:
    """Offer a function that opens a server, points the settings at it and returns its clerk."""
    opened: list[Controller] = []

    def start(clerk: Clerk | None = None, *, tls: str = "none", login: str = "", kind: type[Controller] = Controller, **how: Any) -> Clerk:
        clerk = clerk or Clerk()
        # that the office may ask for a password without TLS is what some tests want; its own warning is not theirs
        warnings.filterwarnings("ignore", message="Requiring AUTH while not requiring TLS")
        office = kind(clerk, hostname="127.0.0.1", port=free_port(), ready_timeout=60, **how)
        office.start()
        opened.append(office)
        settings.CAMKET_SMTP_URL = f"smtp://{login}localhost:{office.port}?tls={tls}"
        return clerk

    yield start
    for office in opened:
        office.stop(no_assert=True)
