"""Whatever happens to a campaign, in whatever order: nobody is told twice but by a breakdown, nobody whom it does not concern, and it adds up."""

import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.editions.queries import forget_cached
from camket.policy.terms import Actor, PurposeId
from camket.vault import gate
from tests.duties.notices.campaigning import DUNG, arrive, plan, publish_second, write

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WORKER = "worker-of-these-tests"
ADVISE = PurposeId("advise")
# who writes: a, b and c have an address of their own, a writes twice, d has none; e's details are kept for something that does not change
PEOPLE = ("a", "b", "c", "a", "d", "e")
OUTCOMES = st.lists(st.sampled_from(["accepted", "accepted", "deferred", "refused", "unknown"]), min_size=6, max_size=6)
_NUMBERS = count()


class Telling(RuleBasedStateMachine):
    """One campaign, a worker that may die, a mail server that answers as it likes, a clock, and people who change their minds."""

    chi: Actor  # set by the test

    @initialize(is_planned=st.sampled_from([True, True, False]))
    def people_come(self, is_planned: bool) -> None:
        self.blocks = [transaction.atomic(using=alias) for alias in ("keys", "default")]
        for block in self.blocks:
            block._from_testcase = True  # type: ignore[attr-defined]  # the gate refuses to be asked within any other
            block.__enter__()
        self.now = START
        self.number = next(_NUMBERS)
        self.left: Counter[str] = Counter()  # by address: how often a letter left for it
        self.excused: Counter[str] = Counter()  # how often one may have left once more, for nobody knew the answer
        self.came = 0  # how often somebody wrote since
        self.gone: set[str] = set()  # whose letter may not leave any more
        self.inquiries: dict[str, list[Inquiry]] = {}
        for index, name in enumerate(PEOPLE):
            reach = {"phone": "0912000101"} if name == "d" else {"email": self.address(name)}
            values = {"full_name": "Khách", "message": "Xin tư vấn", **reach}
            received = arrive(values, now=self.now, nonce=f"{self.number}.{index}")
            self.inquiries.setdefault(name, []).append(Inquiry.objects.get(reference=received.reference))
        Letter.objects.all().delete()
        self.withdraw("e")
        self.campaign = write(self.now - timedelta(days=1))
        if is_planned:
            plan(self.now)

    def teardown(self) -> None:
        for alias, block in zip(("default", "keys"), reversed(self.blocks), strict=True):
            transaction.set_rollback(True, using=alias)
            block.__exit__(None, None, None)

    def address(self, name: str) -> str:
        return f"{name}.{self.number}@example.vn"

    def withdraw(self, name: str) -> None:
        for inquiry in self.inquiries[name]:
            with transaction.atomic(), suppress(intake.NotGiven, intake.InquiryUnknown):
                intake.withdraw_consent(reference=inquiry.reference, purpose=ADVISE, channel="phone", actor=self.chi, now=self.now)
        self.gone.add(self.address(name))

    def act(self, act: Any) -> None:
        with suppress(notices.CannotBeDone):
            act(campaign_id=self.campaign, actor=DUNG, now=self.now)

    @rule(is_lost=st.sampled_from([False, False, True]), limit=st.integers(1, 6))
    def the_worker_plans(self, is_lost: bool, limit: int) -> None:
        looked_at = notices.look_ahead(now=self.now, limit=limit)
        if looked_at is not None and not is_lost:
            notices.plan_letters(looked_at=looked_at, now=self.now)
            notices.plan_letters(looked_at=looked_at, now=self.now)  # a second worker comes too late

    @rule(outcomes=OUTCOMES, limit=st.integers(1, 6), minutes=st.sampled_from([600, 5, 0]))
    def the_worker_sends(self, outcomes: list[str], limit: int, minutes: int) -> None:
        for turn in range(3):
            self.now += timedelta(minutes=minutes)
            self.send(outcomes[turn:] + outcomes[:turn], "", limit)

    @rule(outcomes=OUTCOMES, dies=st.sampled_from(["opened", "handed over", "sent"]), limit=st.integers(1, 6))
    def the_worker_dies(self, outcomes: list[str], dies: str, limit: int) -> None:
        self.send(outcomes, dies, limit)

    def send(self, outcomes: list[str], dies: str, limit: int) -> None:
        batch = notices.take_batch(worker=WORKER, now=self.now, limit=limit)
        if batch is None:
            return
        notices.open_batch(batch=batch, now=self.now)
        if dies == "opened":
            return
        copies = notices.hand_over(batch=batch, now=self.now)
        told = dict(zip((one.id for one in copies), outcomes, strict=False))
        for one in copies:
            self.leaves(one.to.reveal(), told[one.id] if dies != "handed over" else "lost")
        if dies:
            for one in copies:
                self.excused[one.to.reveal()] += 1
            return
        codes = {"accepted": "smtp.250", "deferred": "smtp.data.451", "refused": "smtp.data.554", "unknown": "smtp.timeout"}
        notices.report_batch(batch=batch, outcomes={name: (outcome, codes[outcome]) for name, outcome in told.items()}, now=self.now)

    def leaves(self, address: str, outcome: str) -> None:
        assert address not in self.gone, "somebody was told who may not be"
        self.left[address] += outcome in ("accepted", "unknown")
        self.excused[address] += outcome == "unknown"

    @rule()
    def the_worker_puts_back_what_has_no_slot(self) -> None:
        batch = notices.take_batch(worker=WORKER, now=self.now, limit=3)
        if batch is None:
            return
        notices.open_batch(batch=batch, now=self.now)
        later = {one.id: self.now + timedelta(minutes=1) for one in batch.letters}
        notices.put_back(batch=batch, letters=later, due_at=later)

    @rule(name=st.sampled_from(["a", "b", "c"]))
    def somebody_takes_the_consent_back(self, name: str) -> None:
        self.withdraw(name)

    @rule(name=st.sampled_from(["b", "c"]))
    def somebody_is_erased(self, name: str) -> None:
        for inquiry in self.inquiries[name]:
            notices.forget_letters(matters=[gate.MatterId(inquiry.matter_id)])
        self.gone.add(self.address(name))
        self.withdraw(name)

    @rule(name=st.sampled_from(["f", "g", "a"]))
    def somebody_writes_meanwhile(self, name: str) -> None:
        values = {"full_name": "Khách", "message": "Xin tư vấn", "email": self.address(name)}
        self.came += 1
        arrive(values, now=self.now, nonce=f"{self.number}.{len(PEOPLE) + self.came}")
        self.gone.discard(self.address(name))
        Letter.objects.filter(campaign__isnull=True).delete()

    @rule(kind=st.sampled_from(["hard", "soft", "away"]))
    def a_letter_comes_back(self, kind: str) -> None:
        letter = Letter.objects.filter(campaign_id=self.campaign, state="done", dropped="", intent_at__isnull=False).first()
        if letter is None:
            return
        with suppress(notices.BounceUnlikely):
            notices.report_bounce(letter_id=letter.id, kind=kind, code="5.1.1" if kind == "hard" else "4.2.2", now=self.now)
        for name, inquiries in self.inquiries.items():
            if any(inquiry.matter_id == letter.matter_id for inquiry in inquiries):
                self.excused[self.address(name)] += kind == "soft"

    @rule(limit=st.integers(2, 6))
    def the_worker_plans_it_all(self, limit: int) -> None:
        plan(self.now, limit=limit)

    @rule(is_short=st.booleans())
    def a_colleague_pauses(self, is_short: bool) -> None:
        self.act(notices.pause_campaign)
        if is_short:
            self.act(notices.resume_campaign)

    @rule()
    def a_colleague_resumes(self) -> None:
        self.act(notices.resume_campaign)

    @rule(is_meant=st.integers(0, 9))
    def a_colleague_stops(self, is_meant: int) -> None:
        if not is_meant:
            self.act(notices.stop_campaign)

    @rule(minutes=st.integers(1, 600))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule(minutes=st.integers(1, 600))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)

    @invariant()
    def nobody_is_told_twice_but_by_a_breakdown(self) -> None:
        for address, often in self.left.items():
            assert often <= 1 + self.excused[address], address

    @invariant()
    def only_those_are_told_whom_it_concerns(self) -> None:
        assert set(self.left) <= {self.address(name) for name in "abcfg"}

    @invariant()
    def it_adds_up(self) -> None:
        row = queries.campaign(self.campaign)
        assert row is not None
        found = queries.report_of(row, now=self.now)
        counted = found.told + found.waiting + found.deferred + found.in_hand + found.refused + found.unknown
        counted += found.bounced + found.unreachable + found.cancelled + found.dropped + found.unsent
        assert counted == found.planned
        assert min(found.settled, found.silent, found.waiting, found.refused, found.doubled) >= 0

    @invariant()
    def what_stands_still_stays_so(self) -> None:
        row = queries.campaign(self.campaign)
        assert row is not None
        assert (row.ended_at is not None) == (row.state in ("done", "stopped"))


