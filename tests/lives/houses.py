"""A house with real databases, two tiny editions and a second medium: opened, backed up, lost and restored as an operator would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connections

from camket.duties.custody import actions as custody
from camket.duties.publishing.actions.editions import Sealed, store_edition
from camket.editions import queries as editions
from camket.journal import signing, writers
from camket.policy.exports import edition_hash
from tests.crashes.homes import Home
from tests.vault.deeds import HOUSE
from tests.vault.texts import text_of, tiny_policy


class PowerCut(BaseException):
    """The machine stops here."""


@dataclass(slots=True, kw_only=True)
class House:
    """The house of one test; every life begins as `opened` left it."""

    bare: Home
    opened: Home
    backups: Path
    count: int = field(default=0)

    def begin(self) -> None:
        """Stand as on the first day."""
        self.opened.put_back()
        forget()

    def back_up(self, now: datetime) -> tuple[Path, Path]:
        """Write both files of a backup."""
        self.count += 1
        data, keys = self.backups / f"data-{self.count}", self.backups / f"keys-{self.count}"
        custody.keep_journal(now=now)
        custody.back_up(path=data, recipient="", actor=HOUSE, now=now)
        custody.back_up_keys(path=keys, recipient="", actor=HOUSE, now=now)
        return data, keys

    def lose(self) -> None:
        """Lose both databases and every key file, and mount the medium of the checkpoints in an empty home."""
        medium, saved = Path(settings.CAMKET_CHECKPOINTS), self.backups / "medium"
        shutil.copytree(medium, saved)
        self.bare.put_back()
        shutil.rmtree(medium, ignore_errors=True)
        saved.rename(medium)
        forget()

    def restore(self, files: tuple[Path, Path], now: datetime) -> None:
        """Restore a backup into the empty home, and let the house open."""
        data, keys = files
        custody.restore(path=data, keys_path=keys, identity="", accepts_gap=True, actor=HOUSE, now=now)
        custody.end_restore()
        forget()


def forget() -> None:
    """Know no more than a process that has just been started, but for the texts of the editions: they are the same in every life."""
    connections.close_all()
    writers.begin_anew()


def publish(number: int, now: datetime) -> None:
    """Publish a tiny edition, signed and journaled; with nobody to be told beforehand it comes into force at once."""
    policy, text = tiny_policy(number), text_of(number)
    identity = edition_hash(text, policy)
    signed = signing.sign(bytes.fromhex(identity), context=signing.EDITION)
    ready = Sealed(policy=policy, texts={"en": text}, identity=identity, signed=signed)
    store_edition(ready, at=None, significance=None, actor=HOUSE, now=now)


@contextmanager
def cut_power(module: Any, name: str) -> Iterator[None]:
    """Let the machine stop right after one step, within the block."""
    real = getattr(module, name)

    def act_and_stop(*arguments: Any, **named: Any) -> None:
        real(*arguments, **named)
        raise PowerCut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, act_and_stop)
        yield


def built(home: Home, now: datetime) -> House:
    """
    Build the house of a test: keys made, the first edition in force, nobody known.

    Args:
        home: Empty, and without keys.
        now: UTC instant of the opening.
    """
    home.take()
    forget()
    editions.forget_cached()
    custody.open_house(now=now)
    publish(1, now)
    custody.keep_journal(now=now)
    opened = Home(home.folder, name="opened")
    opened.take()
    backups = home.folder.with_name("backups")
    backups.mkdir()
    return House(bare=home, opened=opened, backups=backups)
