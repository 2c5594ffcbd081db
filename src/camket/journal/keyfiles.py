"""Keep secret keys in files that only their owner can read, and never make a new key over old data."""

import contextlib
import os
import secrets
import stat
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PASSING_DIGITS = 16  # at the end of the name under which a key is written before it has its own


class KeyFileMissing(Exception):
    """A key file is not there although data exists that needs it; `path` says where it belongs."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the key file {path.name} is missing from {path.parent}: put back the one that belongs to this data")
        self.path = path


class KeyFileDamaged(Exception):
    """A key file does not have the length its key has; `path` says which."""

    def __init__(self, path: Path, *, expected_bytes: int, found_bytes: int) -> None:
        super().__init__(f"the key file {path.name} holds {found_bytes} bytes instead of {expected_bytes}: put back a whole copy")
        self.path = path


class KeyFileExposed(Exception):
    """A key file can be read or written by others than its owner; `path` says which."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"the key file {path.name} is open to group or others: chmod 600 it, and think about who may have read it")
        self.path = path


def read(path: Path, length: int) -> bytes:
    """
    Return the key that a file holds.

    Args:
        path: The key file.
        length: The key's length in bytes; nothing shorter or longer is accepted.

    Raises:
        KeyFileMissing: There is no such file.
        KeyFileExposed: Group or others have any right on it.
        KeyFileDamaged: Its length is not `length`.

    Source: policy §7 (7.1: suitable measures); NIST SP 800-57 part 1, 5.2 (protection of keys in storage).
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFileMissing(path) from None
    try:
        # asked of the open file, not of its name: the name could be pointed elsewhere between the question and the reading
        found = os.fstat(descriptor)
        if found.st_mode & _OTHERS:
            raise KeyFileExposed(path)
        # without a file object around it: the journal's key is read for every entry
        value = os.read(descriptor, length + 1)
    finally:
        os.close(descriptor)
    if len(value) != length:
        raise KeyFileDamaged(path, expected_bytes=length, found_bytes=found.st_size)
    return value


def create(path: Path, value: bytes) -> None:
    """
    Write a new key file that only its owner can read, and return once it would survive a power cut.

    The value is written under a passing name and then linked, so that no reader ever sees half a key.

    Args:
        path: Where the key belongs; missing folders are made with mode 0700.
        value: The key's bytes.

    Raises:
        FileExistsError: There is a file already; it is left as it was.

    Source: policy §7 (7.1: suitable measures).
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{secrets.token_hex(_PASSING_DIGITS // 2)}")
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(value)
            file.flush()
            os.fsync(file.fileno())
        os.link(passing, path)
    finally:
        passing.unlink(missing_ok=True)  # another start may have taken it for a name that a crash left behind
    sync_folder(path.parent)


def drop_second_names(folder: Path) -> None:
    """
    Take away the passing names that a crash left beside key files: each is a copy that would outlive the key.

    What was written and never became a key stays as it is: nothing was ever sealed with it, and it may be on its way.

    Args:
        folder: The folder of secrets, searched with all that is in it.

    Source: policy §4 (4.7: what is destroyed must be gone).
    """
    for passing in folder.rglob(".*"):
        name, _, ending = passing.name.removeprefix(".").rpartition(".")
        path = passing.with_name(name)
        with contextlib.suppress(FileNotFoundError):  # whoever is making the key at this moment takes its passing name away too
            if len(ending) == _PASSING_DIGITS and path.samefile(passing):
                passing.unlink()


def read_or_create(path: Path, *, length: int, may_create: bool) -> bytes:
    """
    Return the key that a file holds, making a random one first where that is allowed.

    Args:
        path: The key file.
        length: The key's length in bytes.
        may_create: Say true only while no data exists that an earlier key protects.

    Raises:
        KeyFileMissing: There is no such file and `may_create` is false.
        KeyFileExposed: Group or others have any right on it.
        KeyFileDamaged: Its length is not `length`.

    Source: policy §7 (7.1: suitable measures).
    """
    if may_create and not path.exists():
        # another process may be first: then its key is the key
        with contextlib.suppress(FileExistsError):
            create(path, secrets.token_bytes(length))
    return read(path, length)


def destroy(path: Path) -> bool:
    """
    Overwrite a key file, remove it with what a broken-off `create` left beside it, and return whether anything was there.

    A medium that moves blocks by itself (flash, a copying file system) may keep the old block: nobody can ask more of it from here.

    Args:
        path: The key file; nothing happens where there is none.

    Raises:
        OSError: The file could not be written or removed; call again.

    Source: policy §4 (4.7: what is erased cannot be opened from copies either); NIST SP 800-88 2.5 (overwriting).
    """
    # a passing name that was linked already is the same file under another name
    found = [one for one in (path, *path.parent.glob(f".{path.name}.*")) if one.exists()]
    for one in found:
        with one.open("r+b", buffering=0) as file:
            file.write(secrets.token_bytes(os.fstat(file.fileno()).st_size))
            os.fsync(file.fileno())
        one.unlink()
    if found:
        sync_folder(path.parent)
    return bool(found)


def sync_folder(folder: Path) -> None:
    """
    Return once the names in a folder would survive a power cut.

    Args:
        folder: The folder in which a file was just made, renamed or removed.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
