"""The desk from which many are told: an edition's changes, a service notice, and what became of the letters."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Campaign, Letter
from camket.jobs.campaigns import plan_due, send_due, try_due
from camket.jobs.pacing import Pace
from tests.cast import AN
from tests.duties.notices.campaigning import arrive, confirm_addresses, publish_second, publish_third, settled
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]
SignIn = Callable[[str], Browser]
WORKER = "worker-of-these-tests"
DESK, NEW = "/vi/console/notices", "/vi/console/notices/new"
WORDS = {"title_vi": "Bảo trì", "text_vi": "Tối thứ Bảy.", "title_en": "Maintenance", "text_en": "On Saturday night."}
FAULTY = [{"text_en": ""}, {"title_vi": "x" * 121}, {"text_vi": "y" * 4001}, {"title_en": "a\nb\x07"}, {"text_vi": "gọi 0912345678"}]


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    """Dũng at his desk."""
    return sign_in("privacy_officer")


def people(clock: Clock, many: int = 2, **named: Any) -> None:
    for number in range(many):
        values = {**dict(AN.values("full_name", "message")), "email": f"khach.{number}@example.vn"}
        arrive(values, now=clock.now, nonce=str(number), **named)
    confirm_addresses(now=clock.now)
    Letter.objects.update(state="done", done_at=clock.now)


def send(clock: Clock) -> None:
    """What a turn of the worker does."""
    plan_due(now=clock.now)
    try_due(worker=WORKER, pace=Pace(per_minute=0), now=clock.now)
    send_due(worker=WORKER, pace=Pace(per_minute=0), now=clock.now)


def written(officer: Browser, **changed: str) -> Page:
    """Write a service notice, and return its page."""
    answer = officer.submit(officer.get(NEW), {**WORDS, "act": "keep", **changed}, NEW)
    assert answer.status == 302, answer.words()
    return officer.get(answer.headers["location"])


class TestWhomItWouldGoTo:
    def test_is_counted_before_anything_goes(self, officer: Browser, clock: Clock) -> None:
        people(clock, consents=("advise", "notify"))
        arrive({**dict(AN.values("full_name", "message")), "email": "chua@example.vn"}, now=clock.now, nonce="u", consents=("advise", "notify"))
        page = written(officer)
        counted = officer.submit(page, {"act": "count"})
        assert counted.status == 200
        assert "Nếu bắt đầu ngay bây giờ, sẽ có 2 thư được gửi đi. 1 địa chỉ chưa từng được xác nhận nên không được gửi." in counted.words()
        assert not Letter.objects.filter(campaign__isnull=False).exists()

    def test_is_nobody_where_nobody_agreed(self, officer: Browser, clock: Clock) -> None:
        people(clock)
        assert "không ai nhận được thư" in officer.submit(written(officer), {"act": "count"}).words()

    def test_is_told_by_the_page_itself_once_it_began(self, officer: Browser, clock: Clock) -> None:
        page = written(officer)
        officer.submit(page, {"act": "begin"})
        plan_due(now=clock.now)
        assert officer.submit(page, {"act": "count"}).status == 409

    def test_waits_while_the_index_of_addresses_is_made_anew(self, officer: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
        def moves(*_: Any, **__: Any) -> None:
            raise notices.IndexMoves

        page = written(officer)
        monkeypatch.setattr("camket.duties.notices.actions.forecasting.gate.reach", moves)
        assert "Hãy đếm lại sau vài phút" in officer.submit(page, {"act": "count"}).words()


@pytest.mark.clause("8.2")
class TestAChangeThatWeighs:
    def begin(self, officer: Browser, clock: Clock, tmp_path: Path) -> Page:
        people(clock)
        publish_second(tmp_path, now=clock.now)
        page = officer.get(DESK)
        assert "Soạn thông báo cho mọi người có liên quan" in page.words()
        answer = officer.submit(page, {"edition": "2"})
        assert answer.status == 302
        return officer.get(answer.headers["location"])

    def test_is_told_in_the_words_of_the_desk(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = self.begin(officer, clock, tmp_path)
        assert "tăng từ 90 ngày theo phiên bản 1 lên 180 ngày theo phiên bản 2" in page.words()
        assert "rises from 90 days under edition 1 to 180 days under edition 2" in page.words()
        officer.submit(page, {"act": "begin"})
        send(clock)
        assert "tăng từ 90 ngày theo phiên bản 1 lên 180 ngày theo phiên bản 2" in " ".join(text_of(post.letters[0]).split())
        shown = officer.get(page.url).words()
        assert "2 trên 2" in shown
        assert "Ai liên hệ trước ngày phiên bản mới có hiệu lực cũng được báo" in shown

    def test_is_offered_once(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        page = self.begin(officer, clock, tmp_path)
        token = page.hidden()
        assert officer.post(DESK, {**token, "edition": "2"}).headers["location"] == page.url
        assert "chưa ai được báo" not in officer.get(DESK).words()

    def test_is_offered_also_where_another_edition_waits_before_it(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        page = self.begin(officer, clock, tmp_path)
        publish_third(tmp_path, now=clock.now)
        desk = officer.get(DESK)
        assert 'name="edition" value="3"' in desk.text
        assert 'name="edition" value="2"' not in desk.text
        officer.submit(officer.get(page.url), {"act": "stop"})
        desk = officer.get(DESK)
        assert [desk.text.count(f'name="edition" value="{number}"') for number in (2, 3)] == [1, 1]

    def test_is_not_written_where_there_is_none(self, officer: Browser) -> None:
        token = officer.get(NEW).hidden()
        for edition in ("1", "2", "9", "", "x", "999999999999"):
            assert officer.post(DESK, {**token, "edition": edition}).status == 409
        assert not Campaign.objects.exists()

    def test_goes_out_when_it_is_scheduled_and_not_before(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "schedule", "at": "2026-11-23T10:00"})
        assert "Đã hẹn giờ" in officer.get(page.url).words()
        send(clock)
        assert not post.letters
        clock.wait(hours=1)
        send(clock)
        assert len(post.letters) == 2

    @pytest.mark.parametrize("at", ["", "2026-11-25", "ngày mai", "2020-01-01T09:00", "9999-12-31T23:59:59.9"])
    def test_goes_out_at_no_time_that_has_passed_or_cannot_be_read(
        self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice, at: str
    ) -> None:
        page = self.begin(officer, clock, tmp_path)
        answer = officer.submit(page, {"act": "schedule", "at": at})
        assert (answer.status, "Chưa có gì được gửi" in answer.words()) == (422, True)
        send(clock)
        assert not post.letters
        assert "Bản thảo" in officer.get(page.url).words()

    def test_is_watched_by_its_page_from_the_moment_that_it_is_due(self, officer: Browser, clock: Clock, tmp_path: Path) -> None:
        page = self.begin(officer, clock, tmp_path)
        assert "data-live-url" not in page.text
        officer.submit(page, {"act": "begin"})
        due = officer.get(page.url)
        assert 'data-live-state="scheduled"' in due.text
        assert "hệ thống bắt đầu trong vòng một phút" in due.words()
        for place in (page.url, DESK):
            assert "Sắp bắt đầu" in officer.get(place).words()
            assert "Đã hẹn giờ" not in officer.get(place).words()
        plan_due(now=clock.now)
        assert '"state": "running"' in officer.get(page.url, Accept="application/json").text

    def test_that_everybody_here_was_told_of_is_said_to_be_open_and_not_to_be_going_out(
        self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice
    ) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        send(clock)
        assert len(post.letters) == 2
        for path in (page.url, DESK):
            shown = officer.get(path).words()
            assert ("Đã gửi, còn mở" in shown, "Đang gửi" in shown.replace("Đang gửi đi", "")) == (True, False), path

    def test_can_be_paused_resumed_and_stopped_and_pressed_twice(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        plan_due(now=clock.now)
        officer.submit(officer.get(page.url), {"act": "pause"})
        assert "Thông báo đã được tạm dừng thủ công" in officer.get(page.url).words()
        send(clock)
        assert not post.letters
        again = officer.submit(officer.get(page.url), {"act": "pause"})
        assert (again.status, "không làm được nữa" in again.words()) == (409, True)
        officer.submit(officer.get(page.url), {"act": "stop"})
        assert officer.submit(officer.get(NEW), {"act": "resume"}, page.url).status == 409
        stopped = officer.get(page.url)
        assert "Đã dừng hẳn" in stopped.words()
        assert "Khi dừng hẳn, đã xong 0 trên 2 (0%)" in stopped.words()
        assert 'max="2" value="0"' in stopped.text

    def test_is_seen_by_whoever_asked_in_their_own_mailbox_first(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = self.begin(officer, clock, tmp_path)
        answer = officer.submit(page, {"act": "try"})
        tried = officer.get(answer.headers["location"]).words()
        assert "đang được gửi đến địa chỉ của tài khoản bạn, " in tried
        assert "Trong thư thử, đường dẫn chỉ mở trang chủ" in tried
        assert officer.submit(page, {"act": "try"}).status == 409
        send(clock)
        assert len(post.letters) == 2
        assert len({str(one["To"]) for one in post.letters}) == 1
        assert {str(one["Subject"]).partition("]")[0] for one in post.letters} == {"[Thử", "[Test"}
        assert "@staff.example.vn" in str(post.letters[0]["To"])
        assert officer.submit(page, {"act": "try"}).status == 302

    def test_is_counted_and_handed_out_as_counts(self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        send(clock)
        table = officer.get(f"{page.url}/counts.csv")
        assert table.headers["content-type"].startswith("text/csv")
        assert "told,2\r\n" in table.text
        assert "@" not in table.text
        told = officer.get(page.url, Accept="application/json")
        assert '"state": "open"' in told.text

    def test_that_was_refused_is_named_in_words_among_the_letters_that_are_held(
        self, officer: Browser, clock: Clock, tmp_path: Path, post: PostOffice
    ) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        post.answer = "550 5.7.1 no"
        send(clock)
        assert Campaign.objects.get().state == "paused"
        officer.submit(officer.get(page.url), {"act": "resume"})
        clock.wait(minutes=20)
        send(clock)
        for path in (page.url, DESK):
            shown = officer.get(path)
            assert "Chưa báo được cho ai" in shown.words(), path
            assert 'class="tag campaign-untold"' in shown.text, path
        desk = officer.get(f"/vi/console/letters?campaign={page.url.rpartition('/')[2]}")
        assert "Những thư này của thông báo “Những thay đổi của phiên bản 2” đang chờ người xử lý" in desk.words()
        assert "notices/letters" not in desk.words()
        assert "Thử lại cả 2 thư" in desk.words()
        post.answer = ""
        officer.submit(desk, {"act": "retry_all"})
        send(clock)
        assert len({str(one["To"]) for one in post.letters}) == 2
        assert "Không thư nào của thông báo “Những thay đổi của phiên bản 2” phải chờ" in officer.get(desk.url).words()

    def test_page_costs_as_many_questions_for_many_as_for_few(
        self, officer: Browser, clock: Clock, tmp_path: Path, django_assert_max_num_queries: Any
    ) -> None:
        page = self.begin(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        plan_due(now=clock.now)
        with django_assert_max_num_queries(32):
            officer.get(page.url)
        with django_assert_max_num_queries(18):
            officer.get(DESK)


@pytest.mark.clause("3.6")
class TestAServiceNotice:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("vi", "Không cần lời chào đầu thư và cuối thư: thư đã có sẵn."), ("en", "No greeting and no closing: the letter has its own.")],
    )
    @pytest.mark.parametrize("changed", [{}, {"text_vi": "", "text_en": ""}])
    def test_says_at_each_text_that_the_letter_greets_by_itself(self, officer: Browser, language: str, said: str, changed: dict[str, str]) -> None:
        place = NEW.replace("/vi/", f"/{language}/")
        page = officer.submit(officer.get(place), {**WORDS, **changed, "act": "keep"}, place) if changed else officer.get(place)
        for one in ("vi", "en"):
            field = page.text.partition(f'<textarea id="text_{one}"')[2].partition("</textarea>")[0]
            assert f'text_{one}-how"' in field.partition('aria-describedby="')[2].partition(">")[0]
            assert f'id="text_{one}-how">{said}</p>' in page.text

    def test_goes_to_those_who_agreed_to_be_told_and_names_its_clause(self, officer: Browser, clock: Clock, post: PostOffice) -> None:
        people(clock, 1, consents=("advise", "notify"))
        arrive({**dict(AN.values("full_name", "message")), "email": "khac@example.vn"}, now=clock.now, nonce="other")
        Letter.objects.update(state="done", done_at=clock.now)
        page = written(officer)
        officer.submit(page, {"act": "begin"})
        send(clock)
        (letter,) = post.letters
        assert str(letter["To"]) == "khach.0@example.vn"
        assert str(letter["Subject"]) == "Bảo trì"
        assert "điều 3.6" in text_of(letter)
        assert "Tối thứ Bảy." in text_of(letter)

    def test_tells_how_many_were_left_out_because_they_never_confirmed_their_address(self, officer: Browser, clock: Clock, post: PostOffice) -> None:
        people(clock, 1, consents=("advise", "notify"))
        arrive({**dict(AN.values("full_name", "message")), "email": "khac@example.vn"}, now=clock.now, nonce="other", consents=("advise", "notify"))
        settled(clock.now)
        page = written(officer)
        officer.submit(page, {"act": "begin"})
        send(clock)
        assert len(post.letters) == 1
        assert 'data-count="unproven">1<' in officer.get(page.url).text
        assert "unproven,1\r\n" in officer.get(f"{page.url}/counts.csv").text

    def test_goes_to_those_only_whose_inquiry_is_open(self, officer: Browser, clock: Clock, post: PostOffice) -> None:
        people(clock, 2, consents=("advise", "notify"))
        inquiry = Letter.objects.order_by("written_at")[0].matter_id
        Inquiry.objects.filter(matter_id=inquiry).update(state="resolved", resolved_at=clock.now + timedelta(seconds=1))
        page = written(officer, audience="*open")
        officer.submit(page, {"act": "begin"})
        send(clock)
        assert len(post.letters) == 1

    @pytest.mark.parametrize("act", ["keep", "preview"])
    def test_goes_to_nobody_else_where_whom_it_concerned_is_no_longer_offered(self, officer: Browser, act: str) -> None:
        page = officer.submit(officer.get(NEW), {**WORDS, "act": act, "audience": "gone-from-the-shelf"}, NEW)
        assert page.status == 422
        assert 'id="audience-error"' in page.text
        assert WORDS["text_vi"] in page.text
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize(
        ("audience", "said"),
        [
            ("", "Mọi người đã đồng ý nhận thông báo"),
            ("*open", "Người đang có cuộc trao đổi chưa xong"),
            ("web-hosting", "Người đã hỏi về Lưu trữ website"),
            ("gone-from-the-shelf", "Người đã hỏi về gone-from-the-shelf, sản phẩm không còn được cung cấp"),
        ],
    )
    def test_says_whom_it_goes_to_wherever_it_is_looked_at(self, officer: Browser, clock: Clock, audience: str, said: str) -> None:
        page = written(officer, audience=audience if audience != "gone-from-the-shelf" else "")
        Campaign.objects.update(audience=audience)
        assert officer.get(page.url).words().count(f"Gửi đến: {said}") == 2, "in its head, and where it is let go"
        assert f"Gửi đến: {said}" in officer.get(DESK).words()
        for act in ("begin", "stop"):
            officer.submit(officer.get(page.url), {"act": act})
            assert f"Gửi đến: {said}" in officer.get(page.url).words(), act

    def test_is_looked_at_in_both_languages_before_it_is_kept(self, officer: Browser) -> None:
        page = officer.submit(officer.get(NEW), {**WORDS, "act": "preview"}, NEW)
        assert page.status == 200
        assert "Dear customer" in page.words()
        assert "Kính gửi quý khách" in page.words()
        assert not Campaign.objects.exists()

    @pytest.mark.parametrize(
        "changed", [{"text_en": ""}, {"title_vi": "x" * 121}, {"text_vi": "y" * 4001}, {"title_en": "a\nb\x07"}, {"text_vi": "gọi 0912345678"}]
    )
    def test_with_a_fault_loses_nothing_and_says_what(self, officer: Browser, changed: dict[str, str]) -> None:
        page = officer.submit(officer.get(NEW), {**WORDS, "act": "keep", **changed}, NEW)
        assert page.status == 422
        assert 'role="alert"' in page.text
        kept = {name: value for name, value in {**WORDS, **changed}.items() if name not in changed}
        assert all(value in page.text for value in kept.values())
        assert not Campaign.objects.exists()

    def test_with_the_company_s_own_number_is_kept_once_somebody_says_so(self, officer: Browser) -> None:
        assert "028 3822 1234" in written(officer, text_vi="Gọi 028 3822 1234.", is_ours="1").text

    def test_says_nothing_of_a_number_that_is_there_no_more(self, officer: Browser) -> None:
        number, alarm = {"text_vi": "Gọi 028 3822 1234."}, "có vẻ chứa địa chỉ email hoặc số điện thoại. Thông báo"
        page = officer.submit(officer.get(NEW), {**WORDS, **number, "act": "keep"}, NEW)
        assert alarm in page.words()
        assert re.findall(r'<(?:input|textarea) id="(\w+)"[^>]*aria-invalid', page.text) == ["text_vi"]
        said = officer.submit(page, {**WORDS, **number, "act": "preview", "is_ours": "1"}, NEW)
        assert alarm not in said.words(), "whoever says that it is the company's has been told"
        assert 'name="is_ours" value="1" checked' in said.text
        gone = officer.submit(said, {**WORDS, "act": "preview", "is_ours": "1"}, NEW)
        assert (alarm in gone.words(), "is_ours" in gone.text) == (False, False)

    def test_is_changed_until_it_goes_out(self, officer: Browser, clock: Clock) -> None:
        page = written(officer)
        form = officer.get(f"{page.url}/words")
        officer.submit(form, {**WORDS, "title_vi": "Gia hạn", "act": "keep"})
        assert "Gia hạn" in officer.get(page.url).words()
        officer.submit(officer.get(page.url), {"act": "begin"})
        plan_due(now=clock.now)
        assert officer.get(f"{page.url}/words").status == 404

    def test_speaks_no_markup(self, officer: Browser) -> None:
        page = written(officer, title_vi="<b>Bảo trì</b>", text_vi="{{ link }} <script>1</script>")
        assert "<script>1" not in page.text
        assert "{{ link }}" in page.text


class TestAColleague:
    def test_who_audits_reads_and_does_nothing(self, sign_in: SignIn, officer: Browser) -> None:
        page = written(officer)
        auditor = sign_in("auditor")
        assert auditor.get(page.url).status == 200
        token = auditor.get("/vi/console/editions").hidden()
        for act in ("schedule", "begin", "unschedule", "pause", "resume", "stop", "try"):
            assert auditor.post(page.url, {**token, "act": act}).status == 403
        assert auditor.post(DESK, {**token, "edition": "2"}).status in (403, 409)
        assert Campaign.objects.get().state == "draft"

    def test_finds_no_notice_that_is_not_there(self, officer: Browser) -> None:
        gone = "/vi/console/notices/00000000-0000-4000-8000-000000000000"
        token = officer.get(NEW).hidden()
        assert [officer.get(gone + more).status for more in ("", "/words", "/counts.csv")] == [404] * 3
        assert officer.post(gone, {**token, "act": "stop"}).status == 404
        assert officer.post(gone, {**token, "act": "nonsense"}).status == 404
