"""Ledger, then keys, then data: what is over is unreadable for ever, and a crash anywhere ends in the same state."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.vault import gate, keyring, ledger
from camket.vault.gate import erasing as steps
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Consent, LegalHold, Matter, Need, Record, Subject
from tests.cast import AN, BINH
from tests.vault.deeds import HOUSE, Kept, close, collect, end, erasing, find, journaled, somebody, use

pytestmark = pytest.mark.usefixtures("vault")


class PowerCut(BaseException):
    """The machine stops here."""


@pytest.fixture
def an(now: datetime) -> Kept:
    """An, whom nothing needs any more."""
    an = collect(AN, now=now)
    close(an, now=now)
    return an


def keys_of(kept: Kept) -> tuple[int, int, int]:
    """Count the keys and tokens that open or find somebody."""
    return (
        MatterKey.objects.filter(subject_id=kept.subject).count(),
        SubjectKey.objects.filter(subject_id=kept.subject).count(),
        IdentityToken.objects.filter(subject_id=kept.subject).count(),
    )


class TestEnding:
    @pytest.mark.clause("4.6")
    def test_destroys_every_key_and_token(self, an: Kept, now: datetime) -> None:
        ended = end(an, now=now)
        assert keys_of(an) == (0, 0, 0)
        assert (ended.matters, ended.subjects) == ((an.matter,), (an.subject,))

    def test_waits_for_the_last_need(self, now: datetime) -> None:
        an = collect(AN, now=now)
        with pytest.raises(gate.StillNeeded):
            end(an, now=now)
        assert use(an, now=now)
        assert list(ledger.lines()) == []

    def test_of_several_takes_all_or_none(self, an: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        with pytest.raises(gate.StillNeeded) as kept:
            end(an, binh, now=now)
        assert kept.value.matters == {binh.matter}
        assert use(an, now=now)

    def test_spares_another_matter_of_the_same_person(self, an: Kept, now: datetime) -> None:
        other = collect(AN, now=now, subject=an.subject)
        assert end(an, now=now).subjects == ()
        assert [shown.matter for shown in use(other, names=["email"], now=now)] == [other.matter]
        assert find(AN.email, now=now) == (an.subject,)

    def test_spares_everybody_else(self, an: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        end(an, now=now)
        assert use(binh, now=now)

    def test_twice_is_ending_once(self, an: Kept, now: datetime) -> None:
        permit = erasing(an, now=now)
        for minute in (0, 1):
            gate.end_matters(permit, matters=[an.matter], now=now + timedelta(minutes=minute))
        assert Matter.objects.get(id=an.matter).erased_at == now
        assert len(journaled("data.erased")) == 1
        assert len(list(ledger.lines())) == 2

    def test_writes_the_ledger_before_the_key_dies(self, an: Kept, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(**_: Any) -> None:
            raise OSError("no room on the second medium")

        monkeypatch.setattr(ledger, "append", refuse)
        with pytest.raises(OSError, match="second medium"):
            end(an, now=now)
        assert use(an, now=now)

    def test_needs_a_permit_that_names_the_person(self, an: Kept, now: datetime) -> None:
        binh = collect(BINH, now=now)
        close(binh, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.end_matters(erasing(an, now=now), matters=[binh.matter], now=now)
        assert use(binh, now=now)

    def test_needs_a_permit_that_names_the_fields(self, an: Kept, now: datetime) -> None:
        with pytest.raises(gate.PermitMisused):
            gate.end_matters(erasing(an, now=now, names=["message"]), matters=[an.matter], now=now)
        assert use(an, now=now)

    def test_of_what_never_was_is_refused(self, an: Kept, now: datetime) -> None:
        with pytest.raises(gate.UnknownMatter):
            gate.end_matters(erasing(an, now=now), matters=[an.matter, gate.MatterId(somebody())], now=now)
        assert use(an, now=now)

    def test_leaves_the_journal_who_when_and_by_which_clause(self, an: Kept, now: datetime) -> None:
        end(an, now=now)
        (line,) = journaled("data.erased")
        assert (line["subjects"], line["matter"], line["decision"]["clauses"]) == ([str(an.subject)], str(an.matter), ["3.1"])

    def test_of_a_person_costs_the_keys_the_same_whatever_they_hold(self, now: datetime) -> None:
        counts = []
        for many in (1, 9):
            first = collect(AN, now=now)
            everything = [first, *(collect(AN, now=now, subject=first.subject) for _ in range(many))]
            for one in everything:
                close(one, now=now)
            permit = erasing(first, now=now)
            with CaptureQueriesContext(connections["keys"]) as seen:
                gate.end_matters(permit, matters=[one.matter for one in everything], now=now)
            counts.append(len(seen))
            assert keys_of(first) == (0, 0, 0)
        assert counts[0] == counts[1]


class TestACrash:
    @pytest.fixture(params=["before the ledger", "after the ledger", "after the keys", "before the last commit"])
    def crash(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        """Cut the power at one step of an erasure; what this returns switches it on again."""
        module, name, does_it = {
            "before the ledger": (ledger, "append", False),
            "after the ledger": (ledger, "append", True),
            "after the keys": (keyring, "destroy", True),
            "before the last commit": (steps, "_mark_erased", True),
        }[request.param]
        real = getattr(module, name)

        def fail(*arguments: Any, **named: Any) -> None:
            if does_it:
                real(*arguments, **named)
            raise PowerCut

        monkeypatch.setattr(module, name, fail)
        return monkeypatch.undo

    def test_anywhere_ends_after_the_start_as_if_it_had_not_been(self, an: Kept, now: datetime, crash: Callable[[], None]) -> None:
        binh = collect(BINH, now=now)
        permit = erasing(an, now=now)
        with pytest.raises(PowerCut):
            gate.end_matters(permit, matters=[an.matter], now=now)
        crash()
        gate.reconcile(now=now)
        gate.end_matters(permit, matters=[an.matter], now=now)
        assert keys_of(an) == (0, 0, 0)
        assert Matter.objects.get(id=an.matter).erased_at == now
        assert Subject.objects.get(id=an.subject).erased_at == now
        assert len(journaled("data.erased")) == 1
        assert gate.reconcile(now=now) == 0
        assert use(binh, now=now)

    def test_is_finished_by_the_start_alone_once_the_ledger_has_it(self, an: Kept, now: datetime) -> None:
        ledger.append(matters=[an.matter], subjects=[an.subject], now=now)
        assert gate.reconcile(now=now + timedelta(days=2)) == 2
        assert keys_of(an) == (0, 0, 0)
        assert Matter.objects.get(id=an.matter).erased_at == now

    def test_that_the_ledger_has_of_the_matter_alone_ends_the_person_of_whom_nothing_is_left(self, an: Kept, now: datetime) -> None:
        """The person's line was torn; or, in an older copy, what kept them alive then is not there."""
        ledger.append(matters=[an.matter], subjects=[], now=now)
        assert [gate.reconcile(now=now + timedelta(days=2)) for _ in range(2)] == [2, 0]
        assert keys_of(an) == (0, 0, 0)
        assert Subject.objects.get(id=an.subject).erased_at == now
        assert [(line.kind, line.id) for line in ledger.lines()] == [("matter", an.matter), ("subject", an.subject)]

    def test_that_the_ledger_has_of_one_matter_leaves_the_person_to_the_other(self, an: Kept, now: datetime) -> None:
        other = collect(AN, now=now, subject=an.subject)
        ledger.append(matters=[an.matter], subjects=[], now=now)
        assert gate.reconcile(now=now) == 1
        assert {shown.matter for shown in use(an, now=now)} == {other.matter}

    def test_between_is_no_damage_to_whoever_reads(self, an: Kept, now: datetime) -> None:
        ledger.append(matters=[an.matter], subjects=[an.subject], now=now)
        keyring.destroy(matters=[an.matter], subjects=[an.subject])
        assert use(an, now=now) == ()


