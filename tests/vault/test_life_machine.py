"""Whatever happens in whatever order: nobody is readable without a clause, a consent and a reason to be there."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, precondition, rule, run_state_machine_as_test

from camket.policy.terms import ADVISER, AUDITOR, LEGAL, Actor, RoleId
from camket.vault import gate, keyring, ledger
from camket.vault.gate import erasing as steps
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Record
from tests.cast import AN, BINH, Person
from tests.vault import deeds
from tests.vault.deeds import CHI, DUTY, HOUSE, LEGALLY, Kept

BEGINNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PEOPLE = (AN, BINH)


class PowerCut(BaseException):
    """The machine stops here."""


@dataclass(slots=True, kw_only=True)
class Life:
    """The plain model of one matter: what ought to be true of it."""

    kept: Kept
    person: Person
    edition: int
    is_open: bool = True
    holds: int = 0
    is_erased: bool = False
    is_collected: bool = False


class TheVault(RuleBasedStateMachine):
    """Doors, duties, the worker and power cuts, in any order."""

    lives = Bundle("lives")
    holds = Bundle("holds")

    @initialize()
    def open(self) -> None:
        self.now = BEGINNING
        self.edition = 1
        self.agreed: dict[gate.SubjectId, int] = {}  # the edition each person's newest yes covers; absent after a no
        self.everybody: list[Life] = []

    def others_of(self, life: Life) -> list[Life]:
        return [one for one in self.everybody if one.kept.subject == life.kept.subject]

    def is_person_gone(self, life: Life) -> bool:
        return all(one.is_erased for one in self.others_of(life))

    def is_readable(self, life: Life) -> bool:
        """The whole promise: alive, and agreed to under the wording of its edition or a later one."""
        return not life.is_erased and self.agreed.get(life.kept.subject, 0) >= life.edition

    @rule(target=lives, person=st.sampled_from(PEOPLE), consents=st.booleans())
    def collect(self, person: Person, consents: bool) -> Life:
        kept = deeds.collect(person, now=self.now, consents=consents, edition=self.edition)
        return self.remember(kept, person, consents)

    @rule(target=lives, known=lives, consents=st.booleans())
    def collect_more(self, known: Life, consents: bool) -> Life:
        if self.is_person_gone(known):
            with pytest.raises(gate.Refused):
                deeds.collect(known.person, now=self.now, subject=known.kept.subject, edition=self.edition)
            return known
        kept = deeds.collect(known.person, now=self.now, subject=known.kept.subject, consents=consents, edition=self.edition)
        return self.remember(kept, known.person, consents)

    def remember(self, kept: Kept, person: Person, consents: bool) -> Life:
        if consents:
            self.agreed[kept.subject] = self.edition
        life = Life(kept=kept, person=person, edition=self.edition)
        self.everybody.append(life)
        return life

    @rule(person=st.sampled_from(PEOPLE))
    def collect_and_fail(self, person: Person) -> None:
        parcel = deeds.prepared(person, now=self.now)
        with pytest.raises(RuntimeError), transaction.atomic():
            gate.keep(parcel, now=self.now)
            raise RuntimeError

    @rule(life=lives, role=st.sampled_from([ADVISER, AUDITOR, LEGAL]))
    def use(self, life: Life, role: RoleId) -> None:
        person_may = role == ADVISER and any(self.is_readable(one) for one in self.others_of(life))
        asked = deeds.ask_to("use", "full_name", "message")
        try:
            permit = gate.ask(asked, actor=Actor(role=role, id="desk"), subjects=[life.kept.subject], now=self.now)
        except gate.Refused:
            assert not person_may
            return
        assert person_may
        seen = gate.show(permit, now=self.now)
        assert {one.matter for one in seen} == {one.kept.matter for one in self.others_of(life) if self.is_readable(one)}
        assert deeds.revealed(seen) == life.person.values("full_name", "message")

    @rule(life=lives)
    def disclose_to_a_court(self, life: Life) -> None:
        """A legal duty asks no consent; the edition in force says how far it goes, whatever the edition of collection."""
        asked = deeds.ask_to("disclose", "full_name", "phone", purpose=LEGALLY, recipient=deeds.COURT)
        try:
            permit = gate.ask(asked, actor=deeds.LAN, subjects=[life.kept.subject], now=self.now)
        except gate.Refused:
            assert self.is_person_gone(life) or self.edition == 1
            return
        assert self.edition == 2
        assert {one.matter for one in gate.show(permit, now=self.now)} == {one.kept.matter for one in self.others_of(life) if not one.is_erased}

    @rule(person=st.sampled_from(PEOPLE))
    def find(self, person: Person) -> None:
        found = deeds.find(person.email, now=self.now)
        assert set(found) == {one.kept.subject for one in self.everybody if one.person is person and self.is_readable(one)}

    @rule(life=lives, is_given=st.booleans())
    def decide_anew(self, life: Life, is_given: bool) -> None:
        subject = life.kept.subject
        if self.is_person_gone(life):
            with pytest.raises(gate.UnknownSubject):
                deeds.consent(subject, now=self.now, is_given=is_given, edition=self.edition)
            return
        deeds.consent(subject, now=self.now, is_given=is_given, edition=self.edition)
        self.agreed.pop(subject, None)
        if is_given:
            self.agreed[subject] = self.edition

    @rule(target=holds, life=lives)
    def hold(self, life: Life) -> tuple[Life, Any]:
        if life.is_erased:
            with pytest.raises(gate.UnknownMatter):
                gate.place_hold(matter=life.kept.matter, owner="disclosures", actor=HOUSE, now=self.now)
            return life, None
        life.holds += 1
        return life, gate.place_hold(matter=life.kept.matter, owner="disclosures", actor=HOUSE, now=self.now)

    @rule(held=consumes(holds))
    def release(self, held: tuple[Life, Any]) -> None:
        life, hold = held
        if hold is not None:
            gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=self.now)
            life.holds -= 1

    @rule(life=lives)
    def close(self, life: Life) -> None:
        resting = deeds.close(life.kept, now=self.now)
        assert resting == ((life.kept.matter,) if life.is_open and not life.is_collected else ())
        life.is_open = False

    @rule(life=lives)
    def reopen(self, life: Life) -> None:
        if life.is_erased:
            with pytest.raises(gate.UnknownMatter):
                gate.reopen_needs(duty=DUTY, duty_id=life.kept.matter, purposes=[deeds.ADVISE], actor=CHI, now=self.now)
            return
        gate.reopen_needs(duty=DUTY, duty_id=life.kept.matter, purposes=[deeds.ADVISE], actor=CHI, now=self.now)
        life.is_open = True

    @rule(life=lives, power_cut=st.sampled_from(["", "", "append", "destroy", "_mark_erased"]))
    def end(self, life: Life, power_cut: str) -> None:
        if self.is_person_gone(life):
            with pytest.raises(gate.Refused):
                deeds.erasing(life.kept, now=self.now)
            return
        permit = deeds.erasing(life.kept, now=self.now)
        if not life.is_erased and (life.is_open or life.holds):
            with pytest.raises(gate.StillNeeded):
                gate.end_matters(permit, matters=[life.kept.matter], now=self.now)
            return
        with pytest.MonkeyPatch.context() as patch:
            if power_cut:
                self.cut_power_after(power_cut, patch)
            try:
                gate.end_matters(permit, matters=[life.kept.matter], now=self.now)
            except PowerCut:
                patch.undo()
                gate.reconcile(now=self.now)
        life.is_erased = True

    def cut_power_after(self, name: str, patch: pytest.MonkeyPatch) -> None:
        module = {"append": ledger, "destroy": keyring, "_mark_erased": steps}[name]
        real = getattr(module, name)

        def act_and_stop(*arguments: Any, **named: Any) -> None:
            real(*arguments, **named)
            raise PowerCut

        patch.setattr(module, name, act_and_stop)

    @rule(life=lives)
    def collect_remains(self, life: Life) -> None:
        count = gate.collect_ended(matters=[life.kept.matter], now=self.now)
        assert count == (2 if life.is_erased and not life.is_collected else 0)
        life.is_collected = life.is_collected or life.is_erased
        assert Record.objects.filter(matter_id=life.kept.matter).exists() is not life.is_erased

    @rule(hours=st.integers(1, 40))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule()
    def start_again(self) -> None:
        """An hour after the last act nothing is left of what never came, and nothing else was touched."""
        self.now += timedelta(hours=1, seconds=1)
        gate.reconcile(now=self.now)
        assert set(MatterKey.objects.values_list("matter_id", flat=True)) == {one.kept.matter for one in self.everybody if not one.is_erased}
        assert gate.reconcile(now=self.now) == 0

    @precondition(lambda self: self.edition == 1 and len(self.everybody) > 1)
    @rule()
    def enact_the_second_edition(self) -> None:
        deeds.enact(2, self.now)
        self.edition = 2

    @invariant()
    def no_key_outlives_its_erasure(self) -> None:
        if not hasattr(self, "everybody"):
            return
        erased = [one.kept.matter for one in self.everybody if one.is_erased]
        gone = [one.kept.subject for one in self.everybody if self.is_person_gone(one)]
        assert not MatterKey.objects.filter(matter_id__in=erased).exists()
        assert not SubjectKey.objects.filter(subject_id__in=gone).exists()
        assert not IdentityToken.objects.filter(matter_id__in=erased).exists()

    @invariant()
    def no_living_matter_lacks_its_key(self) -> None:
        if hasattr(self, "everybody"):
            living = {one.kept.matter for one in self.everybody if not one.is_erased}
            assert set(keyring.matter_keys(living)) == living


class Story(TheVault):
    """One story, played in a transaction that is taken back, so that the next begins with an empty vault."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = {alias: transaction.atomic(using=alias) for alias in ("default", "keys")}
        for stage in self.stages.values():
            stage._from_testcase = True  # type: ignore[attr-defined]  # as pytest-django's own: the gate does not count it
            stage.__enter__()

    def teardown(self) -> None:
        for alias, stage in reversed(self.stages.items()):
            transaction.set_rollback(True, using=alias)
            stage.__exit__(None, None, None)
        ledger._path().unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.usefixtures("vault")
class TestNobody:
    @pytest.mark.clause("4.6")
    @pytest.mark.clause("7.2")
    def test_is_readable_without_a_clause(self) -> None:
        run_state_machine_as_test(Story, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
