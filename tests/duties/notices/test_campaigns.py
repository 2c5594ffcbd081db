"""A significant change is told to everybody whom it concerns, to nobody else, and once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.publishing import actions as publishing
from camket.jobs.pacing import Pace
from camket.journal.models import JournalEntry
from camket.policy.terms import ADVISER, THE_HOUSE, Actor, FieldName
from camket.vault import gate
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import (
    DUNG,
    QUOTES_LONGER,
    TWO,
    WORKER,
    arrive,
    begin,
    email,
    in_hand,
    plan,
    publish_second,
    report,
    send,
    settled,
    tell_one,
    words_for,
    write,
)
from tests.journeys.post_office import PostOffice, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
FREE = 0


class TestAChange:
    def test_is_told_to_whom_it_concerns_in_their_language_and_once(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        arrive(email(AN), now=now, nonce="2")
        arrive(email(BINH), now=now, nonce="3", language="en")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = write(now)
        assert plan(now, limit=2) == 2
        assert send(now) == 2
        assert send(now) == 0
        (to_an,), (to_binh,) = post.to(AN.email), post.to(BINH.email)
        assert "Kính gửi quý khách" in text_of(to_an)
        assert "vi: change" in text_of(to_an)
        assert "9/12/2026" in text_of(to_an)
        assert "en: change" in text_of(to_binh)
        assert "/en/consents/" in text_of(to_binh)
        assert to_an["Auto-Submitted"] == "auto-generated"
        assert "List-Unsubscribe" not in to_an
        found = report(campaign_id, now)
        assert (found.planned, found.told, found.settled, found.doubled) == (2, 2, 2, 0)
        assert Campaign.objects.get().state == "running", "whoever comes until the edition is in force is told too"

    def test_is_not_told_to_whom_it_does_not_concern(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        both = {**dict(BINH.values("full_name", "email", "message", "address"))}
        arrive(both, now=now, nonce="2", consents=("advise", "provide_service"))
        publish_second(tmp_path, now=now, changes=(QUOTES_LONGER,))
        settled(now)
        write(now)
        assert plan(now) == 1
        send(now)
        assert not post.to(AN.email)
        assert len(post.to(BINH.email)) == 1

    @pytest.mark.clause("8.5")
    def test_asks_for_a_new_yes_where_one_is_needed_and_counts_silence_as_silence(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(email(AN), now=now, nonce="1")
        arrive(email(BINH), now=now, nonce="2")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = write(now)
        plan(now)
        send(now)
        text = text_of(post.to(AN.email)[0])
        assert "advice in vi" in text
        came = now + 20 * DAY
        assert publishing.enact_due(actor=THE_HOUSE, now=came) == [2]
        inquiry = Inquiry.objects.get(subject_id=Letter.objects.filter(campaign__isnull=False).order_by("matter_id")[0].subject_id)
        gate.prove(subject=gate.SubjectId(inquiry.subject_id), kind=FieldName("email"), now=came)
        intake.agree_by_link(token=link_in(text), purpose=intake_purpose("advise"), edition=TWO, language="vi", now=came)
        found = report(campaign_id, came)
        assert (found.asked, found.agreed, found.silent) == (2, 1, 1)

    @pytest.mark.clause("8.5")
    def test_counts_no_yes_to_another_purpose_than_it_asked_for(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        both, quotes = dict(BINH.values("full_name", "email", "message", "address")), intake_purpose("provide_service")
        arrive(both, now=now, nonce="1", consents=("advise", "provide_service"))
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = write(now)
        plan(now)
        send(now)
        came, token = now + 20 * DAY, link_in(text_of(post.to(BINH.email)[0]))
        assert publishing.enact_due(actor=THE_HOUSE, now=came) == [2]
        gate.prove(subject=gate.SubjectId(Inquiry.objects.get().subject_id), kind=FieldName("email"), now=came)
        intake.take_back_by_link(token=token, purpose=quotes, now=came)
        intake.agree_by_link(token=token, purpose=quotes, edition=TWO, language="vi", now=came + MINUTE)
        found = report(campaign_id, came)
        assert (found.asked, found.agreed) == (1, 0)

    def test_names_somebody_without_an_address_as_unreachable(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(dict(AN.values("full_name", "phone", "message")), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        campaign_id = write(now)
        assert plan(now) == 1
        assert send(now) == 0
        found = report(campaign_id, now)
        assert (found.planned, found.unreachable, found.told) == (1, 1, 0)
        assert Campaign.objects.get().state == "running", "whoever comes until the edition is in force is told too"

    def test_that_weighs_nothing_is_not_told(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now, changes=())
        with pytest.raises(notices.NothingToTell):
            notices.write_change(edition=TWO, words={}, actor=DUNG, now=now)

    def test_is_told_by_one_campaign(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now)
        first = write(now)
        with pytest.raises(notices.ToldAlready) as told:
            write(now)
        assert told.value.campaign_id == first
        notices.stop_campaign(campaign_id=first, actor=DUNG, now=now)
        assert write(now) != first

    def test_is_written_by_the_privacy_officer_only(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now)
        with pytest.raises(notices.NotForThisRole):
            notices.write_change(edition=TWO, words=words_for(), actor=Actor(role=ADVISER, id=DUNG.id), now=now)

    def test_needs_words_for_each_change(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now)
        with pytest.raises(notices.WordsMissing):
            notices.write_change(edition=TWO, words={**words_for(), "en": {"changes": {}, "purposes": {}}}, actor=DUNG, now=now)

    def test_says_why_it_weighs_in_every_language_or_in_none(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now)
        with pytest.raises(notices.WordsMissing):
            notices.write_change(edition=TWO, words=words_for(), why={"vi": "Vì vậy."}, actor=DUNG, now=now)


def intake_purpose(name: str) -> Any:
    return name


def link_in(text: str) -> str:
    """The token of the link to one's own consents in a letter."""
    return next(line for line in text.splitlines() if "/consents/" in line).rpartition("/")[2].strip()


