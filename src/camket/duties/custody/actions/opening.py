"""Start-up, the keys' epochs and indexes, the journal's tree and its checkpoints."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from camket.access import codes
from camket.access import queries as access
from camket.editions.queries import EditionTampered
from camket.journal import actions as journal
from camket.journal import keyfiles, keys, published
from camket.journal.queries import count_unsequenced
from camket.outbox import actions as outbox
from camket.outbox.actions import forget_workers
from camket.policy.terms import THE_HOUSE, Actor
from camket.vault import gate
from camket.vault.gate import EpochsKept, IndexKept, KeysLost, LedgerDamaged

__all__ = [
    "KEY_FAULTS",
    "EditionTampered",
    "EpochsKept",
    "HomeUnusable",
    "IndexKept",
    "KeysKept",
    "KeysLost",
    "LedgerDamaged",
    "RestoreUnfinished",
    "beat",
    "forget_workers",
    "keep_journal",
    "keep_keys",
    "keeping_every_key",
    "leave",
    "open_house",
    "purge_residue",
    "rebuild_index",
    "require_editions",
    "require_keys",
    "require_whole_restore",
    "rotate_keys",
    "sign_journal",
]

_JOURNAL_LOST = "Nobody can show without it that no entry of the journal is missing."
_SIGNING_LOST = "Without it new checkpoints and certificates would come from another hand than the old ones."
_CODES_LOST = "Every claim code and reading code told so far would stop working without it."


class RestoreUnfinished(Exception):
    """A restore into this home was broken off: what is there may hold whom it should not; the message says what to do."""


KEY_FAULTS = (KeysLost, LedgerDamaged, RestoreUnfinished, keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged, keyfiles.KeyFileExposed)
"""What a missing, damaged or exposed key file, a damaged ledger or half a restore raises wherever it is met; each message says what to mend."""


class HomeUnusable(Exception):
    """The home folder cannot be written or is open to others; the message says how to mend it."""


def open_house(*, now: datetime, since: datetime | None = None) -> int:
    """
    Make sure every key is there and finish what a crash interrupted; returns how many things had to be finished.

    Args:
        now: UTC instant.
        since: UTC instant; of the ledger and the keys only what came from then on is looked at. All of it when None, as a start must.

    Raises:
        KeysLost: A key file is missing or damaged; nothing new is made over old data.
        KeyFileMissing: A key of the journal is missing although the journal is not empty.
        KeyFileExposed: Others than this user have a right on a key file.
        LedgerDamaged: The ledger cannot be read.
        HomeUnusable: The home folder cannot be written.
        EditionTampered: A published edition is not the one that was signed.
        RestoreUnfinished: A restore was broken off here.

    Source: house.md §4 (start-up reconciles).
    """
    require_whole_restore()
    return finish_start(now=now, since=since)


def restore_mark() -> Path:
    """Return where a file stands while a restore is under way, and after one that was broken off."""
    return Path(settings.CAMKET_SECRETS) / "restoring"


def require_whole_restore() -> None:
    """
    Make sure that no restore into this home was broken off.

    Raises:
        RestoreUnfinished: One was.
    """
    if restore_mark().exists():
        raise RestoreUnfinished(
            "a restore into this home was broken off, so nothing opens here: restore once more into a new home (CAMKET_HOME), and into new "
            "databases if PostgreSQL holds them"
        )


def finish_start(*, now: datetime, since: datetime | None = None) -> int:
    """
    Do what `open_house` does, for a restore that is under way too.

    Args:
        now: UTC instant.
        since: As `open_house` takes it.
    """
    if settings.CAMKET_HOME_FAULT:
        raise HomeUnusable(settings.CAMKET_HOME_FAULT)
    for folder in (settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS):
        make_private(Path(folder))
    keyfiles.drop_second_names(Path(settings.CAMKET_SECRETS))
    gate.prepare_keys(now=now)
    _require_key_files()
    require_editions()
    return gate.reconcile(now=now, since=since) + _finish_epochs(now)


def require_editions() -> None:
    """
    Make sure that every published edition is the one that was signed and journaled.

    Raises:
        EditionTampered: One is not; nothing may be decided by it.
        KeyFileMissing: The signing key is gone although the journal is not empty.

    Source: policy §7 (7.2), §8 (8.1).
    """
    published.require_genuine()


def require_keys() -> None:
    """
    Make sure that every key file is there and the one it was; before the first start there is nothing to ask for.

    Raises:
        KeysLost: One is missing, damaged or another one; the message says what is lost and how to mend it.
        KeyFileExposed: Others than this user have a right on it.
        RestoreUnfinished: A restore was broken off here.

    Source: policy §7 (7.1); house.md §4.
    """
    require_whole_restore()
    _require_key_files()


def _require_key_files() -> None:
    if not gate.has_keys():
        return
    gate.require_keys()
    # the journal's keys too: without them the house would start, and then refuse every single ask
    _require_same("journal.key", keys.counting_key, _JOURNAL_LOST)
    _require_same("signing.key", keys.signing_seed, _SIGNING_LOST)
    _require_same("codes.key", _codes_key, _CODES_LOST)


def _codes_key() -> bytes:
    return codes.prepare_key(is_first=access.is_first_start() and not gate.is_known_key("codes.key"))


def _require_same(name: str, read: Callable[[], bytes], lost: str) -> None:
    try:
        key = read()
    except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged) as error:
        raise KeysLost(f"{error}. {lost} No new key is made over old data.") from error
    gate.require_same_key(name, key, lost=lost)


def _finish_epochs(now: datetime) -> int:
    with gate.keeping_keys(waits=False) as is_mine:
        if not is_mine:
            return 0
        kept = gate.keep_epochs(actor=THE_HOUSE, now=now, steps=False)
    return kept.finished + len(kept.destroyed)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysKept:
    """What one look after the keys did."""

    epochs: EpochsKept
    index: IndexKept

    @property
    def is_changed(self) -> bool:
        """Whether wrapped keys or tokens were written anew, so that old ones are left in the database's files."""
        return self.epochs.is_new or bool(self.epochs.finished or self.epochs.subjects or self.index.tokens)


