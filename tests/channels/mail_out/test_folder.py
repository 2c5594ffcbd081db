"""In development letters become files: whole, private, and with names that tell nothing."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from camket.channels.mail_out import OutgoingLetter, probe, send
from camket.channels.mail_out.message import compose
from tests.cast import AN

Write = Callable[..., OutgoingLetter]


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.CAMKET_SMTP_URL = f"file:{tmp_path / 'letters'}"
    return tmp_path / "letters"


class TestALetterInAFolder:
    def test_is_the_message_that_would_have_been_sent(self, write: Write, folder: Path) -> None:
        delivery = send(write())
        (file,) = folder.iterdir()
        assert (delivery.outcome.value, delivery.code) == ("accepted", "file.written")
        assert file.read_bytes() == compose(write())

    def test_may_be_read_by_its_owner_only(self, write: Write, folder: Path) -> None:
        send(write())
        (file,) = folder.iterdir()
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    def test_has_a_name_that_tells_nothing_and_is_never_the_same(self, write: Write, folder: Path) -> None:
        for _ in range(3):
            send(write())
        names = [file.name for file in folder.iterdir()]
        assert len(names) == 3
        assert all(len(name) == 36 and name.endswith(".eml") and AN.email not in name for name in names)

    def test_waits_when_the_folder_is_none(self, write: Write, folder: Path) -> None:
        folder.write_text("in the way")
        delivery = send(write())
        assert (delivery.outcome.value, delivery.code) == ("deferred", "file.not_written")
        assert not probe().ok

    def test_goes_below_the_home_when_the_folder_is_named_without_a_root(self, write: Write, settings: Any, tmp_path: Path) -> None:
        settings.CAMKET_HOME = tmp_path
        settings.CAMKET_SMTP_URL = "file:outgoing"
        send(write())
        assert len(list((tmp_path / "outgoing").glob("*.eml"))) == 1
        assert (probe().ok, probe().code) == (True, "file.writable")
