"""The file of a backup: a tar of small members and a signed list of them, sealed for somebody where that is asked."""

import hashlib
import io
import json
import os
import re
import secrets
import tarfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pyrage
import rfc8785

from camket.journal import keyfiles, signing
from camket.journal.signing import Signed

MANIFEST = "manifest.json"
# no part of a name begins with a dot: none leads out of where it belongs, and of secrets there are keys and nothing else
_NAME = re.compile(r"(?!secrets/)[a-z]+(/[a-z0-9_-][a-z0-9_.-]{0,79}){1,3}|secrets(/[a-z_-]{1,40})?/[a-z0-9_-]{1,80}\.key|manifest\.json")
_MOST_BYTES = 256 * 1024 * 1024  # of one member: a page of rows, a key file, the ledger
_AGE = b"age-encryption.org/"


class ArchiveDamaged(Exception):
    """A file is no backup of ours, or not whole; the message says which and why. Nothing was restored."""


class ArchiveLocked(Exception):
    """A backup is sealed for somebody, and this is not their key; the message says what is needed."""


class RecipientUnknown(Exception):
    """What should be the recipient's public key is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One part of a backup."""

    name: str
    content: bytes = field(repr=False)


class Archive:
    """A backup that is being written: members in any order, then the list of them with our signature."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="w|gz")  # noqa: SIM115  # closed by finish
        self._digests: dict[str, str] = {}

    def add(self, member: Member) -> None:
        """
        Add a member.

        Args:
            member: Its name has not been used before.
        """
        self._digests[member.name] = hashlib.sha256(member.content).hexdigest()
        self._write(member)

    def finish(self, facts: Mapping[str, Any]) -> None:
        """
        Sign and add the list of members, with what is to be known before any of them is read.

        Args:
            facts: What the backup is: JSON values.
        """
        listed = {**facts, "members": self._digests}
        signed = signing.sign(rfc8785.dumps(listed), context=signing.BACKUP)
        key = signing.public_key_bytes().hex()
        whole = listed | {"key_id": signed.key_id, "public_key": key, "signature": signed.signature.hex()}
        self._write(Member(name=MANIFEST, content=rfc8785.dumps(whole)))
        self._tar.close()

    def give_up(self) -> None:
        """Close what cannot be finished: left to the collector of garbage it would want to write once more, and complain."""
        with suppress(OSError):
            self._tar.close()

    def _write(self, member: Member) -> None:
        entry = tarfile.TarInfo(member.name)
        entry.size, entry.mode = len(member.content), 0o600
        self._tar.addfile(entry, io.BytesIO(member.content))


@contextmanager
def written(path: Path, *, recipient: str) -> Iterator[Archive]:
    """
    Yield an archive that stands at a path once the block has ended well, readable by its owner alone; nothing of it stays otherwise.

    Args:
        path: Where it belongs; there must be no file yet.
        recipient: Public key (age, X25519) of whoever may open it; not sealed when empty.

    Raises:
        FileExistsError: There is a file already; it is left as it was.
        RecipientUnknown: The recipient is no such key.
        OSError: The medium is full, gone or not writable.
    """
    if path.exists():
        raise FileExistsError(17, "there is a file already", str(path))
    sealed_for = _recipient(recipient) if recipient else None
    passing = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with _sealing(file, sealed_for) if sealed_for is not None else _plain(file) as stream:
                archive = Archive(stream)
                try:
                    yield archive
                except BaseException:
                    archive.give_up()
                    raise
            file.flush()
            os.fsync(file.fileno())
        os.link(passing, path)  # unlike a rename it takes nobody's place
    finally:
        passing.unlink()
    keyfiles.sync_folder(path.parent)


def _recipient(text: str) -> Any:
    try:
        return pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise RecipientUnknown("this is no public key of age, such as age1…") from None


@contextmanager
def _plain(file: IO[bytes]) -> Iterator[IO[bytes]]:
    yield file


@contextmanager
def _sealing(file: IO[bytes], recipient: Any) -> Iterator[IO[bytes]]:
    """What is written to the stream comes out sealed in the file; it passes through a pipe and never lies anywhere in the clear."""
    receiving, sending = os.pipe()
    failed: list[BaseException] = []

    def seal() -> None:
        try:
            with os.fdopen(receiving, "rb") as plain:
                pyrage.encrypt_io(plain, file, [recipient])
        except BaseException as error:  # noqa: BLE001  # whatever it was, it is raised again where the writing is done
            failed.append(error)

    sealer = threading.Thread(target=seal, name="sealer")
    sealer.start()
    try:
        with os.fdopen(sending, "wb") as stream:
            yield stream
    except BrokenPipeError:
        if not failed:
            raise
    finally:
        sealer.join()
    if failed:
        raise failed[0]


@contextmanager
def opened(path: Path, *, identity: str, folder: Path) -> Iterator[IO[bytes]]:
    """
    Yield the bytes of a backup, unsealed where it is sealed.

    Args:
        path: The file.
        identity: The secret key (age, X25519) of whoever it is sealed for; empty where it is not.
        folder: Where a sealed one is unsealed, in a file without a name that is gone when the block ends.

    Raises:
        ArchiveLocked: It is sealed, and this key does not open it.
        ArchiveDamaged: The sealing is not whole.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        is_sealed = file.read(len(_AGE)) == _AGE
        file.seek(0)
        if not is_sealed:
            yield file
            return
        with TemporaryFile(dir=folder) as plain:
            _unseal(file, plain, path.name, identity)
            plain.seek(0)
            yield plain


