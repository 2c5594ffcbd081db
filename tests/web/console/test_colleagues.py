"""The operator's desk of staff: invited, moved, signed out, handed over, dismissed, erased; and the review of who may enter."""

import re
from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff, add_token, dismiss_staff, issue_sign_in_link, revoke_everything
from camket.access.models import Invitation, SignInTry, Staff
from camket.access.queries import StaffRow, staff_by_id
from camket.duties.intake.models import Inquiry
from camket.duties.special_cases.actions import open_case
from camket.duties.special_cases.rules import Opening
from camket.journal.models import JournalEntry
from camket.policy.terms import THE_HOUSE, FieldName
from tests.access.authenticator import Authenticator
from tests.cast import AN, BINH, CHI, GIANG, LAN
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept
from tests.web.console.test_signing_in import options_of

PLACE = "/vi/console/staff"
SignIn = Callable[[str], Browser]


@pytest.fixture
def chi(clock: Clock) -> StaffRow:
    return add_staff(email=CHI.email, role="adviser", display_name=CHI.full_name, actor=THE_HOUSE, now=clock.now)


@pytest.fixture
def lan(clock: Clock) -> StaffRow:
    return add_staff(email=LAN.email, role="adviser", display_name=LAN.full_name, actor=THE_HOUSE, now=clock.now)


@pytest.fixture
def two_open(chi: StaffRow) -> None:
    """Chi takes care of two inquiries."""
    for person in (AN, BINH):
        Browser().contact(**person.values("full_name", "email", "message"))
    Inquiry.objects.update(assigned_to_id=chi.id)


def press(operator: Browser, row: StaffRow, act: str, **values: str) -> Page:
    place = f"{PLACE}/{row.id}"
    return operator.post(place, {"csrfmiddlewaretoken": operator.get(place).hidden()["csrfmiddlewaretoken"], "act": act, **values})


def acts() -> list[str]:
    return list(JournalEntry.objects.order_by("at", "id").values_list("act", flat=True))


