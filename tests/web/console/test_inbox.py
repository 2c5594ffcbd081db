"""The inbox as an adviser sees it: what a row says, how the list is narrowed and kept, and what one press does to many."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff, dismiss_staff
from camket.access.queries import staff_by_email
from camket.duties.intake.models import Inquiry, SavedFilter
from camket.duties.intake.queries import listing
from camket.duties.intake.rules import CHANNELS
from camket.jobs.worker import collect_erased, erase_due
from camket.policy.terms import THE_HOUSE
from tests.cast import AN, BINH
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]


def written(*people: object) -> list[str]:
    """Have somebody write for each person, and return the references in that order."""
    references = []
    for person in people or (AN,):
        words = Browser().contact(**person.values("full_name", "email", "message")).words()  # type: ignore[attr-defined]  # a Person of the cast
        references.append(words[words.index("CK-") :][:12])
    return references


def press(browser: Browser, page: Page, act: str, *references: str, **more: str) -> Page:
    """Press a button of the list's form, and return the page that follows."""
    given = {"csrfmiddlewaretoken": page.hidden()["csrfmiddlewaretoken"], "list": page.hidden()["list"], "act": act, "reference": references, **more}
    answer = browser.post("/vi/console/acts", given)
    assert answer.status == 302, answer.words()
    return browser.get(answer.headers["location"])


def rows(page: Page) -> list[str]:
    return re.findall(r'data-reference="(CK-[0-9A-Z-]+)"', page.text)


def asked_for_edition(asked: CaptureQueriesContext) -> int:
    return sum("max(edition_id)" in one["sql"] for one in asked)


