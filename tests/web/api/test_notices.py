"""What programs may tell many, and what they learn of it."""

import json
from datetime import timedelta
from typing import Any

import pytest

from camket.access.actions import revoke_token
from camket.access.queries import tokens
from camket.duties.notices import queries
from camket.duties.notices.models import Campaign, Letter
from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import THE_HOUSE, Decision, Outcome
from camket.web.api.schemas import FaultsOut, NoticeOut, NoticeReportOut, ProblemOut, RefusalOut
from tests.cast import AN
from tests.duties.notices.campaigning import arrive, confirm_addresses
from tests.journeys.post_office import PostOffice, text_of
from tests.web.browsing import Browser, Clock, Program, everything_kept

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]
ADDRESS = "/api/v1/notices"
TITLE = {"vi": "Bảo trì", "en": "Maintenance"}
TEXT = {"vi": "Tối thứ Bảy.", "en": "On Saturday night."}
NEVER_KEPT = {"access.Budget", "access.ApiToken"}


def notice(**changes: Any) -> dict[str, Any]:
    return {"title": TITLE, "text": TEXT, "audience": "", "starts_at": None, **changes}


@pytest.fixture
def program(new_program: Any) -> Program:
    made: Program = new_program("notices:write")
    return made


def write(program: Program, body: Any = None, **headers: str) -> tuple[int, Any]:
    return program.call(notice() if body is None else body, path=ADDRESS, **headers)


def ask(program: Program, name: str) -> tuple[int, Any]:
    page = program.browser.get(f"{ADDRESS}/{name}", Authorization=f"Bearer {program.secret}")
    return page.status, json.loads(page.text)


def send(clock: Clock) -> None:
    plan_due(now=clock.now)
    send_due(worker="worker-of-these-tests", pace=Pace(per_minute=0), now=clock.now)


def come(clock: Clock, **named: Any) -> None:
    arrive({**AN.values("full_name", "message"), "email": "khach@example.vn"}, now=clock.now, nonce="one", **named)
    confirm_addresses(now=clock.now)
    Letter.objects.update(state="done", done_at=clock.now)


