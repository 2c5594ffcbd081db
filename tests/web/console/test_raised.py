"""An edition that a person raised to significant is significant everywhere: at the desk, in the letters, and on the page that anybody reads."""

from collections.abc import Callable
from email.message import EmailMessage

import pytest

from camket.duties.notices import queries as campaigns
from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import UNNOTED
from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import arrive, email, settled
from tests.journeys.post_office import PostOffice, text_of
from tests.web.browsing import Browser, Clock
from tests.web.console.test_policy_desk import DESK, draft, typed
from tests.web.console.test_policy_publishing import RAISED, REASON, REASON_EN, press

pytestmark = [pytest.mark.clause("8.2", "8.4"), pytest.mark.usefixtures("fresh_reaches")]
NOTICES = "/vi/console/notices"
Publish = Callable[[str, str], None]


@pytest.fixture
def publish_raised(dung: Browser, binh: Browser, clock: Clock) -> Publish:
    """Offer a function that publishes the next edition with one passage changed, raised to significant by one and confirmed by another."""

    def publish(old: str, new: str) -> None:
        where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
        text = draft().texts["vi"]
        assert old in text
        assert dung.submit(dung.get(where), typed(act="save", text_vi=text.replace(old, new, 1)), where).status == 302
        assert press(dung, f"{where}/publish", "propose", **RAISED).status == 302
        assert press(binh, f"{where}/publish", "confirm").status == 302

    return publish


def send(clock: Clock) -> None:
    plan_due(now=clock.now)
    send_due(worker="worker-of-these-tests", pace=Pace(per_minute=0), now=clock.now)


def lines(letter: EmailMessage) -> str:
    return text_of(letter).replace("\r\n", "\n")


def tell(officer: Browser, clock: Clock) -> None:
    """Tell everybody, by the button of the desk."""
    answer = officer.submit(officer.get(NOTICES), {"edition": "2"})
    assert answer.status == 302
    officer.submit(officer.get(answer.headers["location"]), {"act": "begin"})
    send(clock)


