"""With real commits: what survives a rollback, what waits for whom, and what the files hold when all is over."""

import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, connections, transaction

from camket.editions.queries import forget_cached
from camket.journal.models import JournalEntry
from camket.policy.terms import AUDITOR, Actor
from camket.vault import gate, keyring
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import File, Record
from tests.cast import AN, BINH
from tests.vault.deeds import ADVISE, CHI, DUTY, Kept, ask_to, close, collect, end, erasing, open_vault, prepared, use
from tests.vault.disk import holds

pytestmark = pytest.mark.usefixtures("real_vault")


@pytest.fixture
def real_vault(transactional_db: None, now: datetime) -> Iterator[None]:
    forget_cached()
    open_vault(now)
    yield
    forget_cached()


def elsewhere(act: Callable[[], Any]) -> Any:
    """Do something over a connection of its own, and close it."""

    def there() -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result(timeout=60)


class TestARefusal:
    def test_is_committed_before_it_is_raised(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused):
            gate.ask(ask_to("use", "full_name"), actor=Actor(role=AUDITOR), subjects=[an.subject], now=now)
        assert elsewhere(lambda: JournalEntry.objects.filter(act="data.refused").count()) == 1

    def test_cannot_be_had_where_a_rollback_would_take_it_back(self, now: datetime) -> None:
        an = collect(now=now)
        with transaction.atomic(), pytest.raises(gate.InsideTransaction):
            gate.ask(ask_to("use", "full_name"), actor=Actor(role=AUDITOR), subjects=[an.subject], now=now)


class TestAShowing:
    def test_is_committed_before_the_values_leave(self, now: datetime) -> None:
        an = collect(now=now)
        gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[an.subject], now=now)
        assert elsewhere(lambda: JournalEntry.objects.filter(act="data.shown").count()) == 1


class TestKeeping:
    def test_without_a_transaction_is_refused(self, now: datetime) -> None:
        with pytest.raises(transaction.TransactionManagementError):
            gate.keep(prepared(now=now), now=now)
        assert not Record.objects.exists()

    def test_rolled_back_leaves_the_key_and_no_line(self, now: datetime) -> None:
        parcel = prepared(now=now)
        with pytest.raises(RuntimeError), transaction.atomic():
            gate.keep(parcel, now=now)
            raise RuntimeError
        assert MatterKey.objects.filter(matter_id=parcel.matter).exists()
        assert not JournalEntry.objects.filter(act="data.collected").exists()


