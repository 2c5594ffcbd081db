"""Advertising: only to who agreed to it, known by its first word, at most as often as the law allows, and over by one press."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.actions.advertising import enough_for_today
from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.rules import STOPPED
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.editions.queries import forget_cached
from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from camket.policy.advertising import advertising_law
from camket.policy.regimes import parse_regime
from camket.policy.terms import ADVERTISE, ADVISER, THE_HOUSE, Actor
from camket.vault import gate, ledger
from tests.advertising import write_edition
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import DUNG, arrive
from tests.journeys.post_office import PostOffice, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("3.7")]
REGIME = parse_regime((Path(__file__).resolve().parents[3] / "regimes" / "vn-2026.toml").read_text())
WORDS = {"vi": {"title": "Giảm giá", "text": "Tuần này giảm giá."}, "en": {"title": "Less to pay", "text": "This week."}}
WORKER = "worker-of-these-tests"
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def post(settings: Any) -> Iterator[PostOffice]:
    settings.CAMKET_CONTROLLER_EMAIL = "lienhe@example.vn"
    with PostOffice() as office:
        settings.CAMKET_SMTP_URL = office.url
        yield office


@pytest.fixture
def knowing(house: None, tmp_path: Path, now: datetime) -> Iterator[None]:
    """An edition that knows advertising is in force; An agreed to it, Bình only to notices."""
    notices.forget_reaches()
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=now)
    arrive(AN.values("full_name", "email", "message"), now=now, nonce="an", consents=("advise", "advertise"))
    arrive(BINH.values("full_name", "email", "message"), now=now, nonce="binh", consents=("advise", "notify"))
    Letter.objects.update(state="done", done_at=now)
    yield
    forget_cached()
    notices.forget_reaches()


def law(now: datetime) -> Any:
    return advertising_law(REGIME, now.date())


def write(now: datetime, *, words: Any = WORDS, actor: Actor = DUNG) -> UUID:
    made = notices.write_advertising(words=words, audience="", law=law(now), actor=actor, now=now)
    notices.schedule_campaign(campaign_id=made, at=None, actor=actor, now=now)
    return made


def send(now: datetime) -> None:
    """What some turns of the worker do: one of them ends after a second, however busy the machine is."""
    for turn in range(1, 4):
        plan_due(now=now)
        send_due(worker=WORKER, pace=Pace(per_minute=0), now=now + turn * SECOND)


def sent(post: PostOffice) -> list[str]:
    return [str(letter["To"]) for letter in post.letters]


class TestUnderAnEditionWithoutIt:
    def test_nothing_is_kept_and_nothing_can_be_sent(self, house: None, now: datetime) -> None:
        with pytest.raises(notices.NoAdvertising):
            write(now)
        assert not Campaign.objects.exists()
        assert queries.advertising_clause() == ""

    def test_what_stands_there_all_the_same_goes_to_nobody(self, house: None, now: datetime, post: PostOffice) -> None:
        arrive(AN.values("full_name", "email", "message"), now=now, nonce="an", consents=("advise", "notify"))
        Letter.objects.update(state="done", done_at=now)
        Campaign.objects.create(kind="advertising", purpose=ADVERTISE, words=WORDS, created_at=now, created_by=UUID(DUNG.id), starts_at=now)
        send(now)
        campaign = Campaign.objects.get()
        assert (campaign.state, campaign.paused_for, sent(post)) == ("paused", "policy.refused", [])


@pytest.mark.usefixtures("knowing")
class TestALetter:
    def test_goes_to_who_agreed_and_to_nobody_else(self, now: datetime, post: PostOffice) -> None:
        write(now)
        send(now)
        assert sent(post) == [AN.email]

    def test_goes_to_who_agreed_with_a_later_inquiry_only(self, now: datetime, post: PostOffice) -> None:
        arrive(BINH.values("full_name", "email", "message"), now=now + HOUR, nonce="again", consents=("advise", "advertise"))
        Letter.objects.update(state="done", done_at=now)
        write(now + 2 * HOUR)
        send(now + 2 * HOUR)
        assert sorted(sent(post)) == sorted([AN.email, BINH.email])

    def test_says_what_it_is_who_sends_it_and_how_it_stops(self, now: datetime, post: PostOffice) -> None:
        write(now)
        send(now)
        (letter,) = post.letters
        assert str(letter["Subject"]).startswith("[QC] ")
        text = text_of(letter)
        assert "WEGROUP HOLDINGS" in text
        assert "điều 3.7" in text
        link = str(letter["List-Unsubscribe"]).strip("<>")
        assert "/vi/stop/" in link
        assert link in text
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    def test_of_another_kind_has_nothing_to_unsubscribe_from(self, now: datetime, post: PostOffice) -> None:
        made = notices.write_service(words=WORDS, audience="", actor=DUNG, now=now)
        notices.schedule_campaign(campaign_id=made, at=None, actor=DUNG, now=now)
        send(now)
        (letter,) = post.letters
        assert letter["To"] == BINH.email
        assert letter["List-Unsubscribe"] is None
        assert "[QC]" not in letter["Subject"]

    @pytest.mark.parametrize("kind", ["advertising", "service"])
    def test_is_shown_before_it_goes_as_it_goes(self, kind: str, now: datetime, post: PostOffice) -> None:
        made = write(now) if kind == "advertising" else notices.write_service(words=WORDS, audience="", actor=DUNG, now=now)
        if kind == "service":
            notices.schedule_campaign(campaign_id=made, at=None, actor=DUNG, now=now)
        plan_due(now=now)
        waiting = Letter.objects.get(campaign_id=made)
        subject, text = notices.preview_letter(letter_id=waiting.id, actor=THE_ADVISER, now=now)
        send(now)
        (letter,) = post.letters
        assert str(letter["Subject"]) == subject
        assert re.sub(r"(/(?:stop|consents)/)[\w-]+", r"\1…", text_of(letter).replace("\r\n", "\n")).strip() == text.strip()

    def test_is_labelled_once_however_it_was_written(self, now: datetime) -> None:
        labelled = {"vi": {"title": "[QC] Giảm giá", "text": "x"}, "en": {"title": "[ad] less", "text": "x"}}
        write(now, words=labelled)
        words = Campaign.objects.get().words
        assert (words["vi"]["title"], words["en"]["title"]) == ("[QC] Giảm giá", "[ad] less")

    def test_stops_for_good_by_its_link(self, now: datetime, post: PostOffice) -> None:
        write(now)
        send(now)
        (letter,) = post.letters
        token = str(letter["List-Unsubscribe"]).strip("<>").rpartition("/")[2]
        intake.stop_advertising_by_link(token=token, now=now + HOUR)
        write(now + DAY * 2)
        send(now + DAY * 2)
        assert len(post.letters) == 1

    def test_that_waits_goes_no_more_once_it_was_stopped(self, now: datetime, post: PostOffice) -> None:
        campaign_id = write(now)
        plan_due(now=now)
        inquiry = Inquiry.objects.get(subject_id=Letter.objects.get(campaign_id=campaign_id).subject_id)
        intake.withdraw_consent(reference=inquiry.reference, purpose=ADVERTISE, channel="phone", actor=THE_ADVISER, now=now)
        send(now + HOUR)
        assert sent(post) == []
        assert Letter.objects.get(campaign_id=campaign_id).dropped == "advertising.stopped"

    def test_that_only_the_ledger_knows_to_be_stopped_is_confirmed_once_for_an_address(self, now: datetime) -> None:
        """After a restore a person's later inquiries come back with the first, and each of them knows that it was stopped."""
        for number in range(3):
            arrive(AN.values("full_name", "email", "message"), now=now, nonce=f"again {number}", consents=("advise", "advertise"))
        people = [gate.SubjectId(one) for one in Inquiry.objects.values_list("subject_id", flat=True)]
        agreed = [one for one, purposes in gate.agreed_purposes(people).items() if ADVERTISE in purposes]
        assert len(agreed) == 4
        for one in agreed:
            ledger.append_withdrawals(subject=one, at={ADVERTISE: now + HOUR})
        assert gate.reconcile(now=now + 2 * HOUR) == 4
        intake.finish_withdrawals()
        assert Letter.objects.filter(template=STOPPED.template).count() == 1

    def test_is_written_by_nobody_but_those_who_tell_many(self, now: datetime) -> None:
        with pytest.raises(notices.NotForThisRole):
            notices.write_advertising(words=WORDS, audience="", law=law(now), actor=Actor(role=ADVISER, id=DUNG.id), now=now)

    def test_is_changed_as_advertising_and_not_as_a_notice(self, now: datetime) -> None:
        made = notices.write_advertising(words=WORDS, audience="", law=law(now), actor=DUNG, now=now)
        with pytest.raises(notices.CampaignUnknown):
            notices.write_service(words=WORDS, audience="", actor=DUNG, now=now, campaign_id=made)
        assert Campaign.objects.get().words["vi"]["title"] == "[QC] Giảm giá"


