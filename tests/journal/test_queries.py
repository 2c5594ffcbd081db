"""Reading: the newest first, who was named, and proofs that need no trust in whoever gives them."""

import hashlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.journal import actions, queries, sequencing, tree
from tests.journal.deeds import AN, BINH, NOON, several, shown, withhold

pytestmark = pytest.mark.django_db


class TestTheLatestEntries:
    def test_come_newest_first_and_a_page_at_a_time(self) -> None:
        ids = several(5)
        first = queries.recent(limit=2)
        assert [row.id for row in first] == [ids[4], ids[3]]
        assert first[-1].position == 3
        assert [row.id for row in queries.recent(limit=9, before=3)] == [ids[2], ids[1], ids[0]]

    def test_of_an_empty_journal_are_none(self) -> None:
        assert queries.recent(limit=5) == []
        assert queries.head() == queries.Head(size=0, root=hashlib.sha256(b"").digest())
        assert queries.latest_checkpoint() is None


@pytest.mark.clause("7.3")
class TestWhoLookedAtThisPerson:
    def test_is_every_entry_that_names_them_and_no_other(self) -> None:
        of_an = shown(subjects=[AN], at=NOON)
        of_both = shown(subjects=[AN, BINH], at=NOON + timedelta(seconds=1))
        of_binh = shown(subjects=[BINH], at=NOON + timedelta(seconds=2))
        assert [row.id for row in queries.naming(AN)] == [of_both, of_an]
        assert [row.id for row in queries.naming(BINH)] == [of_binh, of_both]
        assert queries.naming(uuid4()) == []

    def test_is_asked_in_one_query(self) -> None:
        shown(subjects=[AN])
        with CaptureQueriesContext(connections["default"]) as captured:
            queries.naming(AN)
        assert len(captured) == 1

    def test_ends_at_the_limit(self) -> None:
        ids = several(4)
        assert [row.id for row in queries.naming(AN, limit=2)] == [ids[3], ids[2]]


class TestAnUnknownEntry:
    def test_is_said_to_be_unknown(self) -> None:
        nobody = uuid4()
        for ask in (queries.entry, queries.opening, queries.inclusion_proof, withhold):
            with pytest.raises(queries.EntryUnknown) as unknown:
                ask(nobody)
            assert unknown.value.entry_id == nobody


class TestAProof:
    def test_leads_from_every_entry_to_the_head(self) -> None:
        ids = several(7)
        for position, entry_id in enumerate(ids):
            proof = queries.inclusion_proof(entry_id)
            assert (proof.position, proof.size, proof.root, proof.checkpoint) == (position, 7, queries.head().root, None)
            assert proof.holds()

    def test_leads_to_the_latest_checkpoint_where_that_covers_the_entry(self) -> None:
        ids = several(5)
        signed = actions.checkpoint(now=NOON)
        later = several(3)
        covered, not_yet = queries.inclusion_proof(ids[2]), queries.inclusion_proof(later[0])
        assert signed is not None
        assert (covered.size, covered.root, covered.checkpoint) == (5, signed.root, signed)
        assert (not_yet.size, not_yet.checkpoint) == (8, None)
        assert covered.holds()
        assert not_yet.holds()

    def test_with_the_opening_shows_what_the_entry_says(self) -> None:
        entry_id = several(3)[1]
        proof, said = queries.inclusion_proof(entry_id), queries.opening(entry_id)
        assert hashlib.sha256(said.salt + said.payload).digest() == proof.leaf
        assert str(entry_id).encode() in said.payload

    def test_needs_few_queries_however_large_the_tree(self) -> None:
        entry_id = several(70)[13]
        # where it stands and the latest checkpoint, the head where that does not cover it, and the nodes
        for signs, many in ((False, 3), (True, 2)):
            if signs:
                actions.checkpoint(now=NOON)
            with CaptureQueriesContext(connections["default"]) as captured:
                proof = queries.inclusion_proof(entry_id)
            assert len(proof.path) == 7
            assert len(captured) == many

    def test_cannot_be_given_before_the_entry_has_a_place(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sequencing, "is_inline", lambda connection: False)
        entry_id = shown()
        with pytest.raises(queries.NotYetSequenced):
            queries.inclusion_proof(entry_id)

    def test_of_consistency_is_refused_for_a_size_the_tree_never_had(self) -> None:
        several(3)
        with pytest.raises(KeyError):
            queries.consistency_proof(old_size=2, new_size=4)


class TestTheEntriesOfAnInstant:
    @pytest.mark.parametrize("offset", [0, 1, 999, 123_000, 122_999, 999_999])
    def test_are_those_of_just_this_act_and_microsecond(self, offset: int) -> None:
        at = NOON + timedelta(microseconds=offset)
        for neighbour in (-1000, -1, 1, 1000):
            shown(at=at + timedelta(microseconds=neighbour))
        wanted = [shown(at=at), shown(at=at)]
        assert [row.id for row in queries.at_instant(act="data.shown", at=at)] == wanted
        assert queries.at_instant(act="data.refused", at=at) == []

    def test_are_found_without_reading_the_others(self) -> None:
        with CaptureQueriesContext(connections["default"]) as captured:
            queries.at_instant(act="data.shown", at=NOON)
        (query,) = captured
        assert '"id" >= ' in query["sql"]
        assert '"id" < ' in query["sql"]


class TestTheNewestInstant:
    def test_is_that_of_the_latest_act_whatever_its_place(self) -> None:
        assert queries.newest_instant() is None
        shown(at=NOON + timedelta(hours=1))
        shown(at=NOON)
        assert queries.newest_instant() == NOON + timedelta(hours=1)


class TestReadingNoNodes:
    def test_asks_nothing(self) -> None:
        with CaptureQueriesContext(connections["default"]) as captured:
            assert queries.read_nodes([]) == {}
        assert len(captured) == 0
        assert tree.count_nodes(0) == 0