class TestARow:
    def test_says_who_what_how_whose_and_how_long_ago(self, sign_in: SignIn, clock: Clock) -> None:
        written()
        clock.wait(minutes=12)
        adviser = sign_in("adviser")
        words = adviser.get("/vi/console/").words()
        for told in (AN.full_name, AN.message[:30], "12 phút", "Biểu mẫu", "chưa có ai"):
            assert told in words
        assert "12 min" in adviser.get("/en/console/").words()

    @pytest.mark.parametrize("channel", CHANNELS)
    def test_is_found_by_its_channel_whichever_it_is(self, sign_in: SignIn, channel: str) -> None:
        written()
        Inquiry.objects.update(channel=channel)
        page = sign_in("adviser").get(f"/vi/console/?show=open&channel={channel}")
        assert len(rows(page)) == 1
        assert f'<option value="{channel}" selected>' in page.text

    def test_is_marked_once_it_waits_too_long(self, sign_in: SignIn, clock: Clock) -> None:
        written()
        clock.wait(hours=25)
        page = sign_in("adviser").get("/vi/console/")
        assert "quá hạn" in page.words()
        assert "1 ngày" in page.words()

    def test_leads_to_the_inquiry_and_back_to_its_list(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        link = re.search(rf'href="([^"]*inquiries/{reference}[^"]*)"', adviser.get("/vi/console/?show=new&language=vi").text)
        assert link is not None
        assert unescape(link[1]) == f"/vi/console/inquiries/{reference}?show=new&language=vi"
        assert 'href="/vi/console/?show=new&amp;language=vi"' in adviser.get(unescape(link[1])).text


class TestAPage:
    """How often it asks which edition is in force; what is posted to change something asks for each thing it does."""

    def test_that_is_read_asks_once_and_for_each_decision(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        typed = {**adviser.get("/vi/console/find").hidden(), "query": AN.email}
        for look, times in (
            (lambda: adviser.get("/vi/console/"), 2),
            (lambda: adviser.get(f"/vi/console/inquiries/{reference}"), 3),
            (lambda: adviser.post("/vi/console/find", typed), 2),
        ):
            with CaptureQueriesContext(connection) as asked:
                page = look()
            assert AN.full_name in page.words()
            assert asked_for_edition(asked) == times

    def test_that_changes_something_asks_each_time(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/vi/console/inquiries/{reference}"
        page = adviser.get(place)
        with CaptureQueriesContext(connection) as asked:
            assert adviser.submit(page, {"act": "answer", "answer": "Xin chào"}, place).status == 302
        assert asked_for_edition(asked) == 3


class TestAnInquiryThatIsErased:
    @pytest.mark.clause("4.3")
    @pytest.mark.parametrize(("language", "said"), [("vi", "đã được xóa vào"), ("en", "was erased on")])
    def test_says_when_and_under_which_clause_and_nothing_that_is_not_so(self, sign_in: SignIn, clock: Clock, language: str, said: str) -> None:
        (reference,) = written()
        adviser, place = sign_in("adviser"), f"/{language}/console/inquiries/{reference}"
        assert press(adviser, adviser.get("/vi/console/?show=open"), "resolve", reference).status == 200
        for days in (1, 100):
            erase_due(worker="w", now=clock.now + timedelta(days=days))
        collect_erased(now=clock.now + timedelta(days=100))
        assert Inquiry.objects.get().state == "erased"
        page = adviser.get(place)
        assert said in page.words()
        assert re.search(r'href="/\w\w/policy/editions/1#c4\.\d"', page.text.split('id="erased"')[1].split("</section>")[0])
        for untrue in (
            "next retention run",
            "đợt xóa kế tiếp",
            "No consent is recorded",
            "Chưa ghi nhận sự đồng ý nào",
            "Take it back",
            "Hoàn tác",
            "Unassigned",
            "Chưa giao",
        ):
            assert untrue not in page.words(), untrue
        assert 'id="person"' not in page.text, "no card of a person of whom nothing is left"


class TestAFilter:
    def test_under_a_name_that_is_taken_asks_before_it_takes_that_ones_place(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        token = adviser.get("/vi/console/editions").hidden()
        keep = {**token, "act": "keep", "name": "Việc của tôi"}
        assert adviser.post("/vi/console/filters", {**keep, "language": "en"}).status == 302
        asked = adviser.post("/vi/console/filters", {**keep, "channel": "form"})
        assert asked.status == 422
        assert "đã có một bộ lọc tên này" in asked.words()
        assert 'value="Việc của tôi"' in asked.text
        assert SavedFilter.objects.get().chosen == {"language": "en"}
        assert adviser.post("/vi/console/filters", {**keep, "channel": "form", "replaces": "1"}).status == 302
        assert SavedFilter.objects.get().chosen == {"channel": "form"}
        assert adviser.post("/vi/console/filters", {**keep, "channel": "form"}).status == 302, "the same again replaces nothing"

    def test_by_a_colleague_who_left_names_them(self, sign_in: SignIn, clock: Clock) -> None:
        adviser = sign_in("adviser")
        lan = add_staff(email="lan@staff.example.vn", role="adviser", display_name="Lan", actor=THE_HOUSE, now=clock.now)
        dismiss_staff(staff_id=lan.id, actor=THE_HOUSE, now=clock.now)
        page = adviser.get(f"/vi/console/?show=open&assignee={lan.id}")
        assert re.search(r"<summary>.*?Lan \(không còn trả lời khách\).*?</summary>", page.text, re.DOTALL)
        assert f'<option value="{lan.id}" selected>' in page.text

    def test_by_what_was_never_there_says_so(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open&product=khong-con-ban&assignee=00000000-0000-4000-8000-000000000000")
        summary = re.findall(r"<summary>(.*?)</summary>", page.text, re.DOTALL)[0]
        assert "khong-con-ban (không còn trong danh mục)" in summary
        assert "đồng nghiệp cũ" in summary

    def test_narrows_the_list_and_says_so(self, sign_in: SignIn) -> None:
        written()
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open&language=en")
        assert rows(page) == []
        assert "Không có gì khớp với bộ lọc" in page.words()
        assert '<details class="sift" open>' in page.text  # what it says to choose from is there to be seen
        found = adviser.get("/vi/console/?show=open&language=vi&channel=form&assignee=nobody")
        assert len(rows(found)) == 1
        assert '<details class="sift">' in found.text

    def test_is_kept_under_a_name_and_forgotten(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open&language=en")
        kept = adviser.post("/vi/console/filters", {**page.hidden(), "act": "keep", "name": "Tiếng Anh", "language": "en"})
        assert kept.headers["location"] == "/vi/console/?show=open&language=en"
        page = adviser.get(kept.headers["location"])
        assert "Tiếng Anh" in page.words()
        row = SavedFilter.objects.get()
        gone = adviser.post("/vi/console/filters", {**page.hidden(), "act": "forget", "filter": str(row.id)})
        assert not SavedFilter.objects.exists()
        assert gone.headers["location"] == "/vi/console/?show=open&language=en"
        assert "Lưu bộ lọc này với tên" in adviser.get(gone.headers["location"]).words()

    def test_with_somebodys_address_for_a_name_is_refused_beside_what_was_typed(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        token = adviser.get("/vi/console/").hidden() or adviser.get("/vi/console/editions").hidden()
        page = adviser.post("/vi/console/filters", {**token, "act": "keep", "name": AN.email, "language": "en"})
        assert page.status == 422
        assert "đặt tên khác" in page.words()
        assert not SavedFilter.objects.exists()

    @pytest.mark.parametrize("number", ["", "x", "0", "9" * 30])
    def test_that_is_not_there_cannot_be_forgotten(self, sign_in: SignIn, number: str) -> None:
        adviser = sign_in("adviser")
        token = adviser.get("/vi/console/editions").hidden()
        assert adviser.post("/vi/console/filters", {**token, "act": "forget", "filter": number}).status == 404


class TestTakingOn:
    @pytest.mark.parametrize(
        ("language", "one", "two"), [("vi", "Bạn đã nhận 1", "Bạn đã nhận 2"), ("en", "1 inquiry is yours now.", "2 inquiries are yours now.")]
    )
    def test_is_told_as_that_to_whoever_took_it_on(self, sign_in: SignIn, clock: Clock, language: str, one: str, two: str) -> None:
        references = written(AN, BINH)
        adviser, place = sign_in("adviser"), f"/{language}/console/inquiries/{references[0]}"
        adviser.submit(adviser.get(place), {"act": "assign"}, place)
        assert one in adviser.get(place).words()
        clock.wait(minutes=1)
        press(adviser, adviser.get("/vi/console/?show=open"), "take_on", *references)
        assert two in adviser.get(f"/{language}/console/?show=open").words()


class TestManyAtOnce:
    def test_are_resolved_said_and_taken_back_without_a_script(self, sign_in: SignIn) -> None:
        references = written(AN, BINH, AN)
        adviser = sign_in("adviser")
        page = press(adviser, adviser.get("/vi/console/?show=open"), "resolve", *references[:2])
        assert "Đã đánh dấu xong 2 cuộc trao đổi." in page.words()
        assert rows(page) == references[2:]
        page = press(adviser, page, "undo", token=page.hidden()["token"])
        assert "Đã hoàn tác thao tác trên 2 cuộc trao đổi." in page.words()
        assert set(rows(page)) == set(references)

    def test_say_plainly_what_was_done_before(self, sign_in: SignIn) -> None:
        references = written(AN, BINH)
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open")
        Inquiry.objects.filter(reference=references[0]).update(state="resolved", resolved_at=page_now())
        words = press(adviser, page, "resolve", *references).words()
        assert "Đã đánh dấu xong 1 cuộc trao đổi." in words
        assert "1 cuộc đã được đánh dấu xong trước đó." in words

    @pytest.mark.parametrize("act", ["take_on", "resolve"])
    def test_that_are_just_one_are_said_to_be_done_before(self, sign_in: SignIn, act: str) -> None:
        resolved, _ = written(AN, BINH)
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open")
        Inquiry.objects.filter(reference=resolved).update(state="resolved", resolved_at=page_now())
        told = press(adviser, page, act, resolved)
        assert "Không có gì thay đổi." in told.words()
        assert "1 cuộc đã được đánh dấu xong trước đó." in told.words()
        assert "Không có gì thay đổi." not in adviser.get("/vi/console/?show=open").words()
        assert "Không có gì thay đổi." not in adviser.get("/vi/console/?show=open&unchanged=nonsense").words()

    def test_are_not_said_to_be_unchanged_on_the_page_of_another_inquiry(self, sign_in: SignIn) -> None:
        *resolved, open_one = written(AN, BINH, AN)
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/?show=open")
        Inquiry.objects.filter(reference__in=resolved).update(state="resolved", resolved_at=page_now())
        assert "Không có gì thay đổi." in press(adviser, page, "resolve", *resolved).words()
        other = f"/vi/console/inquiries/{open_one}"
        adviser.submit(adviser.get(other), {"act": "answer", "answer": "Gói Cơ bản."})
        taken_back = adviser.submit(adviser.get(other), {"act": "take_back"})
        assert "Không có gì thay đổi." not in adviser.get(taken_back.headers["location"]).words()

    def test_go_into_a_colleagues_hands(self, sign_in: SignIn) -> None:
        references = written(AN, BINH)
        adviser = sign_in("adviser")
        me = staff_by_email("adviser@staff.example.vn")
        press(adviser, adviser.get("/vi/console/"), "take_on", *references)
        assert set(rows(adviser.get("/vi/console/?show=mine"))) == set(references)
        assert set(Inquiry.objects.values_list("assigned_to", flat=True)) == {me.id}
        press(adviser, adviser.get("/vi/console/"), "give", *references, given_to="")
        assert set(Inquiry.objects.values_list("assigned_to", flat=True)) == {None}

    def test_stay_chosen_where_nobody_was_chosen_to_give_them_to(self, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(listing, "PAGE", 2)
        references = written(AN, BINH, AN, BINH)[::-1]
        adviser = sign_in("adviser")
        older = unescape(re.findall(r'rel="next" href="([^"]+)"', adviser.get("/vi/console/?show=open&language=vi").text)[0])
        given = {"act": "give", "given_to": "?", "reference": references[2]}
        page = adviser.submit(adviser.get(older), given, "/vi/console/acts")
        assert page.status == 422
        assert "Hãy chọn người nhận." in page.words()
        assert re.search(r'<select id="given_to"[^>]* aria-invalid="true"', page.text)
        assert rows(page) == references[2:]
        assert re.findall(r'name="reference" value="([^"]+)"[^>]* checked', page.text) == [references[2]]
        assert page.hidden()["list"] == "show=open&language=vi"
        assert set(Inquiry.objects.values_list("assigned_to", flat=True)) == {None}

    def test_are_not_given_to_somebody_who_is_not_there(self, sign_in: SignIn) -> None:
        (reference,) = written()
        adviser = sign_in("adviser")
        page = adviser.get("/vi/console/")
        for who in ("x", "00000000-0000-4000-8000-000000000000"):
            answer = adviser.post("/vi/console/acts", {**page.hidden(), "act": "give", "reference": reference, "given_to": who})
            assert answer.status == 409

    @pytest.mark.parametrize("given", [{"act": "undo", "token": "x"}, {"act": "undo"}])
    def test_are_taken_back_by_no_forged_token(self, sign_in: SignIn, given: dict[str, str]) -> None:
        adviser = sign_in("adviser")
        answer = adviser.post("/vi/console/acts", {**adviser.get("/vi/console/editions").hidden(), **given})
        assert answer.status == 409
        assert "không hoàn tác được nữa" in answer.words()

    def test_that_are_none_are_no_fault(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        token = adviser.get("/vi/console/editions").hidden()
        for references in ([], ["\x00"], ["'; --"], ["CK-0000-0000"]):
            answer = adviser.post("/vi/console/acts", {**token, "act": "resolve", "reference": references, "list": "show=%00&" + "x" * 900})
            assert answer.status == 302
        assert adviser.post("/vi/console/acts", {**token, "act": "erase", "reference": ["CK-0000-0000"]}).status == 404

    def test_lead_to_no_place_that_a_form_made_up(self, sign_in: SignIn) -> None:
        adviser = sign_in("adviser")
        token = adviser.get("/vi/console/editions").hidden()
        given = {**token, "act": "resolve", "list": "//evil.example.com", "at": "//evil.example.com"}
        assert adviser.post("/vi/console/acts", given).headers["location"] == "/vi/console/?show=open"


def page_now() -> object:
    return Inquiry.objects.latest("received_at").received_at + timedelta(minutes=1)
