"""What stands on every page of the desks: commands and search, one name for each page, and words for colleagues."""

import re
from collections.abc import Callable

import pytest
from django.utils.translation import override

from camket.duties.intake.models import Inquiry
from camket.policy.terms import STAFF_ROLES
from camket.web.kit.words import word
from tests.cast import AN
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]
OF_THE_OPERATOR = ("letters", "activity", "operations", "products", "site", "staff", "access", "sign-ins", "editions", "account", "kit")


class TestEveryPage:
    @pytest.mark.parametrize("place", OF_THE_OPERATOR)
    def test_opens_the_commands(self, sign_in: SignIn, place: str) -> None:
        text = sign_in("operator").get(f"/vi/console/{place}").text
        assert "kit/console.js" in text
        assert 'data-opens="palette"' in text

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_called_in_the_menu_as_in_its_heading(self, sign_in: SignIn, language: str) -> None:
        for role, pages in (("operator", 8), ("adviser", 8), ("privacy_officer", 7)):
            browser = sign_in(role)
            menu = browser.get(f"/{language}/console/editions").text.split('class="top-nav"')[1].split("</nav>")[0]
            links = re.findall(rf'href="(/{language}/console[a-z/-]*)"[^>]*>([^<]+)</a>', menu)
            assert len(links) == pages
            for place, name in links:
                page = browser.get(place)
                page = browser.get(page.headers["location"]) if page.status == 302 else page
                heading = re.search(r"<h1>(.*?)</h1>", page.text)
                assert heading, place
                assert heading[1].strip() == name.strip()

    def test_has_no_link_to_the_look_in_its_foot(self, sign_in: SignIn) -> None:
        foot = sign_in("adviser").get("/vi/console/").text.split("<footer")[1].split("</footer>")[0]
        assert "console/kit" not in foot


class TestTheSheetOfACall:
    def test_speaks_of_the_customer_and_not_to_them(self, sign_in: SignIn) -> None:
        page = sign_in("adviser").get("/vi/console/record")
        hints = " ".join(re.findall(r'<p class="(?:why|hint)"[^>]*>([^<]*)</p>', page.text))
        assert "khách" in hints
        assert "quý khách" not in hints.lower()


class TestGivingToSomebody:
    def test_begins_with_nobody_chosen_and_does_nothing_then(self, sign_in: SignIn) -> None:
        words = Browser().contact(**AN.values("full_name", "email", "message")).words()
        reference, adviser = words[words.index("CK-") :][:12], sign_in("adviser")
        page = adviser.get("/vi/console/")
        assert '<option value="?" selected>cho ai?</option>' in page.text
        assert adviser.post("/vi/console/acts", {**page.hidden(), "act": "take_on", "reference": reference}).status == 302
        assert adviser.post("/vi/console/acts", {**page.hidden(), "act": "give", "reference": reference, "given_to": "?"}).status == 422
        assert Inquiry.objects.get().assigned_to_id is not None


class TestTheWaysIn:
    def test_offer_recovery_codes_only_beside_a_password(self, sign_in: SignIn) -> None:
        page = sign_in("adviser").get("/vi/console/account")
        assert 'value="recovery_codes"' not in page.text
        assert "Hãy đặt mật khẩu trước" in page.words()

    def test_say_what_each_role_opens_before_somebody_is_invited(self, sign_in: SignIn) -> None:
        words = sign_in("operator").get("/vi/console/staff").words()
        assert "Mỗi vai trò được mở những gì" in words
        assert "Nhân viên tư vấn Hộp thư" in words

    @pytest.mark.parametrize("role", sorted(STAFF_ROLES))
    def test_say_of_each_role_what_its_own_menu_says(self, sign_in: SignIn, role: str) -> None:
        operator = sign_in("operator")
        somebody = operator if role == "operator" else sign_in(role)
        bar = somebody.get("/vi/console/account").text.split('class="top-nav"')[1].split("</nav>")[0]
        menu = re.findall(r"<a [^>]*>([^<]+)</a>", bar)
        told = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", operator.get("/vi/console/staff").text))
        with override("vi"):
            pages = told[word("role", role)].split(", ")
        if "Thư gửi đi" in menu and "Thông báo gửi nhiều người" in pages:
            menu.append("Thông báo gửi nhiều người")  # a tab beside the letters
        assert set(menu) - {"Phiên bản"} == set(pages) - {"Hiện chỉ có tài khoản của mình và các phiên bản chính sách"}
