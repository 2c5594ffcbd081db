"""The journal's two secret keys: one counts its entries, one signs its heads. Both are born together, before the first entry."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from camket.journal import keyfiles
from camket.journal.models import Checkpoint, JournalEntry

KEY_BYTES = 32
_COUNTING = "journal.key"
_SIGNING = "signing.key"


def counting_key() -> bytes:
    """
    Return the key of the MACs that count entries per writer.

    Raises:
        KeyFileMissing: It is gone although the journal has entries or checkpoints.
        KeyFileExposed: Others than its owner have a right on it.
        KeyFileDamaged: It is not 32 bytes long.
    """
    return _read(_COUNTING)


def signing_seed() -> bytes:
    """
    Return the private half of the Ed25519 key that signs editions, checkpoints and certificates.

    Raises:
        KeyFileMissing: It is gone although the journal has entries or checkpoints.
        KeyFileExposed: Others than its owner have a right on it.
        KeyFileDamaged: It is not 32 bytes long.

    Source: RFC 8032 §5.1.5.
    """
    return _read(_SIGNING)


def _read(name: str) -> bytes:
    path = _path(settings.CAMKET_SECRETS, name)
    try:
        return keyfiles.read(path, KEY_BYTES)
    except keyfiles.KeyFileMissing:
        is_in_use = _is_in_use()
    if is_in_use:
        # asked again: another process may have made the keys and written the first entry between our two questions
        return keyfiles.read(path, KEY_BYTES)
    # together: were one made later, entries would already exist and the lack of the other would read as a loss
    for each in (_COUNTING, _SIGNING):
        keyfiles.read_or_create(path.with_name(each), length=KEY_BYTES, may_create=True)
    return keyfiles.read(path, KEY_BYTES)


@lru_cache
def _path(folder: str | Path, name: str) -> Path:
    return Path(folder) / name


def _is_in_use() -> bool:
    """Return whether anything exists that a key of this journal protects, here or on the checkpoints' medium."""
    return JournalEntry.objects.exists() or Checkpoint.objects.exists() or any(_checkpoint_files())


def _checkpoint_files() -> Iterator[Path]:
    return Path(settings.CAMKET_CHECKPOINTS).glob("checkpoint-*.json")