def keep_keys(*, now: datetime) -> KeysKept | None:
    """
    Step to a new epoch once a local day, go on with an index that is being rebuilt, destroy what is over; None where another is at it.

    Args:
        now: UTC instant.

    Raises:
        KeyFileMissing: A key file is gone.
        OSError: A key file could not be made or removed.

    Source: policy §4 (4.7); house.md §4.
    """
    with gate.keeping_keys(waits=False) as is_mine:
        if not is_mine:
            return None
        return KeysKept(epochs=gate.keep_epochs(actor=THE_HOUSE, now=now), index=gate.keep_index(actor=THE_HOUSE, now=now))


def keeping_every_key() -> AbstractContextManager[bool]:
    """
    Return a block within which no key is taken for one whose data never came.

    It is for data of instants that have passed: its keys look old when they are made, and a server that tidies up beside it would collect them.

    Source: house.md §4.
    """
    return gate.keeping_keys(waits=True)


def rotate_keys(*, gives_up_lost: bool, actor: Actor, now: datetime) -> EpochsKept:
    """
    Step to a new epoch now, whatever the day.

    Args:
        gives_up_lost: Whether epochs whose file is lost may die first, where no living key needs them.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        KeysLost: A key file is missing, damaged or another one, and is not given up.
        KeyFileExposed: Others than this user have a right on one.
        RestoreUnfinished: A restore of this home was broken off.

    Source: policy §4 (4.7); house.md §4.
    """
    with gate.keeping_keys(waits=True):
        if gives_up_lost:
            gate.give_up_lost_epochs(now=now)
        require_keys()
        kept = gate.keep_epochs(actor=actor, now=now, steps=True)
    gate.purge_residue()
    return kept


def rebuild_index(*, actor: Actor, now: datetime) -> IndexKept:
    """
    Make a new identity index, or go on with the one that is being made; people are served meanwhile.

    Args:
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        KeysLost: A key file is missing, damaged or another one.
        KeyFileExposed: Others than this user have a right on one.
        RestoreUnfinished: A restore of this home was broken off.

    Source: house.md §4.
    """
    with gate.keeping_keys(waits=True):
        require_keys()
        gate.begin_reindexing(now=now)
        kept = gate.keep_index(actor=actor, now=now)
    gate.purge_residue()
    return kept


def purge_residue() -> bool:
    """Remove what rewritten and deleted rows left in the databases' files, and return whether all of it went."""
    return gate.purge_residue()


def make_private(folder: Path) -> None:
    """
    Make a folder that only this user can use.

    Args:
        folder: Made where it is missing.

    Raises:
        HomeUnusable: It cannot be made, or is somebody else's.
    """
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


def sign_journal(*, now: datetime) -> None:
    """
    Give waiting entries their place in the tree, and sign its head if it grew: the last thing before the house is left.

    Args:
        now: UTC instant.

    Source: house.md §4.
    """
    keep_journal(now=now)
    journal.checkpoint(now=now)


def beat(*, worker: str, now: datetime) -> None:
    """
    Record that a worker process is alive.

    Args:
        worker: Id of the worker process.
        now: UTC instant.
    """
    outbox.beat(worker=worker, role="worker", now=now)


def leave(*, worker: str) -> None:
    """
    Forget the signs of life of a worker that ends as it should: nobody has to wait until it counts as dead.

    Args:
        worker: Id of the worker process.
    """
    outbox.forget_worker(worker=worker)