class TestARestoredCopy:
    def test_opens_nobody_whom_the_ledger_names(self, an: Kept, now: datetime) -> None:
        matter_key, subject_key = MatterKey.objects.get(matter_id=an.matter), SubjectKey.objects.get(subject_id=an.subject)
        end(an, now=now)
        Matter.objects.update(erased_at=None)
        Subject.objects.update(erased_at=None)
        matter_key.save(force_insert=True)
        subject_key.save(force_insert=True)
        assert use(an, now=now)
        assert gate.reconcile(now=now + timedelta(days=9)) == 2
        assert keys_of(an) == (0, 0, 0)

    def test_of_the_keys_alone_opens_nobody_erased_since(self, an: Kept, now: datetime) -> None:
        matter_key, subject_key = MatterKey.objects.get(matter_id=an.matter), SubjectKey.objects.get(subject_id=an.subject)
        end(an, now=now)
        matter_key.save(force_insert=True)
        subject_key.save(force_insert=True)
        ledger._path().unlink()
        assert gate.reconcile(now=now + timedelta(days=9)) == 2
        assert keys_of(an) == (0, 0, 0)

    def test_of_the_keys_alone_opens_nothing_even_before_the_next_start(self, an: Kept, now: datetime) -> None:
        other = collect(AN, now=now, subject=an.subject)
        key = MatterKey.objects.get(matter_id=an.matter)
        end(an, now=now)
        key.save(force_insert=True)
        assert {shown.matter for shown in use(an, now=now)} == {other.matter}

    def test_with_more_erasures_than_one_statement_can_name_is_replayed_all_the_same(self, an: Kept, now: datetime) -> None:
        ledger.append(matters=[somebody() for _ in range(1200)], subjects=[], now=now)
        ledger.append(matters=[an.matter], subjects=[an.subject], now=now)
        assert gate.reconcile(now=now) == 2


class TestTheHourlyCall:
    def test_leaves_what_is_older_than_its_window_alone(self, an: Kept, now: datetime) -> None:
        ledger.append(matters=[an.matter], subjects=[an.subject], now=now)
        later = now + timedelta(days=3)
        assert gate.reconcile(now=later, since=now + timedelta(days=1)) == 0
        assert gate.reconcile(now=later, since=now) == 2


class TestCollecting:
    def test_deletes_what_the_erased_left_behind(self, an: Kept, now: datetime) -> None:
        hold = gate.place_hold(matter=an.matter, owner="disclosures", actor=HOUSE, now=now)
        gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=now)
        end(an, now=now)
        assert gate.collect_ended(matters=[an.matter], now=now) == 2
        for model in (Record, Need, LegalHold, Consent):
            assert not model.objects.exists()
        assert Matter.objects.get(id=an.matter).collected_at == now

    def test_leaves_the_living_alone(self, now: datetime) -> None:
        an = collect(AN, now=now)
        assert gate.collect_ended(matters=[an.matter], now=now) == 0
        assert use(an, now=now)

    def test_leaves_the_consents_of_whoever_is_still_there(self, an: Kept, now: datetime) -> None:
        collect(AN, now=now, subject=an.subject)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.consents_of(an.subject)

    def test_twice_is_collecting_once(self, an: Kept, now: datetime) -> None:
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert gate.collect_ended(matters=[an.matter], now=now + timedelta(hours=1)) == 0
        assert len(journaled("data.swept")) == 1
