"""Nobody is sent advertising or a notice of service at an address that somebody else may have typed; what the law wants told goes there too."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.intake import queries as intake
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Letter
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import advertising_law_on, read_regime
from camket.editions.queries import forget_cached
from camket.policy.terms import THE_HOUSE, FieldName
from camket.vault import gate
from camket.vault.keys.models import IdentityToken
from tests.advertising import write_edition
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import DUNG, arrive, confirm_addresses, email, plan, publish_second, report, send, settled, write
from tests.journeys.post_office import PostOffice, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_reaches")]
WORDS = {one: {"title": "Title", "text": "Text."} for one in ("vi", "en")}
KINDS = {"advertising": "advertise", "service": "notify"}
HOUR = timedelta(hours=1)


@pytest.fixture
def knowing(house: None, tmp_path: Path, now: datetime) -> None:
    """An edition that knows advertising is in force."""
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=now)
    forget_cached()


def begin(kind: str, now: datetime, *, audience: str = "") -> UUID:
    """Write a notice to many, let it begin, and plan it as the worker does."""
    settled(now)
    made = (
        notices.write_service(words=WORDS, audience=audience, actor=DUNG, now=now)
        if kind == "service"
        else notices.write_advertising(words=WORDS, audience=audience, law=advertising_law_on(now), actor=DUNG, now=now)
    )
    notices.schedule_campaign(campaign_id=made, at=None, actor=DUNG, now=now)
    return made


def come(person: Any, kind: str, now: datetime, nonce: str) -> gate.SubjectId:
    """Somebody types an address and ticks the box; who they are."""
    inquiry = arrive(email(person), now=now, nonce=nonce, consents=("advise", KINDS[kind]))
    return gate.SubjectId(Letter.objects.filter(reference=inquiry.reference).values_list("subject_id", flat=True)[0])


@pytest.mark.usefixtures("knowing")
@pytest.mark.parametrize("kind", KINDS)
class TestAnAddressThatNobodyConfirmed:
    def test_is_sent_nothing_and_the_report_says_how_many_there_were(self, kind: str, post: PostOffice, now: datetime) -> None:
        come(AN, kind, now, "an")
        confirm_addresses(now=now)
        come(BINH, kind, now, "a stranger who types what is not theirs")
        campaign_id = begin(kind, now)
        assert plan(now) == 1
        send(now)
        assert [str(one["To"]) for one in post.letters] == [AN.email]
        found = report(campaign_id, now)
        assert (found.planned, found.told, found.unproven, found.unreachable) == (1, 1, 1, 0)

    def test_is_sent_nothing_on_a_stranger_s_word_where_its_owner_confirmed_it_and_agreed_to_nothing(
        self, kind: str, post: PostOffice, now: datetime
    ) -> None:
        arrive(email(AN), now=now, nonce="an")
        confirm_addresses(now=now)
        come(AN, kind, now, "a stranger")
        begin(kind, now)
        assert plan(now) == 0

    def test_does_not_stand_in_the_way_of_whoever_confirmed_it_later(self, kind: str, post: PostOffice, now: datetime) -> None:
        come(AN, kind, now, "a stranger who came first")
        own = come(AN, kind, now, "an")
        gate.prove(subject=own, kind=FieldName("email"), now=now)
        campaign_id = begin(kind, now)
        assert plan(now) == 1
        assert Letter.objects.get(campaign=campaign_id).subject_id == own
        assert report(campaign_id, now).unproven == 0

    def test_counts_as_left_out_only_where_the_notice_was_about_them(self, kind: str, now: datetime) -> None:
        come(AN, kind, now, "an")
        campaign_id = begin(kind, now, audience="*open")
        looked_at = notices.look_ahead(now=now)
        assert looked_at is not None
        assert intake.concerned(audience="*open", matters=looked_at.matters)
        notices.plan_letters(looked_at=looked_at, now=now, concerned=frozenset())
        assert Campaign.objects.get(id=campaign_id).unproven == 0

    def test_gets_no_letter_that_was_planned_before_it_was_asked(self, kind: str, post: PostOffice, now: datetime) -> None:
        come(AN, kind, now, "an")
        confirm_addresses(now=now)
        campaign_id = begin(kind, now)
        assert plan(now) == 1
        IdentityToken.objects.update(proven_at=None)
        send(now)
        assert not post.letters
        found = report(campaign_id, now)
        assert (found.planned, found.unproven, found.dropped) == (0, 1, 0)

    def test_is_found_by_the_statement_that_looks_who_shares_it(self, kind: str, now: datetime) -> None:
        for number in range(10):
            come(AN, kind, now, f"an {number}")
        begin(kind, now)
        with CaptureQueriesContext(connections["keys"]) as captured:
            notices.look_ahead(now=now)
        assert len([one for one in captured if "identitytoken" in one["sql"]]) == 2


@pytest.mark.clause("8.2")
class TestAChangeOfThePolicy:
    def test_is_told_to_an_address_that_nobody_confirmed_with_nothing_of_what_was_written(
        self, house: None, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        settled(now)
        campaign_id = write(now)
        plan(now)
        send(now)
        text = text_of(post.to(AN.email)[0])
        assert not [name for name in ("full_name", "message") if email(AN)[name] in text]
        assert (report(campaign_id, now).told, report(campaign_id, now).unproven) == (1, 0)
