"""Two want the same at the same moment, or the opposite: one of them is first, and the other one learns of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections, transaction

from camket.access.actions import add_staff, dismiss_staff
from camket.access.queries import StaffRow
from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.intake.actions import desk
from camket.duties.intake.models import Inquiry
from camket.duties.notices.models import Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.duties.retention import queries as retention
from camket.editions.models import Edition, Enactment
from camket.editions.queries import forget_cached
from camket.jobs.worker import erase_due
from camket.journal.models import JournalEntry
from camket.journal.verification import verify
from camket.policy.terms import ADVISER, SYSTEM, THE_HOUSE, Actor
from camket.vault import gate
from tests.crashes.findings import disagreements
from tests.duties.intake.conftest import Receive
from tests.vault.deeds import ADVISE, DUTY, HOUSE, LAN, Kept, close, collect, consent, erasing, open_vault, prepared, use

pytestmark = pytest.mark.usefixtures("transactional_db")
ROUNDS = 12
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def together(*acts: Callable[[], object]) -> list[Any]:
    """Let every act begin at the same moment, each over connections of its own, and return what each got: a value, or what it raised."""
    start = Barrier(len(acts))

    def hand(act: Callable[[], object]) -> object:
        start.wait(timeout=60)
        try:
            return act()
        except Exception as refused:  # noqa: BLE001  # what was refused is what these tests look at
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(hand, acts))


@pytest.fixture
def vault(settings: Any, tmp_path: Path, now: datetime) -> Iterator[None]:
    """A vault with real commits, and tiny editions."""
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
    forget_cached()
    open_vault(now)
    yield
    forget_cached()


def at_rest(now: datetime) -> Kept:
    """An, whom nothing needs any more."""
    an = collect(now=now)
    close(an, now=now)
    return an


@pytest.mark.usefixtures("vault")
@pytest.mark.clause("4.6")
class TestAnErasure:
    """Whoever wants to keep a matter is first, and it stays; or the erasure is, and it is gone."""

    def race(self, now: datetime, other: Callable[[Kept], object]) -> None:
        for _ in range(ROUNDS):
            an = at_rest(now)
            erased, kept = together(partial(gate.end_matters, erasing(an, now=now), matters=[an.matter], now=now), partial(other, an))
            (row,) = gate.matter_rows([an.matter])
            if row.erased_at is None:
                assert isinstance(erased, gate.StillNeeded)
                assert not isinstance(kept, Exception)
                assert use(an, now=now)
            else:
                assert isinstance(erased, gate.Ended)
                assert isinstance(kept, gate.UnknownMatter | gate.UnknownSubject | gate.Refused)
        assert list(disagreements(has_orphans=True)) == []
        assert verify(checkpoints=Path(configured.CAMKET_CHECKPOINTS)).ok

    def test_or_a_need(self, now: datetime) -> None:
        self.race(now, lambda an: gate.open_need(matter=an.matter, purpose=ADVISE, duty=DUTY, duty_id=an.matter, now=now) or True)

    def test_or_a_hold(self, now: datetime) -> None:
        self.race(now, lambda an: gate.place_hold(matter=an.matter, owner="disclosures", actor=LAN, now=now))

    def test_or_an_inquiry_taken_up_again(self, now: datetime) -> None:
        self.race(now, lambda an: gate.reopen_needs(duty=DUTY, duty_id=an.matter, purposes=[ADVISE], actor=HOUSE, now=now))

    def test_of_a_person_of_whom_more_is_being_kept_leaves_the_new_matter_or_refuses_it(self, now: datetime) -> None:
        keep = transaction.atomic(gate.keep)
        for _ in range(ROUNDS):
            an = at_rest(now)
            parcel = prepared(now=now, subject=an.subject)
            erased, kept = together(partial(gate.end_matters, erasing(an, now=now), matters=[an.matter], now=now), partial(keep, parcel, now=now))
            assert isinstance(erased, gate.Ended)
            if isinstance(kept, gate.UnknownSubject):
                assert erased.subjects == (an.subject,)
            else:
                assert erased.subjects == ()
                assert {shown.matter for shown in use(an, now=now)} == {parcel.matter}
        assert list(disagreements(has_orphans=True)) == []


@pytest.mark.usefixtures("vault")
@pytest.mark.clause("9.9")
class TestAWithdrawal:
    def test_is_followed_by_no_look_that_was_asked_for_after_it(self, now: datetime) -> None:
        an, withdrawn = collect(now=now), Event()

        def withdraw() -> None:
            consent(an.subject, now=now, is_given=False)
            withdrawn.set()

        def look(desk: str) -> list[bool]:
            seen = []
            for number in count():
                is_after = withdrawn.is_set()
                try:
                    use(an, now=now, view=f"{desk}.{number}")
                except gate.Refused:
                    return seen
                seen.append(is_after)
            return seen

        _, *looks = together(withdraw, partial(look, "one"), partial(look, "two"))
        assert all(isinstance(seen, list) and not any(seen) for seen in looks), looks
        shown = JournalEntry.objects.filter(act="data.shown").count()
        assert shown == sum(len(seen) for seen in looks)


@pytest.mark.usefixtures("house")
class TestTwo:
    @pytest.mark.clause("4.6")
    def test_workers_erase_once_and_certify_once(self, receive: Receive, chi: Actor, now: datetime) -> None:
        for nonce in "123":
            intake.resolve_inquiry(reference=receive(nonce=nonce).reference, actor=chi, now=now)
        due = now + 100 * DAY
        erase_due(worker="planner", now=now)
        done = together(*(lambda name=name: erase_due(worker=name, now=due) for name in ("one", "two", "three")))
        assert sum(done) == 3
        assert retention.count_erased() == JournalEntry.objects.filter(act="data.erased").count() == 3

    @pytest.mark.clause("1.1")
    @pytest.mark.clause("6.1")
    def test_gives_and_sends_away_leave_nothing_with_who_is_gone(
        self, receive: Receive, chi: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lan = add_staff(email="lan@staff.example.vn", role=ADVISER, actor=THE_HOUSE, now=now).id
        was_looked_at, is_gone, is_adviser = Event(), Event(), desk.is_adviser

        def slowly(row: StaffRow) -> bool:
            answer = is_adviser(row)
            was_looked_at.set()
            is_gone.wait(timeout=1)
            return answer

        def send_away() -> None:
            was_looked_at.wait(timeout=60)
            dismiss_staff(staff_id=lan, actor=THE_HOUSE, now=now)
            intake.hand_over(from_id=lan, to_id=None, actor=THE_HOUSE, now=now)
            is_gone.set()

        monkeypatch.setattr(desk, "is_adviser", slowly)
        together(partial(intake.take_on, references=[receive().reference], given_to=lan, actor=chi, now=now), send_away)
        assert (is_gone.is_set(), Inquiry.objects.get().assigned_to_id) == (True, None)

    def test_sendings_of_one_form_are_one_inquiry(self, receive: Receive, now: datetime) -> None:
        received = together(*[receive] * 8)
        assert len({one.reference for one in received}) == 1
        assert sorted(one.is_repeat for one in received) == [False] + [True] * 7
        assert Inquiry.objects.count() == Letter.objects.count() == JournalEntry.objects.filter(act="inquiry.received").count() == 1
        custody.open_house(now=now + timedelta(hours=2))
        assert list(disagreements(has_orphans=False)) == []


@pytest.mark.clause("8.1")
class TestTwoPublishers:
    def test_publish_one_edition_once(self, settings: Any, tmp_path: Path, now: datetime) -> None:
        settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
        custody.open_house(now=now)
        regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
        path = Path(configured.CAMKET_POLICY) / "edition-1"
        got = together(*[lambda: publishing.publish_edition(path=path, regime=regime, actor=Actor(role=SYSTEM), now=now)] * 4)
        assert got == [1] * 4
        assert Edition.objects.count() == Enactment.objects.count() == 1
        assert JournalEntry.objects.filter(act="edition.published").count() == 1
