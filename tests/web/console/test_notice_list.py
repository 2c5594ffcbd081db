"""The list of notices to many."""

import re
from collections.abc import Callable

import pytest

from camket.duties.notices.models import Campaign
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import DESK

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]


class TestTheList:
    def test_leads_on_to_every_notice_however_many_there_are(self, sign_in: Callable[[str], Browser], clock: Clock) -> None:
        officer = sign_in("privacy_officer")
        words = [{one: {"title": f"Bảo trì {number}", "text": "."} for one in ("vi", "en")} for number in range(101)]
        Campaign.objects.bulk_create(Campaign(kind="service", purpose="notify", words=one, created_at=clock.now) for one in words)
        first = officer.get(DESK)
        older = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert older is not None
        assert ("Bảo trì 100" in first.words(), "Bảo trì 0" in first.words()) == (True, False)
        assert "Bảo trì 0" in officer.get(older[1]).words()
