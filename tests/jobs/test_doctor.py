"""What the doctor says of who may look into the home."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click import Group
from click.testing import CliRunner
from django.db import connection
from django.utils.module_loading import import_string

from camket.channels.identity import company as channel
from camket.config.environment import read_settings
from camket.duties.custody import queries as custody
from camket.duties.custody.queries import looking
from camket.vault import ledger
from camket.vault.keys.models import MatterKey
from camket.vault.models import Matter
from tests.cast import AN
from tests.channels.identity.service import CLIENT, SECRET, breaks, running_service
from tests.web.browsing import Browser

pytestmark = pytest.mark.django_db


def hints() -> list[str]:
    """Ask the doctor, and return what it would have done about the home."""
    command = import_string("camket.jobs.cli.main")
    assert isinstance(command, Group)
    done = CliRunner().invoke(command, ["doctor", "--json"])
    return [one["hint"] for one in json.loads(done.stdout)["findings"] if one["topic"] == "home"]


def said_of_the_service() -> list[tuple[str, str]]:
    command = import_string("camket.jobs.cli.main")
    assert isinstance(command, Group)
    done = CliRunner().invoke(command, ["doctor", "--json"])
    assert SECRET not in done.stdout
    return [(one["level"], one["sentence"]) for one in json.loads(done.stdout)["findings"] if one["topic"] == "sign-in service"]


@pytest.mark.whatever_database
class TestTheCompanysSignInService:
    @pytest.fixture(autouse=True)
    def forgotten(self) -> Iterator[None]:
        yield
        channel._provider.cache_clear()

    def test_is_not_spoken_of_where_none_is_set(self) -> None:
        assert said_of_the_service() == []

    def test_that_is_half_set_is_told(self, settings: Any) -> None:
        settings.CAMKET_OIDC_ISSUER, settings.CAMKET_OIDC_CLIENT_ID = "https://login.example.vn", "camket"
        assert said_of_the_service() == [("warning", "CAMKET_OIDC_CLIENT_SECRET missing")]

    def test_is_asked(self, settings: Any) -> None:
        with running_service() as service:
            settings.CAMKET_OIDC_ISSUER, settings.CAMKET_OIDC_CLIENT_ID, settings.CAMKET_OIDC_CLIENT_SECRET = service.issuer, CLIENT, SECRET
            assert said_of_the_service() == [("ok", f"answers; it leads back to {settings.CAMKET_URL}/console/sign-in/oidc")]
            service.misbehaves["/keys"] = breaks
            channel._provider.cache_clear()
            assert said_of_the_service() == [("warning", f"{service.issuer} could not be asked (broken)")]


@pytest.mark.whatever_database
class TestAnAddressOfMailThatCannotBeRead:
    """It keeps no house shut, so the doctor is the one who says it."""

    @pytest.mark.parametrize(
        ("name", "value", "topic"),
        [
            ("CAMKET_SMTP_URL", "mail.example.vn", "mail server"),
            ("CAMKET_SMTP_URL", "smtp://mail.example.vn?tsl=none", "mail server"),
            ("CAMKET_SMTP_URL", "smtp://127.0.0.1:abc", "mail server"),
            ("CAMKET_SMTP_URL", "file:", "mail server"),
            ("CAMKET_IMAP_URL", "pop3://x", "mailbox"),
        ],
    )
    def test_is_taken_by_every_command_and_warned_of(self, settings: Any, name: str, value: str, topic: str) -> None:
        assert read_settings({"CAMKET_HOME": "/nowhere-at-all", name: value})[name].value == value
        setattr(settings, name, value)
        command = import_string("camket.jobs.cli.main")
        assert isinstance(command, Group)
        found = json.loads(CliRunner().invoke(command, ["doctor", "--json"]).stdout)["findings"]
        (told,) = [one for one in found if one["topic"] == topic]
        assert told["level"] == "warning"
        assert name in told["sentence"]


class TestWhatIsKept:
    """A list in which one of its rows cannot be opened fails whole; the pages that are looked at often do not go through every key."""

    def told(self) -> tuple[str, str]:
        command = import_string("camket.jobs.cli.main")
        assert isinstance(command, Group)
        done = CliRunner().invoke(command, ["doctor", "--json"])
        ((level, sentence),) = [(one["level"], one["sentence"]) for one in json.loads(done.stdout)["findings"] if one["topic"] == "kept data"]
        return level, sentence

    def test_is_looked_at_key_by_key(self, house: None) -> None:
        for _ in range(2):
            assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200
        assert self.told() == ("ok", "every key is there that opens it")
        MatterKey.objects.filter(matter_id=Matter.objects.earliest("id").id).delete()
        level, sentence = self.told()
        assert (level, sentence.split(":")[0]) == ("error", "1 key is gone although nothing was erased")

    def test_that_was_erased_when_the_power_went_is_not_missed(self, house: None, now: datetime) -> None:
        assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200
        matter = Matter.objects.get().id
        ledger.append(matters=[matter], subjects=[], now=now)
        MatterKey.objects.filter(matter_id=matter).delete()
        assert self.told()[0] == "ok"


class TestTheDisk:
    @pytest.mark.parametrize(("free_mb", "level"), [(15, "error"), (16, "warning"), (499, "warning"), (500, "ok")])
    def test_is_an_error_where_writing_fails_or_soon_will(self, monkeypatch: pytest.MonkeyPatch, free_mb: int, level: str) -> None:
        monkeypatch.setattr(looking, "room_left", lambda: custody.Room(free_bytes=free_mb * 1_000_000, total_bytes=10**12))
        command = import_string("camket.jobs.cli.main")
        assert isinstance(command, Group)
        done = CliRunner().invoke(command, ["doctor", "--json"])
        assert [one["level"] for one in json.loads(done.stdout)["findings"] if one["topic"] == "disk"] == [level]
        assert done.exit_code == 3 or level != "error"


class TestAHome:
    @pytest.fixture(autouse=True)
    def home(self, settings: Any, tmp_path: Path) -> Path:
        settings.CAMKET_HOME = tmp_path
        tmp_path.chmod(0o700)
        return tmp_path

    def test_that_is_closed_gets_no_advice(self, home: Path) -> None:
        assert f"chmod 700 {home}" not in hints()

    def test_that_others_may_enter_gets_advice(self, home: Path) -> None:
        home.chmod(0o750)
        assert f"chmod 700 {home}" in hints()

    @pytest.mark.skipif(connection.vendor != "sqlite", reason="promised of SQLite only: PostgreSQL keeps its own files")
    def test_with_a_database_that_others_may_read_gets_advice(self) -> None:
        database = Path(str(connection.settings_dict["NAME"]))
        before = database.stat().st_mode
        for mode, is_told in ((0o640, True), (0o600, False)):
            database.chmod(mode)
            assert (f"chmod 600 {database}" in hints()) is is_told
        database.chmod(before)