THE_ADVISER = Actor(role=ADVISER, id="6f9619ff-8b86-4d01-b42d-00cf4fc964ff")


@pytest.mark.usefixtures("knowing")
class TestHowOften:
    def test_at_most_three_a_day_come_to_an_address_and_the_rest_waits(self, now: datetime, post: PostOffice) -> None:
        for _ in range(4):
            write(now)
            send(now)
        assert len(post.letters) == 3
        last = Letter.objects.get(campaign__isnull=False, state="due")
        assert (last.attempt, last.unanswered, last.intent_at) == (0, 0, None)
        send(now + DAY - HOUR)
        assert len(post.letters) == 3
        send(now + DAY + 7 * HOUR)
        assert len(post.letters) == 4

    def test_no_day_that_begins_anywhere_holds_more_than_three(self, now: datetime, post: PostOffice) -> None:
        for at, many in ((now, 1), (now + DAY - HOUR, 2), (now + DAY + HOUR, 3)):
            for _ in range(many):
                write(at)
                send(at)
        assert len(post.letters) - 1 <= 3, "what came in the two hours around the end of the first day"

    @pytest.mark.parametrize(("attempt", "waits"), [(2, False), (3, True)])
    def test_a_third_try_counts_however_soon_it_is(self, now: datetime, post: PostOffice, attempt: int, *, waits: bool) -> None:
        """Tries that each are soon after the one before may come to more than a day."""
        for _ in range(3):
            write(now)
            send(now)
        letter = Letter.objects.filter(campaign__isnull=False).latest("done_at")
        letter.attempt, letter.intent_at = attempt, now
        told = enough_for_today([letter], {letter.id: gate.Sealed(AN.email)}, law=law(now), now=now + HOUR)
        assert (letter.id in told) is waits

    def test_letters_that_came_to_nothing_yesterday_count_when_they_come(self, now: datetime, post: PostOffice) -> None:
        post.answer = "451 4.3.0 later"
        for _ in range(3):
            write(now)
            send(now)
        post.answer = ""
        for _ in range(3):
            write(now + DAY + 8 * HOUR)
        send(now + DAY + 8 * HOUR)
        send(now + DAY + 9 * HOUR)
        assert len(post.letters) == 3

    def test_another_address_has_its_own_count(self, now: datetime, post: PostOffice) -> None:
        for _ in range(4):
            write(now)
            send(now)
        arrive({**dict(BINH.values("full_name", "message")), "email": "khach@example.vn"}, now=now, nonce="k", consents=("advise", "advertise"))
        Letter.objects.filter(campaign__isnull=True).update(state="done", done_at=now)
        write(now)
        send(now)
        assert sent(post).count("khach@example.vn") == 1

    def test_a_letter_sent_again_is_counted_once(self, now: datetime, post: PostOffice) -> None:
        post.answer = "451 4.3.0 later"
        write(now)
        send(now)
        post.answer = ""
        at = now
        while Letter.objects.filter(campaign__isnull=False, state="due").exists():
            at += HOUR
            send(at)
        for _ in range(2):
            write(at)
            send(at)
        assert len(post.letters) == 3

    def test_costs_one_statement_for_a_whole_batch(self, now: datetime, post: PostOffice) -> None:
        for number in range(20):
            values = {**dict(BINH.values("full_name", "message")), "email": f"khach.{number}@example.vn"}
            arrive(values, now=now, nonce=str(number), consents=("advise", "advertise"))
        Letter.objects.update(state="done", done_at=now)
        write(now)
        with CaptureQueriesContext(connection) as captured:
            send(now)
        spent = [one for one in captured if "access_budget" in one["sql"]]
        assert len(post.letters) == 21
        assert len(spent) <= 2  # a batch begins with twenty letters
