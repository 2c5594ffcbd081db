"""Whoever moves ciphertexts, rows, wrapped keys or tokens about opens nothing with them and is nobody else."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import rfc8785
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.terms import FieldName
from camket.vault import gate, identity, keyring, seal
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Record
from tests.cast import AN, BINH
from tests.vault.deeds import HOUSE, Kept, close, collect, end, find, use
from tests.vault.test_epochs import lone_matter

ids = st.uuids()
numbers = st.integers(1, 4_000_000_000)
keys = st.binary(min_size=32, max_size=32)


def one_changed(arguments: dict[str, Any], name: str, other: Any) -> dict[str, Any]:
    """The same arguments, one of them another."""
    return {**arguments, name: other}


KINDS: dict[str, tuple[Callable[..., bytes], Callable[..., bytes], dict[str, st.SearchStrategy[Any]]]] = {
    "subject": (seal.wrap_subject_key, seal.unwrap_subject_key, {"subject": ids, "epoch": numbers}),
    "matter": (seal.wrap_matter_key, seal.unwrap_matter_key, {"matter": ids, "subject": ids}),
    "lone matter": (seal.wrap_lone_matter_key, seal.unwrap_lone_matter_key, {"matter": ids, "epoch": numbers}),
}


class TestAWrapping:
    @pytest.mark.parametrize("kind", KINDS)
    @given(data=st.data(), wrapper=keys, key=keys)
    def test_opens_in_its_own_place_only(self, kind: str, data: st.DataObject, wrapper: bytes, key: bytes) -> None:
        wrap, unwrap, parts = KINDS[kind]
        place, other = (data.draw(st.fixed_dictionaries(parts)) for _ in range(2))
        wrapped = wrap(wrapper, key=key, **place)
        assert unwrap(wrapper, wrapped=wrapped, **place) == key
        for name, value in other.items():
            if value != place[name]:
                with pytest.raises(seal.SealBroken):
                    unwrap(wrapper, wrapped=wrapped, **one_changed(place, name, value))

    @given(wrapper=keys, key=keys, id=ids, epoch=numbers)
    def test_of_one_kind_never_opens_as_another(self, wrapper: bytes, key: bytes, id: UUID, epoch: int) -> None:
        made = {
            "subject": seal.wrap_subject_key(wrapper, subject=id, epoch=epoch, key=key),
            "matter": seal.wrap_matter_key(wrapper, matter=id, subject=id, key=key),
            "lone": seal.wrap_lone_matter_key(wrapper, matter=id, epoch=epoch, key=key),
        }
        opening: dict[str, Callable[[bytes], bytes]] = {
            "subject": lambda wrapped: seal.unwrap_subject_key(wrapper, subject=id, epoch=epoch, wrapped=wrapped),
            "matter": lambda wrapped: seal.unwrap_matter_key(wrapper, matter=id, subject=id, wrapped=wrapped),
            "lone": lambda wrapped: seal.unwrap_lone_matter_key(wrapper, matter=id, epoch=epoch, wrapped=wrapped),
        }
        for kind, wrapped in made.items():
            for other, unwrap in opening.items():
                if kind == other:
                    assert unwrap(wrapped) == key
                    continue
                with pytest.raises(seal.SealBroken):
                    unwrap(wrapped)

    @given(wrapper=keys, key=keys, place=st.integers(0, 10_000), bit=st.integers(0, 7))
    def test_with_one_bit_changed_opens_no_more(self, wrapper: bytes, key: bytes, place: int, bit: int) -> None:
        id = UUID(int=7)
        wrapped = bytearray(seal.wrap_subject_key(wrapper, subject=id, epoch=1, key=key))
        wrapped[place % len(wrapped)] ^= 1 << bit
        with pytest.raises(seal.SealBroken):
            seal.unwrap_subject_key(wrapper, subject=id, epoch=1, wrapped=bytes(wrapped))


PLACES = st.builds(
    seal.Place,
    subject=st.none() | ids,
    matter=ids,
    record=ids,
    collection=st.sampled_from(["contact", "message", "contactm", "essage", ""]),
    edition=numbers,
)


class TestASealedRecord:
    @given(key=keys, place=PLACES, other=PLACES, part=st.sampled_from(["subject", "matter", "record", "collection", "edition"]))
    def test_opens_where_it_was_sealed_and_nowhere_else(self, key: bytes, place: seal.Place, other: seal.Place, part: str) -> None:
        fields = {FieldName("phone"): "0912 345 678"}
        sealed = seal.seal_record(key, place, fields)
        assert seal.open_record(key, place, sealed) == fields
        parts = {name: getattr(place, name) for name in ("subject", "matter", "record", "collection", "edition")}
        moved = seal.Place(**one_changed(parts, part, getattr(other, part)))
        if moved != place:
            with pytest.raises(seal.SealBroken):
                seal.open_record(key, moved, sealed)

    @given(key=keys, place=PLACES, fields=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_]{0,30}", fullmatch=True), st.text()))
    def test_is_written_in_the_canonical_form(self, key: bytes, place: seal.Place, fields: dict[str, str]) -> None:
        sealed = seal.seal_record(key, place, {FieldName(name): text for name, text in fields.items()})
        assert AESGCM(key).decrypt(sealed[1:13], sealed[13:], place.associated_data()) == rfc8785.dumps(fields)

    @given(place=PLACES, other=PLACES)
    def test_is_bound_to_a_place_that_no_other_spells_alike(self, place: seal.Place, other: seal.Place) -> None:
        assert (place == other) is (place.associated_data() == other.associated_data())


def swap(rows: Any, one: dict[str, Any], other: dict[str, Any], *columns: str) -> None:
    """Exchange columns of two rows, by statements, as somebody would who owns the database."""
    (first,), (second,) = list(rows.filter(**one).values(*columns)), list(rows.filter(**other).values(*columns))
    rows.filter(**one).update(**second)
    rows.filter(**other).update(**first)


@pytest.mark.usefixtures("vault")
@pytest.mark.clause("7.1")
class TestTwoPeopleSwappedByHand:
    @pytest.fixture
    def an(self, now: datetime) -> Kept:
        return collect(AN, now=now)

    @pytest.fixture
    def binh(self, now: datetime) -> Kept:
        return collect(BINH, now=now)

    def shows_nothing(self, an: Kept, binh: Kept, now: datetime) -> None:
        for one in (an, binh):
            with pytest.raises((seal.SealBroken, gate.KeyMissing)):
                use(one, now=now)

    def test_in_their_sealed_values(self, an: Kept, binh: Kept, now: datetime) -> None:
        for mine, theirs in zip(an.records, binh.records, strict=True):
            swap(Record.objects, {"id": mine}, {"id": theirs}, "sealed")
        self.shows_nothing(an, binh, now)

    def test_in_their_whole_records(self, an: Kept, binh: Kept, now: datetime) -> None:
        for mine, theirs in zip(an.records, binh.records, strict=True):
            swap(Record.objects, {"id": mine}, {"id": theirs}, "subject_id", "matter_id")
        self.shows_nothing(an, binh, now)

    @pytest.mark.parametrize("column", ["collection", "edition"])
    def test_in_what_a_record_is_called(self, an: Kept, now: datetime, column: str) -> None:
        first, second = an.records
        if column == "collection":
            swap(Record.objects, {"id": first}, {"id": second}, "collection")
        else:
            Record.objects.filter(id__in=an.records).update(edition=2)
        with pytest.raises((seal.SealBroken, gate.Refused)):
            use(an, now=now)

    def test_in_one_persons_two_records(self, an: Kept, now: datetime) -> None:
        swap(Record.objects, {"id": an.records[0]}, {"id": an.records[1]}, "sealed")
        with pytest.raises(seal.SealBroken):
            use(an, now=now)

    def test_in_their_wrapped_subject_keys(self, an: Kept, binh: Kept, now: datetime) -> None:
        swap(SubjectKey.objects, {"subject_id": an.subject}, {"subject_id": binh.subject}, "wrapped")
        self.shows_nothing(an, binh, now)

    def test_in_their_wrapped_matter_keys(self, an: Kept, binh: Kept, now: datetime) -> None:
        swap(MatterKey.objects, {"matter_id": an.matter}, {"matter_id": binh.matter}, "wrapped")
        self.shows_nothing(an, binh, now)

    def test_in_the_owners_of_their_matters(self, an: Kept, binh: Kept, now: datetime) -> None:
        swap(MatterKey.objects, {"matter_id": an.matter}, {"matter_id": binh.matter}, "subject_id")
        self.shows_nothing(an, binh, now)

    def test_in_their_owners_and_their_wrappings(self, an: Kept, binh: Kept, now: datetime) -> None:
        swap(MatterKey.objects, {"matter_id": an.matter}, {"matter_id": binh.matter}, "subject_id", "wrapped")
        self.shows_nothing(an, binh, now)

    def test_in_one_persons_two_matters(self, an: Kept, now: datetime) -> None:
        again = collect(AN, now=now, subject=an.subject)
        swap(MatterKey.objects, {"matter_id": an.matter}, {"matter_id": again.matter}, "wrapped")
        with pytest.raises(seal.SealBroken):
            use(an, now=now)

    def test_in_the_epochs_of_their_keys(self, an: Kept, now: datetime) -> None:
        old = SubjectKey.objects.get(subject_id=an.subject)
        gate.keep_epochs(actor=HOUSE, now=now, steps=True)
        for changes in ({"epoch": 1}, {"wrapped": bytes(old.wrapped)}):
            before = SubjectKey.objects.get(subject_id=an.subject)
            SubjectKey.objects.filter(subject_id=an.subject).update(**changes)
            with pytest.raises(seal.SealBroken):
                use(an, now=now)
            SubjectKey.objects.filter(subject_id=an.subject).update(epoch=before.epoch, wrapped=bytes(before.wrapped))

    def test_in_matters_of_nobody(self, an: Kept, now: datetime) -> None:
        (one, _), (other, _) = lone_matter(now), lone_matter(now)
        swap(MatterKey.objects, {"matter_id": one}, {"matter_id": other}, "wrapped")
        for matter in (one, other):
            with pytest.raises(seal.SealBroken):
                keyring.matter_keys([matter])
        MatterKey.objects.filter(matter_id=one).update(subject_id=an.subject, epoch=None)
        with pytest.raises(seal.SealBroken):
            keyring.matter_keys([one])

    def test_in_keys_from_another_house(self, an: Kept, binh: Kept, now: datetime) -> None:
        foreign = seal.wrap_subject_key(seal.new_key(), subject=an.subject, epoch=1, key=seal.new_key())
        SubjectKey.objects.filter(subject_id=an.subject).update(wrapped=foreign)
        with pytest.raises(seal.SealBroken):
            use(an, now=now)

    def test_put_back_as_they_were_can_be_read_again(self, an: Kept, binh: Kept, now: datetime) -> None:
        """The test of these tests: it is the swapping that closes, nothing else."""
        for _ in range(2):
            swap(SubjectKey.objects, {"subject_id": an.subject}, {"subject_id": binh.subject}, "wrapped")
        assert use(an, now=now)
        assert use(binh, now=now)


@pytest.mark.usefixtures("vault")
class TestAToken:
    def test_of_an_erased_person_put_back_finds_nobody(self, now: datetime) -> None:
        an = collect(AN, now=now)
        copied = IdentityToken.objects.filter(subject_id=an.subject)[0]
        close(an, now=now)
        end(an, now=now)
        copied.id = None  # type: ignore[assignment]  # a new row with the old values
        copied.save(force_insert=True)
        assert find(AN.email, now=now) == find(AN.phone, kind="phone", now=now) == ()

    def test_under_another_kind_or_generation_finds_nobody(self, now: datetime) -> None:
        collect(AN, now=now)
        IdentityToken.objects.filter(kind="email").update(kind="phone")
        assert find(AN.email, now=now) == ()
        IdentityToken.objects.update(version=2)
        assert find(AN.phone, kind="phone", now=now) == ()

    def test_made_under_another_key_is_not_the_one_looked_for(self, now: datetime) -> None:
        collect(AN, now=now)
        foreign = identity.token(FieldName("email"), AN.email, key=b"f" * 32)
        assert not IdentityToken.objects.filter(token=foreign).exists()

    @pytest.mark.parametrize(
        "columns", [("token",), ("token", "bond"), ("subject_id",), ("matter_id",), ("subject_id", "matter_id")], ids=" and ".join
    )
    def test_swapped_with_another_persons_finds_nobody_wrongly(self, now: datetime, columns: list[str]) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        mine, theirs = ({"id": IdentityToken.objects.get(matter_id=one.matter, kind="email").id} for one in (an, binh))
        swap(IdentityToken.objects, mine, theirs, *columns)
        for person in (AN, BINH):
            with pytest.raises(seal.SealBroken, match="indexes rebuild"):
                find(person.email, now=now)
        assert find(AN.phone, kind="phone", now=now) == (an.subject,)

    def test_copied_to_another_person_finds_nobody_wrongly(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        copied = IdentityToken.objects.get(matter_id=an.matter, kind="email")
        IdentityToken.objects.create(kind="email", version=1, token=copied.token, bond=copied.bond, subject_id=binh.subject, matter_id=binh.matter)
        with pytest.raises(seal.SealBroken):
            find(AN.email, now=now)

    def test_that_was_swapped_is_put_right_or_dropped_by_a_rebuild(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        mine, theirs = ({"id": IdentityToken.objects.get(matter_id=one.matter, kind="email").id} for one in (an, binh))
        swap(IdentityToken.objects, mine, theirs, "token")
        gate.begin_reindexing(now=now)
        assert gate.keep_index(actor=HOUSE, now=now + timedelta(hours=1)).is_whole
        assert find(AN.email, now=now) == ()
        assert find(AN.phone, kind="phone", now=now) == (an.subject,)

    @given(key=keys, token=st.binary(min_size=16, max_size=16), subject=ids, matter=ids, other=ids)
    def test_is_bound_to_its_person_and_matter(self, key: bytes, token: bytes, subject: UUID, matter: UUID, other: UUID) -> None:
        bond = identity.bond(token, subject=subject, matter=matter, key=key)
        assert (identity.bond(token, subject=other, matter=matter, key=key) == bond) is (other == subject)
        assert (identity.bond(token, subject=subject, matter=other, key=key) == bond) is (other == matter)