class TestANeedOpenedDuringAnErasure:
    def test_waits_and_finds_the_matter_erased(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        an = collect(now=now)
        close(an, now=now)
        permit = erasing(an, now=now)
        real = keyring.destroy
        pool = ThreadPoolExecutor(1)
        attempts = []

        def reopen() -> str:
            try:
                gate.reopen_needs(duty=DUTY, duty_id=an.matter, purposes=[ADVISE], actor=CHI, now=now)
            except gate.UnknownMatter:
                return "too late"
            finally:
                connections.close_all()
            return "open"

        def destroy_while_somebody_reopens(**named: Any) -> None:
            attempts.append(pool.submit(reopen))
            real(**named)

        monkeypatch.setattr(keyring, "destroy", destroy_while_somebody_reopens)
        gate.end_matters(permit, matters=[an.matter], now=now)
        assert attempts[0].result(timeout=60) == "too late"
        pool.shutdown()

    def test_first_keeps_the_matter(self, now: datetime) -> None:
        an = collect(now=now)
        close(an, now=now)
        permit = erasing(an, now=now)
        elsewhere(lambda: gate.open_need(matter=an.matter, purpose=ADVISE, duty=DUTY, duty_id=an.matter, now=now))
        with pytest.raises(gate.StillNeeded):
            gate.end_matters(permit, matters=[an.matter], now=now)
        assert use(an, now=now)


class TestTheFiles:
    @pytest.fixture
    def an(self, now: datetime) -> Kept:
        return collect(AN, now=now)

    def test_never_hold_a_value_in_the_clear(self, an: Kept) -> None:
        for text in AN.values().values():
            for alias in ("default", "keys"):
                assert not holds(alias, text.encode())

    def test_hold_a_value_that_somebody_planted_in_the_clear(self, an: Kept) -> None:
        Record.objects.filter(id=an.records[0]).update(sealed=AN.email.encode())
        assert holds("default", AN.email.encode())

    @pytest.mark.clause("4.7")
    def test_hold_neither_ciphertext_nor_key_once_collected(self, an: Kept, now: datetime) -> None:
        collect(BINH, now=now)
        sealed = [bytes(row) for row in Record.objects.filter(matter_id=an.matter).values_list("sealed", flat=True)]
        wrapped = bytes(MatterKey.objects.get(matter_id=an.matter).wrapped)
        wrapped_subject = bytes(SubjectKey.objects.get(subject_id=an.subject).wrapped)
        token = bytes(IdentityToken.objects.filter(matter_id=an.matter)[0].token)
        remains = [("default", sealed[0][-40:]), ("default", sealed[1][-40:]), ("keys", wrapped), ("keys", wrapped_subject), ("keys", token)]
        assert all(holds(alias, canary) for alias, canary in remains)
        close(an, now=now)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.purge_residue()
        assert [alias for alias, canary in remains if holds(alias, canary)] == []

    @pytest.mark.clause("4.7")
    def test_hold_no_file_once_collected(self, an: Kept, now: datetime) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL frees a page whose rows have all died without overwriting it: see docs/threat-model.md")
        binh = collect(BINH, now=now)
        mine, theirs = (a_file(one) for one in (an, binh))
        assert all(holds("default", piece) for piece in (mine[:40], mine[-40:], theirs[-40:]))
        close(an, now=now)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.purge_residue()
        assert [place for place in range(0, len(mine) - 40, 5_000) if holds("default", mine[place : place + 40])] == []
        assert holds("default", theirs[-40:])

    @pytest.mark.parametrize("alias", ["default", "keys"])
    def test_would_hold_them_if_sqlite_only_marked_them_free(self, an: Kept, now: datetime, alias: str) -> None:
        """A test of the one above: Debian's SQLite overwrites by itself, the wheel's only when it is told to."""
        if connections[alias].vendor != "sqlite":
            pytest.skip("PostgreSQL clears a page when it is vacuumed")
        with connections[alias].cursor() as cursor:
            cursor.execute("PRAGMA secure_delete")
            assert cursor.fetchone() == (1,)
            cursor.execute("PRAGMA secure_delete = OFF")
        held = Record.objects.get(id=an.records[0]).sealed if alias == "default" else MatterKey.objects.get(matter_id=an.matter).wrapped
        close(an, now=now)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.purge_residue()
        assert holds(alias, bytes(held)[-40:])

    def test_are_purged_later_while_somebody_looks_back(self, an: Kept, now: datetime) -> None:
        be_impatient()
        close(an, now=now)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(begin_looking_back).result(timeout=60)
            end(an, now=now)
            gate.collect_ended(matters=[an.matter], now=now)
            assert not gate.purge_residue()
            pool.submit(connections.close_all).result(timeout=60)
        # PostgreSQL lets go of a snapshot a moment after its client has hung up
        deadline = time.monotonic() + 20
        while not gate.purge_residue():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert gate.purge_residue()

    def test_are_not_purged_inside_a_transaction(self) -> None:
        with transaction.atomic():
            assert not gate.purge_residue()


def a_file(of: Kept) -> bytes:
    """Keep a file's sealed bytes beside somebody's record, as long as a photograph, and return them."""
    sealed = secrets.token_bytes(200_000)
    File.objects.create(record_id=of.records[0], matter_id=of.matter, sealed=sealed)
    return sealed


def be_impatient() -> None:
    """Wait a moment for readers, and not as long as a house does: what is tried is the answer, not the patience."""
    for alias in ("default", "keys"):
        if connections[alias].vendor == "sqlite":
            with connections[alias].cursor() as cursor:
                cursor.execute("PRAGMA busy_timeout = 100")


def begin_looking_back() -> None:
    """Hold a snapshot open over this thread's connection."""
    connection.ensure_connection()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assert connection.connection is not None
            connection.connection.execute("BEGIN")
        else:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM vault_record")
