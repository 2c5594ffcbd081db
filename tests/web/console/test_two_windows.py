"""Whoever is late may be late behind themselves, in another window: no sentence calls them a colleague."""

import re
from collections.abc import Callable

import pytest

from camket.duties.intake.models import Inquiry
from camket.jobs.campaigns import plan_due
from tests.cast import AN
from tests.house.tree import ROOT
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import people, written

SignIn = Callable[[str], Browser]
CATALOGUE = ROOT / "src/camket/web/kit/locale/vi/LC_MESSAGES/django.po"
# what is said of somebody who was there before: by name, or of nobody; of a colleague only where it cannot have been the reader
_LATE = re.compile(r"[Cc]olleague (?:paused it|was quicker|has \w+ this|gave it up)|by a colleague meanwhile")


class TestWhoeverIsLate:
    def test_behind_their_own_other_window_is_not_told_of_a_colleague(self, sign_in: SignIn, clock: Clock) -> None:
        officer = sign_in("privacy_officer")
        people(clock)
        page = written(officer)
        first, second = officer.get(page.url), officer.get(page.url)
        assert officer.submit(first, {"act": "begin"}).status == 302
        plan_due(now=clock.now)
        late = officer.submit(second, {"act": "begin"})
        assert late.status == 409
        assert "đồng nghiệp" not in late.words().lower()
        in_english = officer.submit(officer.get(page.url), {"act": "begin"}, page.url.replace("/vi/", "/en/"))
        assert in_english.status == 409
        assert "colleague" not in in_english.words().lower()
        officer.submit(officer.get(page.url), {"act": "pause"})
        assert "đồng nghiệp" not in officer.get(page.url).words().lower()

    def test_with_an_inquiry_that_they_resolved_themselves_is_told_so(self, sign_in: SignIn, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        adviser = sign_in("adviser")
        place = f"/vi/console/inquiries/{Inquiry.objects.get().reference}"
        first, second = adviser.get(place), adviser.get(place)
        assert adviser.submit(first, {"act": "resolve"}).status == 302
        late = adviser.submit(second, {"act": "answer", "text": "Gói Cơ bản."})
        assert late.status == 409
        assert "Cuộc trao đổi này vừa được đánh dấu là đã xong." in late.words()

    @pytest.mark.whatever_database
    def test_is_never_told_of_a_colleague_by_any_sentence(self) -> None:
        assert _LATE.findall(CATALOGUE.read_text(encoding="utf-8")) == []
        assert _LATE.search("A colleague was quicker") is not None
