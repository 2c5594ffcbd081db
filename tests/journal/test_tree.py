"""The Merkle tree, against the definitions of RFC 9162 as a stranger writes them down: recursive, slow, and beyond doubt."""

import hashlib
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camket.journal import tree
from camket.journal.tree import Frontier, Place
from tests.journal.stranger import defined_path, defined_root, defined_subproof

sizes = st.integers(min_value=1, max_value=200)


def leaves(count: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(count)]


class Stored:
    """The complete subtrees of a tree, as the tables of nodes and of entries would hold them."""

    def __init__(self, count: int) -> None:
        self.edge, completed = tree.append(Frontier(), leaves(count))
        self.nodes = {node.place: node.hash for node in completed}
        assert len(self.nodes) == len(completed)
        self.all = self.nodes | {Place(0, number): tree.leaf_hash(leaf) for number, leaf in enumerate(leaves(count))}

    def __call__(self, places: Sequence[Place]) -> Mapping[Place, bytes]:
        return {place: self.all[place] for place in places if place in self.all}


@st.composite
def position_and_size(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(min_value=0, max_value=size - 1)), size


@st.composite
def two_sizes(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(min_value=1, max_value=size)), size


class TestTheRoot:
    def test_of_no_leaves_is_the_hash_of_nothing(self) -> None:
        assert Frontier().root == hashlib.sha256(b"").digest()

    @given(sizes)
    def test_is_the_one_that_the_rfc_defines(self, size: int) -> None:
        assert Stored(size).edge.root == defined_root(leaves(size))

    @given(two_sizes())
    def test_at_an_earlier_size_can_still_be_told(self, both: tuple[int, int]) -> None:
        earlier, size = both
        assert tree.root_at(earlier, Stored(size)) == defined_root(leaves(earlier))

    def test_at_a_size_the_tree_never_had_cannot(self) -> None:
        with pytest.raises(KeyError):
            tree.root_at(8, Stored(7))


class TestGrowing:
    @given(st.lists(st.integers(min_value=0, max_value=40), max_size=8))
    def test_in_pieces_is_the_same_as_at_once(self, pieces: list[int]) -> None:
        whole = Stored(sum(pieces))
        edge, nodes, data = Frontier(), {}, leaves(sum(pieces))
        for piece in pieces:
            edge, completed = tree.append(edge, data[edge.size : edge.size + piece])
            nodes.update({node.place: node.hash for node in completed})
        assert edge == whole.edge
        assert nodes == whole.nodes

    @given(sizes)
    def test_completes_every_complete_subtree_above_the_leaves_and_no_other(self, size: int) -> None:
        expected = {Place(level, number) for level in range(1, 9) for number in range(size >> level)}
        stored = Stored(size)
        assert set(stored.nodes) == expected
        assert tree.count_nodes(size) == len(expected)

    @given(sizes)
    def test_goes_on_from_an_edge_that_was_written_down(self, size: int) -> None:
        edge = Stored(size).edge
        assert tree.frontier_from(size, edge.as_bytes()) == edge

    @pytest.mark.parametrize(("size", "length"), [(3, 32), (3, 96), (4, 31), (0, 32), (1, 0)])
    def test_does_not_go_on_from_an_edge_of_another_size(self, size: int, length: int) -> None:
        with pytest.raises(ValueError, match="complete subtrees at its edge"):
            tree.frontier_from(size, bytes(length))


class TestAnInclusionProof:
    @given(position_and_size())
    def test_is_the_one_that_the_rfc_defines(self, where: tuple[int, int]) -> None:
        position, size = where
        assert list(tree.inclusion_proof(position, size, Stored(size))) == defined_path(position, leaves(size))

    @given(position_and_size())
    def test_leads_to_the_root(self, where: tuple[int, int]) -> None:
        position, size = where
        path = defined_path(position, leaves(size))
        assert tree.root_from_inclusion(leaves(size)[position], position, size, path) == defined_root(leaves(size))

    @given(position_and_size(), st.data())
    def test_leads_elsewhere_for_another_leaf_place_size_or_path(self, where: tuple[int, int], data: st.DataObject) -> None:
        position, size = where
        root, path = defined_root(leaves(size)), defined_path(position, leaves(size))
        other = data.draw(st.integers(min_value=0, max_value=size).filter(lambda number: number != position))
        assert tree.root_from_inclusion(b"another leaf", position, size, path) != root
        assert tree.root_from_inclusion(leaves(size)[position], other, size, path) != root
        assert tree.root_from_inclusion(leaves(size)[position], position, size, [*path, root]) is None
        if path:
            turned = data.draw(st.integers(min_value=0, max_value=len(path) - 1))
            assert tree.root_from_inclusion(leaves(size)[position], position, size, path[:-1]) != root
            assert tree.root_from_inclusion(leaves(size)[position], position, size, [*path[:turned], bytes(32), *path[turned + 1 :]]) != root

    @pytest.mark.parametrize(("position", "size"), [(-1, 3), (3, 3), (0, 0)])
    def test_is_not_made_for_a_place_that_is_not_there(self, position: int, size: int) -> None:
        with pytest.raises(ValueError, match="has no position"):
            tree.inclusion_proof(position, size, Stored(size))
        assert tree.root_from_inclusion(b"", position, size, []) is None

    @given(position_and_size(), sizes)
    def test_can_be_made_for_an_earlier_size_too(self, where: tuple[int, int], more: int) -> None:
        position, size = where
        assert tree.inclusion_proof(position, size, Stored(size + more)) == tree.inclusion_proof(position, size, Stored(size))


class TestAConsistencyProof:
    @given(two_sizes())
    def test_is_the_one_that_the_rfc_defines(self, both: tuple[int, int]) -> None:
        old, new = both
        assert list(tree.consistency_proof(old, new, Stored(new))) == defined_subproof(old, leaves(new), True)

    @given(two_sizes())
    def test_shows_that_the_new_tree_begins_with_the_old(self, both: tuple[int, int]) -> None:
        old, new = both
        path = defined_subproof(old, leaves(new), True)
        assert tree.is_consistent(old, defined_root(leaves(old)), new, defined_root(leaves(new)), path)

    @given(two_sizes(), st.data())
    def test_shows_nothing_of_a_tree_that_was_rewritten(self, both: tuple[int, int], data: st.DataObject) -> None:
        old, new = both
        rewritten = leaves(new)
        rewritten[data.draw(st.integers(min_value=0, max_value=old - 1))] = b"rewritten"
        new_root, path = defined_root(rewritten), defined_subproof(old, rewritten, True)
        assert not tree.is_consistent(old, defined_root(leaves(old)), new, new_root, path)

    @given(two_sizes())
    def test_with_too_much_or_too_little_in_it_shows_nothing(self, both: tuple[int, int]) -> None:
        old, new = both
        old_root, new_root = defined_root(leaves(old)), defined_root(leaves(new))
        path = defined_subproof(old, leaves(new), True)
        assert not tree.is_consistent(old, old_root, new, new_root, [*path, bytes(32)])
        assert not path or not tree.is_consistent(old, old_root, new, new_root, path[:-1])

    @pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 3)])
    def test_is_not_made_for_sizes_out_of_order(self, old: int, new: int) -> None:
        with pytest.raises(ValueError, match="does not begin with"):
            tree.consistency_proof(old, new, Stored(3))
        assert not tree.is_consistent(old, b"", new, b"", [])
