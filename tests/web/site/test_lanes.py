"""The lanes of the public forms: who waits, who is turned away and for how long, and that no mistake costs a place."""

from typing import Any

import pytest

from camket.duties.intake import rules
from tests.cast import AN
from tests.journeys.visitor import Page, proof_of_work
from tests.web.browsing import Browser, Clock, everything_kept, opened_earlier

GOOD = AN.values("full_name", "email", "phone", "message")
LATE = "minutes later than usual"
FULL = {"vi": "giữ trang này mở và gửi lại sau khoảng một giờ.", "en": "keep this page open and send it again in about an hour."}


class TestTheSlowLane:
    @pytest.fixture
    def small_office(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Bring the wall close, so that a test reaches it with few inquiries."""
        monkeypatch.setattr(rules, "SLOW_PER_PREFIX", 2)
        monkeypatch.setattr(rules, "MOST_PER_PREFIX", 3)

    def test_takes_who_did_no_proof_of_work_and_says_that_it_takes_longer(self, visitor: Browser) -> None:
        answer = visitor.contact("en", **GOOD, work="")
        assert answer.status == 200
        assert f"about 2 {LATE}" in answer.words()
        assert LATE not in visitor.contact("en", **GOOD).words()

    @pytest.mark.parametrize("work", ["0", "-1", "abc", "١٢٣", "9" * 40, "1e5"])
    def test_is_where_wrong_work_goes(self, visitor: Browser, work: str) -> None:
        assert LATE in visitor.contact("en", **GOOD, work=work).words()

    def test_is_where_a_form_goes_that_comes_back_quicker_than_a_person_fills_it_in(self, visitor: Browser) -> None:
        opened = visitor.get("/en/contact")
        for seconds, is_quick in ((0.0, True), (1.9, True), (2.0, False)):
            page = opened_earlier(opened, seconds=seconds)
            answer = visitor.submit(page, {**GOOD, "consents": ["advise"], "work": proof_of_work(page)})
            assert answer.status == 200
            assert (LATE in answer.words()) is is_quick, seconds
            assert 'class="problems"' not in answer.text

    @pytest.mark.usefixtures("small_office")
    def test_never_turns_away_who_was_quick_and_worked(self, visitor: Browser) -> None:
        for _ in range(5):
            page = visitor.get("/en/contact")
            assert visitor.submit(page, {**GOOD, "consents": ["advise"], "work": proof_of_work(page)}).status == 200

    @pytest.mark.usefixtures("small_office")
    def test_grows_longer_before_it_is_full(self) -> None:
        told = [Browser().contact("en", **GOOD, work="").words() for _ in range(3)]
        assert [f"about 2 {LATE}" in words for words in told] == [True, True, False]
        assert f"about 30 {LATE}" in told[2]

    def test_is_full_only_where_no_office_comes_to(self) -> None:
        assert rules.MOST_PER_PREFIX >= 60
        assert rules.SLOW_PER_PREFIX < rules.MOST_PER_PREFIX

    @pytest.mark.usefixtures("small_office")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_when_full_gives_back_what_was_typed_and_says_when_to_come_again(self, clock: Clock, language: str) -> None:
        for number in range(3):
            assert Browser(address=f"203.0.113.{number}").contact(**GOOD, work="").status == 200
        clock.wait(minutes=20)
        before = everything_kept()

        refused = Browser(address="203.0.113.200").contact(language, **GOOD, work="")

        assert refused.status == 429
        assert refused.headers["retry-after"] == str(40 * 60)
        assert FULL[language] in refused.words()
        assert f"\n{GOOD['message']}</textarea>" in refused.text
        assert 'value="advise" checked' in refused.text
        assert everything_kept() == before
        assert Browser(address="198.51.100.1").contact(**GOOD, work="").status == 200
        assert Browser(address="203.0.113.200").contact(**GOOD).status == 200
        clock.wait(minutes=40, seconds=1)
        assert Browser(address="203.0.113.200").submit(refused, {**GOOD, "consents": ["advise"]}).status == 200

    @pytest.mark.usefixtures("small_office")
    @pytest.mark.parametrize(
        "mistake", [{"consents": []}, {"message": ""}, {"phone": "0912 0"}, {"website": "https://example.com"}, {"email": "an@gmial.com"}], ids=str
    )
    def test_counts_no_mistake(self, visitor: Browser, mistake: dict[str, Any]) -> None:
        for _ in range(5):
            assert visitor.contact(**{**GOOD, "work": "", **mistake}).status == 422
        assert f"about 2 {LATE}" in visitor.contact("en", **GOOD, work="").words()

    @pytest.mark.usefixtures("small_office")
    def test_cannot_be_left_by_a_forged_forwarding_header(self) -> None:
        for number in range(3):
            browser = Browser()
            page = browser.get("/vi/contact")
            browser.post(page.url, {**page.hidden(), **GOOD, "consents": ["advise"], "work": ""}, **{"X-Forwarded-For": f"198.51.100.{number}"})
        assert Browser().contact(**GOOD, work="").status == 429


class TestLookingUpCertificates:
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_too_often_is_told_the_truth_about_when_to_come_again(self, clock: Clock, language: str) -> None:
        def look_up() -> Page:
            visitor = Browser()
            return visitor.submit(visitor.get(f"/{language}/certificate"), {"claim_code": "AAAA-AAAA-AAAA-AAAA"})

        assert {look_up().status for _ in range(30)} == {404}
        clock.wait(minutes=50)
        refused = look_up()
        assert (refused.status, refused.headers["retry-after"]) == (429, "600")
        assert ("khoảng một giờ" if language == "vi" else "about an hour") in refused.words()
