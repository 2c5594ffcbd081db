"""A consent that was taken back stays taken back, whatever happens to the database it was written into."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.vault import gate, ledger
from camket.vault.gate import consents as steps
from camket.vault.keys.models import MatterKey
from camket.vault.models import Consent
from tests.cast import BINH
from tests.vault.deeds import ADVISE, CHI, PROVIDE, Kept, close, collect, consent, end, journaled, somebody, use

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("9.9")]
A_MINUTE, A_DAY = timedelta(minutes=1), timedelta(days=1)


class PowerCut(BaseException):
    """The machine stops here."""


@pytest.fixture
def an(now: datetime) -> Kept:
    return collect(now=now)


@pytest.fixture
def as_before(an: Kept) -> Callable[[], None]:
    """What puts an older copy back: it knows what An agreed to when the test began, and nothing since."""
    there = list(Consent.objects.values_list("id", flat=True))

    def put_back() -> None:
        Consent.objects.exclude(id__in=there).delete()

    return put_back


def withdraw(kept: Kept, now: datetime) -> None:
    consent(kept.subject, now=now, is_given=False)


def is_readable(kept: Kept, now: datetime) -> bool:
    try:
        return bool(use(kept, now=now))
    except gate.Refused:
        return False


class TestAWithdrawal:
    def test_stands_in_the_ledger_with_ids_alone(self, an: Kept, now: datetime, home: Path) -> None:
        withdraw(an, now + A_MINUTE)
        (line,) = (home / "checkpoints" / "erasures.jsonl").read_text().splitlines()
        instant = (now + A_MINUTE).isoformat()
        assert line == f'{{"at": "{instant}", "kind": "withdrawal", "id": "{an.subject}", "purpose": "advise"}}'

    def test_is_nothing_that_a_yes_writes(self, an: Kept) -> None:
        assert list(ledger.lines()) == []

    def test_is_not_kept_where_the_ledger_cannot_remember_it(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(**named: object) -> None:
            raise OSError(28, "no space left")

        monkeypatch.setattr(ledger, "append_withdrawals", refuse)
        with pytest.raises(OSError, match="space"):
            withdraw(an, now)
        assert gate.consents_of(an.subject)[0].is_given
        assert journaled("consent.withdrawn") == []

    def test_that_was_cut_off_after_its_line_is_finished_by_the_next_start(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        def stop(*given: object) -> None:
            raise PowerCut

        monkeypatch.setattr(steps, "insert", stop)
        with pytest.raises(PowerCut):
            withdraw(an, now + A_MINUTE)
        monkeypatch.undo()
        assert is_readable(an, now + A_MINUTE)
        assert gate.reconcile(now=now + A_DAY) == 1
        assert not is_readable(an, now + A_DAY)
        (row,) = gate.consents_of(an.subject)
        assert (row.is_given, row.at, row.edition, row.language) == (False, now + A_MINUTE, 1, "en")
        assert [entry["subjects"] for entry in journaled("consent.withdrawn")] == [[str(an.subject)]]

    def test_names_the_wording_that_was_agreed_to_until_then(self, an: Kept, now: datetime) -> None:
        ledger.append_withdrawals(subject=an.subject, at={ADVISE: now + A_MINUTE})
        before = Consent.objects.get(subject_id=an.subject, purpose=ADVISE)
        later = gate.ConsentFact(purpose=ADVISE, is_given=True, edition=before.edition, language="vi", wording_hash="b" * 64, channel="form")
        gate.record_consents(subject=an.subject, facts=[later], actor=CHI, now=now + 2 * A_MINUTE)
        gate.reconcile(now=now + A_DAY)
        assert Consent.objects.get(subject_id=an.subject, is_given=False).wording_hash == before.wording_hash
        assert is_readable(an, now + A_DAY)

    def test_leaves_a_lost_key_a_damage(self, an: Kept, now: datetime) -> None:
        """What was withdrawn was not erased: the ledger naming a person does not say why their key is gone."""
        withdraw(an, now)
        consent(an.subject, now=now)
        MatterKey.objects.all().delete()
        with pytest.raises(gate.KeyMissing):
            use(an, now=now)


class TestAnOlderCopy:
    def test_of_the_database_opens_nobody_who_took_their_consent_back(self, an: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        withdraw(an, now + A_MINUTE)
        Consent.objects.filter(is_given=False).delete()
        assert is_readable(an, now + A_DAY)
        assert gate.reconcile(now=now + A_DAY) == 1
        assert not is_readable(an, now + A_DAY)
        assert is_readable(binh, now + A_DAY)

    def test_is_told_once(self, an: Kept, as_before: Callable[[], None], now: datetime) -> None:
        withdraw(an, now + A_MINUTE)
        as_before()
        assert [gate.reconcile(now=now + A_DAY) for _ in range(2)] == [1, 0]
        assert Consent.objects.filter(is_given=False).count() == 1

    def test_keeps_a_yes_that_was_given_after_the_withdrawal(self, an: Kept, now: datetime) -> None:
        withdraw(an, now + A_MINUTE)
        consent(an.subject, now=now + 2 * A_MINUTE)
        Consent.objects.filter(is_given=False).delete()
        assert gate.reconcile(now=now + A_DAY) == 1
        assert is_readable(an, now + A_DAY)

    def test_brings_no_yes_back_that_was_given_again_and_lost(self, an: Kept, as_before: Callable[[], None], now: datetime) -> None:
        withdraw(an, now + A_MINUTE)
        consent(an.subject, now=now + 2 * A_MINUTE)
        as_before()
        gate.reconcile(now=now + A_DAY)
        assert not is_readable(an, now + A_DAY)

    def test_takes_back_one_purpose_and_not_the_other(self, an: Kept, now: datetime) -> None:
        consent(an.subject, now=now, purpose=PROVIDE)
        consent(an.subject, now=now + A_MINUTE, purpose=PROVIDE, is_given=False)
        Consent.objects.filter(is_given=False).delete()
        assert gate.reconcile(now=now + A_DAY) == 1
        assert {row.purpose: row.is_given for row in gate.consents_of(an.subject)} == {ADVISE: True, PROVIDE: False}

    def test_that_never_knew_of_the_yes_knows_of_the_no(self, now: datetime) -> None:
        an = collect(now=now, consents=False)
        consent(an.subject, now=now)
        withdraw(an, now + A_MINUTE)
        Consent.objects.all().delete()
        assert gate.reconcile(now=now + A_DAY) == 1
        assert [row.is_given for row in gate.consents_of(an.subject)] == [False]

    def test_of_whoever_is_erased_or_unknown_is_told_nothing(self, an: Kept, now: datetime) -> None:
        withdraw(an, now + A_MINUTE)
        close(an, now=now)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        ledger.append_withdrawals(subject=somebody(), at={ADVISE: now})
        assert gate.reconcile(now=now + A_DAY) == 0
        assert not Consent.objects.exists()


class TestTheHourlyCall:
    def test_leaves_what_is_older_than_its_window_alone(self, an: Kept, as_before: Callable[[], None], now: datetime) -> None:
        withdraw(an, now)
        as_before()
        later = now + 3 * A_DAY
        assert gate.reconcile(now=later, since=now + A_DAY) == 0
        assert gate.reconcile(now=later, since=now) == 1

    def test_asks_the_database_as_much_about_many_withdrawals_as_about_one(self, an: Kept, now: datetime, django_assert_num_queries: Any) -> None:
        for minute in range(20):
            consent(an.subject, now=now + minute * A_MINUTE, is_given=bool(minute % 2))
        lines = list(ledger.lines())
        with django_assert_num_queries(2):
            assert steps.finish_withdrawals(lines) == 0