def _unseal(file: IO[bytes], plain: IO[bytes], name: str, identity: str) -> None:
    if not identity:
        raise ArchiveLocked(f"{name} is sealed: name the file with its secret key, --identity FILE")
    try:
        key = pyrage.x25519.Identity.from_str(identity)
    except pyrage.IdentityError:
        raise ArchiveLocked("this is no secret key of age, such as AGE-SECRET-KEY-1…") from None
    try:
        pyrage.decrypt_io(file, plain, [key])
    except pyrage.DecryptError:
        raise ArchiveLocked(f"{name} is not sealed for this key") from None
    except OSError as error:
        if error.errno is not None:
            raise
        raise ArchiveDamaged(f"{name} is not whole: what it is sealed with does not match") from None


def members(stream: IO[bytes], name: str) -> Iterator[Member]:
    """
    Yield the members of a backup in their order, each in memory, none unpacked to a path.

    Args:
        stream: What `opened` yielded, from its beginning.
        name: Of the file, for the message.

    Raises:
        ArchiveDamaged: It is no such archive, or not whole.
    """
    stream.seek(0)
    try:
        with tarfile.open(fileobj=stream, mode="r|gz") as tar:
            for entry in tar:
                content = tar.extractfile(entry) if entry.isreg() else None
                if content is None or not _NAME.fullmatch(entry.name) or entry.size > _MOST_BYTES:
                    raise ArchiveDamaged(f"{name} holds what no backup holds")
                yield Member(name=entry.name, content=content.read())
    except (tarfile.TarError, EOFError, OSError, ValueError) as error:  # what stands in a header may be no number
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ArchiveDamaged(f"{name} is no backup, or not whole") from None


def checked(stream: IO[bytes], name: str, *, kind: str) -> Mapping[str, Any]:
    """
    Read a whole backup, compare every member with the signed list, and return what the list says.

    Args:
        stream: What `opened` yielded.
        name: Of the file, for the message.
        kind: What it must be: "data" or "keys".

    Raises:
        ArchiveDamaged: It is no backup of this kind, something is missing, added or changed, or the signature is wrong.
    """
    digests: dict[str, str] = {}
    manifest = b""
    for member in members(stream, name):
        if member.name == MANIFEST:
            manifest = member.content
        elif member.name in digests:
            raise ArchiveDamaged(f"{name} holds {member.name} twice")
        else:
            digests[member.name] = hashlib.sha256(member.content).hexdigest()
    found = _manifest(manifest, name)
    if found.get("kind") != kind:
        raise ArchiveDamaged(f"{name} is no backup of the {kind}")
    if found.get("members") != digests:
        raise ArchiveDamaged(f"{name} is not whole, or was changed: its parts are not those on its list")
    return found


def _manifest(content: bytes, name: str) -> Mapping[str, Any]:
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        found: dict[str, Any] = json.loads(content)
        listed = {key: value for key, value in found.items() if key not in ("key_id", "public_key", "signature")}
        signed = Signed(key_id=found["key_id"], signature=bytes.fromhex(found["signature"]))
        if signing.verify(rfc8785.dumps(listed), signed, context=signing.BACKUP, public_key=bytes.fromhex(found["public_key"])):
            return found
    raise ArchiveDamaged(f"{name} has no list of its parts, or not the one that was signed")
