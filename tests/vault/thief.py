"""
Somebody who has copied what we keep, and has nothing of ours but the documents: reads tables, tries keys, opens what opens.

Written a second time on purpose: what opens here opens to anybody, whatever our own code refuses.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connections

KEY, NONCE, FORMAT = 32, 12, b"\x01"
Row = dict[str, Any]


def copied(alias: str) -> dict[str, list[Row]]:
    """Copy every table of a database, as a dump does."""
    held = {}
    connection = connections[alias]
    for table in connection.introspection.table_names():
        with closing(connection.cursor()) as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # the database's own names
            names = [column[0] for column in cursor.description]
            held[table] = [dict(zip(names, map(_plain, row), strict=True)) for row in cursor.fetchall()]
    return held


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def keys_among(rows: dict[str, list[Row]]) -> set[bytes]:
    """Return everything in a copy that could be a key: any 32 bytes in a row of any value, hashes of values, and nothing but zeros."""
    found = {bytes(KEY)}
    for row in (row for table in rows.values() for row in table):
        for value in row.values():
            content = value if isinstance(value, bytes) else str(value).encode()
            found |= {content[at : at + KEY] for at in range(len(content) - KEY + 1)}
            found.add(hashlib.sha256(content).digest())
    return found


def keys_in(folder: Path) -> set[bytes]:
    """Return what every key file in a folder holds."""
    return {path.read_bytes() for path in folder.rglob("*.key")}


def opened(data: dict[str, list[Row]], keys: dict[str, list[Row]], tried: Collection[bytes]) -> list[bytes]:
    """
    Return the plain text of every record that opens.

    Args:
        data: A copy of the main database; may be empty.
        keys: A copy of the keys database; may be empty.
        tried: Keys to begin with; each that opens is tried further.
    """
    ring = set(tried)
    for row in keys.get("vault_keys_subjectkey", []):
        ring |= set(_tried(ring, row["wrapped"], b"camket subject key", _id(row["subject_id"]), row["epoch"].to_bytes(4, "big")))
    for row in keys.get("vault_keys_matterkey", []):
        ring |= set(_tried(ring, row["wrapped"], b"camket matter key", _id(row["matter_id"]), _id(row["subject_id"])))
    return [
        plain
        for row in data.get("vault_record", [])
        for plain in _tried(
            ring, row["sealed"], b"camket record", FORMAT, _id(row["subject_id"]), _id(row["matter_id"]), _id(row["id"]),
            row["collection"].encode(), row["edition"].to_bytes(4, "big"),
        )
    ]  # fmt: skip


def known(value: str, keys: dict[str, list[Row]], tried: Collection[bytes]) -> list[Row]:
    """Return the rows of the identity index that tell that an e-mail address is known: by any hash that somebody could think of."""
    words = (value.encode(), f"email|{value}".encode(), f"camket identity|email|{value}".encode())
    guesses = {hashlib.new(kind, one, usedforsecurity=False).digest() for kind in ("md5", "sha1", "sha256") for one in words}
    guesses |= {hmac.digest(key, one, "sha256") for key in tried for one in words}
    return [row for row in keys["vault_keys_identitytoken"] if any(guess[: len(row["token"])] == row["token"] for guess in guesses)]


def _id(value: Any) -> bytes:
    return (value if isinstance(value, UUID) else UUID(str(value))).bytes


def _tried(ring: Collection[bytes], sealed: bytes, *bound: bytes) -> Iterator[bytes]:
    associated = len(bound).to_bytes(2, "big") + b"".join(len(part).to_bytes(4, "big") + part for part in bound)
    for key in ring:
        try:
            yield AESGCM(key).decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], associated)
        except InvalidTag:
            continue
