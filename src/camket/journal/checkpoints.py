"""Signed heads: how one is written, read and checked, and where its copy on the second medium stands."""

import json
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from camket.journal import entries, keyfiles, signing
from camket.journal.signing import Signed

_FILE_NAME = re.compile(r"checkpoint-([1-9][0-9]{0,18})\.json")
_MAX_FILE_BYTES = 4096
STORED = ("size", "root", "at", "key_id", "signature")  # the columns of a checkpoint, each a part of its row here
STORED_TYPES = (int, bytes, datetime, str, bytes)


class CheckpointDamaged(Exception):
    """A checkpoint's file cannot be read as one; `name` is the file's."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is not a checkpoint")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    """A signed head: how many entries, their root, when, and the signature of the key with that id."""

    size: int
    root: bytes
    at: datetime
    key_id: str
    signature: bytes

    @property
    def mark(self) -> str:
        """Size and first sixteen digits of the root: short enough for a receipt, long enough that no other head bears it."""
        return f"{self.size} · {self.root.hex()[:16]}"

    def message(self) -> bytes:
        """Return the bytes that the signature covers: canonical JSON of instant, root and size."""
        return entries.canonical({"at": entries.written_instant(self.at), "root": self.root.hex(), "size": self.size})

    def is_ours(self, public_key: bytes) -> bool:
        """Return whether a key made the signature."""
        signed = Signed(key_id=self.key_id, signature=self.signature)
        return signing.verify(self.message(), signed, context=signing.CHECKPOINT, public_key=public_key)

    def told(self, public_key: bytes) -> dict[str, str | int]:
        """Return what the file says: all that a stranger needs to check it but the trust in the key."""
        return {
            "at": entries.written_instant(self.at),
            "format": signing.CHECKPOINT,
            "key_id": self.key_id,
            "public_key": public_key.hex(),
            "root": self.root.hex(),
            "signature": self.signature.hex(),
            "size": self.size,
        }


def checkpoint_row(stored: Sequence[Any]) -> CheckpointRow:
    """
    Return a stored checkpoint as a value.

    Args:
        stored: What the database holds of it, in the order of `STORED`.
    """
    size, root, at, key_id, signature = stored
    return CheckpointRow(size=size, root=bytes(root), at=at, key_id=key_id, signature=bytes(signature))


def signed_head(size: int, root: bytes, at: datetime) -> CheckpointRow:
    """
    Return a head with our signature.

    Args:
        size: How many entries the tree has.
        root: Its root.
        at: UTC instant of signing.

    Raises:
        KeyFileMissing: The signing key is gone although the journal is not empty.
    """
    unsigned = CheckpointRow(size=size, root=root, at=at, key_id="", signature=b"")
    signed = signing.sign(unsigned.message(), context=signing.CHECKPOINT)
    return CheckpointRow(size=size, root=root, at=at, key_id=signed.key_id, signature=signed.signature)


def write_file(folder: Path, row: CheckpointRow) -> None:
    """
    Write a checkpoint's file unless it is there, and return once it would survive a power cut.

    Args:
        folder: The second medium's folder; made when missing.
        row: The checkpoint.

    Raises:
        OSError: The medium is full, gone or not writable.
    """
    path = path_of(folder, row.size)
    if path.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    passing = folder / f".{path.name}.{secrets.token_hex(8)}"
    with passing.open("wb") as file:
        file.write(entries.canonical(row.told(signing.public_key_bytes())))
        file.flush()
        os.fsync(file.fileno())
    passing.rename(path)
    keyfiles.sync_folder(folder)


def read_file(path: Path) -> CheckpointRow:
    """
    Return the checkpoint that a file holds, its signature not yet checked.

    Args:
        path: A file whose name `sizes_in` knows.

    Raises:
        CheckpointDamaged: It is not a checkpoint, or its size is not the one in its name.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        row = read(file.read(_MAX_FILE_BYTES), name=path.name)
    if path.name != path_of(path.parent, row.size).name:
        raise CheckpointDamaged(path.name)
    return row


def read(content: bytes, *, name: str) -> CheckpointRow:
    """
    Return the checkpoint that a file's content is, its signature not yet checked.

    Args:
        content: What the file holds.
        name: What to call it where it is damaged.

    Raises:
        CheckpointDamaged: It is not a checkpoint.
    """
    try:
        found = json.loads(content)
        return CheckpointRow(
            size=int(found["size"]),
            root=bytes.fromhex(found["root"]),
            at=entries.read_instant(found["at"]),
            key_id=str(found["key_id"]),
            signature=bytes.fromhex(found["signature"]),
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointDamaged(name) from None


def path_of(folder: Path, size: int) -> Path:
    """
    Return where the checkpoint of a size stands.

    Args:
        folder: The second medium's folder.
        size: How many entries it covers.
    """
    return folder / f"checkpoint-{size}.json"


def sizes_in(folder: Path) -> Iterator[int]:
    """
    Return the sizes whose checkpoints stand in a folder, in no order; nothing where there is no folder.

    Args:
        folder: The second medium's folder.
    """
    if not folder.is_dir():
        return
    for path in folder.iterdir():
        if match := _FILE_NAME.fullmatch(path.name):
            yield int(match[1])
