"""What is typed at an inquiry and not sent yet: the desks' script in a real browser, which asks no server."""

import pytest
from playwright.sync_api import expect

from camket.access.actions import add_staff
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.web.browsing import Browser, Clock
from tests.web.console.opening import Open
from tests.web.console.test_inbox import SignIn, written

pytestmark = pytest.mark.whatever_database

LEAVING = "(() => { const e = new Event('beforeunload', {cancelable: true}); dispatchEvent(e); return e.defaultPrevented })()"


@pytest.fixture
def adviser(sign_in: SignIn) -> Browser:
    return sign_in("adviser")


class TestADraft:
    def test_goes_along_with_whatever_else_is_pressed(self, adviser: Browser, opened: Open, clock: Clock) -> None:
        (reference,) = written()
        add_staff(email="minh@staff.example.vn", role="adviser", display_name="Minh", actor=THE_HOUSE, now=clock.now)
        page = adviser.get(f"/vi/console/inquiries/{reference}").text
        for pressed in ("Nhận xử lý", "Giao", "Lưu ghi chú"):
            with opened(page) as desk:
                for fold in (".give-menu", "details.write"):
                    desk.page.locator(f"{fold} > summary").click()
                desk.page.locator("#answer").fill("Chao chi")
                desk.page.locator("#note").fill("Goi lai")
                with desk.page.expect_request(lambda request: request.method == "POST") as sending:
                    desk.page.get_by_role("button", name=pressed, exact=True).click()
                assert "answer=Chao+chi" in (sending.value.post_data or "")
                assert "note=Goi+lai" in (sending.value.post_data or "")

    def test_is_asked_about_before_a_button_that_takes_the_page_away(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        asked: list[str] = []
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            desk.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
            desk.page.keyboard.press("r")
            desk.page.keyboard.type("Chao chi")
            desk.page.keyboard.press("Escape")
            desk.page.keyboard.press("?")
            desk.page.locator("#keys .sheet-shut").click()
            desk.page.keyboard.press("e")
            desk.page.wait_for_timeout(100)
            expect(desk.page.locator("#answer")).to_have_value("Chao chi")
            assert asked == ["beforeunload"]

    def test_that_came_back_unsent_is_asked_about_untouched(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        place = f"/vi/console/inquiries/{reference}"
        with opened(adviser.submit(adviser.get(place), {"act": "assign", "answer": "Chào chị"}, place).text) as desk:
            assert desk.page.evaluate(LEAVING) is True
            desk.page.locator("#answer").fill("")
            assert desk.page.evaluate(LEAVING) is False

    @pytest.mark.parametrize(("role", "place"), [("adviser", "record"), ("adviser", "texts"), ("privacy_officer", "site")])
    def test_is_asked_about_on_every_page_where_one_is_written(self, sign_in: SignIn, role: str, place: str, opened: Open) -> None:
        with opened(sign_in(role).get(f"/vi/console/{place}").text) as desk:
            assert desk.page.evaluate(LEAVING) is False
            desk.page.locator("form[data-guarded] :is(input[type=text], textarea)").first.fill("Chị An")
            assert desk.page.evaluate(LEAVING) is True

    def test_takes_a_text_with_the_name_that_is_open_on_the_page(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        given = {"act": "keep", "title": "Chào", "body": "Kính chào {name} ({reference}),", "language": "vi"}
        adviser.submit(adviser.get("/vi/console/texts"), given)
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            desk.page.locator(".texts summary").click()
            desk.page.get_by_role("link", name="Chào").click()
            expect(desk.page.locator("#answer")).to_have_value(f"Kính chào {AN.full_name} ({reference}),")
            assert desk.page.evaluate(LEAVING) is True
            desk.page.locator("#answer").fill("")
            assert desk.page.evaluate(LEAVING) is False

    def test_says_which_places_of_a_text_are_not_filled_in_until_they_are(self, adviser: Browser, opened: Open) -> None:
        (reference,) = written()
        given = {"act": "keep", "title": "Chào", "body": "Gói {product} của {name}", "language": "vi"}
        adviser.submit(adviser.get("/vi/console/texts"), given)
        with opened(adviser.get(f"/vi/console/inquiries/{reference}").text) as desk:
            gaps = desk.page.locator("#answer-places")
            expect(gaps).to_be_hidden()
            desk.page.locator(".texts summary").click()
            desk.page.get_by_role("link", name="Chào").click()
            expect(desk.page.locator("#answer")).to_have_value(f"Gói {{product}} của {AN.full_name}")
            expect(gaps).to_contain_text("Chưa điền: {product}.")
            desk.page.locator("#answer").fill("Gói Cơ bản {x}")
            expect(gaps).to_be_hidden()
