"""Somebody who knows another's reference, and nothing else: it opens no page, and no page tells whether it exists."""

import re
from collections.abc import Callable

import pytest

from tests.cast import AN
from tests.journeys.canaries import Nose, spellings
from tests.web.browsing import Browser
from tests.web.test_every_answer import ROUTES

INVENTED = "CK-ZZZZ-ZZZZ"


@pytest.fixture
def reference() -> str:
    words = Browser().contact(**AN.values("full_name", "email", "phone", "message")).words()
    return words[words.index("CK-") :][:12]


def answers(path: str, reference: str) -> list[str]:
    """What a stranger gets who tries a reference wherever it could be taken: as address, as query, as any field of a form."""
    stranger = Browser(raises=False)
    tries = [
        stranger.get(f"{path}/{reference}"),
        stranger.get(f"{path}?reference={reference}&q={reference}&id={reference}"),
        stranger.get(path, Cookie=f"reference={reference}"),
        stranger.post(path, dict.fromkeys(("reference", "code", "claim_code", "reading_code", "id", "query"), reference)),
    ]
    return [f"{page.status} {page.headers.get('location', '')} {page.words()}".replace(reference, "…") for page in tries]


class TestSomebodyElsesReference:
    @pytest.mark.clause("7.1")
    def test_opens_nothing_and_is_not_told_from_an_invented_one(self, reference: str) -> None:
        nose = Nose(spellings(AN.values("full_name", "email", "phone", "message")))
        for path in (path for path in ROUTES if not path.startswith("/static")):
            real, invented = answers(path, reference), answers(path, INVENTED)
            assert nose.leaks_in("\n".join(real).encode(), place=path) == []
            plain = [[re.sub(r"[0-9A-Za-z_-]{20,}|\d+", "", one) for one in told] for told in (real, invented)]
            assert plain[0] == plain[1], path

    def test_would_be_seen_to_open_something(self, reference: str, sign_in: Callable[[str], Browser]) -> None:
        """A test of the test: the adviser's page of that reference is told from an invented one's, and names An."""
        adviser = sign_in("adviser")
        real, invented = (adviser.get(f"/vi/console/inquiries/{one}") for one in (reference, INVENTED))
        assert (real.status, invented.status) == (200, 404)
        assert Nose(spellings(AN.values("full_name"))).leaks_in(real.words().encode(), place="desk")
