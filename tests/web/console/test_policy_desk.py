"""The policy desk: a draft is written, checked, seen and compared alone by a privacy officer; what is typed is never lost."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import MOST_TEXT_BYTES, text_hash
from tests.journeys.visitor import Page
from tests.web.browsing import Browser

SignIn = Callable[[str], Browser]
DESK = "/vi/console/policy"
PERMIT = "\n[[permit]]\nroles = ["


@pytest.fixture
def place(dung: Browser) -> str:
    """Where a fresh draft of edition 2 is written."""
    return dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]


def draft() -> editions.DraftRow:
    (line,) = editions.draft_lines()
    found = editions.draft(line.id)
    assert found is not None
    return found


def typed(**changes: str) -> dict[str, str]:
    one = draft()
    return {"manifest": one.manifest, **{f"text_{language}": text for language, text in one.texts.items()}, **changes}


class TestTheList:
    def test_shows_what_is_in_force_and_what_is_being_written(self, dung: Browser, place: str) -> None:
        words = dung.get(DESK).words()
        assert "Bản thảo phiên bản 2" in words
        assert "lần lưu thứ 1" in words
        assert "đang có hiệu lực" in words

    @pytest.mark.parametrize("role", ["auditor", "operator"])
    def test_is_read_by_others_who_may_press_nothing(self, sign_in: SignIn, place: str, role: str) -> None:
        reader = sign_in(role)
        page = reader.get(DESK)
        assert page.status == 200
        assert 'value="start"' not in page.text
        for act in ("start", "bring", "discard", "restore"):
            assert reader.submit(page, {"act": act, "draft": str(draft().id), "text_vi": "# x"}, DESK).status == 403
        assert reader.submit(reader.get(place), typed(act="save", text_vi="# x"), place).status == 403
        assert (len(editions.draft_lines()), draft().revision) == (1, 1)

    def test_puts_a_draft_aside_and_takes_it_back(self, dung: Browser, place: str) -> None:
        page = dung.get(DESK)
        aside = dung.submit(page, {"act": "discard", "draft": str(draft().id)}, DESK)
        assert "đã được cất đi" in dung.get(aside.headers["location"]).words()
        assert draft().state == "discarded"
        assert dung.submit(dung.get(place), typed(act="save", text_vi="# Muộn"), place).status == 409
        back = dung.submit(page, {"act": "restore", "draft": str(draft().id)}, DESK)
        assert (back.headers["location"], draft().is_open) == (place, True)

    def test_begins_a_draft_with_texts_that_are_brought(self, dung: Browser) -> None:
        page = dung.get(DESK)
        answer = dung.submit(page, {"act": "bring", "text_vi": "# Khác\n", "text_en": ""}, DESK)
        assert answer.status == 302
        assert draft().texts["vi"] == "# Khác\n"

    def test_begins_a_draft_with_files_that_are_brought(self, dung: Browser) -> None:
        page = dung.get(DESK)
        assert upload(dung, page, {"file_vi": b"# T\xe1\xbb\x87p\n"}).status == 302
        assert draft().texts["vi"] == "# Tệp\n"

    @pytest.mark.parametrize(
        ("content", "status"), [(b"", 422), (b"# \xff\xfe\n", 422), (b"# a\0b\n", 422), (b"x" * (MOST_TEXT_BYTES + 1), 413), (b"x" * 10_000_000, 422)]
    )
    def test_refuses_a_file_that_is_no_text_of_a_policy(self, dung: Browser, content: bytes, status: int) -> None:
        assert upload(dung, dung.get(DESK), {"file_vi": content}).status == status
        assert editions.draft_lines() == ()

    @pytest.mark.parametrize(("path", "way"), [(DESK, "/vi/console/"), ("/vi/contact", "/vi/")])
    def test_says_of_a_request_that_is_not_read_how_much_is(self, dung: Browser, path: str, way: str) -> None:
        answer = dung.client.post(path, {"act": "bring"}, headers={"Host": "localhost"}, **{"asgi.scope": {"camket.too_large": 1024 * 1024}})
        page = answer.content.decode()
        assert answer.status_code == 413
        assert "Nội dung gửi lên vượt quá 1 MB" in page
        assert f'class="button" href="{way}"' in page or f'class="button quiet" href="{way}"' in page
        assert editions.draft_lines() == ()

    def test_says_beside_each_file_how_large_it_may_be(self, dung: Browser) -> None:
        page = dung.get(DESK)
        for language in ("vi", "en"):
            assert f'<p class="hint" id="file-{language}-most">Tối đa 400 KB.</p>' in page.text

    @pytest.mark.parametrize("act", ["", "publish", "restore", "discard"])
    @pytest.mark.parametrize("number", ["", "0", "999", "-1", "x", "9" * 30, "\0"])
    def test_of_what_is_not_there_is_told_so(self, dung: Browser, act: str, number: str) -> None:
        assert dung.submit(dung.get(DESK), {"act": act, "draft": number}, DESK).status == 404

    def test_costs_as_many_queries_however_many_drafts_there_are(self, dung: Browser) -> None:
        counts = []
        for _ in range(3):
            dung.submit(dung.get(DESK), {"act": "start"}, DESK)
            dung.get(DESK)
            with CaptureQueriesContext(connections["default"]) as queries:
                dung.get(DESK)
            counts.append(len(queries))
        assert len(set(counts)) == 1, counts
        assert counts[0] <= 14


def upload(browser: Browser, page: Page, files: dict[str, bytes]) -> Page:
    """Send the form for texts that are brought as a browser does."""
    border = "----a-border"
    fields = {**page.hidden(), "act": "bring", "text_vi": "", "text_en": ""}
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields.items()]
    for name, content in files.items():
        head = f'--{border}\r\nContent-Disposition: form-data; name="{name}"; filename="a.md"\r\nContent-Type: text/markdown\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    body = b"".join(parts) + f"--{border}--\r\n".encode()
    return browser.request("POST", DESK, body, f"multipart/form-data; boundary={border}", Origin=browser.url)


class TestTheEditor:
    def test_shows_both_texts_and_that_nothing_is_wrong(self, dung: Browser, place: str) -> None:
        page = dung.get(place)
        assert page.status == 200
        assert 'name="text_vi" lang="vi"' in page.text
        assert 'name="text_en" lang="en"' in page.text
        assert "0 lỗi" in page.words()

    def test_saves_and_counts(self, dung: Browser, place: str) -> None:
        answer = dung.submit(dung.get(place), typed(act="save", text_en="# Other\n"), place)
        assert (answer.status, answer.headers["location"]) == (302, f"{place}?saved=1")
        assert "Đã lưu." in dung.get(answer.headers["location"]).words()
        assert (draft().revision, draft().texts["en"]) == (2, "# Other\n")

    def test_saves_for_its_script_without_leaving_the_page(self, dung: Browser, place: str) -> None:
        answer = dung.post(place, {**dung.get(place).hidden(), **typed(act="save", text_en="# Other\n")}, Accept="application/json")
        assert (answer.status, json.loads(answer.text)["revision"]) == (200, 2)

    def test_checks_without_saving(self, dung: Browser, place: str) -> None:
        text = draft().texts["vi"].replace("purposes =", "purpose =", 1)
        answer = dung.submit(dung.get(place), typed(act="check", text_vi=text), place)
        assert answer.status == 200
        assert "1 lỗi" in answer.words() or re.search(r"[1-9][0-9]* lỗi", answer.words())
        assert 'data-pane="vi" data-line="' in answer.text
        assert "purpose =" in answer.text
        assert draft().revision == 1

    def test_says_what_is_wrong_in_the_readers_language(self, dung: Browser, place: str) -> None:
        text = draft().texts["vi"].replace("purposes =", "purpose =", 1)
        in_vietnamese = dung.submit(dung.get(place), typed(act="check", text_vi=text), place).words()
        assert "không có khóa 'purpose'." in in_vietnamese
        assert "Có phải là 'purposes' không?" in in_vietnamese
        other = place.replace("/vi/", "/en/")
        assert "Did you mean 'purposes'?" in dung.submit(dung.get(other), typed(act="check", text_vi=text), other).words()

    def test_marks_a_clause_that_lacks_its_translation(self, dung: Browser, place: str) -> None:
        text = draft().texts["en"].replace("\n4.2 ", "\nNo number: ")
        answer = dung.submit(dung.get(place), typed(act="check", text_en=text), place)
        assert "thiếu ở “en”" in answer.words()

    def test_of_the_second_of_two_shows_both_texts_and_stores_neither_until_pressed_again(self, sign_in: SignIn, dung: Browser, place: str) -> None:
        first, second = dung.get(place), dung.get(place)
        assert dung.submit(first, typed(act="save", text_en="# Of the first\n"), place).status == 302
        mine = typed(act="save", text_en="# Of the <second>\n")
        clash = dung.submit(second, mine, place)
        assert clash.status == 409
        assert "bạn đã lưu nội dung khác ở một cửa sổ khác" in clash.words()
        assert "# Of the &lt;second&gt;" in clash.text
        assert "# Of the first" in clash.text
        assert draft().texts["en"] == "# Of the first\n"
        again = dung.submit(clash, mine, place)
        assert (again.status, draft().texts["en"]) == (409, "# Of the first\n")
        assert "# Of the &lt;second&gt;" in again.text
        replaced = text_hash("# Of the first\n")
        assert f'name="replace_en" value="{replaced}"' in again.text
        assert dung.submit(again, {**mine, "replace_en": replaced}, place).status == 302
        assert draft().texts["en"] == "# Of the <second>\n"

    def test_of_the_second_of_two_marks_the_one_word_that_differs_and_folds_the_rest(self, dung: Browser, place: str) -> None:
        second, text = dung.get(place), draft().texts["en"]
        assert "\n4.1 " in text
        theirs, mine = (text.replace("\n4.1 ", f"\n4.1 {word} ", 1) for word in ("Theirs", "Mine"))
        assert dung.submit(dung.get(place), typed(act="save", text_en=theirs), place).status == 302
        clash = dung.submit(second, typed(act="save", text_en=mine), place)
        (marked,) = re.findall(r'<div class="apart">(.*?)</div>', clash.text, re.DOTALL)
        assert re.findall(r"<(del|ins)>(.*?)</\1>", marked) == [("del", "Theirs"), ("ins", "Mine")]
        folds = [int(number.replace(".", "")) for number in re.findall(r"<summary>… (\d{1,3}(?:\.\d{3})*) dòng giống nhau …</summary>", marked)]
        assert len(folds) == 2
        assert text.count("\n") - sum(folds) == 5, "the line itself and two around it stand open"
        assert re.findall(r'id="pane-(\w+)" value="\w+" checked', clash.text) == ["en"], "the text that it is about stands open on a narrow screen"
        assert re.search(r">\d\.\d{3} từ<", clash.text), "a number is written as it is read, without a script too"
        (place_of_it,) = re.findall(r'<a href="#([\w-]+)">Xem chỗ khác nhau</a>', clash.text)
        assert f'id="{place_of_it}"' in clash.text

    def test_of_the_second_of_two_never_undoes_the_first_in_a_text_that_only_the_first_changed(self, dung: Browser, place: str) -> None:
        first, second, opened = dung.get(place), dung.get(place), typed()
        assert dung.submit(first, typed(act="save", text_vi="# Của người thứ nhất\n"), place).status == 302
        clash = dung.submit(second, {**opened, "act": "save", "text_en": "# Of the second\n"}, place)
        assert clash.status == 409
        assert ("# Của người thứ nhất\n</textarea>" in clash.text, "# Of the second\n</textarea>" in clash.text) == (True, True)
        assert 'name="replace_' not in clash.text
        shown = {**opened, "act": "save", "text_vi": "# Của người thứ nhất\n", "text_en": "# Of the second\n"}
        assert dung.submit(clash, shown, place).status == 302
        assert dict(draft().texts) == {"vi": "# Của người thứ nhất\n", "en": "# Of the second\n"}

    def test_of_the_second_replaces_only_what_they_saw_when_they_agreed_to(self, dung: Browser, place: str) -> None:
        second, mine = dung.get(place), typed(act="save", text_en="# Of the second\n")
        dung.submit(dung.get(place), typed(act="save", text_en="# Of the first\n"), place)
        clash = dung.submit(second, mine, place)
        dung.submit(dung.get(place), typed(act="save", text_en="# Of a third\n"), place)
        for page in (clash, dung.submit(clash, mine, place)):
            late = dung.submit(page, {**mine, "replace_en": text_hash("# Of the first\n")}, place)
            assert (late.status, "# Of a third" in late.text, draft().texts["en"]) == (409, True, "# Of a third\n")

    def test_goes_on_after_a_saving_by_its_script_as_after_one_by_its_button(self, dung: Browser, place: str) -> None:
        hidden = dung.get(place).hidden()
        saved = json.loads(dung.post(place, {**hidden, **typed(act="save", text_en="# One\n")}, Accept="application/json").text)
        hidden |= {"revision": str(saved["revision"]), "opened": saved["opened"]}
        assert dung.post(place, {**hidden, **typed(act="save", text_en="# Two\n")}, Accept="application/json").status == 200
        assert draft().texts["en"] == "# Two\n"

    @pytest.mark.parametrize(("text", "status"), [("a\0b", 422), ("\ufffd", 422), ("x" * (MOST_TEXT_BYTES + 1), 413)])
    @pytest.mark.parametrize("act", ["save", "check"])
    def test_keeps_what_was_typed_where_it_cannot_be_kept_by_us(self, dung: Browser, place: str, text: str, status: int, act: str) -> None:
        answer = dung.submit(dung.get(place), typed(act=act, text_en="TYPED " + text), place)
        assert answer.status == status
        assert "TYPED " + text[:1] in answer.text
        assert 'id="text_en-error"' in answer.text
        assert draft().revision == 1

    def test_refuses_ten_megabytes_in_a_sentence(self, dung: Browser, place: str) -> None:
        answer = dung.submit(dung.get(place), typed(act="save", text_en="x" * 10_000_000), place)
        assert answer.status == 413
        assert draft().revision == 1

    @pytest.mark.parametrize("name", ["revision", "manifest", "text_vi", "act", "opened", "replace_vi"])
    @pytest.mark.parametrize("value", ["", "-1", "9" * 40, "\ud800", "[[permit]]", "</textarea><script>alert(1)</script>"])
    def test_is_never_a_fault_of_ours_whatever_is_sent(self, dung: Browser, place: str, name: str, value: str) -> None:
        sent = {**dung.get(place).hidden(), **typed(act="save"), name: value.encode("utf-8", "surrogatepass")}
        answer = dung.post(place, sent)
        assert answer.status in (200, 302, 404, 409, 422)
        assert "<script>alert" not in answer.text

    @pytest.mark.parametrize("tail", ["", "/check", "/preview", "/difference"])
    @pytest.mark.parametrize("number", ["0", "999", "9" * 18, "9" * 30])
    def test_of_no_draft_is_not_there(self, dung: Browser, number: str, tail: str) -> None:
        assert dung.get(f"{DESK}/drafts/{number}{tail}").status in (404, 405)


class TestTheCheckWhileOneTypes:
    def ask(self, dung: Browser, place: str, **changes: str) -> tuple[int, Any]:
        answer = dung.post(f"{place}/check", {**dung.get(place).hidden(), **typed(**changes)})
        return answer.status, json.loads(answer.text)

    def test_names_each_finding_with_its_line(self, dung: Browser, place: str) -> None:
        lines = draft().texts["vi"].split("\n")
        at = next(number for number, line in enumerate(lines, 1) if line.startswith("purposes ="))
        lines[at - 1] = "purposes = ["
        status, found = self.ask(dung, place, text_vi="\n".join(lines))
        assert status == 200
        assert found["errors"] >= 1
        assert {(one["pane"], one["code"]) for one in found["findings"]} >= {("vi", "rule.bad_toml")}
        assert any(abs(one["line"] - at) <= 2 for one in found["findings"])
        assert draft().revision == 1

    def test_says_where_each_clause_stands(self, dung: Browser, place: str) -> None:
        _, found = self.ask(dung, place)
        lines = {one["number"]: one["lines"] for section in found["sections"] for one in section["clauses"]}
        assert draft().texts["en"].split("\n")[lines["4.1"]["en"] - 1].startswith("4.1 ")
        assert (found["errors"], found["warnings"]) == (0, 1)

    @pytest.mark.parametrize(("text", "status"), [("\0", 422), ("x" * (MOST_TEXT_BYTES + 1), 413)])
    def test_refuses_what_cannot_be_read_in_a_sentence(self, dung: Browser, place: str, text: str, status: int) -> None:
        answered, found = self.ask(dung, place, text_en=text)
        assert answered == status
        assert found["faults"][0]["field"] == "en"


class TestThePreview:
    def test_reads_as_the_public_page_does(self, dung: Browser, place: str, visitor: Browser) -> None:
        public, seen = visitor.get("/vi/policy"), dung.get(f"{place}/preview")
        clause = re.compile(r'<div class="law-clause" id="c4\.1">.*?<div class="law-clause" id="c4\.2">', re.DOTALL)
        (theirs,), (ours,) = clause.findall(public.text), clause.findall(seen.text)
        assert ours == theirs
        assert "Quy tắc này làm gì?" in seen.words()

    def test_of_a_text_with_errors_shows_the_text(self, dung: Browser, place: str) -> None:
        dung.submit(dung.get(place), typed(act="save", text_vi="# Một\n\n## 1. Hai\n\n1.1 <b>Ba</b>\n"), place)
        seen = dung.get(f"{place}/preview")
        assert seen.status == 200
        assert "&lt;b&gt;Ba&lt;/b&gt;" in seen.text


class TestTheDifference:
    def test_names_what_is_significant_and_each_word(self, dung: Browser, place: str) -> None:
        text = draft().texts["vi"].replace('keep        = "P90D"', 'keep        = "P120D"').replace('keep = "P90D"', 'keep = "P120D"')
        text = re.sub(r'(keep\s*= )"P90D"', r'\1"P120D"', text).replace("\n1.1 ", "\n1.1 Thêm lời. ", 1)
        assert dung.submit(dung.get(place), typed(act="save", text_vi=text), place).status == 302
        words = dung.get(f"{place}/difference").words()
        assert "Thay đổi đáng kể" in words
        assert "120 ngày" in words
        assert "Thêm lời" in words

    def test_of_an_unchanged_draft_is_none(self, dung: Browser, place: str) -> None:
        assert "không quy tắc nào khác" in dung.get(f"{place}/difference").words()

    def test_of_a_text_with_errors_is_that_of_the_text(self, dung: Browser, place: str) -> None:
        dung.submit(dung.get(place), typed(act="save", text_vi="# Một\n"), place)
        page = dung.get(f"{place}/difference")
        assert page.status == 200
        assert "chưa so sánh được" in page.words()

    @pytest.mark.parametrize("to", ["9", "x", "-1", "9" * 40])
    def test_against_no_edition_is_not_there_or_that_in_force(self, dung: Browser, place: str, to: str) -> None:
        assert dung.get(f"{place}/difference?to={to}").status in (200, 404)


class TestWhy:
    ASK = "role=adviser&operation=use&purpose=advise&recipient=controller&fields=phone"

    def test_names_the_clauses_that_permit(self, dung: Browser) -> None:
        words = dung.get(f"{DESK}/why?{self.ASK}").words()
        assert "Được phép" in words
        assert "§ 3.1" in words.replace("\xa0", " ")

    def test_speaks_of_the_person_and_not_to_them(self, dung: Browser) -> None:
        assert "người đó đã đồng ý với mục đích này" in dung.get(f"{DESK}/why?{self.ASK}").words()
        assert "the person has agreed to this purpose" in dung.get(f"{DESK.replace('/vi/', '/en/')}/why?{self.ASK}").words()

    def test_names_what_comes_nearest_where_nothing_permits(self, dung: Browser) -> None:
        page = dung.get(f"{DESK}/why?of=edition-1&role=auditor&operation=use&purpose=advise&fields=phone")
        assert "Người kiểm tra · xem và sử dụng · Số điện thoại · Tư vấn và trả lời · chính công ty Bị từ chối vì: Số điện thoại" in page.words()
        assert "No clause" not in page.text
        assert "<mark>" in page.text
        gap = dung.get(f"{DESK}/why?role=visitor&operation=collect&purpose=advise&fields=address&fields=telex")
        assert "Không có điều khoản" in gap.words()
        assert "Được phép theo" not in gap.words()

    def test_asks_a_draft_too(self, dung: Browser, place: str) -> None:
        number = place.rpartition("/")[2]
        assert "Được phép" in dung.get(f"{DESK}/why?of=draft-{number}&{self.ASK}").words()
        dung.submit(dung.get(place), typed(act="save", text_vi="# Một\n"), place)
        assert "còn lỗi" in dung.get(f"{DESK}/why?of=draft-{number}&{self.ASK}").words()

    def test_begins_with_an_empty_form(self, dung: Browser) -> None:
        assert "Chưa có câu hỏi" in dung.get(f"{DESK}/why").words()

    def test_that_is_not_whole_marks_what_is_to_be_chosen_still(self, dung: Browser, place: str) -> None:
        page = dung.get(f"{DESK}/why?{self.ASK.replace('&fields=phone', '')}")
        assert "Hãy chọn ít nhất một loại thông tin." in page.words()
        assert 'name="fields" value="phone" aria-invalid="true" aria-describedby="fields-error"' in page.text.replace("\n", "")
        assert re.findall(r'id="([a-z]+)-error"', page.text) == ["fields"]
        assert re.findall(r'id="([a-z]+)-error"', dung.get(f"{DESK}/why?role=&fields=phone").text) == ["role", "operation", "purpose"]
        assert "Chưa có câu hỏi" in dung.get(f"{DESK}/why?of=draft-{place.rpartition('/')[2]}").words()

    @pytest.mark.parametrize(
        "query",
        ["role=root", "operation=%00", "purpose=<b>", "fields=" + "x" * 99, "recipient=%F0%9F%98%80", "of=", "role=&fields=a", "x=y"],
    )
    def test_answers_any_question_without_a_fault(self, dung: Browser, query: str) -> None:
        page = dung.get(f"{DESK}/why?{self.ASK.replace('phone', 'email')}&{query}")
        assert page.status == 200
        assert "<b>" not in page.text

    @pytest.mark.parametrize("of", ["edition-9", "draft-9", "draft-x", "edition-" + "9" * 40, "<b>"])
    def test_of_what_is_not_there_is_not_there(self, dung: Browser, of: str) -> None:
        assert dung.get(f"{DESK}/why?of={of}").status == 404
