"""A consent is to the wording that stood on the page, and to no other."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from camket.duties.intake.models import Inquiry
from camket.duties.publishing import actions as publishing
from camket.policy.regimes import Regime
from camket.policy.terms import THE_HOUSE
from camket.vault.models import Consent
from tests.cast import AN
from tests.duties.publishing.test_coming_into_force import next_edition
from tests.journeys.visitor import proof_of_work
from tests.web.browsing import Browser, Clock, Program, opened_earlier

GOOD = AN.values("full_name", "email", "message")


@pytest.fixture
def bring_edition_2_into_force(tmp_path: Path, regime: Regime, clock: Clock) -> Any:
    """Offer a function that publishes a second edition, which nobody has to be told of, for nothing is kept of anybody."""

    def publish() -> None:
        draft = tmp_path / "drafts" / "edition-1"
        shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", draft)
        publishing.publish_edition(path=next_edition(draft, 2), regime=regime, actor=THE_HOUSE, now=clock.now)

    return publish


@pytest.mark.clause("8.5")
class TestAPageThatWasOpenedUnderAnEarlierEdition:
    def test_is_shown_anew_with_what_was_typed_and_no_box_ticked(self, visitor: Browser, bring_edition_2_into_force: Any) -> None:
        page = opened_earlier(visitor.get("/vi/contact"))
        bring_edition_2_into_force()
        again = visitor.submit(page, {"consents": ["advise"], "work": proof_of_work(page), **GOOD})
        assert again.status == 422
        assert "đọc lại và đánh dấu" in again.words()
        assert AN.message in again.text
        assert " checked" not in again.text
        assert not Inquiry.objects.exists()
        anew = opened_earlier(again)
        assert visitor.submit(anew, {"consents": ["advise"], "work": proof_of_work(anew), **GOOD}, "/vi/contact").status == 200
        assert [row.edition for row in Consent.objects.all()] == [2]

    def test_agrees_to_nothing_in_a_language_it_was_not_shown_in(self, visitor: Browser) -> None:
        page = opened_earlier(visitor.get("/vi/contact"))
        again = visitor.submit(page, {"consents": ["advise"], "work": proof_of_work(page), **GOOD}, "/en/contact")
        assert again.status == 422
        assert not Inquiry.objects.exists()


@pytest.mark.clause("8.5")
class TestAProgramThatShowedAnEarlierEdition:
    def test_is_refused_where_it_says_which(self, new_program: Any, bring_edition_2_into_force: Any) -> None:
        body = {"language": "vi", "fields": AN.values("full_name", "email"), "message": AN.message, "consents": ["advise"], "edition": 1}
        program: Program = new_program()
        bring_edition_2_into_force()
        status, answer = program.call(body)
        assert status == 422
        assert [(one["field"], one["code"]) for one in answer["errors"]] == [("edition", "edition_superseded")]
        assert program.call({**body, "edition": 2})[0] == 201