@pytest.mark.clause("6.1")
class TestInviting:
    def test_shows_a_link_once_that_opens_an_account(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        page = operator.submit(operator.get(PLACE), {"act": "invite", "email": LAN.email, "role": "legal"})
        assert page.status == 200
        found = re.search(r'value="(http[^"]*/vi/console/invitation/[^"]+)"', page.text)
        assert found is not None
        assert "invitation/" not in operator.get(PLACE).text
        assert LAN.email in operator.get(PLACE).text
        new_one = Browser()
        assert new_one.post("/vi" + found[1].partition("/vi")[2], {"name": LAN.full_name}).status == 302
        assert Staff.objects.get(email=LAN.email).role == "legal"

    @pytest.mark.parametrize(
        ("email", "role", "says"),
        [("lan", "legal", "không phải địa chỉ email"), (LAN.email, "", "hãy chọn vai trò"), (LAN.email, "system", "vai trò")],
    )
    def test_says_what_is_wrong_and_keeps_what_was_typed(self, sign_in: SignIn, *, email: str, role: str, says: str) -> None:
        operator = sign_in("operator")
        page = operator.submit(operator.get(PLACE), {"act": "invite", "email": email, "role": role})
        assert page.status == 422
        assert says in page.words()
        assert f'value="{email}"' in page.text
        assert not Invitation.objects.exists()

    def test_of_somebody_who_works_here_is_refused(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        page = operator.submit(operator.get(PLACE), {"act": "invite", "email": chi.email, "role": "legal"})
        assert (page.status, "đang làm việc ở đây" in page.words()) == (422, True)

    def test_of_somebody_who_used_to_work_here_is_refused_and_says_what_to_do(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        press(operator, chi, "dismiss")
        page = operator.submit(operator.get(PLACE), {"act": "invite", "email": chi.email, "role": "legal"})
        assert page.status == 422
        assert "Hãy xóa tài khoản cũ của họ trước, hoặc mời một địa chỉ khác." in page.words()

    def test_once_more_says_that_the_earlier_link_works_no_longer(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        first = operator.submit(operator.get(PLACE), {"act": "invite", "email": LAN.email, "role": "legal"})
        assert "Lời mời trước" not in first.words()
        again = operator.submit(operator.get(PLACE), {"act": "invite", "email": f" {LAN.email.upper()}", "role": "auditor"})
        assert (again.status, "Lời mời trước gửi đến địa chỉ này không còn dùng được." in again.words()) == (200, True)

    def test_is_taken_back(self, sign_in: SignIn) -> None:
        operator = sign_in("operator")
        operator.submit(operator.get(PLACE), {"act": "invite", "email": LAN.email, "role": "legal"})
        page = operator.submit(operator.get(PLACE), {"act": "withdraw", "invitation": str(Invitation.objects.get().id)})
        assert page.status == 302
        assert LAN.email not in operator.get(PLACE).text


class TestAColleague:
    def test_gets_a_new_link_that_is_shown_once(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        page = press(operator, chi, "link")
        found = re.search(r'value="http[^"]*(/vi/console/sign-in/[^"]+)"', page.text)
        assert found is not None
        browser = Browser()
        assert browser.submit(browser.get(found[1]), {}).status == 302
        assert "/sign-in/" not in operator.get(f"{PLACE}/{chi.id}").text

    def test_is_moved_to_another_role(self, sign_in: SignIn, chi: StaffRow) -> None:
        assert press(sign_in("operator"), chi, "role", role="auditor").status == 302
        assert staff_by_id(chi.id).role == "auditor"

    @pytest.mark.parametrize("role", ["", "system", "visitor", "\x00"])
    def test_is_moved_to_no_role_that_is_none_of_staffs(self, sign_in: SignIn, chi: StaffRow, role: str) -> None:
        assert press(sign_in("operator"), chi, "role", role=role).status == 422
        assert staff_by_id(chi.id).role == "adviser"

    def test_is_signed_out_everywhere(self, sign_in: SignIn, chi: StaffRow) -> None:
        assert press(sign_in("operator"), chi, "sign_out").status == 302
        assert acts()[-1] == "staff.sessions_ended"

    def test_is_named_by_the_operator_and_names_themselves(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        assert press(operator, chi, "rename", display_name=LAN.full_name).status == 302
        assert LAN.full_name in operator.get(PLACE).words()
        page = press(operator, chi, "rename", display_name="x" * 121)
        assert (page.status, "nhiều nhất 120 ký tự" in page.words()) == (422, True)
        page = operator.submit(operator.get("/vi/console/account"), {"act": "rename", "display_name": BINH.full_name})
        assert page.status == 302
        page = operator.get("/vi/console/account")
        assert page.words().count(BINH.full_name) == 1
        assert "Đã lưu tên." in page.words()
        page = operator.submit(page, {"act": "rename", "display_name": "x" * 121})
        assert (page.status, "nhiều nhất 120 ký tự" in page.words()) == (422, True)

    def test_gets_a_link_and_sees_whose_it_was(self, sign_in: SignIn, chi: StaffRow, clock: Clock) -> None:
        browser = self.let_in(press(sign_in("operator"), chi, "link"))
        words = browser.get("/vi/console/account").words()
        assert "Tài khoản của bạn được mở bằng đường dẫn do" in words
        assert "vào bằng đường dẫn do" in sign_in("privacy_officer").get("/vi/console/access").words()
        clock.wait(days=31)
        page = browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=chi.id, now=clock.now)}")
        browser.submit(page, {})
        assert "được mở bằng đường dẫn" not in browser.get("/vi/console/account").words()

    def test_who_comes_in_alone_begins_anew_and_gets_no_link(self, sign_in: SignIn, chi: StaffRow, clock: Clock) -> None:
        own, device, operator = Browser(), Authenticator(), sign_in("operator")
        own.submit(own.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=chi.id, now=clock.now)}"), {})
        page = own.get("/vi/console/account")
        own.submit(page, {"act": "add_passkey", "passkey": device.made(options_of(page))})
        page = press(operator, chi, "link")
        assert (page.status, "tự đăng nhập được" in page.words(), "/console/sign-in/" in page.text) == (409, True, False)
        assert 'value="link"' not in operator.get(f"{PLACE}/{chi.id}").text
        browser = self.let_in(press(operator, chi, "anew"))
        assert browser.get("/vi/console/account").status == 200
        assert own.get("/vi/console/account").status == 302
        assert "staff.ways_begun_anew" in acts()

    def test_is_told_of_each_time_that_a_colleagues_link_opened_their_account(self, sign_in: SignIn, chi: StaffRow, clock: Clock) -> None:
        """Also of whoever came in before the ways in were begun anew once more: otherwise the last link, which the owner asks for, would hide it."""
        operator = sign_in("operator")
        self.let_in(press(operator, chi, "link"))
        clock.wait(minutes=5)
        press(operator, chi, "anew")
        assert "vào bằng đường dẫn do" in sign_in("privacy_officer").get("/vi/console/access").words()
        clock.wait(minutes=5)
        words = self.let_in(press(operator, chi, "anew")).get("/vi/console/account").words()
        assert words.count("hãy báo ngay cho người phụ trách") == 1
        assert words.count("được mở bằng đường dẫn do") == 2

    def test_that_is_oneself_is_not_begun_anew(self, sign_in: SignIn) -> None:
        assert press(sign_in("operator"), staff_by_id(Staff.objects.get().id), "anew").status == 404

    def let_in(self, page: Page) -> Browser:
        """Follow the link that a page shows once."""
        found = re.search(r'value="http[^"/]*//[^/"]+(/vi/console/sign-in/[^"]+)"', page.text)
        assert found is not None
        browser = Browser()
        assert browser.submit(browser.get(found[1]), {}).status == 302
        return browser

    @pytest.mark.parametrize("act", ["role", "dismiss"])
    def test_that_is_oneself_is_left_to_another_operator(self, sign_in: SignIn, act: str) -> None:
        operator = sign_in("operator")
        row = staff_by_id(Staff.objects.get().id)
        assert press(operator, row, act, role="auditor").status == 422
        assert staff_by_id(row.id) == row


class TestAnOpenScreen:
    """An operator's session that somebody else sits down at makes nobody an operator."""

    @pytest.mark.parametrize("act", ["link", "anew", "role", "sign_out", "dismiss", "erase", "hand_over"])
    def test_changes_no_account_after_ten_minutes(self, sign_in: SignIn, chi: StaffRow, clock: Clock, act: str) -> None:
        operator = sign_in("operator")
        clock.wait(minutes=11)
        before = everything_kept()
        page = press(operator, chi, act, role="operator")
        assert (page.status, page.headers["location"]) == (302, "/vi/console/account/confirm")
        assert everything_kept() == before

    def test_invites_nobody_before_it_is_the_operator_and_then_whom_they_had_typed(self, sign_in: SignIn, clock: Clock) -> None:
        operator, device = sign_in("operator"), Authenticator()
        page = operator.get("/vi/console/account")
        operator.submit(page, {"act": "add_passkey", "passkey": device.made(options_of(page))})
        clock.wait(minutes=11)
        assert "xác nhận đúng là bạn" in operator.get(PLACE).words()
        page = operator.submit(operator.get(PLACE), {"act": "invite", "email": LAN.email, "role": "operator"})
        assert (page.status, "Xác nhận đúng là bạn" in page.words()) == (200, True)
        assert not Invitation.objects.exists()
        wrong = operator.submit(page, {"password": "not this one"}, "/vi/console/account/confirm")
        assert (wrong.status, LAN.email in wrong.text) == (422, True)
        given = {"passkey": device.signed(options_of(page))}
        on = operator.submit(page, given, "/vi/console/account/confirm")
        assert (on.status, on.headers["location"]) == (307, PLACE), "a browser sends there what it sent here"
        assert operator.submit(page, given, PLACE).status == 200
        assert (Invitation.objects.get().email, Invitation.objects.get().role) == (LAN.email, "operator")
        assert not [value for session in Session.objects.all() for value in session.get_decoded().values() if LAN.email in str(value)]


class TestAfterARestore:
    def test_everybody_is_shown_to_need_a_new_link_until_they_came_in_by_one(self, sign_in: SignIn, chi: StaffRow, clock: Clock) -> None:
        revoke_everything(actor=THE_HOUSE, now=clock.now)
        operator = sign_in("operator")
        assert operator.get(PLACE).words().count("Cần đường dẫn mới") == 1
        browser = Browser()
        browser.submit(browser.get(f"/vi/console/sign-in/{issue_sign_in_link(staff_id=chi.id, now=clock.now)}"), {})
        assert "Cần đường dẫn mới" not in operator.get(PLACE).words()


def asked_about(page: Page, act: str) -> str:
    """What is folded away around the button of an act."""
    found = next((part for part in re.findall(r"<details.*?</details>", page.text, re.DOTALL) if f'value="{act}"' in part), "")
    assert page.text.count(f'value="{act}"') == found.count(f'value="{act}"')
    return found


@pytest.mark.clause("6.1")
class TestSomebodyWhoLeaves:
    @pytest.mark.parametrize(("act", "said"), [("dismiss", "không mở lại được"), ("erase", "bị xóa hẳn")])
    def test_is_asked_about_before_what_cannot_be_undone(self, sign_in: SignIn, chi: StaffRow, act: str, said: str) -> None:
        operator = sign_in("operator")
        if act == "erase":
            press(operator, chi, "dismiss")
        asked = asked_about(operator.get(f"{PLACE}/{chi.id}"), act)
        assert said in asked
        assert asked.startswith('<details class="withdraw"><summary>')

    def test_is_asked_about_again_where_something_was_wrong(self, sign_in: SignIn, chi: StaffRow, two_open: None) -> None:
        assert asked_about(press(sign_in("operator"), chi, "dismiss", to="x"), "dismiss").startswith('<details class="withdraw" open>')

    @pytest.mark.parametrize("is_named", [True, False])
    def test_leaves_word_of_where_their_inquiries_went(self, sign_in: SignIn, chi: StaffRow, lan: StaffRow, two_open: None, is_named: bool) -> None:
        operator = sign_in("operator")
        press(operator, chi, "dismiss", to=str(lan.id) if is_named else "")
        said = f"2 cuộc trao đổi đang mở được giao cho {LAN.full_name}." if is_named else "2 cuộc trao đổi đang mở trở lại hộp thư, chưa giao cho ai."
        assert said in operator.get(f"{PLACE}/{chi.id}").words()
        assert "cuộc trao đổi đang mở" not in operator.get(f"{PLACE}/{chi.id}").words()

    def test_hands_over_open_inquiries_to_a_colleague(self, sign_in: SignIn, chi: StaffRow, lan: StaffRow, two_open: None) -> None:
        operator = sign_in("operator")
        assert "2 cuộc trao đổi đang mở" in operator.get(f"{PLACE}/{chi.id}").words()
        assert press(operator, chi, "dismiss", to=str(lan.id)).status == 302
        assert not staff_by_id(chi.id).is_active
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {lan.id}
        assert acts()[-2:] == ["staff.dismissed", "inquiry.handed_over"]

    @pytest.mark.parametrize(("act", "role"), [("dismiss", ""), ("role", "auditor")])
    def test_is_told_of_special_cases_that_somebody_has_to_take_over(self, sign_in: SignIn, chi: StaffRow, clock: Clock, act: str, role: str) -> None:
        about = Browser().contact(**AN.values("full_name", "email", "message")).text.partition('class="reference">')[2].partition("<")[0]
        opening = Opening(about=about, ground="a", fields=frozenset({FieldName("email")}), reason="Phải báo cho chị An ngay.")
        open_case(opening=opening, key=b"k" * 32, actor=chi.actor, now=clock.now)
        operator = sign_in("operator")
        said = "1 trường hợp đặc biệt do người này mở"
        assert operator.get(f"{PLACE}/{chi.id}").words().count(said) == 2
        press(operator, chi, act, role=role)
        words = operator.get(f"{PLACE}/{chi.id}").words()
        assert "1 trường hợp đặc biệt chờ đồng nghiệp tiếp nhận" in words

    def test_leaves_them_in_the_inbox_where_nobody_is_chosen(self, sign_in: SignIn, chi: StaffRow, two_open: None) -> None:
        press(sign_in("operator"), chi, "dismiss")
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {None}

    def test_hands_over_when_moved_away_from_the_inbox(self, sign_in: SignIn, chi: StaffRow, lan: StaffRow, two_open: None) -> None:
        press(sign_in("operator"), chi, "role", role="auditor", to=str(lan.id))
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {lan.id}

    def test_hands_over_nothing_where_they_cannot_be_moved(self, sign_in: SignIn, chi: StaffRow, lan: StaffRow, two_open: None, clock: Clock) -> None:
        dismiss_staff(staff_id=chi.id, actor=THE_HOUSE, now=clock.now)
        assert press(sign_in("operator"), chi, "role", role="auditor", to=str(lan.id)).status == 409
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {chi.id}
        assert "inquiry.handed_over" not in acts()

    @pytest.mark.parametrize("to", ["x", "00000000-0000-4000-8000-000000000000", "oneself", "legal"])
    def test_is_not_dismissed_towards_somebody_who_cannot_take_over(
        self, sign_in: SignIn, chi: StaffRow, two_open: None, clock: Clock, to: str
    ) -> None:
        legal = add_staff(email=GIANG.email, role="legal", actor=THE_HOUSE, now=clock.now)
        heirs = {"oneself": str(chi.id), "legal": str(legal.id)}
        assert press(sign_in("operator"), chi, "dismiss", to=heirs.get(to, to)).status == 422
        assert staff_by_id(chi.id).is_active
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {chi.id}

    def test_may_be_handed_over_afterwards(self, sign_in: SignIn, chi: StaffRow, lan: StaffRow, two_open: None) -> None:
        operator = sign_in("operator")
        press(operator, chi, "dismiss")
        Inquiry.objects.update(assigned_to_id=chi.id)  # as where the house stopped in between
        assert press(operator, chi, "hand_over", to=str(lan.id)).status == 302
        assert set(Inquiry.objects.values_list("assigned_to_id", flat=True)) == {lan.id}

    def test_is_erased_after_leaving_and_not_before(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        assert press(operator, chi, "erase").status == 422
        press(operator, chi, "dismiss")
        assert press(operator, chi, "erase").headers["location"] == PLACE
        assert CHI.full_name not in operator.get(PLACE).text
        assert operator.get(f"{PLACE}/{chi.id}").status == 404

    def test_is_told_apart_when_dismissed_twice(self, sign_in: SignIn, chi: StaffRow) -> None:
        operator = sign_in("operator")
        press(operator, chi, "dismiss")
        assert press(operator, chi, "dismiss").status == 409
        assert press(operator, chi, "link").status == 409


class TestTheReview:
    @pytest.mark.parametrize(("role", "may"), [("privacy_officer", True), ("operator", True), ("adviser", False)])
    def test_names_the_notices_to_many_for_whoever_may_write_them(self, sign_in: SignIn, role: str, may: bool) -> None:
        sign_in(role)
        (line,) = re.findall(rf"<bdi>{role}</bdi>.*?</tr>", sign_in("auditor").get("/vi/console/access").text, re.DOTALL)
        assert ("Thông báo gửi nhiều người" in line) is may

    def test_names_roles_desks_ways_in_and_programs_and_is_journaled(self, sign_in: SignIn, chi: StaffRow, clock: Clock) -> None:
        add_token(name="shop-website", scopes=["inquiries:write"], actor=THE_HOUSE, now=clock.now)
        officer = sign_in("privacy_officer")
        page = officer.get("/vi/console/access")
        for word in (CHI.full_name, "Hộp thư", "Chỉ có đường dẫn", "shop-website", "inquiries:write", "Chưa rà soát lần nào"):
            assert word in page.words()
        assert officer.submit(page, {}).status == 302
        assert acts()[-1] == "access.reviewed"
        assert "Trường hợp đặc biệt, Thư gửi đi" in page.words(), "what they open is told in the words of the menu"
        assert "Rà soát lần cuối: 23/11/2026" in officer.get("/vi/console/access").words()

    @pytest.mark.parametrize("path", [PLACE, "/vi/console/access", "/vi/console/sign-ins"])
    def test_costs_as_much_for_thirty_as_for_one(self, sign_in: SignIn, clock: Clock, path: str) -> None:
        operator = sign_in("operator")
        operator.get(path)

        def statements() -> int:
            with CaptureQueriesContext(connection) as found:
                assert operator.get(path).status == 200
            return len(found)

        one = statements()
        for number in range(30):
            row = add_staff(email=f"n{number}@staff.example.vn", role="adviser", actor=THE_HOUSE, now=clock.now)
            SignInTry.objects.create(at=clock.now, staff_id=row.id, outcome="signed_in", factor="link")
        assert statements() == one
        assert one <= 20


class TestAHostileForm:
    @pytest.mark.parametrize("value", ["", "\x00", "x" * 5000, "An\u202e", "{{ 7 }}", "😀"])
    @pytest.mark.parametrize("name", ["act", "email", "role", "to", "invitation"])
    def test_is_never_a_fault_of_ours(self, sign_in: SignIn, chi: StaffRow, name: str, value: str) -> None:
        operator = sign_in("operator")
        token = operator.get(PLACE).hidden()
        before = everything_kept()
        for place, act in ((PLACE, "invite"), (PLACE, "withdraw"), (f"{PLACE}/{chi.id}", "role")):
            assert operator.post(place, {**token, "act": act, name: value}).status in (404, 422)
        assert everything_kept() == before
