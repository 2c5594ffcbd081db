"""Start-up, the journal's tree and its checkpoints."""

from datetime import datetime
from pathlib import Path

from django.conf import settings

from camket.access import codes
from camket.access import queries as access
from camket.journal import actions as journal
from camket.journal import keyfiles, keys
from camket.journal.queries import count_unsequenced
from camket.vault import gate
from camket.vault.gate import KeysLost, LedgerDamaged

__all__ = ["KEY_FAULTS", "HomeUnusable", "KeysLost", "LedgerDamaged", "keep_journal", "open_house"]

KEY_FAULTS = (KeysLost, LedgerDamaged, keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged, keyfiles.KeyFileExposed)
"""What a missing, damaged or exposed key file, or a damaged erasure ledger, raises wherever it is met; each message says what to mend."""


class HomeUnusable(Exception):
    """The home folder cannot be written or is open to others; the message says how to mend it."""


def open_house(*, now: datetime) -> int:
    """
    Make sure every key is there and finish what a crash interrupted; returns how many things had to be finished.

    Args:
        now: UTC instant.

    Raises:
        KeysLost: A key file is missing or damaged; nothing new is made over old data.
        KeyFileMissing: A key of the journal is missing although the journal is not empty.
        KeyFileExposed: Others than this user have a right on a key file.
        LedgerDamaged: The erasure ledger cannot be read.
        HomeUnusable: The home folder cannot be written.

    Source: house.md §4 (start-up reconciles).
    """
    if settings.CAMKET_HOME_FAULT:
        raise HomeUnusable(settings.CAMKET_HOME_FAULT)
    for folder in (settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS):
        _make_private(Path(folder))
    keyfiles.drop_second_names(Path(settings.CAMKET_SECRETS))
    gate.prepare_keys(now=now)
    codes.prepare_key(is_first=access.is_first_start())
    # the journal's keys too: without them the house would start, and then refuse every single ask
    keys.counting_key()
    keys.signing_seed()
    return gate.reconcile(now=now)


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as error:
        raise HomeUnusable(f"{folder}: {error.strerror}; set CAMKET_HOME to a folder this user may write") from error


def keep_journal(*, now: datetime) -> None:
    """
    Give waiting entries their place in the tree, and sign a checkpoint when one is due.

    Args:
        now: UTC instant.

    Source: house.md §4.
    """
    while count_unsequenced() and journal.sequence():
        pass
    if journal.is_checkpoint_due(now=now):
        journal.checkpoint(now=now)