def run_it(chi: Actor, folder: Path, **options: Any) -> None:
    """Let the machine do what it can think of within its budget."""
    notices.forget_reaches()
    # somebody is held, so that the edition waits for its notice; whoever comes after is bound by the first one still
    arrive({"full_name": "Khách", "message": "Xin tư vấn", "phone": "0912000100"}, now=START, nonce="first")
    publish_second(folder, now=START)
    Telling.chi = chi
    budget = {"max_examples": 40, "stateful_step_count": 30, "suppress_health_check": list(HealthCheck)}
    try:
        run_state_machine_as_test(Telling, settings=settings(**{**budget, **options}))
    finally:
        forget_cached()
        notices.forget_reaches()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.clause("8.2")
class TestACampaign:
    def test_keeps_its_promises_in_any_order(self, house: None, chi: Actor, tmp_path: Path) -> None:
        run_it(chi, tmp_path, phases=[Phase.generate, Phase.shrink])


def forget_that_letters_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the mail server took is tried again."""
    honest = notices.report_batch

    def report(*, outcomes: Any, **named: Any) -> Any:
        worse = {name: ("deferred", "smtp.data.451") if outcome == "accepted" else (outcome, code) for name, (outcome, code) in outcomes.items()}
        return honest(outcomes=worse, **named)

    monkeypatch.setattr(notices, "report_batch", report)


def lose_who_was_erased(monkeypatch: pytest.MonkeyPatch) -> None:
    """The letters of somebody erased go, and the campaign does not count them any more."""

    def forget(*, matters: Any) -> dict[Any, int]:
        Letter.objects.filter(matter_id__in=matters).delete()
        return {}

    monkeypatch.setattr(notices, "forget_letters", forget)


def ask_nobody_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever took their consent back after the letters were planned is not looked at again before theirs leaves."""
    monkeypatch.setattr("camket.duties.notices.actions.sending._concerned_no_more", lambda *_: {})


PLANTED = {
    forget_that_letters_left: r"@example\.vn\nassert \d+ <= ",
    lose_who_was_erased: r"assert \d+ == \d+",
    ask_nobody_again: "somebody was told who may not be",
}


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.usefixtures("house")
@pytest.mark.whatever_database  # it shows that the machine can fail, which it does by what it asserts
class TestABreach:
    @pytest.mark.parametrize("plant", PLANTED)
    def test_is_found(self, plant: Any, chi: Actor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        plant(monkeypatch)
        # what is drawn depends on which modules are loaded: a breach that few lives meet needs more of them than the machine has each day
        # which letters a worker takes hangs on ids that are drawn anew: what was found once need not be found in the same steps again
        with pytest.raises((AssertionError, FlakyFailure)) as found:
            run_it(chi, tmp_path, max_examples=400, phases=[Phase.generate], derandomize=True, database=None, report_multiple_bugs=False)
        told = found.value.exceptions if isinstance(found.value, FlakyFailure) else (found.value,)
        assert any(re.search(PLANTED[plant], str(one)) for one in told), told
