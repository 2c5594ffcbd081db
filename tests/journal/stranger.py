"""
What somebody writes who has docs/journal.md, RFC 9162 and RFC 8032, and has seen neither our program nor our verifier.

Trees and proofs are made by the RFC's recursive definitions and checked by its step-by-step rules: the other way round than docs/verify_journal.py.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

Found = Mapping[str, Any]


def split(count: int) -> int:
    power = 1
    while power * 2 < count:
        power *= 2
    return power


def defined_root(data: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1."""
    if not data:
        return hashlib.sha256().digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = split(len(data))
    return hashlib.sha256(b"\x01" + defined_root(data[:k]) + defined_root(data[k:])).digest()


def defined_path(m: int, data: Sequence[bytes]) -> list[bytes]:
    """PATH of RFC 9162 2.1.3.1."""
    if len(data) == 1:
        return []
    k = split(len(data))
    if m < k:
        return [*defined_path(m, data[:k]), defined_root(data[k:])]
    return [*defined_path(m - k, data[k:]), defined_root(data[:k])]


def defined_subproof(m: int, data: Sequence[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of RFC 9162 2.1.4.1."""
    if m == len(data):
        return [] if whole else [defined_root(data)]
    k = split(len(data))
    if m <= k:
        return [*defined_subproof(m, data[:k], whole), defined_root(data[k:])]
    return [*defined_subproof(m - k, data[k:], False), defined_root(data[:k])]


def canonical(value: object) -> str:
    """RFC 8785, as far as our texts and numbers need it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def framed(checkpoint: Found) -> bytes:
    context = b"camket checkpoint v1"
    return len(context).to_bytes(8, "big") + context + canonical({name: checkpoint[name] for name in ("at", "root", "size")}).encode()


def signed(key: Ed25519PrivateKey, leaves: Sequence[bytes], at: str) -> dict[str, Any]:
    """Make the checkpoint of some leaves."""
    public = key.public_key().public_bytes_raw()
    said = {"at": at, "root": defined_root(leaves).hex(), "size": len(leaves)}
    named = {"format": "camket checkpoint v1", "key_id": hashlib.sha256(public).hexdigest()[:16], "public_key": public.hex()}
    return {**said, **named, "signature": key.sign(framed(said)).hex()}


def exported(position: int, payload: str, salt: bytes, *, is_withheld: bool = False) -> dict[str, Any]:
    """Make a line of an export."""
    leaf = hashlib.sha256(salt + payload.encode()).hexdigest()
    return {"leaf": leaf, "payload": None if is_withheld else payload, "position": position, "salt": None if is_withheld else salt.hex()}


def proved(entry: Found, leaves: Sequence[bytes], checkpoint: Found, since: Found) -> dict[str, Any]:
    """Make the proof of an entry, since an older checkpoint."""
    path = [value.hex() for value in defined_path(entry["position"], leaves)]
    begun = [value.hex() for value in defined_subproof(since["size"], leaves, True)]
    return {"checkpoint": checkpoint, "entry": entry, "format": "camket proof v1", "path": path, "since": {"checkpoint": since, "path": begun}}


def believes_checkpoint(checkpoint: Found, key: bytes) -> bool:
    """Rule 1."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(bytes.fromhex(checkpoint["signature"]), framed(checkpoint))
    except InvalidSignature:
        return False
    return bool(checkpoint["public_key"] == key.hex() and checkpoint["format"] == "camket checkpoint v1")


def believes_entry(entry: Found) -> bool:
    """Rule 2."""
    if entry["payload"] is None and entry["salt"] is None:
        return True
    salt = bytes.fromhex(entry["salt"])
    return len(salt) == 16 and hashlib.sha256(salt + entry["payload"].encode()).hexdigest() == entry["leaf"]


def believes_export(lines: Sequence[Found], checkpoint: Found) -> bool:
    """Rule 3, for an export that is not older than the checkpoint."""
    leaves = [bytes.fromhex(entry["leaf"]) for entry in lines[: checkpoint["size"]]]
    is_whole = [entry["position"] for entry in lines] == list(range(len(lines))) and all(map(believes_entry, lines))
    return is_whole and len(leaves) == checkpoint["size"] and defined_root(leaves).hex() == checkpoint["root"]


def believes_proof(proof: Found, key: bytes) -> bool:
    """Rules 4 and 5."""
    checkpoint, since, entry = proof["checkpoint"], proof["since"]["checkpoint"], proof["entry"]
    if not (believes_checkpoint(checkpoint, key) and believes_checkpoint(since, key) and believes_entry(entry)):
        return False
    return is_included(entry, checkpoint, proof["path"]) and is_continued(since, checkpoint, proof["since"]["path"])


def is_included(entry: Found, checkpoint: Found, path: Sequence[str]) -> bool:
    """RFC 9162 2.1.3.2."""
    fn, sn = entry["position"], checkpoint["size"] - 1
    if not 0 <= fn <= sn:
        return False
    r = hashlib.sha256(b"\x00" + bytes.fromhex(entry["leaf"])).digest()
    for p in map(bytes.fromhex, path):
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn // 2, sn // 2
    return sn == 0 and r.hex() == checkpoint["root"]


def is_continued(first: Found, second: Found, texts: Sequence[str]) -> bool:
    """RFC 9162 2.1.4.2; for equal sizes as the document has it."""
    if first["size"] >= second["size"]:
        return bool(first["size"] == second["size"] and not texts and first["root"] == second["root"])
    path = [bytes.fromhex(text) for text in texts]
    if first["size"].bit_count() == 1:
        path = [bytes.fromhex(first["root"]), *path]
    if not path:
        return False
    fn, sn = first["size"] - 1, second["size"] - 1
    while fn % 2 == 1:
        fn, sn = fn // 2, sn // 2
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn % 2 == 1 or fn == sn:
            fr, sr = hashlib.sha256(b"\x01" + c + fr).digest(), hashlib.sha256(b"\x01" + c + sr).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            sr = hashlib.sha256(b"\x01" + sr + c).digest()
        fn, sn = fn // 2, sn // 2
    return sn == 0 and fr.hex() == first["root"] and sr.hex() == second["root"]