class TestPlanning:
    def test_goes_on_where_it_was_broken_off_and_doubles_nobody(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(7):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=now, nonce=str(number))
        publish_second(tmp_path, now=now)
        write(now)
        looked_at = notices.look_ahead(now=now, limit=3)
        assert looked_at is not None
        notices.plan_letters(looked_at=looked_at, now=now)
        assert notices.plan_letters(looked_at=looked_at, now=now) == 0
        assert plan(now, limit=3) == 4
        assert Letter.objects.filter(campaign__isnull=False).count() == 7
        assert Variant.objects.count() == 1

    def test_opens_nothing_and_is_journaled_without_anybody_s_name(self, house: None, tmp_path: Path, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        write(now)
        plan(now)
        acts = list(JournalEntry.objects.values_list("act", flat=True))
        assert "data.shown" not in acts
        assert "data.disclosed" not in acts
        assert {"campaign.written", "campaign.scheduled", "campaign.planned", "campaign.began"} <= set(acts)

    def test_waits_for_its_time(self, house: None, tmp_path: Path, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        campaign_id = notices.write_change(edition=TWO, words=words_for(), actor=DUNG, now=now)
        assert plan(now) == 0
        notices.schedule_campaign(campaign_id=campaign_id, at=now + HOUR, actor=DUNG, now=now)
        assert plan(now) == 0
        notices.unschedule_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        assert plan(now + HOUR) == 0
        notices.schedule_campaign(campaign_id=campaign_id, at=now + HOUR, actor=DUNG, now=now)
        assert plan(now + HOUR) == 1

    def test_costs_as_many_questions_for_many_as_for_one(
        self, house: None, tmp_path: Path, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(30):
            arrive({**email(AN), "email": f"khach.{number}@example.vn"}, now=now, nonce=str(number))
        publish_second(tmp_path, now=now)
        write(now)
        notices.look_ahead(now=now, limit=1)
        with django_assert_max_num_queries(24):
            looked_at = notices.look_ahead(now=now, limit=100)
            assert looked_at is not None
            assert notices.plan_letters(looked_at=looked_at, now=now) == 30


class TestSomebodyWho:
    def begin(self, tmp_path: Path, now: datetime) -> UUID:
        arrive(email(AN), now=now, nonce="1")
        arrive(email(BINH), now=now, nonce="2")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = write(now)
        plan(now)
        return campaign_id

    def test_took_the_consent_back_meanwhile_is_told_nothing(self, house: None, chi: Actor, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = self.begin(tmp_path, now)
        reference = Letter.objects.filter(campaign__isnull=False).order_by("matter_id")[0].reference
        intake.withdraw_consent(reference=reference, purpose=intake_purpose("advise"), channel="phone", actor=chi, now=now + MINUTE)
        send(now + MINUTE)
        assert not post.to(AN.email)
        assert len(post.to(BINH.email)) == 1
        found = report(campaign_id, now + MINUTE)
        assert (found.told, found.dropped, found.planned) == (1, 1, 2)

    def test_was_erased_meanwhile_gets_nothing_and_the_counts_add_up(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = self.begin(tmp_path, now)
        letter = Letter.objects.filter(campaign__isnull=False).order_by("matter_id")[0]
        notices.forget_letters(matters=[gate.MatterId(letter.matter_id)])
        send(now + MINUTE)
        found = report(campaign_id, now + MINUTE)
        assert (found.told, found.dropped, found.planned) == (1, 1, 2)


class TestACampaignThatIs:
    def test_paused_sends_nothing_until_it_is_resumed(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now)
        notices.pause_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        assert send(now) == 0
        with pytest.raises(notices.CannotBeDone):
            notices.pause_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        notices.resume_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        assert send(now) == 3

    @pytest.mark.parametrize("act", [notices.pause_campaign, notices.resume_campaign, notices.stop_campaign, notices.unschedule_campaign])
    @pytest.mark.parametrize("actor", [Actor(role=ADVISER, id="chi"), Actor(role=ADVISER)], ids=["an adviser", "an adviser without an id"])
    def test_on_its_way_obeys_nobody_else(self, house: None, tmp_path: Path, now: datetime, act: Any, actor: Actor) -> None:
        campaign_id = begin(tmp_path, now)
        with pytest.raises(notices.NotForThisRole):
            act(campaign_id=campaign_id, actor=actor, now=now)

    def test_stopped_never_sends_again(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now)
        notices.stop_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        assert send(now) == 0
        for act in (notices.resume_campaign, notices.pause_campaign, notices.stop_campaign):
            with pytest.raises(notices.CannotBeDone):
                act(campaign_id=campaign_id, actor=DUNG, now=now)

    def test_stopped_tells_of_what_it_left_and_of_what_may_have_gone(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=4)
        leaving, untouched = (notices.take_batch(worker=WORKER, now=now, limit=1) for _ in range(2))
        assert leaving is not None
        assert untouched is not None
        notices.open_batch(batch=leaving, now=now)
        assert len(notices.hand_over(batch=leaving, now=now)) == 1
        # here the worker dies with both in its hand
        before = report(campaign_id, now)
        assert (before.waiting, before.in_hand, before.unsent, before.unknown) == (2, 2, 0, 0)
        notices.stop_campaign(campaign_id=campaign_id, actor=DUNG, now=now)
        found = report(campaign_id, now)
        assert (found.waiting, found.deferred, found.in_hand, found.unsent, found.unknown) == (0, 0, 2, 2, 0)
        found = report(campaign_id, now + HOUR)
        assert (found.waiting, found.deferred, found.in_hand, found.unsent, found.unknown) == (0, 0, 0, 3, 1)
        assert found.settled == found.planned == 4

    def test_refused_for_everybody_stands_still_and_loses_nobody(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=6)
        post.answer = "550 5.7.1 we do not like you"
        send(now)
        assert Campaign.objects.values_list("state", "paused_for").get() == ("paused", "carrier.refuses")
        post.answer = ""
        notices.resume_campaign(campaign_id=campaign_id, actor=DUNG, now=now + HOUR)
        send(now + HOUR)
        assert report(campaign_id, now + HOUR).told == 6

    def test_refused_for_one_leaves_that_one_to_a_person(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=1)
        post.answer = "550 5.1.1 nobody here"
        send(now)
        (row,) = queries.letters(campaign=campaign_id).rows
        assert row.state == "parked"
        assert queries.letters().rows[0].state == "sent"
        assert report(campaign_id, now).refused == 1
        post.answer = ""
        notices.retry_letter(letter_id=row.id, actor=DUNG, now=now + HOUR)
        send(now + HOUR)
        assert report(campaign_id, now + HOUR).told == 1

    def test_held_in_part_goes_again_all_at_once_but_for_what_came_back(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=4)
        tell_one(now)
        post.answer = "550 5.7.1 no"
        send(now)
        first = Letter.objects.filter(campaign=campaign_id, state="parked").earliest("id")
        notices.report_bounce(letter_id=first.id, kind="hard", code="5.1.1", now=now)
        assert queries.count_held(campaign_id) == 2
        assert notices.retry_letters(campaign_id=campaign_id, actor=DUNG, now=now + HOUR) == 2
        assert queries.count_held(campaign_id) == 0
        post.answer = ""
        send(now + HOUR)
        found = report(campaign_id, now + HOUR)
        assert (found.told, found.bounced, found.doubled) == (3, 1, 0)
        with pytest.raises(notices.LetterUnknown):
            notices.retry_letters(campaign_id=uuid4(), actor=DUNG, now=now)
        notices.stop_campaign(campaign_id=campaign_id, actor=DUNG, now=now + HOUR)
        with pytest.raises(notices.NotParked):
            notices.retry_letters(campaign_id=campaign_id, actor=DUNG, now=now + HOUR)

    def test_left_behind_by_a_worker_that_died_goes_on_few_at_a_time(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=12)
        left = notices.take_batch(worker=WORKER, now=now, limit=10)
        assert left is not None
        notices.open_batch(batch=left, now=now)
        assert len(notices.hand_over(batch=left, now=now)) == 10
        again = notices.take_batch(worker="another", now=now + HOUR)
        assert again is not None
        assert {one.unanswered for one in again.letters} == {1}
        assert len(again.letters) == 5
        later = now + 2 * HOUR
        send(later)
        found = report(campaign_id, later)
        assert (found.told, found.unknown) == (12, 0)

    def test_deferred_goes_on_later(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=2)
        post.answer = "451 4.3.0 later"
        pace = Pace(per_minute=FREE)
        send(now, pace)
        found = report(campaign_id, now)
        assert (found.deferred, found.told) == (2, 0)
        post.answer = ""
        assert send(now, pace) == 0
        assert send(now - timedelta(seconds=1), pace) == 0  # a clock that was put right by a moment is no clock set back
        send(now + HOUR)
        assert report(campaign_id, now + HOUR).told == 2

    def test_killed_between_intent_and_answer_sends_that_batch_once_more_and_counts_it(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        campaign_id = begin(tmp_path, now)
        _, copies = in_hand("one-that-dies", now=now)
        assert len(copies) == 3
        assert send(now + MINUTE) == 0
        send(now + HOUR)
        found = report(campaign_id, now + HOUR)
        assert (found.told, found.doubled) == (3, 3)
        assert len({str(one["Message-ID"]) for one in post.letters}) == 3

    def test_under_way_when_the_clock_is_set_back_goes_on(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now)
        post.answer = "451 4.3.0 later"
        send(now)
        post.answer = ""
        send(now - 3 * HOUR)
        send(now - 3 * HOUR + MINUTE)
        assert report(campaign_id, now).told == 3

    def test_over_the_rate_of_a_domain_holds_letters_for_their_slot(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        campaign_id = begin(tmp_path, now, many=5)
        pace = Pace(per_minute=2)
        send(now, pace)
        found = report(campaign_id, now)
        assert (found.told, found.waiting, found.deferred) == (2, 3, 0)
        assert all(one.due_at > now for one in Letter.objects.filter(state="due"))

    def test_costs_the_same_few_commits_for_many_as_for_one(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime, django_assert_max_num_queries: Any
    ) -> None:
        begin(tmp_path, now, many=20)
        with django_assert_max_num_queries(90):
            send(now)
        assert JournalEntry.objects.filter(act="letter.sent").count() == 1
        assert JournalEntry.objects.filter(act="link.issued").count() == 1
        assert JournalEntry.objects.filter(act="data.disclosed").count() == 1
