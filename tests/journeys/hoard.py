"""Everything that somebody could have got hold of, sealed records, wrapped keys, key files, and what can be opened with all of it."""

import base64
import json
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from camket.duties.custody.actions import archive
from camket.policy.terms import FieldName
from camket.vault import identity, seal
from tests.journeys.copies import Bases


class Blob(NamedTuple):
    """A sealed record as it lies in its table."""

    id: UUID
    subject_id: UUID | None
    matter_id: UUID
    collection: str
    edition: int
    sealed: bytes


class FileBlob(NamedTuple):
    """The sealed bytes of a file as they lie in their table."""

    record_id: UUID
    matter_id: UUID
    sealed: bytes


class SubjectKey(NamedTuple):
    """A person's wrapped key."""

    subject_id: UUID
    epoch: int
    wrapped: bytes


class MatterKey(NamedTuple):
    """A matter's wrapped key."""

    matter_id: UUID
    subject_id: UUID | None
    epoch: int | None
    wrapped: bytes


class Token(NamedTuple):
    """What finds a person by their address, number or name."""

    kind: str
    bond: bytes
    subject_id: UUID
    matter_id: UUID


# table, kind of row, database; the columns are those of the row
_TABLES: tuple[tuple[str, Any, str], ...] = (
    ("vault_record", Blob, "default"),
    ("vault_file", FileBlob, "default"),
    ("vault_keys_subjectkey", SubjectKey, "keys"),
    ("vault_keys_matterkey", MatterKey, "keys"),
    ("vault_keys_identitytoken", Token, "keys"),
)
_IDS = frozenset({"id", "record_id", "subject_id", "matter_id"})
_BYTES = frozenset({"sealed", "wrapped", "bond"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hoard:
    """Rows and key files, wherever they came from."""

    rows: frozenset[Any]
    files: frozenset[bytes]

    @classmethod
    def of_house(cls, bases: Bases, secrets: Path) -> "Hoard":
        """Return what lies in two databases and a folder of key files."""
        rows: list[Any] = []
        for table, kind, alias in _TABLES:
            query = f"SELECT {', '.join(kind._fields)} FROM {table}"  # noqa: S608  # names of ours
            rows += [kind(*map(_read, kind._fields, row)) for row in bases.rows(alias, query)]
        return cls(rows=frozenset(rows), files=frozenset(path.read_bytes() for path in secrets.rglob("*") if path.is_file()))

    @classmethod
    def of_backup(cls, path: Path) -> "Hoard":
        """Return what lies in a backup of the data, or of the keys."""
        rows, files = [], []
        for member in members_of(path):
            kind = next((kind for table, kind, _ in _TABLES if member.name.startswith(f"tables/{_folder(table)}/")), None)
            if member.name.startswith("secrets/"):
                files.append(member.content)
            elif kind is not None:
                names, *lines = map(json.loads, member.content.decode().split("\n"))
                rows += [kind(*(_read(name, dict(zip(names, line, strict=True))[name]) for name in kind._fields)) for line in lines]
        return cls(rows=frozenset(rows), files=frozenset(files))

    def with_rows_of(self, other: "Hoard", *kinds: type) -> "Hoard":
        """Return this hoard with the rows of some kinds from another one added."""
        return replace(self, rows=self.rows | {row for row in other.rows if isinstance(row, kinds)})

    def with_files_of(self, other: "Hoard") -> "Hoard":
        """Return this hoard with another one's key files added."""
        return replace(self, files=self.files | other.files)

    def opened(self) -> dict[Blob, dict[FieldName, str]]:
        """Return the values of every record that opens: each is tried with each key that can be had, from whatever file."""
        keys, found = self._keys(), {}
        for blob in self._all(Blob):
            place = seal.Place(subject=blob.subject_id, matter=blob.matter_id, record=blob.id, collection=blob.collection, edition=blob.edition)
            for key in keys:
                try:
                    found[blob] = seal.open_record(key, place, blob.sealed)
                except seal.SealBroken:
                    continue
        return found

    def opened_files(self) -> list[bytes]:
        """Return what is in every file that opens: each is tried with each key that can be had, wherever its record stands."""
        records, found = {blob.id: blob for blob in self._all(Blob)}, []
        for file in self._all(FileBlob):
            blob = records[file.record_id]
            place = seal.Place(subject=blob.subject_id, matter=blob.matter_id, record=blob.id, collection=blob.collection, edition=blob.edition)
            for key in self._keys():
                with suppress(seal.SealBroken):
                    found.append(seal.open_file(key, place, file.sealed))
        return found

    def records_of(self, subject: UUID) -> set[Blob]:
        """Return a person's sealed records."""
        return {blob for blob in self._all(Blob) if blob.subject_id == subject}

    def find(self, kind: str, value: str) -> set[UUID]:
        """Return whom an address, a number or a name finds, under whatever key there is."""
        wanted = [(key, identity.mark(FieldName(kind), term, key=key)) for key in self.files for term in identity.terms(FieldName(kind), value)]
        assert wanted
        rows = [row for row in self._all(Token) if row.kind == kind]
        return {row.subject_id for row in rows for key, mark in wanted if _bond(row, mark, key) == row.bond}

    def _all(self, kind: type) -> list[Any]:
        return [row for row in self.rows if isinstance(row, kind)]

    def _keys(self) -> set[bytes]:
        whole = {content for content in self.files if len(content) == seal.KEY_BYTES}
        of_subjects = set(_opening(self._all(SubjectKey), whole))
        return whole | of_subjects | set(_opening(self._all(MatterKey), whole | of_subjects))


def members_of(path: Path, identity: str = "") -> Iterator[archive.Member]:
    """Yield the members of a backup, opened as a restore opens it."""
    with archive.opened(path, identity=identity, folder=path.parent) as stream:
        yield from archive.members(stream, path.name)


def _folder(table: str) -> str:
    """Where a backup keeps the rows of a table."""
    app, _, model = table.rpartition("_")
    return f"{'keys' if app == 'vault_keys' else 'default'}/{app}.{model}"


def _opening(wrapped: Collection[Any], keys: Collection[bytes]) -> Iterator[bytes]:
    for row in wrapped:
        for key in keys:
            try:
                yield _unwrapped(row, key)
            except seal.SealBroken:
                continue


def _unwrapped(row: Any, key: bytes) -> bytes:
    if isinstance(row, SubjectKey):
        return seal.unwrap_subject_key(key, subject=row.subject_id, epoch=row.epoch, wrapped=row.wrapped)
    if row.epoch is not None:
        return seal.unwrap_lone_matter_key(key, matter=row.matter_id, epoch=row.epoch, wrapped=row.wrapped)
    return seal.unwrap_matter_key(key, matter=row.matter_id, subject=row.subject_id, wrapped=row.wrapped)


def _read(name: str, value: Any) -> Any:
    """SQLite writes an id as text, a backup writes everything as text."""
    if name in _IDS and isinstance(value, str):
        return UUID(value)
    if name in _BYTES:
        return base64.b64decode(value) if isinstance(value, str) else bytes(value)
    return value


def _bond(row: Token, mark: bytes, key: bytes) -> bytes:
    return identity.bond(mark, subject=row.subject_id, matter=row.matter_id, key=key)
