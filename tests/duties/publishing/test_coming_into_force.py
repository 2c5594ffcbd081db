"""An edition comes into force when its time has come, with the notice that was promised, once, and never back."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from camket.duties.intake import actions as intake
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.journal import queries as journal
from camket.policy.regimes import Regime
from camket.policy.terms import VISITOR, Actor, EditionNumber
from tests.cast import AN
from tests.duties.publishing.conftest import OFFICER, Publish, change

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2")]

Later = Callable[..., EditionNumber]
NOTICE_OVER = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)  # the local midnight that ends the fifteenth day after 23 November 2026
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def next_edition(draft: Path, number: int) -> Path:
    """Copy edition 1 under another number, with another sentence."""
    folder = draft.parent / f"edition-{number}"
    shutil.copytree(draft, folder)
    change(folder / "edition.toml", "number = 1", f"number = {number}")
    change(folder / "policy.vi.md", "\n1.1 ", f"\n1.1 Đây là bản {number}. ")
    return folder


@pytest.fixture
def somebody(publish: Publish, draft: Path, now: datetime) -> None:
    """Publish edition 1, and let An write to the company."""
    publish(draft)
    submission = intake.Submission(channel="form", language="vi", key=b"k" * 32)
    values = AN.values("full_name", "email", "message")
    intake.receive_inquiry(submission=submission, values=values, consents=("advise",), actor=Actor(role=VISITOR), now=now)


@pytest.fixture
def publish_next(house: None, draft: Path, regime: Regime, now: datetime) -> Later:
    """Offer a function that publishes a later edition, for an instant or as soon as may be."""

    def go(number: int = 2, at: datetime | None = None) -> EditionNumber:
        folder = draft.parent / f"edition-{number}"
        place = folder if folder.exists() else next_edition(draft, number)
        return publishing.publish_edition(path=place, regime=regime, actor=OFFICER, now=now, at=at)

    return go


def enact(now: datetime) -> list[EditionNumber]:
    return publishing.enact_due(actor=OFFICER, now=now)


def journaled(act: str) -> list[object]:
    return [row.facts["edition"] for row in journal.of_act(act)]


class TestALaterEdition:
    def test_comes_into_force_at_once_where_nobodys_data_is_held(self, publish: Publish, draft: Path, publish_next: Later, now: datetime) -> None:
        publish(draft)
        assert publish_next() == editions.edition_in_force() == 2
        assert editions.edition_line(EditionNumber(2)).in_force_at == now
        assert journaled("edition.enacted") == [1, 2]

    def test_waits_for_the_promised_notice_where_somebodys_is(self, somebody: None, publish_next: Later) -> None:
        assert publish_next() == 2
        line = editions.edition_line(EditionNumber(2))
        assert (line.due_at, line.in_force_at) == (NOTICE_OVER, None)
        assert editions.edition_in_force() == 1
        assert journaled("edition.published") == [1, 2]
        assert journaled("edition.enacted") == [1]

    def test_comes_into_force_when_the_notice_has_run_and_not_before(self, somebody: None, publish_next: Later) -> None:
        publish_next()
        assert enact(NOTICE_OVER - SECOND) == []
        assert editions.edition_in_force() == 1
        assert enact(NOTICE_OVER) == [2]
        assert editions.edition_in_force() == 2
        assert journaled("edition.enacted") == [1, 2]

    def test_binds_from_the_instant_it_was_found_due(self, somebody: None, publish_next: Later) -> None:
        publish_next()
        assert enact(NOTICE_OVER + DAY) == [2]
        assert editions.edition_line(EditionNumber(2)).in_force_at == NOTICE_OVER + DAY

    def test_stays_in_force_whatever_the_clock_does_afterwards(self, somebody: None, publish_next: Later, now: datetime) -> None:
        publish_next()
        enact(NOTICE_OVER)
        assert enact(now - 400 * DAY) == []
        assert editions.edition_in_force() == 2

    def test_comes_into_force_once_however_many_look(self, somebody: None, publish_next: Later, monkeypatch: pytest.MonkeyPatch) -> None:
        publish_next()
        monkeypatch.setattr(publishing.editions.queries, "due", lambda *, now: (EditionNumber(2),))  # two have looked before either has acted
        assert [enact(NOTICE_OVER), enact(NOTICE_OVER)] == [[2], []]
        assert journaled("edition.enacted") == [1, 2]

    def test_is_scheduled_at_a_start_too(self, somebody: None, draft: Path, regime: Regime, now: datetime) -> None:
        next_edition(draft, 2)
        assert publishing.publish_pending(folder=draft.parent, regime=regime, actor=OFFICER, now=now) == [2]
        assert editions.edition_in_force() == 1
        to_come = editions.edition_to_come()
        assert to_come is not None
        assert (to_come.number, to_come.due_at) == (2, NOTICE_OVER)

    def test_waits_for_the_one_before_it(self, somebody: None, publish_next: Later, now: datetime) -> None:
        publish_next(2, at=NOTICE_OVER + 10 * DAY)
        publish_next(3)
        assert editions.edition_line(EditionNumber(3)).due_at == NOTICE_OVER + 10 * DAY
        assert enact(NOTICE_OVER + 9 * DAY) == []
        assert enact(NOTICE_OVER + 10 * DAY) == [2, 3]


class TestAnEditionForAnInstant:
    def test_waits_for_it(self, publish: Publish, draft: Path, publish_next: Later, now: datetime) -> None:
        publish(draft)
        publish_next(at=now + DAY)
        assert editions.edition_in_force() == 1
        assert enact(now + DAY) == [2]

    @pytest.mark.parametrize("back", [DAY, 2 * DAY, 3_000 * DAY])
    def test_of_a_day_that_has_passed_is_not_published(
        self, publish: Publish, draft: Path, publish_next: Later, *, now: datetime, back: timedelta
    ) -> None:
        publish(draft)
        with pytest.raises(publishing.Unpublishable) as refused:
            publish_next(at=now - back)
        (told,) = refused.value.diagnostics
        assert (told.code, told.severity, told.file, told.line, bool(told.hint)) == ("edition.day_passed", "error", "edition.toml", 1, True)
        assert [line.number for line in editions.edition_lines()] == [1]

    def test_that_was_published_is_not_refused_once_its_day_has_passed(
        self, publish: Publish, draft: Path, publish_next: Later, now: datetime, regime: Regime
    ) -> None:
        publish(draft)
        publish_next(at=now + DAY)
        place = draft.parent / "edition-2"
        assert publishing.publish_edition(path=place, regime=regime, actor=OFFICER, now=now + 9 * DAY, at=now + DAY) == 2

    def test_of_an_earlier_hour_of_today_is_in_force_now(self, publish: Publish, draft: Path, publish_next: Later, now: datetime) -> None:
        publish(draft)
        publish_next(at=now - timedelta(hours=1))
        assert editions.edition_line(EditionNumber(2)).in_force_at == now

    @pytest.mark.parametrize("early", [DAY, NOTICE_OVER - datetime(2026, 11, 23, 2, 0, tzinfo=UTC) - SECOND])
    def test_within_the_promised_notice_is_not_published(self, somebody: None, publish_next: Later, now: datetime, early: timedelta) -> None:
        with pytest.raises(publishing.TooEarly) as refused:
            publish_next(at=now + early)
        assert refused.value.earliest == NOTICE_OVER
        assert [line.number for line in editions.edition_lines()] == [1]

    def test_after_the_promised_notice_waits_for_it(self, somebody: None, publish_next: Later) -> None:
        publish_next(at=NOTICE_OVER + DAY)
        assert editions.edition_line(EditionNumber(2)).due_at == NOTICE_OVER + DAY

    def test_keeps_it(self, somebody: None, publish_next: Later) -> None:
        publish_next(at=NOTICE_OVER + DAY)
        assert publish_next() == publish_next(at=NOTICE_OVER + DAY) == 2
        with pytest.raises(publishing.AlreadyScheduled) as refused:
            publish_next(at=NOTICE_OVER + 2 * DAY)
        assert refused.value.due_at == NOTICE_OVER + DAY
