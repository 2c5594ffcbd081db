"""The house as a state machine: each rule does one thing and says what must come of it; the invariants must be true in between."""

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, precondition, rule

from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.custody.actions import restoring
from camket.policy.terms import ADVISER, AUDITOR, LEGAL, Actor, RoleId
from camket.vault import epochs, gate, keyring, ledger, reindexing
from camket.vault.gate import consents, erasing
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import LegalHold, Record
from tests.cast import AN, BINH, Person
from tests.lives.houses import House, PowerCut, cut_power, forget, publish
from tests.lives.model import Ledger, Life, State
from tests.vault import deeds
from tests.vault.deeds import CHI, DUTY, HOUSE, LEGALLY, Kept

BEGINNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PEOPLE = (AN, BINH)
_MOST_RESTORES, _MOST_BACKUPS = 3, 4  # of one life: a restore costs as much as fifty other acts
_RECORDS = 2  # of one act of collecting: how to reach them, and what they wrote
_OFTEN_NONE = ("", "", "")
_MOSTLY = st.sampled_from([True, True, False])


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter that was ever kept, whatever the databases know of it today."""

    kept: Kept
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Two files, and what the house was when they were written."""

    files: tuple[Path, Path]
    state: State


class TheHouse(RuleBasedStateMachine):
    """Doors, duties, the worker, the operator and power cuts, in any order."""

    house: House  # set by the test: one for all lives

    matters = Bundle("matters")
    holds = Bundle("holds")

    @initialize(target=matters, person=st.sampled_from(PEOPLE), consents=_MOSTLY)
    def open(self, person: Person, consents: bool) -> Matter:
        """The first day ends with somebody in the house, and a backup."""
        self.house.begin()
        self.now = BEGINNING
        self.state = State()
        self.ledger = Ledger()
        self.backups: list[Backup] = []
        self.restores = 0
        first = self.collect(person, consents)
        self.back_up()
        return first

    def life_of(self, matter: Matter) -> Life | None:
        return self.state.lives.get(matter.kept.matter)

    def is_alive(self, matter: Matter) -> bool:
        life = self.life_of(matter)
        return life is not None and not life.is_erased

    @rule(target=matters, person=st.sampled_from(PEOPLE), consents=_MOSTLY)
    def collect(self, person: Person, consents: bool) -> Matter:
        kept = deeds.collect(person, now=self.now, consents=consents, edition=self.state.edition)
        return self.remember(kept, person, consents)

    @rule(target=matters, known=matters, consents=_MOSTLY)
    def collect_more(self, known: Matter, consents: bool) -> Matter:
        subject = known.kept.subject
        if self.state.is_unknown(subject):  # nobody is let in as somebody whom the house does not know
            return known
        if self.state.is_gone(subject):
            with pytest.raises(gate.Refused):
                deeds.collect(known.person, now=self.now, subject=subject, edition=self.state.edition)
            return known
        kept = deeds.collect(known.person, now=self.now, subject=subject, consents=consents, edition=self.state.edition)
        return self.remember(kept, known.person, consents)

    def remember(self, kept: Kept, person: Person, consents: bool) -> Matter:
        self.state.lives[kept.matter] = Life(kept=kept, person=person, edition=self.state.edition)
        if consents:
            self.state.add_fact(kept.subject, self.now, is_given=True)
        return Matter(kept=kept, person=person)

    @rule(person=st.sampled_from(PEOPLE))
    def collect_and_fail(self, person: Person) -> None:
        parcel = deeds.prepared(person, now=self.now)
        with pytest.raises(RuntimeError), transaction.atomic():
            gate.keep(parcel, now=self.now)
            raise RuntimeError

    @rule(matter=matters, role=st.sampled_from([ADVISER, ADVISER, AUDITOR, LEGAL]))
    def use(self, matter: Matter, role: RoleId) -> None:
        expected = self.state.readable(matter.kept.subject) if role == ADVISER else set()
        assert self.seen_of(matter, role) == expected

    def seen_of(self, matter: Matter, role: RoleId = ADVISER) -> set[UUID]:
        asked = deeds.ask_to("use", "full_name", "message")
        try:
            permit = gate.ask(asked, actor=Actor(role=role, id="desk"), subjects=[matter.kept.subject], now=self.now)
        except gate.Refused:
            return set()
        shown = gate.show(permit, now=self.now)
        assert all(one.clauses for one in shown)
        assert deeds.revealed(shown) == matter.person.values("full_name", "message")
        return {one.matter for one in shown}

    @rule(matter=matters)
    def disclose_to_a_court(self, matter: Matter) -> None:
        """A legal duty asks no consent; the edition in force says how far it goes, whatever the edition of collection."""
        asked = deeds.ask_to("disclose", "full_name", "phone", purpose=LEGALLY, recipient=deeds.COURT)
        subject = matter.kept.subject
        try:
            permit = gate.ask(asked, actor=deeds.LAN, subjects=[subject], now=self.now)
        except gate.Refused:
            assert self.state.is_gone(subject) or self.state.edition == 1
            return
        assert self.state.edition == 2
        living = {life.kept.matter for life in self.state.of_subject(subject) if not life.is_erased}
        assert {one.matter for one in gate.show(permit, now=self.now)} == living

    @rule(person=st.sampled_from(PEOPLE))
    def find(self, person: Person) -> None:
        found = deeds.find(person.email, now=self.now)
        assert set(found) == {life.kept.subject for life in self.state.lives.values() if life.person == person and self.state.is_readable(life)}

    @rule(matter=matters)
    def agree(self, matter: Matter) -> None:
        if not self.is_known(matter):
            return
        deeds.consent(matter.kept.subject, now=self.now, edition=self.state.edition)
        self.state.add_fact(matter.kept.subject, self.now, is_given=True)

    @rule(matter=matters, agrees=_MOSTLY, is_broken_off=st.sampled_from([False, False, True]))
    def bind_anew(self, matter: Matter, agrees: bool, is_broken_off: bool) -> None:
        """What is kept of somebody is sealed again under the edition in force, all of it or nothing, and only where they agree to as much."""
        if not self.is_known(matter):
            return
        if self.state.edition == 1:
            self.publish_the_second_edition()
        if self.state.agreed(matter.kept.subject):  # nobody asks for it whose yes is not there
            self.rebind(matter, is_broken_off=is_broken_off)
        if agrees:
            self.agree(matter)
            self.rebind(matter, is_broken_off=is_broken_off)
        assert self.seen_of(matter) == self.state.readable(matter.kept.subject)

    def rebind(self, matter: Matter, *, is_broken_off: bool) -> None:
        subject = matter.kept.subject
        covers = self.state.agreed(subject) == self.state.edition
        older = [life for life in self.state.of_subject(subject) if covers and not life.is_erased and life.edition < self.state.edition]
        if is_broken_off:
            with pytest.raises(RuntimeError), transaction.atomic():
                gate.rebind(subject=subject, purpose=deeds.ADVISE, actor=HOUSE, now=self.now)
                raise RuntimeError
        else:
            with transaction.atomic():
                assert gate.rebind(subject=subject, purpose=deeds.ADVISE, actor=HOUSE, now=self.now) == _RECORDS * len(older)
            for life in older:
                life.edition = self.state.edition
        self.stands_under_its_edition(subject)

    def stands_under_its_edition(self, subject: UUID) -> None:
        held = {(life.kept.matter, life.edition) for life in self.state.of_subject(subject) if not life.is_collected}
        assert set(Record.objects.filter(subject_id=subject).values_list("matter_id", "edition")) == held

    @rule(matter=matters, power_cut=st.sampled_from([*_OFTEN_NONE, "append_withdrawals", "_row"]))
    def take_back(self, matter: Matter, power_cut: str) -> None:
        if not self.is_known(matter):
            return
        subject, module = matter.kept.subject, ledger if power_cut == "append_withdrawals" else consents
        self.with_power_cut(power_cut, module, lambda: deeds.consent(subject, now=self.now, is_given=False, edition=self.state.edition))
        if power_cut != "_row":  # from the line in the ledger on it has happened
            self.ledger.withdrawals.append((subject, self.state.add_fact(subject, self.now, is_given=False).at))

    def is_known(self, matter: Matter) -> bool:
        """Whether the house knows this person, who may then agree and take back; of anybody else nothing is kept."""
        subject = matter.kept.subject
        if not self.state.is_unknown(subject) and not self.state.is_gone(subject):
            return True
        with pytest.raises(gate.UnknownSubject):
            deeds.consent(subject, now=self.now, edition=self.state.edition)
        return False

    @rule(target=holds, matter=matters)
    def hold(self, matter: Matter) -> UUID | None:
        if not self.is_alive(matter):
            with pytest.raises(gate.UnknownMatter):
                gate.place_hold(matter=matter.kept.matter, owner="disclosures", actor=HOUSE, now=self.now)
            return None
        hold = gate.place_hold(matter=matter.kept.matter, owner="disclosures", actor=HOUSE, now=self.now)
        self.state.holds[hold] = matter.kept.matter
        return hold

    @rule(hold=holds)
    def release(self, hold: UUID | None) -> None:
        if hold is None:
            return
        if hold not in self.state.holds:
            with pytest.raises(gate.UnknownHold):
                gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=self.now)
            return
        gate.release_hold(hold=hold, owner="disclosures", actor=HOUSE, now=self.now)
        del self.state.holds[hold]

    @rule(matter=matters)
    def close(self, matter: Matter) -> None:
        life = self.life_of(matter)
        was_open = life is not None and life.is_open and not life.is_collected
        assert deeds.close(matter.kept, now=self.now) == ((matter.kept.matter,) if was_open else ())
        if life is not None:
            life.is_open = False

    @rule(matter=matters)
    def reopen(self, matter: Matter) -> None:
        if not self.is_alive(matter):
            with pytest.raises(gate.UnknownMatter):
                gate.reopen_needs(duty=DUTY, duty_id=matter.kept.matter, purposes=[deeds.ADVISE], actor=CHI, now=self.now)
            return
        gate.reopen_needs(duty=DUTY, duty_id=matter.kept.matter, purposes=[deeds.ADVISE], actor=CHI, now=self.now)
        self.state.lives[matter.kept.matter].is_open = True

    @rule(matter=matters, power_cut=st.sampled_from([*_OFTEN_NONE, "append", "destroy", "_mark_erased"]), is_over=_MOSTLY)
    def end(self, matter: Matter, power_cut: str, is_over: bool) -> None:
        if is_over:
            self.close(matter)
        life = self.life_of(matter)
        if self.state.is_gone(matter.kept.subject):
            with pytest.raises(gate.Refused):
                deeds.erasing(matter.kept, now=self.now)
            return
        permit = deeds.erasing(matter.kept, now=self.now)
        if life is None:
            with pytest.raises(gate.UnknownMatter):
                gate.end_matters(permit, matters=[matter.kept.matter], now=self.now)
            return
        if not life.is_erased and (life.is_open or self.state.is_held(life.kept.matter)):
            with pytest.raises(gate.StillNeeded):
                gate.end_matters(permit, matters=[matter.kept.matter], now=self.now)
            return
        module = {"append": ledger, "destroy": keyring}.get(power_cut, erasing)
        self.with_power_cut(power_cut, module, lambda: gate.end_matters(permit, matters=[matter.kept.matter], now=self.now))
        self.state.erase(life, self.ledger)

    def with_power_cut(self, after: str, module: Any, act: Callable[[], object]) -> None:
        """Do something, with no power after one of its steps, and start the house again."""
        if not after:
            act()
            return
        with cut_power(module, after), suppress(PowerCut):
            act()
        forget()
        custody.open_house(now=self.now)

    @rule(matter=matters)
    def collect_remains(self, matter: Matter) -> None:
        life = self.life_of(matter)
        is_ready = life is not None and life.is_erased and not life.is_collected
        assert gate.collect_ended(matters=[matter.kept.matter], now=self.now) == (2 if is_ready else 0)
        if life is not None and life.is_erased:
            life.is_collected = True
        assert Record.objects.filter(matter_id=matter.kept.matter).exists() is self.is_alive(matter)

    @rule(hours=st.integers(1, 40))
    def let_time_pass(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(power_cut=st.sampled_from([*_OFTEN_NONE, "_begin", "_write", "_journal_step"]))
    def step_to_a_new_epoch(self, power_cut: str) -> None:
        self.with_power_cut(power_cut, epochs, lambda: gate.keep_epochs(actor=HOUSE, now=self.now, steps=True))
        assert custody.keep_keys(now=self.now) is not None

    @rule(power_cut=st.sampled_from([*_OFTEN_NONE, "_write", "_finish"]))
    def rebuild_the_index(self, power_cut: str) -> None:
        gate.begin_reindexing(now=self.now)
        self.with_power_cut(power_cut, reindexing, lambda: gate.keep_index(actor=HOUSE, now=self.now))
        gate.keep_index(actor=HOUSE, now=self.now)

    @precondition(lambda self: self.state.edition == 1 and self.state.lives)
    @rule()
    def publish_the_second_edition(self) -> None:
        publish(2, self.now)
        self.state.edition = 2

    @rule()
    def start_again(self) -> None:
        """An hour after the last act nothing is left of what never came, and nothing else was touched."""
        self.now += timedelta(hours=1, seconds=1)
        custody.open_house(now=self.now)
        assert set(MatterKey.objects.values_list("matter_id", flat=True)) == self.state.living()
        assert custody.open_house(now=self.now) == 0

    @precondition(lambda self: len(self.backups) < _MOST_BACKUPS)
    @rule()
    def back_up(self) -> None:
        self.backups.append(Backup(files=self.house.back_up(self.now), state=deepcopy(self.state)))

    @precondition(lambda self: self.restores < _MOST_RESTORES)
    @rule(number=st.integers(0, _MOST_BACKUPS - 1), power_cut=st.sampled_from([*_OFTEN_NONE, "_fill", "_migrate_on", "finish_start"]))
    def lose_everything_and_restore(self, number: int, power_cut: str) -> None:
        """Whichever backup it is, of this past or of one that an earlier restore left behind."""
        self.restores += 1
        backup = self.backups[number % len(self.backups)]
        if power_cut:
            self.house.lose()
            with cut_power(restoring, power_cut), pytest.raises(PowerCut):
                self.house.restore(backup.files, self.now)
            forget()
            with pytest.raises(custody.RestoreUnfinished):
                custody.open_house(now=self.now)
        self.house.lose()
        self.house.restore(backup.files, self.now)
        self.state = backup.state.restored(self.ledger)
        self.everything_is_as_it_must_be()

    def everything_is_as_it_must_be(self) -> None:
        """After a restore nothing is left to chance: who is there, who agreed, what may be read, what is held and needed, what the journal says."""
        assert health.verify_journal().ok, health.verify_journal().problems
        for life in self.state.lives.values():
            subject = life.kept.subject
            assert self.seen_of(Matter(kept=life.kept, person=life.person)) == self.state.readable(subject)
            said = {row.is_given for row in gate.consents_of(subject)}
            assert self.state.is_gone(subject) or said == ({bool(self.state.agreed(subject))} if self.state.facts.get(subject) else set())
            (row,) = gate.matter_rows([life.kept.matter])
            assert (row.erased_at is not None, row.collected_at is not None) == (life.is_erased, life.is_collected)
            assert [need.closed_at is None for need in row.needs] == ([] if life.is_collected else [life.is_open])
        for subject in self.state.subjects():
            self.stands_under_its_edition(subject)
        assert set(LegalHold.objects.filter(released_at__isnull=True).values_list("id", flat=True)) == set(self.state.holds)
        for person in PEOPLE:
            self.find(person)

    @invariant()
    def no_key_outlives_its_erasure(self) -> None:
        if not hasattr(self, "state"):
            return
        erased = [life.kept.matter for life in self.state.erased()]
        gone = [subject for subject in self.state.subjects() if self.state.is_gone(subject)]
        assert not MatterKey.objects.filter(matter_id__in=erased).exists()
        assert not SubjectKey.objects.filter(subject_id__in=gone).exists()
        assert not IdentityToken.objects.filter(matter_id__in=erased).exists()

    @invariant()
    def no_living_matter_lacks_its_key(self) -> None:
        if hasattr(self, "state"):
            living = self.state.living()
            assert set(keyring.matter_keys(living)) == living
