"""What a letter about a change says is true for whoever reads it, on the day on which it is read."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from camket.duties.intake import actions as intake
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Letter, Variant
from camket.policy.changes import WHOLE_TEXT
from camket.policy.terms import Actor, EditionNumber, PurposeId
from camket.web.kit.change_lines import letter_words
from tests.cast import AN, BINH
from tests.duties.notices.campaigning import ADVICE_LONGER, DUNG, TWO, arrive, email, plan, publish_second, publish_third, send, settled
from tests.journeys.post_office import PostOffice, text_of

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
THREE = EditionNumber(3)
ADVICE_SHORTER = (ADVICE_LONGER[0], "P90D", "P60D")
MINUTE = timedelta(minutes=1)


def tell(edition: EditionNumber, now: datetime) -> None:
    """Tell everybody whom an edition concerns, in the words of the desk."""
    settled(now)
    words = letter_words(EditionNumber(edition - 1), edition)
    campaign_id = notices.write_change(edition=edition, words=words, actor=DUNG, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
    plan(now)


class TestTheLetterAboutAnEditionBehindAnother:
    def test_compares_it_with_that_one_and_says_so(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        arrive(email(BINH), now=now, nonce="2", language="en")
        publish_second(tmp_path, now=now, changes=(ADVICE_SHORTER,))
        publish_third(tmp_path, now=now, changes=(ADVICE_LONGER,))
        tell(THREE, now)
        send(now)
        vietnamese, english = text_of(post.to(AN.email)[0]), text_of(post.to(BINH.email)[0])
        assert "tăng từ 60 ngày theo phiên bản 2 lên 180 ngày theo phiên bản 3" in vietnamese
        assert "so với phiên bản 2 có hiệu lực trước đó, từ ngày 9/12/2026" in vietnamese
        assert "rises from 60 days under edition 2 to 180 days under edition 3" in english
        assert "compared with edition 2, which comes into force before it, on 9 December 2026" in english
        assert "now" not in english.replace("know", "").split()
        assert "hiện nay" not in vietnamese.partition("Những điều thay đổi")[2].partition("Với những mục đích")[0]

    def test_of_the_next_one_is_compared_with_what_holds(self, house: None, tmp_path: Path, post: PostOffice, now: datetime) -> None:
        arrive(email(AN), now=now, nonce="1")
        publish_second(tmp_path, now=now)
        tell(TWO, now)
        send(now)
        text = text_of(post.letters[0])
        assert "tăng từ 90 ngày theo phiên bản 1 lên 180 ngày theo phiên bản 2" in text
        assert "so với phiên bản" not in text


class TestAPurpose:
    def test_to_which_somebody_agrees_no_more_is_not_spoken_of(
        self, house: None, chi: Actor, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        both = ("advise", "notify")
        arrive(email(AN), now=now, nonce="1", consents=both)
        an = Letter.objects.get().reference
        arrive(email(BINH), now=now, nonce="2", consents=both)
        intake.withdraw_consent(reference=an, purpose=PurposeId("notify"), channel="phone", actor=chi, now=now)
        publish_second(tmp_path, now=now)
        tell(TWO, now)
        send(now)
        to_an, to_binh = (text_of(post.to(person.email)[0]) for person in (AN, BINH))
        assert "Tư vấn" in to_an
        assert "Thông báo" not in to_an.replace("Thông báo này", "")
        assert "Thông báo" in to_binh
        assert sorted(one.purposes for one in Variant.objects.all()) == [["advise"], ["advise", "notify"]]

    def test_taken_back_after_the_letter_was_planned_is_not_spoken_of(
        self, house: None, chi: Actor, tmp_path: Path, post: PostOffice, now: datetime
    ) -> None:
        arrive(email(AN), now=now, nonce="1", consents=("advise", "notify"))
        reference = Letter.objects.get().reference
        publish_second(tmp_path, now=now)
        tell(TWO, now)
        intake.withdraw_consent(reference=reference, purpose=PurposeId("notify"), channel="phone", actor=chi, now=now + MINUTE)
        send(now + MINUTE)
        (letter,) = post.to(AN.email)
        assert "Thông báo" not in text_of(letter)

    def test_ends_no_line_with_a_colon_and_nothing_after_it_where_a_translation_was_left_as_it_was(
        self, house: None, tmp_path: Path, now: datetime
    ) -> None:
        publish_second(tmp_path, now=now)
        unchanged = letter_words(EditionNumber(1), TWO)["en"]["changes"][WHOLE_TEXT]
        assert unchanged.endswith("Only the original text is worded anew; this translation reads as before.")

    def test_stands_in_the_preview_which_is_nobody_s(self, house: None, tmp_path: Path, now: datetime) -> None:
        publish_second(tmp_path, now=now)
        made = notices.write_change(edition=TWO, words=letter_words(EditionNumber(1), TWO), actor=DUNG, now=now)
        _, text = notices.preview_campaign(campaign_id=made, language="vi")
        assert "Thông báo" in text
        assert "\x1e" not in text
