"""The page on which a person reads our answers, once they no longer agree to be advised."""

import re

import pytest

from camket.access.actions import issue_link
from camket.duties.intake.models import Inquiry
from tests.cast import AN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock


def read(visitor: Browser, clock: Clock, *, language: str, after: str = "") -> Page:
    """Write to us, follow the link of a letter, and open the answers; after an act on the page of consents, where one is named."""
    received = visitor.contact(language, **AN.values("full_name", "email", "message"))
    code = received.text.split('class="code"><bdi>')[1].split("<")[0]
    place = Inquiry.objects.get()
    if after:
        own = issue_link(purpose="own_consents", matter_id=place.matter_id, target_id=place.subject_id, now=clock.now)
        visitor.post(f"/{language}/consents/{own}", {"act": after, "purpose": "advise"})
    token = issue_link(purpose="read_answer", matter_id=place.matter_id, target_id=None, now=clock.now)
    return visitor.post(f"/{language}/read/{token}", {"reading_code": code})


@pytest.mark.clause("9.9")
class TestAnAnswer:
    def test_is_read_by_who_still_agrees(self, visitor: Browser, clock: Clock) -> None:
        assert read(visitor, clock, language="vi").status == 200

    @pytest.mark.parametrize(
        ("language", "said", "never"),
        [("vi", "Quý khách đã rút lại sự đồng ý", "không cho phép"), ("en", "You have taken back your consent", "No clause")],
    )
    def test_stays_shut_for_who_took_their_consent_back_and_is_told_that_it_was_their_own_word(
        self, visitor: Browser, clock: Clock, language: str, said: str, never: str
    ) -> None:
        page = read(visitor, clock, language=language, after="take_back")
        assert (page.status, said in page.words(), never in page.words()) == (403, True, False)
        assert Inquiry.objects.get().reference in page.words()
        found = re.search(rf'href="(/{language}/consents/[^"]+)"', page.text)
        assert found is not None
        assert visitor.get(found[1]).status == 200