class TestWritingANotice:
    @pytest.mark.clause("3.6")
    def test_leaves_a_draft_for_a_person(self, program: Program, clock: Clock) -> None:
        come(clock, consents=("advise", "notify"))
        status, answer = write(program)
        assert status == 201
        assert set(answer) == set(NoticeOut.model_fields)
        assert (answer["state"], answer["starts_at"], answer["clauses"]) == ("draft", None, ["3.6"])
        clock.wait(days=30)
        plan_due(now=clock.now)
        assert ask(program, answer["id"])[1]["state"] == "draft"

    def test_stands_at_the_desk_with_the_programs_name(self, program: Program, sign_in: Any) -> None:
        page = sign_in("privacy_officer").get(write(program)[1]["page"].replace("http://localhost:8000", "").replace("/console", "/vi/console"))
        assert page.status == 200
        for word in ("shop-website", TITLE["vi"], TEXT["en"], "Gửi ngay cho mọi người"):
            assert word in page.words()

    @pytest.mark.clause("7.3")
    def test_is_journaled_with_the_token_that_wrote_it(self, program: Program, sign_in: Any) -> None:
        write(program, notice(starts_at="2026-12-01T20:00:00+07:00"))
        (token,) = tokens()
        sequence()
        named = {row.act: row.actor.id for row in journal.recent(limit=20) if row.actor.role == "operator"}
        assert named == {"campaign.written": str(token.id), "campaign.scheduled": str(token.id)}
        assert sign_in("auditor").get("/vi/console/journal").status == 200

    def test_with_an_instant_goes_out_then_and_not_before(self, program: Program, clock: Clock, settings: Any) -> None:
        come(clock, consents=("advise", "notify"))
        with PostOffice() as post:
            settings.CAMKET_SMTP_URL = post.url
            at = clock.now.replace(microsecond=0) + timedelta(hours=1)
            _, answer = write(program, notice(starts_at=at.isoformat()))
            assert answer["state"] == "scheduled"
            send(clock)
            assert not post.letters
            clock.wait(hours=2)
            send(clock)
            assert TEXT["vi"] in text_of(post.letters[0])
        counts = ask(program, answer["id"])[1]["counts"]
        assert (counts["planned"], counts["told"]) == (1, 1)

    def test_with_an_idempotency_key_is_done_once(self, program: Program) -> None:
        body = notice(starts_at="2026-12-01T20:00:00+07:00")
        first = write(program, body, Idempotency_Key="order-7")
        after = everything_kept()
        again = write(program, {**body, "starts_at": "2026-12-01T13:00:00Z"}, Idempotency_Key="order-7")
        assert first == again
        assert everything_kept() == after

    def test_sent_again_after_a_colleague_mended_it_is_left_as_they_mended_it(self, program: Program, sign_in: Any) -> None:
        _, answer = write(program, Idempotency_Key="order-7")
        words = {"title_vi": "Hoãn", "text_vi": "Tuần sau.", "title_en": "Later", "text_en": "Next week."}
        officer, path = sign_in("privacy_officer"), f"/vi/console/notices/{answer['id']}/words"
        assert officer.submit(officer.get(path), {**words, "act": "keep"}, path).status == 302
        assert write(program, Idempotency_Key="order-7") == (201, answer)
        assert Campaign.objects.get().words["en"]["title"] == "Later"

    @pytest.mark.parametrize("change", [{"audience": "*open"}, {"starts_at": "2026-12-01T20:00:00Z"}, {"title": {**TITLE, "en": "Another"}}])
    def test_with_the_same_key_and_another_content_is_refused(self, program: Program, change: dict[str, Any]) -> None:
        write(program, Idempotency_Key="order-7")
        status, answer = write(program, notice(**change), Idempotency_Key="order-7")
        assert (status, answer["error"]) == (409, "sent_differently")
        assert Campaign.objects.count() == 1

    def test_of_another_token_shares_no_key(self, program: Program, new_program: Any) -> None:
        write(program, Idempotency_Key="order-7")
        other = new_program("notices:write", name="another")
        assert write(other, notice(audience="*open"), Idempotency_Key="order-7")[0] == 201

    def test_that_the_edition_does_not_cover_is_refused_with_its_reason(self, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
        said = queries.service_decision()
        refused = Decision(outcome=Outcome.NOT_COVERED, edition=said.edition, ask=said.ask, reason="No clause covers it.")
        monkeypatch.setattr("camket.duties.notices.actions.programs.service_decision", lambda: refused)
        status, answer = write(program)
        assert (status, answer) == (403, {"outcome": "NOT_COVERED", "clauses": [], "reason": "No clause covers it."})
        assert set(answer) == set(RefusalOut.model_fields)
        assert not Campaign.objects.exists()


class TestAToken:
    def test_of_another_scope_opens_nothing(self, new_program: Any, program: Program) -> None:
        made = write(program)[1]["id"]
        other = new_program("inquiries:write", "services:write", name="another")
        assert write(other)[0] == 401
        assert ask(other, made)[0] == 401
        assert program.call({}, path="/api/v1/inquiries")[0] == 401

    def test_taken_back_opens_nothing(self, program: Program, clock: Clock) -> None:
        made = write(program)[1]["id"]
        revoke_token(name="shop-website", actor=THE_HOUSE, now=clock.now)
        assert (write(program)[0], ask(program, made)[0]) == (401, 401)

    def test_has_one_budget_for_writing_and_asking(self, program: Program) -> None:
        made = write(program)[1]["id"]
        statuses = [ask(program, made)[0] for _ in range(120)]
        assert statuses == [200] * 119 + [429]
        assert write(program)[0] == 429


class TestAMalformedNotice:
    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"title": {**TITLE, "en": " "}}, "title.en", "required"),
            ({"title": {**TITLE, "vi": "d" * 121}}, "title.vi", "too_long"),
            ({"text": {**TEXT, "en": "d" * 4001}}, "text.en", "too_long"),
            ({"title": {**TITLE, "en": "a\nb"}}, "title.en", "bad_character"),
            ({"text": {**TEXT, "vi": "gọi 0912345678"}}, "text.vi", "personal"),
            ({"text": {**TEXT, "vi": "gọi 0912345678"}, "is_ours": 1}, "is_ours", "bool_type"),
            ({"text": {"vi": "Chỉ một."}}, "text.en", "missing"),
            ({"text": {**TEXT, "fr": "x"}}, "text", "extra_forbidden"),
            ({"text": "x"}, "text", "model_attributes_type"),
            ({"audience": "no-such-product"}, "audience", "unknown_audience"),
            ({"audience": None}, "audience", "string_type"),
            ({"starts_at": "2026-12-01T20:00:00"}, "starts_at", "value_error"),
            ({"starts_at": 1_800_000_000}, "starts_at", "value_error"),
            ({"starts_at": "tomorrow"}, "starts_at", "value_error"),
            ({"starts_at": "0001-01-01T00:00:00+14:00"}, "starts_at", "value_error"),
            ({"starts_at": "9999-12-31T23:59:59Z"}, "starts_at", "value_error"),
            ({"starts_at": "2026-13-01T00:00:00Z"}, "starts_at", "datetime_from_date_parsing"),
            ({"more": 1}, "", "extra_forbidden"),
        ],
        ids=lambda value: str(value)[:40] if isinstance(value, dict) else value,
    )
    def test_is_told_field_code_and_sentence(self, program: Program, changes: dict[str, Any], field: str, code: str) -> None:
        before = everything_kept()
        status, answer = write(program, notice(**changes))
        assert status == 422
        faults = FaultsOut(**answer).errors
        assert (field, code) in [(fault.field, fault.code) for fault in faults]
        assert all(fault.message for fault in faults)
        after = everything_kept()
        assert not {table for table, count in after.items() if count != before[table]} - NEVER_KEPT

    def test_without_an_audience_is_for_nobody(self, program: Program) -> None:
        body = notice()
        del body["audience"]
        assert write(program, body)[0] == 422

    def test_may_hold_the_companys_own_number_where_it_says_so(self, program: Program) -> None:
        assert write(program, notice(text={**TEXT, "vi": "gọi 0912345678"}, is_ours=True))[0] == 201

    def test_gets_nothing_back_of_what_it_sent(self, program: Program, caplog: pytest.LogCaptureFixture) -> None:
        canary = "chim-hoang-yen-4711"
        bad = {"vi": f"{canary}@example.vn", "en": canary * 400, canary: canary}
        answers = [write(program, notice(title=bad, starts_at=canary, audience=canary, **{canary: canary}))]
        answers.append(write(program, notice(text={"vi": f"{canary}@example.vn", "en": canary * 400}, audience=canary)))
        assert "chim" not in json.dumps(answers)
        assert "chim" not in caplog.text

    def test_full_to_its_limits_is_taken_however_it_is_written_down(self, program: Program) -> None:
        body = notice(title=dict.fromkeys(TITLE, "ế" * 120), text=dict.fromkeys(TEXT, "😀" * 4000))
        for written in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
            assert write(program, written.encode())[0] == 201


