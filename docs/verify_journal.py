"""
Check what somebody handed you of a Camket journal, without Camket: checkpoints, proofs, receipts, exports, against the public key you were given:
    python3 verify_journal.py PUBLIC_KEY FILE...
PUBLIC_KEY is 64 hexadecimal digits, from another hand than the files. Give exports last, the oldest of them first; what a FILE is, it says itself.
Needs Python 3.11 and `cryptography`, nothing of ours; every format and rule stands in journal.md, so that you need not trust this program either.
Exit status: 0 all of it is whole, signed and of one history; 1 something is not, or is not shown; 2 wrong use, or a file that cannot be opened.
"""

import hashlib
import json
import sys
from functools import partial, reduce
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CHECKPOINT, PROOF, V2, HOW = "camket checkpoint v1", "camket proof v1", "camket receipt v2", ("channel", "said_on", "said_in")
Head = tuple[int, bytes]  # how many entries, and the root over them
READ = partial(json.loads, object_pairs_hook=lambda pairs: dict(pairs) if len(dict(pairs)) == len(pairs) else require(False, "a name is twice"))


def require(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise ValueError(otherwise)


def from_hex(text: str, length: int) -> bytes:
    require(len(text) == 2 * length, f"{len(text)} digits stand where {2 * length} belong")
    return bytes.fromhex(text)


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(edge: list[bytes]) -> bytes:  # of complete subtrees that stand side by side, largest first
    return reduce(lambda right, left: node(left, right), reversed(edge)) if edge else hashlib.sha256().digest()


def leaf_hash(entry: dict) -> bytes:  # what stands in the tree for an entry, once its leaf is that of its salt and payload, unless withheld
    leaf, payload, where = from_hex(entry["leaf"], 32), entry["payload"], entry["position"]
    require(payload is None or hashlib.sha256(from_hex(entry["salt"], 16) + payload.encode()).digest() == leaf, f"the entry at {where} was changed")
    return hashlib.sha256(b"\x00" + leaf).digest()


def head_of(checkpoint: dict, key: bytes) -> Head:  # what it says, once the signature under it is found to be the key's
    size, signed = checkpoint["size"], {name: checkpoint[name] for name in ("at", "root", "size")}
    print(f"  a checkpoint of {size} entries, of {checkpoint['at']!a}")
    require(checkpoint["format"] == CHECKPOINT and checkpoint["public_key"] == key.hex(), "it bears another key than the one you gave")
    message = len(CHECKPOINT).to_bytes(8, "big") + (CHECKPOINT + json.dumps(signed, separators=(",", ":"))).encode()
    Ed25519PublicKey.from_public_bytes(key).verify(from_hex(checkpoint["signature"], 64), message)
    return size, from_hex(checkpoint["root"], 32)


def root_by_path(position: int, size: int, value: bytes, path: list[str]) -> bytes:  # where a leaf's proof leads: PATH of RFC 9162 2.1.3.1, backwards
    if size == 1 and not path:
        return value
    *rest, sibling = path
    half = 1 << (size - 1).bit_length() - 1  # the largest power of two below the size: there a tree parts
    if position < half:
        return node(root_by_path(position, half, value, rest), from_hex(sibling, 32))
    return node(from_hex(sibling, 32), root_by_path(position - half, size - half, value, rest))


def roots_by_proof(old: int, new: int, known: list[str], path: list[str]) -> tuple[bytes, bytes]:  # SUBPROOF of RFC 9162 2.1.4.1, backwards
    if old == new:  # `known` is the old root, where that is whole
        (value,) = (from_hex(text, 32) for text in known + path)
        return value, value
    *rest, sibling = path
    half, other = 1 << (new - 1).bit_length() - 1, from_hex(sibling, 32)
    if old <= half:
        first, second = roots_by_proof(old, half, known, rest)
        return first, node(second, other)
    return tuple(node(other, root) for root in roots_by_proof(old - half, new - half, [], rest))


def check_proof(proof: dict, key: bytes) -> set[tuple[Head, Head]]:  # signed heads in pairs of which the first is shown to begin the second
    entry, since, receipt, (size, root) = proof["entry"], proof["since"], proof.get("receipt"), head_of(proof["checkpoint"], key)
    print(f"  the entry at position {(position := entry['position'])}: {entry['payload'] or 'withheld'!a}")
    require(0 <= position < size and root_by_path(position, size, leaf_hash(entry), proof["path"]) == root, "it is not among those signed")
    if receipt:  # of a consent: it says of it what the entry says, in the words whose fingerprint stands there
        said, notice, (*older, last), whose = json.loads(entry["payload"]), receipt["notice"], receipt["event"], receipt["record"]["pii_principal_id"]
        told = ((what := receipt["processing"])["purpose"], *map(notice.get, ("edition", "language", "wording_hash")), *map(last.get, HOW))
        is_so = told == tuple(map((facts := said["facts"]).get, ("purpose", "edition", "language", "wording", *HOW)))
        is_so &= receipt["said"] == facts | {"act": said["act"], "at": said["at"]} and last["@type"].lower() == f"dpv:{said['act'].replace('.', '')}"
        is_so &= receipt.get("format", V2) == V2 and ("wording" not in notice or hashlib.sha256(notice["wording"].encode()).hexdigest() == told[3])
        is_so &= {whose, *(one.get("entity_id", whose) for one in receipt["event"])} <= {*said["subjects"]}
        is_so &= last["at"][:19] == max(one["at"] for one in [said, *older])[:19] and last["at"][-6:] == "+00:00"  # whatever a clock did
        thing = what.get("dpv:hasPurpose", {"dcterms:identifier": told[0], "@id": f"#purpose-{told[0]}"})  # the first shape had none
        require(is_so and thing["dcterms:identifier"] == thing["@id"].rpartition("#purpose-")[2] == told[0], "its receipt says something else")
        print("  its receipt: whose, for what, edition, language, words, when and how are the entry's; the rest is up to that edition, or their word")
    old, old_root, path = (*head_of(since["checkpoint"], key), since["path"]) if since else (size, root, [])
    require(0 < old <= size and roots_by_proof(old, size, [old_root.hex()], path) == (old_root, root), "it is not shown to be the beginning")
    return {((old, old_root), (size, root)), ((size, root), (size, root))}


def check_export(name: str, heads: set[Head]) -> set[tuple[Head, Head]]:  # each head that it covers begins the one it leads to, once it is whole
    edge, size, withheld, signed = list[bytes](), 0, 0, {head[0] for head in heads}
    with Path(name).open("rb") as file:
        for entry in map(READ, file):
            require(entry["position"] == size, f"position {size} is missing")
            value, number = leaf_hash(entry), size
            while number & 1:
                value, number = node(edge.pop(), value), number >> 1
            edge.append(value)
            size, withheld = size + 1, withheld + (entry["payload"] is None)
            require(size not in signed or {root_of(edge)} == {root for end, root in heads if end == size}, f"the first {size} are not those signed")
    covered = [head for head in heads if head[0] <= size]
    print(f"  an export of {size} entries, {withheld} of them withheld, {size - max(covered, default=(0,))[0]} after the last that is signed")
    return {(head, (size, root_of(edge))) for head in [*covered, (size, root_of(edge))]}


def check(key: bytes, names: list[str]) -> None:  # says what each file holds; raises at the first thing that is not so, or that is not shown
    begins: set[tuple[Head, Head]] = set()
    for name in names:
        print(name)
        with Path(name).open("rb") as file:
            found = READ(file.readline() or "{}")
            require("format" not in found or not file.read().strip(), "more stands in it than one line, and nothing tells what that is")
        if "format" in found:
            begins |= check_proof(found, key) if found["format"] == PROOF else {(head_of(found, key),) * 2}
        else:
            require(bool(begins), "nothing signed was given before it: bring a checkpoint")
            begins |= check_export(name, {head for head, _ in begins})
    known = {max(head for head, _ in begins)}
    while more := {old for old, new in begins if new in known} - known:
        known |= more
    loose = sorted({head[0] for head, _ in begins if head not in known})
    require(not loose, f"nothing shows that {loose} entries begin the {max(known)[0]}: forked or cut off, unless a newer proof or export shows it")


def main(arguments: list[str]) -> int:
    if len(arguments) < 2 or len(arguments[0]) != 64 or set(arguments[0]) - set("0123456789abcdef"):
        print(__doc__)
        return 2
    try:
        check(bytes.fromhex(arguments[0]), arguments[1:])
    except OSError as error:
        print(f"{error.filename}: {error.strerror}")
        return 2
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, InvalidSignature) as error:
        print(f"NOT SO ({type(error).__name__}): {error}")
        return 1
    print("All of it holds.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
