"""Every page on which a visitor, or a colleague at the policy's desks, acts does what is pressed in a browser that runs no script."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests import stage
from tests.cast import AN, BINH, DUNG, Person
from tests.journeys.furnished import FROM, at_desk
from tests.journeys.house import House, link_in, running
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.visitor import Visitor, fill_in_like_a_person, proof_of_work

pytestmark = [pytest.mark.slow, pytest.mark.whatever_database]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What somebody has in hand who wrote to the company: the links of the letter, and the code that the page showed."""

    house: House
    consents: str
    reading: str
    code: str
    desk: str  # the cookie of the privacy officer


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Written]]:
    """One house in which somebody wrote in each language."""
    folder = tmp_path_factory.mktemp("home")
    with stage.installation(folder) as environment, PostOffice() as post, running(environment, CAMKET_SMTP_URL=post.url, **FROM) as house:
        desk = at_desk(house, DUNG.email, "privacy_officer").cookies["camket_desk"]
        yield {language: wrote(house, post, person, language, desk) for language, person in (("vi", AN), ("en", BINH))}


def wrote(house: House, post: PostOffice, person: Person, language: str, desk: str) -> Written:
    visitor = Visitor(house.url)
    page = visitor.get(f"/{language}/contact")
    fill_in_like_a_person()
    values = person.values("full_name", "email", "message")
    answer = visitor.submit(page, {"consents": ["advise"], "work": proof_of_work(page), **values})
    code = re.search(r"(?<!\d)(\d{3})\s?(\d{3})(?!\d)", answer.words())
    assert code is not None
    letter = text_of(post.wait_for(values["email"], count=1)[0])
    return Written(house=house, consents=link_in(letter, "/consents/"), reading=link_in(letter, "/read/"), code="".join(code.groups()), desk=desk)


def main(page: Page) -> str:
    return page.inner_text("main")


def shows_own_consents(page: Page, one: Written, language: str) -> None:
    page.goto(one.house.url + one.consents)
    page.click("form:has(input[value=show]) button")


def takes_a_consent_back_and_agrees_anew(page: Page, one: Written, language: str) -> None:
    proves_the_address(page, one, language)
    shows_own_consents(page, one, language)
    page.click("form:has(input[value=ask_back]) button")
    page.click("form:has(input[value=show]) button")
    page.click("form:has(input[value=ask_back]) button")
    page.click("button.danger")
    assert ("Taken back" if language == "en" else "Đã rút lại") in main(page)
    page.click("form:has(input[value=agree]) button")
    assert ("Your consent is recorded" if language == "en" else "Đã ghi nhận sự đồng ý") in main(page)


def proves_the_address(page: Page, one: Written, language: str) -> None:
    page.goto(one.house.url + one.reading)
    page.fill("input[name=reading_code]", one.code)
    page.click("main button[type=submit]")
    assert page.locator("input[name=reading_code]").count() == 0


def asks_for_a_certificate(page: Page, one: Written, language: str) -> None:
    page.goto(f"{one.house.url}/{language}/certificate")
    page.fill("main input:not([type=hidden])", "AAAA-BBBB-CCCC-DDDD")
    page.click("main button[type=submit]")
    assert page.locator("main [role=alert], main .error").count()


def reads_what_a_rule_does_and_opens_an_edition(page: Page, one: Written, language: str) -> None:
    page.goto(f"{one.house.url}/{language}/policy")
    page.locator("main details summary").first.click()
    assert page.locator("main details[open]").count()
    page.goto(f"{one.house.url}/{language}/policy/editions")
    page.locator(f"main a[href^='/{language}/policy/editions/']").first.click()
    assert page.locator("main h1").count()


def is_told_that_a_link_is_over(page: Page, one: Written, language: str) -> None:
    for place in ("stop/none", "consents/none", "read/none"):
        page.goto(f"{one.house.url}/{language}/{place}")
        assert page.locator("main h1").count()
        assert page.locator("main form").count() == 0


VISITORS = (
    takes_a_consent_back_and_agrees_anew,
    proves_the_address,
    asks_for_a_certificate,
    reads_what_a_rule_does_and_opens_an_edition,
    is_told_that_a_link_is_over,
)


class TestAVisitor:
    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize("act", VISITORS)
    def test_acts_without_a_script(
        self, browser: Browser, written: dict[str, Written], act: Callable[[Page, Written, str], None], language: str
    ) -> None:
        context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
        act(context.new_page(), written[language], language)
        assert context.cookies() == []
        context.close()


def writes_a_notice_and_stops_it(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/notices/new")
    for name in ("title_vi", "text_vi", "title_en", "text_en"):
        page.fill(f"[name={name}]", "Bảo trì tối thứ Bảy")
    for press in ("preview", "keep"):
        page.click(f"button[value={press}]")
    page.fill("#at", "2099-12-30T10:00")
    for press, state in (("schedule", "Đã hẹn giờ"), ("unschedule", "Bản thảo")):
        page.click(f"button[value={press}]")
        assert state in page.inner_text("#stands")
    page.locator("details.withdraw summary").last.click()
    page.click("button[value=stop]")
    assert "Đã dừng hẳn" in page.inner_text("#stands")


def writes_a_draft_proposes_it_and_puts_it_aside(page: Page, url: str, folder: Path) -> None:
    page.goto(f"{url}/policy")
    page.click("button[value=start]")
    place, area = page.url.partition("?")[0], page.locator("textarea[name=text_vi]")
    area.fill(area.input_value().replace("\n1.1 ", "\n1.1 Thêm lời. ", 1))
    for press in ("check", "save"):
        page.click(f"button[value={press}]")
    for part in ("preview", "difference", "publish"):
        page.goto(f"{place}/{part}")
    page.click("button[value=propose]")
    page.click("button[value=withdraw]")
    page.goto(f"{url}/policy")
    page.locator("button[value=discard]").first.click()
    page.locator("button[value=restore]").first.click()
    assert page.url.startswith(place)


def keeps_the_do_not_call_list(page: Page, url: str, folder: Path) -> None:
    (folder / "numbers.txt").write_text("0912000909\n", "utf-8")
    page.goto(f"{url}/do-not-call")
    page.set_input_files("#file", folder / "numbers.txt")
    page.click("button[value=import]")
    page.fill("#number", "0912 000 909")
    page.click("button[value=ask]")
    assert "Có: số này nằm trong danh sách" in main(page)


COLLEAGUES = (writes_a_notice_and_stops_it, writes_a_draft_proposes_it_and_puts_it_aside, keeps_the_do_not_call_list)


class TestAColleague:
    @pytest.mark.parametrize("act", COLLEAGUES)
    def test_acts_without_a_script(
        self, browser: Browser, written: dict[str, Written], act: Callable[[Page, str, Path], None], tmp_path: Path
    ) -> None:
        house = written["vi"].house
        context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "camket_desk", "value": written["vi"].desk, "url": house.url}])
        act(context.new_page(), f"{house.url}/vi/console", tmp_path)
        context.close()
