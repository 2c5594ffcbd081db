"""Any two rows of the vault, any of their columns exchanged: whoever asks then is shown nothing, or what is truly theirs."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain, combinations
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.db.models import Model

from camket.vault import gate, seal
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Record
from tests.cast import AN, BINH, Person
from tests.vault.deeds import Kept, collect, find, revealed, use

COLUMNS: dict[type[Model], tuple[str, ...]] = {
    Record: ("subject_id", "matter_id", "collection", "edition", "sealed"),
    SubjectKey: ("epoch", "wrapped"),
    MatterKey: ("subject_id", "epoch", "wrapped"),
    IdentityToken: ("kind", "version", "token", "bond", "subject_id", "matter_id"),
}
SHUT = (seal.SealBroken, gate.KeyMissing, gate.Refused)


def swaps(model: type[Model]) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """Yield each pair of rows with each choice of columns in which they differ."""
    rows = list(model._default_manager.order_by("pk").values("pk", *COLUMNS[model]))
    for one, other in combinations(rows, 2):
        differing = [name for name in COLUMNS[model] if one[name] != other[name]]
        for columns in chain.from_iterable(combinations(differing, many) for many in range(1, len(differing) + 1)):
            yield one, other, columns


def is_put(model: type[Model], row: Any, values: dict[str, Any]) -> bool:
    """Write values into a row, and return whether the table takes them."""
    try:
        with transaction.atomic(using="default" if model is Record else "keys"):
            model._default_manager.filter(pk=row["pk"]).update(**values)
    except DatabaseError:
        return False
    return True


def shown(person: Kept, now: datetime) -> dict[str, str]:
    """Return what is shown of somebody, nothing where the seal is broken."""
    try:
        return revealed(use(person, now=now))
    except SHUT:
        return {}


def found(who: Person, now: datetime) -> tuple[gate.SubjectId, ...]:
    """Return whom an address finds, nobody where the token was moved."""
    try:
        return find(who.email, now=now)
    except SHUT:
        return ()


@pytest.mark.usefixtures("vault")
@pytest.mark.clause("7.1")
class TestAnySwap:
    @pytest.fixture
    def people(self, now: datetime) -> dict[Person, Kept]:
        """An with two matters, Bình with one."""
        kept = {who: collect(who, now=now) for who in (AN, BINH)}
        collect(AN, now=now, subject=kept[AN].subject)
        return kept

    @pytest.mark.parametrize("model", COLUMNS, ids=lambda model: model.__name__)
    def test_shows_nobody_what_is_anothers(self, model: type[Model], people: dict[Person, Kept], now: datetime) -> None:
        own = {who: shown(kept, now) for who, kept in people.items()}
        assert {who.full_name for who in people} == {values["full_name"] for values in own.values()}
        tried = shut = 0
        for one, other, columns in swaps(model):
            tried += is_put(model, one, {name: other[name] for name in columns}) and is_put(model, other, {name: one[name] for name in columns})
            told = {who: shown(kept, now) for who, kept in people.items()}
            shut += not all(told.values())
            for who, values in told.items():
                assert values.items() <= own[who].items(), columns
                assert set(found(who, now)) <= {people[who].subject}, columns
            for row in (one, other):
                assert is_put(model, row, {name: row[name] for name in columns})
        assert {who: shown(kept, now) for who, kept in people.items()} == own
        assert tried >= {Record: 40, SubjectKey: 1, MatterKey: 3, IdentityToken: 40}[model]
        assert model is IdentityToken or shut > tried * 0.9

    def test_would_be_seen_if_nothing_were_bound(self, people: dict[Person, Kept], now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        """A test of the test: seal without saying for whom, and a swap shows An what Bình wrote."""
        monkeypatch.setattr(seal, "_prefixed", lambda parts: b"")
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        for model, mine, theirs in ((SubjectKey, an.subject, binh.subject), (MatterKey, an.matter, binh.matter)):
            first, second = (model._default_manager.get(pk=pk).wrapped for pk in (mine, theirs))
            model._default_manager.filter(pk=mine).update(wrapped=second)
            model._default_manager.filter(pk=theirs).update(wrapped=first)
        for mine, theirs in zip(an.records, binh.records, strict=True):
            first, second = (Record.objects.get(pk=pk).sealed for pk in (mine, theirs))
            Record.objects.filter(pk=mine).update(sealed=second)
            Record.objects.filter(pk=theirs).update(sealed=first)
        assert shown(an, now)["email"] == BINH.email