class TestAskingWhatBecameOfIt:
    def test_is_answered_with_counts_and_nothing_of_anybody(self, program: Program, clock: Clock) -> None:
        come(clock, consents=("advise", "notify"))
        made = write(program, notice(starts_at=clock.now.isoformat()))[1]["id"]
        plan_due(now=clock.now)
        status, answer = ask(program, made)
        assert status == 200
        assert set(answer) == set(NoticeReportOut.model_fields)
        assert (answer["state"], answer["counts"]["planned"], answer["counts"]["waiting"]) == ("running", 1, 1)
        assert all(isinstance(many, int) for many in answer["counts"].values())
        assert "khach" not in json.dumps(answer)

    @pytest.mark.parametrize("name", ["01a2b3c4-0000-7000-8000-000000000000", "x", "1"])
    def test_finds_none_where_there_is_none(self, program: Program, name: str) -> None:
        status, answer = ask(program, name)
        assert status == 404
        assert set(answer) == set(ProblemOut.model_fields)

    def test_needs_a_token(self) -> None:
        assert ask(Program(secret="", browser=Browser()), "01a2b3c4-0000-7000-8000-000000000000")[0] == 401


class TestTheDescription:
    def test_says_what_is_sent_and_every_answer(self, visitor: Browser) -> None:
        schema = json.loads(visitor.get("/api/v1/openapi.json").text)
        body = schema["components"]["schemas"]["NoticeIn"]
        assert set(body["properties"]) == {*notice(), "is_ours"}
        assert set(body["required"]) == {"title", "text", "audience"}
        assert body["properties"]["title"]["properties"]["vi"]["maxLength"] == 120
        assert {"", "*open"} < set(body["properties"]["audience"]["enum"])
        assert set(schema["paths"][ADDRESS]["post"]["responses"]) == {"201", "400", "401", "403", "409", "413", "415", "422", "429"}
        assert set(schema["paths"][f"{ADDRESS}/{{campaign_id}}"]["get"]["responses"]) == {"200", "401", "404", "429"}