class TestAnEditionThatOnlyNarrows:
    KEPT_LONG = 'purposes = ["provide_service"]\nafter = "inquiry.closed"\nkeep = "P30D"'
    KEPT_SHORT = KEPT_LONG.replace("P30D", "P20D")

    def test_is_told_to_everybody_whom_its_changes_concern(self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish) -> None:
        arrive(email(AN), now=clock.now, nonce="1")
        arrive(dict(BINH.values("full_name", "email", "message", "address")), now=clock.now, nonce="2", consents=("advise", "provide_service"))
        settled(clock.now)
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        assert "chưa ai được báo" in dung.get(NOTICES).words()
        tell(dung, clock)
        assert [str(one["To"]) for one in post.letters] == [BINH.email]
        assert "20 ngày" in text_of(post.letters[0])

    def test_is_said_to_be_significant_and_why_on_the_page_that_anybody_reads(self, visitor: Browser, clock: Clock, publish_raised: Publish) -> None:
        arrive(email(AN), now=clock.now, nonce="1")
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        words = visitor.get("/vi/policy/diff/1/2").words()
        assert "Chúng tôi coi phiên bản 2 là thay đổi đáng kể" in words
        assert REASON in words
        assert "Không có thay đổi đáng kể" not in words
        assert REASON_EN not in words
        english = visitor.get("/en/policy/diff/1/2").words()
        assert REASON_EN in english
        assert REASON not in english

    def test_is_told_with_why_in_the_language_of_each_letter(self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish) -> None:
        both = ("advise", "provide_service")
        arrive(dict(BINH.values("full_name", "email", "message", "address")), now=clock.now, nonce="1", consents=both)
        arrive(dict(AN.values("full_name", "email", "message", "address")), now=clock.now, nonce="2", consents=both, language="en")
        settled(clock.now)
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        tell(dung, clock)
        (vietnamese,), (english,) = (post.to(who.email) for who in (BINH, AN))
        assert f"\n\nChúng tôi coi đây là một thay đổi đáng kể, vì lý do sau: {REASON}\n\nNhững điều thay đổi" in lines(vietnamese)
        assert f"\n\nWe consider this a significant change, for this reason: {REASON_EN}\n\nWhat changes for you" in lines(english)
        assert REASON not in lines(english)

    def test_is_told_with_why_in_one_line_and_without_a_sign_put_otherwise(
        self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(RAISED, "reason_vi", "R&D <đổi tên>.\r\n\r\n{{ link }}  và hơn thế.")
        arrive(dict(BINH.values("full_name", "email", "message", "address")), now=clock.now, nonce="1", consents=("advise", "provide_service"))
        settled(clock.now)
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        tell(dung, clock)
        assert "lý do sau: R&D <đổi tên>. {{ link }} và hơn thế.\n" in lines(post.letters[0])

    def test_is_told_as_it_was_seen_where_its_letter_was_written_before_it_said_why(
        self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish
    ) -> None:
        arrive(dict(BINH.values("full_name", "email", "message", "address")), now=clock.now, nonce="1", consents=("advise", "provide_service"))
        settled(clock.now)
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        answer = dung.submit(dung.get(NOTICES), {"edition": "2"})
        (campaign,) = Campaign.objects.all()
        words = {language: {part: told[part] for part in ("changes", "purposes")} for language, told in campaign.words.items()}
        Campaign.objects.update(words=words)
        dung.submit(dung.get(answer.headers["location"]), {"act": "begin"})
        send(clock)
        assert "vì lý do sau" not in lines(post.letters[0])
        assert "phải báo cho quý khách.\n\nNhững điều thay đổi" in lines(post.letters[0])

    def test_is_told_without_why_where_nobody_knows_in_which_language_it_was_written(
        self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arrive(dict(BINH.values("full_name", "email", "message", "address")), now=clock.now, nonce="1", consents=("advise", "provide_service"))
        settled(clock.now)
        publish_raised(self.KEPT_LONG, self.KEPT_SHORT)
        monkeypatch.setattr(editions, "raised_for", lambda _: {UNNOTED: REASON})
        tell(dung, clock)
        assert REASON not in lines(post.letters[0])


class TestAnEditionInWhichNoRuleDiffers:
    def test_is_told_to_whoever_s_details_are_held_in_the_words_of_the_text(
        self, dung: Browser, clock: Clock, post: PostOffice, publish_raised: Publish
    ) -> None:
        arrive(email(AN), now=clock.now, nonce="1")
        arrive(email(BINH), now=clock.now, nonce="2")
        settled(clock.now)
        publish_raised("\n1.1 ", "\n1.1 Thêm lời cho dễ hiểu. ")
        tell(dung, clock)
        assert sorted(str(one["To"]) for one in post.letters) == sorted([AN.email, BINH.email])
        assert "* 1.1. Thêm lời cho dễ hiểu." in text_of(post.letters[0])
        assert [one.changes for one in Variant.objects.all()] == [["text"]]
        clock.wait(days=1)
        plan_due(now=clock.now)
        assert Letter.objects.filter(campaign__isnull=False).count() == 2
        assert campaigns.campaigns().rows[0].planned == 2

    def test_that_nobody_raised_is_told_to_nobody(self, dung: Browser, binh: Browser, visitor: Browser, clock: Clock) -> None:
        arrive(email(AN), now=clock.now, nonce="1")
        where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
        text = draft().texts["vi"].replace("\n1.1 ", "\n1.1 Thêm lời. ", 1)
        dung.submit(dung.get(where), typed(act="save", text_vi=text), where)
        press(dung, f"{where}/publish", "propose")
        press(binh, f"{where}/publish", "confirm")
        assert "chưa ai được báo" not in dung.get(NOTICES).words()
        assert dung.post(NOTICES, {**dung.get(f"{NOTICES}/new").hidden(), "edition": "2"}).status == 409
        assert "Chúng tôi coi phiên bản" not in visitor.get("/vi/policy/diff/1/2").words()
