"""Every page in a real browser: in both languages, light and dark, small and wide; and the contact flow with and without its script."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError

from tests import stage
from tests.cast import AN
from tests.journeys.furnished import Furnished, furnished
from tests.journeys.house import House, link_in
from tests.journeys.looking import COLOURS, SCHEMES, SIZES, Scheme, Watch, looked_at, looked_at_everywhere
from tests.journeys.pages import OTHER_ANSWERS, PLACES
from tests.journeys.post_office import text_of
from tests.journeys.visitor import fill_in_like_a_person


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    """One house for all pages of this file: furnishing it takes longer than looking at it."""
    with stage.installation(tmp_path_factory.mktemp("home")) as environment, furnished(environment) as made:
        yield made


def pages_of(browser: Browser, furnished: Furnished, *, size: str, scheme: Scheme, who: str) -> tuple[BrowserContext, Watch]:
    # Our own strict policy stands: axe is put in by the debugger, which no policy binds. Without motion: a colour half-way is nobody's.
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, reduced_motion="reduce")
    if who:
        context.add_cookies([{"name": "camket_desk", "value": furnished.cookies[who], "url": furnished.house.url}])
    return context, Watch(host=urlsplit(furnished.house.url).netloc, stream=furnished.house.stream).over(context)


@pytest.mark.slow
@pytest.mark.whatever_database
class TestEveryPage:
    @pytest.mark.parametrize("language", ["vi", "en"])
    @pytest.mark.parametrize(("who", "place"), [(who, place) for who, places in PLACES.items() for place in places])
    def test_can_be_read_by_everybody_and_fetches_nothing_from_elsewhere(
        self, browser: Browser, house: Furnished, *, who: str, place: str, language: str
    ) -> None:
        context, watch = pages_of(browser, house, size="1280 px", scheme="light", who=who)
        page = context.new_page()
        answer = page.goto(house.path(language, place))
        assert answer is not None
        # what led elsewhere would be looked at in the place of the page
        assert (answer.status, page.url) == (OTHER_ANSWERS.get((who, place), 200), house.path(language, place))
        assert looked_at_everywhere(page) == {}
        assert watch.complaints == []
        context.close()

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_with_a_certificate_that_was_found_can_be_read_by_everybody(self, browser: Browser, house: Furnished, language: str) -> None:
        context, watch = pages_of(browser, house, size="1280 px", scheme="light", who="")
        page = context.new_page()
        page.goto(house.path(language, "certificate"))
        page.fill("#claim-code", house.claim_code)
        page.click("main button[type=submit]")
        page.wait_for_load_state()
        assert house.erased in page.inner_text("main")
        assert looked_at_everywhere(page) == {}
        assert watch.complaints == []
        context.close()

    @pytest.mark.parametrize("place", ["", "policy", "transparency"])
    def test_can_be_read_by_who_asks_for_more_contrast_or_paints_it_themselves(self, browser: Browser, house: Furnished, place: str) -> None:
        context, watch = pages_of(browser, house, size="390 px", scheme="light", who="")
        page = context.new_page()
        page.goto(house.path("vi", place))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, contrast="more")
            assert looked_at(page, rules=COLOURS) == []
        page.emulate_media(contrast="no-preference", forced_colors="active")
        # the colours are the reader's own then: axe reads those of the sheet
        assert [one for one in looked_at(page) if not one.startswith("color-contrast: ")] == []
        assert watch.complaints == []
        context.close()

    def test_that_shows_faults_can_be_read_by_everybody(self, browser: Browser, house: Furnished) -> None:
        for scheme in SCHEMES:
            context, watch = pages_of(browser, house, size="390 px", scheme=scheme, who="")
            page = context.new_page()
            page.goto(house.path("en", "contact"))
            page.fill("#f-full_name", "https://example.com/x")
            page.fill("#f-phone", "12")
            page.click("button[type=submit]")
            page.wait_for_selector("#problems")
            assert page.evaluate("() => document.activeElement.id") == "problems"
            assert looked_at(page) == []
            assert not watch.complaints
            context.close()


@pytest.mark.whatever_database
class TestTheWatch:
    """What the tests above rely on can fail."""

    def test_sees_a_foreign_request_a_fault_and_what_the_policy_stops(self, browser: Browser, house: Furnished) -> None:
        context, watch = pages_of(browser, house, size="1280 px", scheme="light", who="")
        page = context.new_page()
        page.goto(house.path("en", ""))
        page.evaluate("() => { const i = new Image(); i.src = 'http://example.invalid/x.png'; document.body.append(i); }")
        for unsafe in ("document.createElement('script').text = '1'", "document.body.innerHTML = '<b>x</b>'", "setTimeout('window.x = 1')"):
            with pytest.raises(PlaywrightError, match="Trusted"):
                page.evaluate(f"() => {{ {unsafe}; }}")
        page.evaluate("() => { setTimeout(() => { throw new Error('planted'); }); }")
        page.wait_for_timeout(300)
        context.close()
        assert any("Content Security Policy" in one for one in watch.complaints)
        assert any("planted" in one for one in watch.complaints)

    def test_sees_what_cannot_be_read(self, browser: Browser, house: Furnished) -> None:
        context, _ = pages_of(browser, house, size="390 px", scheme="light", who="")
        page = context.new_page()
        page.goto(house.path("en", ""))
        page.evaluate("() => { const i = document.createElement('input'); i.className = 'x'; document.querySelector('main').append(i); }")
        page.evaluate("() => { document.querySelector('main').style.width = '900px'; }")
        wrong = " ".join(looked_at(page))
        context.close()
        assert "label" in wrong
        assert "wider than its window" in wrong


def fill(page: Page, house: House, language: str) -> None:
    page.goto(f"{house.url}/{language}/contact")
    for name in ("full_name", "email", "message"):
        page.fill(f"#f-{name}", getattr(AN, name))
    page.check("#c-advise")


class TestTheContactFlow:
    @pytest.mark.clause("1.3")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_with_its_script_takes_the_fast_lane_and_the_letter_goes_out_at_once(self, browser: Browser, house: Furnished, language: str) -> None:
        context, watch = pages_of(browser, house, size="390 px", scheme="light", who="")
        page = context.new_page()
        address = f"nhanh.{language}@example.vn"
        fill(page, house.house, language)
        page.fill("#f-email", address)
        page.wait_for_function("() => document.querySelector('form [name=work]').value !== ''")
        fill_in_like_a_person()
        page.click("main button[type=submit]")
        code = page.inner_text(".code").strip()
        assert looked_at_everywhere(page) == {}

        letter = house.post.wait_for(address, count=1, seconds=60)[0]
        page.goto(house.house.url + link_in(text_of(letter), "/read/"))
        page.fill("#reading-code", code)
        page.click("main button[type=submit]")
        page.wait_for_selector(".edition-head")
        assert looked_at_everywhere(page) == {}
        assert context.cookies() == []
        assert not watch.complaints
        context.close()

    @pytest.mark.clause("1.3")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_without_its_script_works_and_goes_the_slower_lane(self, browser: Browser, house: Furnished, language: str) -> None:
        context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 900})
        page = context.new_page()
        fill(page, house.house, language)
        page.click("main button[type=submit]")
        assert re.search(r"CK-[0-9A-Z]{4}-[0-9A-Z]{4}", page.inner_text("main"))
        assert ("later than usual" if language == "en" else "muộn hơn") in page.inner_text("main")
        assert context.cookies() == []
        context.close()

    @pytest.mark.clause("1.5")
    def test_asks_for_the_address_only_with_its_purpose(self, browser: Browser, house: Furnished) -> None:
        context, watch = pages_of(browser, house, size="1280 px", scheme="light", who="")
        page = context.new_page()
        page.goto(house.path("vi", "contact"))
        assert not page.is_visible("#f-address")
        page.check("#c-provide_service")
        assert page.is_visible("#f-address")
        assert looked_at(page) == []
        assert not watch.complaints
        context.close()


@pytest.mark.whatever_database
class TestThePolicy:
    def test_copies_the_address_of_a_clause_and_tells_what_its_rule_does(self, browser: Browser, house: Furnished) -> None:
        context, watch = pages_of(browser, house, size="390 px", scheme="dark", who="")
        context.grant_permissions(["clipboard-read", "clipboard-write"], origin=house.house.url)
        page = context.new_page()
        page.goto(house.path("en", "policy"))
        page.click("#c4\\.2 .law-number")
        page.wait_for_selector(".copied:not(:empty)")
        assert page.evaluate("() => navigator.clipboard.readText()") == house.path("en", "policy") + "#c4.2"
        assert "90 days" in page.inner_text("#c4\\.2 .rule")
        assert not page.is_visible("#c4\\.3 .rule")
        page.click("#c4\\.3 .rules summary")
        assert "30 days" in page.inner_text("#c4\\.3 .rule")
        assert looked_at(page) == []
        assert not watch.complaints
        context.close()


class TestTheDesk:
    def test_is_entered_by_a_press_and_worked_at_in_the_browser(self, browser: Browser, house: Furnished) -> None:
        link = house.house.camket("staff", "add", "nga@staff.example.vn", "--role", "adviser", "--name", "Nga").strip().splitlines()[-1]
        context, watch = pages_of(browser, house, size="1280 px", scheme="light", who="")
        page = context.new_page()
        page.goto(f"{house.house.url}{link_in(link, '/sign-in/')}")
        assert looked_at(page) == []
        page.click("main button[type=submit]")
        page.wait_for_selector(".rows")
        page.keyboard.press("Tab")
        page.focus(".rows a")
        page.keyboard.press("j")
        assert page.evaluate("() => document.activeElement.closest('li').previousElementSibling !== null")

        page.goto(house.path("vi", "console/find"))
        page.fill("#query", AN.email)
        page.click("main button[type=submit]")
        assert house.reference in page.inner_text("main")
        assert AN.email not in page.url
        assert looked_at(page) == []
        page.click(f"a[href$='{house.reference}']")
        page.wait_for_url(house.path("vi", "console/inquiries/{reference}"))
        page.go_back()
        assert house.reference in page.inner_text("main")
        assert house.reference in page.url
        page.reload()
        assert house.reference in page.inner_text("main")

        page.goto(house.path("vi", "console/inquiries/{reference}"))
        page.click("details:has(#note) > summary")
        page.fill("#note", "Khách thích nghe điện thoại hơn.")
        page.click("details:has(#note) button[type=submit]")
        page.wait_for_load_state()
        assert "Khách thích nghe điện thoại hơn." in page.inner_text(".timeline")
        page.click("form[action*='sign-out'] button")
        assert looked_at(page) == []
        page.goto(house.path("vi", "console/"))
        assert AN.full_name not in page.inner_text("body")
        assert not watch.complaints
        context.close()
