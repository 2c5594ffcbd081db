"""People are found by words of their name where a clause says so, and the index tells nobody else who they are."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from camket.policy.terms import FULL_NAME
from camket.vault import gate, identity
from camket.vault.keys.models import IdentityToken
from tests.cast import AN, BINH, Person
from tests.vault.deeds import HOUSE, Kept, close, collect, end, find, journaled
from tests.vault.texts import tiny_policy

pytestmark = pytest.mark.usefixtures("edition_2")
AN_HOUR = timedelta(hours=1)


def kept(person: Person, now: datetime) -> Kept:
    """Collect what a person writes under the edition that lets a name be looked for."""
    return collect(person, now=now, edition=2)


class TestAName:
    @pytest.mark.parametrize("typed", [AN.full_name, "an", "hoai an", "Nguyễn An", "HOÀI"])
    def test_finds_whoever_bears_it(self, typed: str, now: datetime) -> None:
        an, _ = kept(AN, now), kept(BINH, now)
        assert find(typed, kind="full_name", now=now) == (an.subject,)

    @pytest.mark.parametrize("typed", ["nguyen", "Trần An", "anh", "hoai binh", "thị"])
    def test_finds_nobody_of_another_name(self, typed: str, now: datetime) -> None:
        kept(AN, now)
        kept(BINH, now)
        assert find(typed, kind="full_name", now=now) == ()

    def test_that_is_sought_is_journaled_without_the_name(self, now: datetime) -> None:
        kept(AN, now)
        find("hoai an", kind="full_name", now=now)
        (line,) = journaled("data.sought")
        assert line["facts"] == {"index": "full_name", "found": 1}

    def test_of_somebody_erased_finds_nobody(self, now: datetime) -> None:
        an = kept(AN, now)
        close(an, now=now)
        end(an, now=now)
        assert find("an", kind="full_name", now=now) == ()
        assert not IdentityToken.objects.exists()

    def test_is_found_under_a_new_index_too(self, now: datetime) -> None:
        an = kept(AN, now)
        rows = IdentityToken.objects.filter(kind="full_name").count()
        gate.begin_reindexing(now=now)
        assert gate.keep_index(actor=HOUSE, now=now + AN_HOUR).is_whole
        assert set(IdentityToken.objects.values_list("version", flat=True)) == {2}
        assert IdentityToken.objects.filter(kind="full_name").count() == rows
        assert find("nguyen hoai", kind="full_name", now=now) == find("an", kind="full_name", now=now) == (an.subject,)

    def test_keeps_both_words_in_a_new_index_where_they_share_a_token(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        monkeypatch.setattr(identity, "_NAME_BITS", 0)
        an = kept(AN, now)
        gate.begin_reindexing(now=now)
        assert gate.keep_index(actor=HOUSE, now=now + AN_HOUR).is_whole
        assert find("an", kind="full_name", now=now) == find("hoai", kind="full_name", now=now) == (an.subject,)
        assert find("anh", kind="full_name", now=now) == ()


class TestTheIndexOfNames:
    def test_cuts_its_tokens_so_that_many_names_share_each(self) -> None:
        key = b"k" * 32
        shares = Counter(identity.token(FULL_NAME, f"name{n}", key=key) for n in range(40_000))
        assert {len(token) for token in shares} == {2}
        assert len(shares) <= 4096
        assert min(shares.most_common(4000), key=lambda pair: pair[1])[1] >= 2

    def test_tells_apart_whom_a_token_does_not(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        monkeypatch.setattr(identity, "_NAME_BITS", 0)
        an, binh = kept(AN, now), kept(BINH, now)
        assert len({bytes(token) for token in IdentityToken.objects.filter(kind="full_name").values_list("token", flat=True)}) == 1
        assert find("an", kind="full_name", now=now) == (an.subject,)
        assert find("binh", kind="full_name", now=now) == (binh.subject,)

    def test_finds_nobody_by_a_token_that_was_moved(self, now: datetime) -> None:
        an, binh = kept(AN, now), kept(BINH, now)
        IdentityToken.objects.filter(matter_id=an.matter).update(subject_id=binh.subject, matter_id=binh.matter)
        assert find("an", kind="full_name", now=now) == ()

    def test_has_a_bond_of_its_own_for_each_person_of_one_name(self, now: datetime) -> None:
        for _ in range(3):
            kept(AN, now)
        bonds = [bytes(bond) for bond in IdentityToken.objects.filter(kind="full_name").values_list("bond", flat=True)]
        assert len(bonds) == len(set(bonds)) == 12

    @pytest.mark.clause("7.2")
    def test_is_kept_only_where_a_clause_lets_somebody_look_for_a_name(self) -> None:
        assert FULL_NAME not in tiny_policy(1).findable
        assert FULL_NAME in tiny_policy(2).findable
