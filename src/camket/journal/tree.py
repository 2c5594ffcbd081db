"""The Merkle tree of RFC 9162, section 2.1: growing it, its root, its proofs and their verification. Pure arithmetic over hashes."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


class Place(NamedTuple):
    """Where a complete subtree stands: `level` 0 is a leaf, `number` counts the subtrees of its level from the left, 0 for the first."""

    level: int
    number: int

    @property
    def first(self) -> int:
        """The position of its first leaf."""
        return self.number << self.level


class Node(NamedTuple):
    """A complete subtree of two leaves or more, and its hash."""

    place: Place
    hash: bytes


Reader = Callable[[Sequence[Place]], Mapping[Place, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The right edge of a tree: how many leaves it has, and the hashes of its largest complete subtrees from left to right."""

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The Merkle tree hash over all leaves."""
        return _joined(self.hashes) if self.hashes else EMPTY_ROOT

    def as_bytes(self) -> bytes:
        """Return the hashes joined, largest subtree first."""
        return b"".join(self.hashes)


def frontier_from(size: int, joined: bytes) -> Frontier:
    """
    Return the frontier that `as_bytes` wrote.

    Args:
        size: How many leaves the tree has.
        joined: The hashes, 32 bytes each.

    Raises:
        ValueError: The number of hashes does not go with the size.
    """
    hashes = tuple(joined[start : start + HASH_BYTES] for start in range(0, len(joined), HASH_BYTES))
    if len(joined) != HASH_BYTES * size.bit_count():
        raise ValueError(f"a tree of {size} leaves has {size.bit_count()} complete subtrees at its edge, not {len(hashes)}")
    return Frontier(size=size, hashes=hashes)


def leaf_hash(leaf: bytes) -> bytes:
    """
    Return the hash of a leaf in the tree.

    Args:
        leaf: The leaf's bytes.

    Source: RFC 9162 §2.1.1.
    """
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """
    Return the hash of an inner node.

    Args:
        left: Hash of the left subtree.
        right: Hash of the right subtree.

    Source: RFC 9162 §2.1.1.
    """
    return hashlib.sha256(b"\x01" + left + right).digest()


def append(frontier: Frontier, leaves: Iterable[bytes]) -> tuple[Frontier, list[Node]]:
    """
    Return the frontier after some leaves, and every subtree above them that they complete, in the order of completion.

    Args:
        frontier: The tree's edge before.
        leaves: The leaves' bytes, in order.
    """
    size, edge, completed = frontier.size, list(frontier.hashes), []
    for leaf in leaves:
        level, index, value = 0, size, leaf_hash(leaf)
        while index & 1:
            value = node_hash(edge.pop(), value)
            level, index = level + 1, index >> 1
            completed.append(Node(Place(level, index), value))
        edge.append(value)
        size += 1
    return Frontier(size=size, hashes=tuple(edge)), completed


def count_nodes(size: int) -> int:
    """
    Return how many complete subtrees a tree has above its leaves.

    Args:
        size: How many leaves it has.
    """
    return size - size.bit_count()


def root_at(size: int, read: Reader) -> bytes:
    """
    Return the root that a tree had when it had `size` leaves.

    Args:
        size: How many leaves.
        read: Gives the hashes of complete subtrees.

    Raises:
        KeyError: A subtree is not there: the tree never had that many leaves.

    Source: RFC 9162 §2.1.1.
    """
    return _spans_hashes([(0, size)], read)[0] if size else EMPTY_ROOT


def inclusion_proof(position: int, size: int, read: Reader) -> tuple[bytes, ...]:
    """
    Return the proof that the leaf at a position is in the tree of a size.

    Args:
        position: The leaf's place, 0 for the first.
        size: How many leaves the tree has.
        read: Gives the hashes of complete subtrees.

    Raises:
        ValueError: The tree has no such position.
        KeyError: A subtree is not there: the tree never had that many leaves.

    Source: RFC 9162 §2.1.3.1.
    """
    if not 0 <= position < size:
        raise ValueError(f"a tree of {size} leaves has no position {position}")
    siblings: list[tuple[int, int]] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if position < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    return _spans_hashes(siblings[::-1], read)


def consistency_proof(old_size: int, new_size: int, read: Reader) -> tuple[bytes, ...]:
    """
    Return the proof that the tree of the new size begins with the tree of the old size.

    Args:
        old_size: How many leaves the earlier tree had, at least 1.
        new_size: How many leaves the later tree has.
        read: Gives the hashes of complete subtrees.

    Raises:
        ValueError: The sizes are not in order, or the old tree is empty.
        KeyError: A subtree is not there: the tree never had that many leaves.

    Source: RFC 9162 §2.1.4.1.
    """
    if not 0 < old_size <= new_size:
        raise ValueError(f"a tree of {new_size} leaves does not begin with one of {old_size}")
    spans: list[tuple[int, int]] = []
    start, end, remaining, is_whole = 0, new_size, old_size, True
    while remaining != end - start:
        half = _split(end - start)
        if remaining <= half:
            spans.append((start + half, end))
            end = start + half
        else:
            spans.append((start, start + half))
            start, remaining, is_whole = start + half, remaining - half, False
    if not is_whole:
        spans.append((start, end))
    return _spans_hashes(spans[::-1], read)


def root_from_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """
    Return the root that a leaf and its proof lead to, or None where the proof cannot belong to that place.

    Args:
        leaf: The leaf's bytes.
        position: Its place, 0 for the first.
        size: How many leaves the tree has.
        path: The proof.

    Source: RFC 9162 §2.1.3.2.
    """
    if not 0 <= position < size:
        return None
    number, last, value = position, size - 1, leaf_hash(leaf)
    for sibling in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            value = node_hash(sibling, value)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        number, last = number >> 1, last >> 1
    return value if last == 0 else None


def is_consistent(old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes]) -> bool:
    """
    Return whether a proof shows that the new tree begins with the old one.

    Args:
        old_size: How many leaves the earlier tree had.
        old_root: Its root.
        new_size: How many leaves the later tree has.
        new_root: Its root.
        path: The proof.

    Source: RFC 9162 §2.1.4.2.
    """
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not hashes:
        return False
    number, last = old_size - 1, new_size - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and old == old_root and new == new_root


def _split(width: int) -> int:
    """Return the largest power of two smaller than a width of two or more."""
    return 1 << (width - 1).bit_length() - 1


def _cover(start: int, end: int) -> list[Place]:
    """Return the largest complete subtrees that together cover the leaves from start to end; start is where a subtree of that width may begin."""
    places = []
    while start < end:
        level = (end - start).bit_length() - 1
        places.append(Place(level, start >> level))
        start += 1 << level
    return places


def _spans_hashes(spans: Sequence[tuple[int, int]], read: Reader) -> tuple[bytes, ...]:
    """Return the hash over each span of leaves, reading all the subtrees they need at once."""
    covers = [_cover(start, end) for start, end in spans]
    hashes = read([place for cover in covers for place in cover])
    return tuple(_joined([hashes[place] for place in cover]) for cover in covers)


def _joined(hashes: Sequence[bytes]) -> bytes:
    """Return the hash over neighbouring subtrees of falling size."""
    value = hashes[-1]
    for left in reversed(hashes[:-1]):
        value = node_hash(left, value)
    return value
