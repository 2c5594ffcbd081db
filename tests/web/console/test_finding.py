"""What the desk's search shows of many inquiries under one address."""

from typing import Any

import pytest

from camket.duties.intake import queries as inquiries
from tests.cast import AN
from tests.web.browsing import Browser


class TestASearch:
    def test_that_finds_more_than_a_page_says_that_it_shows_the_newest_alone(self, sign_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        adviser: Browser = sign_in("adviser")
        for _ in range(2):
            assert Browser().contact(**AN.values("full_name", "email", "message")).status == 200

        def said() -> str:
            return adviser.submit(adviser.get("/vi/console/find"), {"query": AN.email}).words()

        assert "mới nhất" not in said()
        monkeypatch.setattr(inquiries, "PAGE", 1)
        assert "chỉ hiện những cuộc trao đổi mới nhất" in said()
