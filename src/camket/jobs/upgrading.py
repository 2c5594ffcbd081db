"""An upgrade, step by step: nobody is in the house, a backup is made, and only then are the tables changed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connections

from camket import __version__
from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.jobs.presence import HomeBusy, alone_in_home
from camket.policy.terms import COMMAND_LINE

BACKUPS = "backups"


class NothingToUpgrade(Exception):
    """This home was never started."""


class BackupFailed(Exception):
    """No backup could be made, so nothing was changed; the message says why."""


class UpgradeBroken(Exception):
    """A migration failed and nothing was changed; `backup` is the file that was made before."""

    def __init__(self, failed: custody.MigrationFailed, backup: Path) -> None:
        super().__init__(str(failed))
        self.migration = failed.migration
        self.backup = backup


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgraded:
    """What an upgrade did; there is no backup where nothing had to be changed."""

    backup: Path | None
    rows: int
    migrations: tuple[str, ...]


def upgrade(*, file: Path | None, recipient: str, now: datetime) -> Upgraded:
    """
    Make a backup, then carry out what migrations are pending.

    Args:
        file: Where the backup goes; a new file in the home when None.
        recipient: Public key (age) of whoever may open the backup; not sealed when empty.
        now: UTC instant.

    Raises:
        HomeBusy: Something serves, works or upgrades here, or did within the last half minute on another machine.
        NothingToUpgrade: The home was never started.
        MadeByNewer: The tables are of a newer version of this program.
        BackupFailed: No backup could be made; nothing was changed.
        RecipientUnknown: The recipient is no such key; nothing was changed.
        UpgradeBroken: A migration failed; nothing was changed but that the backup is there.
    """
    home = Path(settings.CAMKET_HOME)
    if not custody.has_lived():
        raise NothingToUpgrade
    with alone_in_home(home):
        _require_no_worker(now)
        if not custody.pending_migrations():
            return Upgraded(backup=None, rows=0, migrations=())
        path = file or _new_file(home, now)
        rows = _backed_up(path, recipient, now)
        with _remembered(rows, is_sealed=bool(recipient), now=now):
            try:
                done = custody.migrate(actor=COMMAND_LINE, now=now)
            except custody.MigrationFailed as failed:
                raise UpgradeBroken(failed, path) from failed
    return Upgraded(backup=path, rows=rows, migrations=done)


def _require_no_worker(now: datetime) -> None:
    """Workers on other machines hold no lock here; their signs of life tell of them."""
    if (seconds := health.seconds_since_worker(now=now)) is not None:
        sentence = f"a worker gave a sign of life {seconds} s ago: stop it, on whatever machine it is, and if it was killed wait half a minute"
        raise HomeBusy(sentence)


def _new_file(home: Path, now: datetime) -> Path:
    folder = home / BACKUPS
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"before-{__version__}-{now:%Y%m%dT%H%M%SZ}.camket"


def _backed_up(path: Path, recipient: str, now: datetime) -> int:
    try:
        custody.require_keys()
        return custody.write_backup(path=path, recipient=recipient, now=now)
    except custody.FileThere as error:
        raise BackupFailed(f"there is a file {path} already, and none is overwritten") from error
    except OSError as error:
        raise BackupFailed(f"{path}: {error.strerror or type(error).__name__}") from error
    except custody.KEY_FAULTS as error:
        raise BackupFailed(str(error)) from error
    except DatabaseError as error:  # only the kind: a database's message can repeat what was in a row
        raise BackupFailed(f"the database refused ({type(error).__name__})") from error


@contextmanager
def _remembered(rows: int, *, is_sealed: bool, now: datetime) -> Iterator[None]:
    """Journal the backup once the journal's own tables are up to date; after a failure as well, as far as the older ones let it."""
    try:
        yield
    except UpgradeBroken:
        for connection in connections.all():
            connection.close()
        with suppress(DatabaseError):
            custody.remember_backup(rows=rows, is_sealed=is_sealed, actor=COMMAND_LINE, now=now)
        raise
    custody.remember_backup(rows=rows, is_sealed=is_sealed, actor=COMMAND_LINE, now=now)
