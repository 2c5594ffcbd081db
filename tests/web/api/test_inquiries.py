"""What programs may pass on, and the shape of every answer."""

import json
from typing import Any

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from camket.access.actions import revoke_token
from camket.access.queries import tokens
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import THE_HOUSE
from camket.web.api.schemas import FaultsOut, InquiryOut, ProblemOut, RefusalOut
from tests.cast import AN
from tests.web.browsing import Browser, Clock, Program, everything_kept

NAMES = ("full_name", "email")


def inquiry(**changes: Any) -> dict[str, Any]:
    return {
        "channel": "api",
        "language": "en",
        "fields": AN.values(*NAMES),
        "message": AN.message,
        "consents": ["advise"],
        "product": None,
        **changes,
    }


@pytest.fixture
def program(new_program: Any) -> Program:
    made: Program = new_program()
    return made


def kept_of_people(before: dict[str, int]) -> dict[str, int]:
    """What was added since, apart from the journal's own rows."""
    return {table: count - before[table] for table, count in everything_kept().items() if count != before[table] and not table.startswith("journal.")}


class TestPassingAnInquiryOn:
    @pytest.mark.clause("1.3")
    def test_answers_with_a_reference(self, program: Program) -> None:
        status, answer = program.call(inquiry())
        assert status == 201
        assert InquiryOut(**answer).reference.startswith("CK-")
        assert set(answer) == set(InquiryOut.model_fields)

    def test_shows_the_same_to_the_adviser_as_the_form_does(self, program: Program, sign_in: Any) -> None:
        reference = program.call(inquiry())[1]["reference"]
        page = sign_in("adviser").get(f"/vi/console/inquiries/{reference}").words()
        assert AN.full_name in page
        assert AN.message in page

    @pytest.mark.parametrize("edition", [True, "1", 1.0])
    def test_names_the_edition_that_was_shown_by_its_number_alone(self, program: Program, edition: object) -> None:
        """What somebody agreed to hangs on it: nothing is taken for a number that is none."""
        status, answer = program.call(inquiry(edition=edition))
        assert (status, answer["errors"][0]["field"]) == (422, "edition")
        assert program.call(inquiry(edition=1))[0] == 201

    @pytest.mark.clause("7.3")
    def test_is_journaled_with_the_token_that_passed_it_on(self, program: Program) -> None:
        program.call(inquiry())
        (token,) = tokens()
        sequence()
        named = {row.act: row.actor.id for row in journal.recent(limit=20) if row.actor.role == "visitor"}
        assert named == {"data.collected": str(token.id), "inquiry.received": str(token.id)}

    def test_with_an_idempotency_key_is_done_once(self, program: Program) -> None:
        first = program.call(inquiry(), Idempotency_Key="order-7")
        after = everything_kept()
        second = program.call(inquiry(), Idempotency_Key="order-7")
        assert first == second
        assert everything_kept() == after

    def test_with_the_same_key_and_another_content_is_refused(self, program: Program) -> None:
        program.call(inquiry(), Idempotency_Key="order-7")
        after = everything_kept()
        status, answer = program.call(inquiry(message="Something else."), Idempotency_Key="order-7")
        assert (status, answer["error"]) == (409, "sent_differently")
        assert everything_kept() == after

    def test_tells_long_keys_apart_to_their_last_letter(self, program: Program) -> None:
        statuses = [program.call(inquiry(message=end), Idempotency_Key="k" * 300 + end)[0] for end in ("a", "b")]
        assert statuses == [201, 201]

    def test_of_another_token_shares_no_key(self, program: Program, new_program: Any) -> None:
        program.call(inquiry(), Idempotency_Key="order-7")
        assert new_program(name="another").call(inquiry(message="Something else."), Idempotency_Key="order-7")[0] == 201


class TestAToken:
    @pytest.mark.parametrize("secret", ["", "ck_" + "A" * 43, "x", "ck_ " * 9, "é"])
    def test_that_nobody_made_opens_nothing(self, secret: str) -> None:
        before = everything_kept()
        status, answer = Program(secret=secret.encode().decode("latin-1"), browser=Browser()).call(inquiry())
        assert status == 401
        assert set(answer) == set(ProblemOut.model_fields)
        assert everything_kept() == before

    def test_of_another_scope_opens_nothing(self, new_program: Any) -> None:
        assert new_program("inquiries:read", "services:write").call(inquiry())[0] == 401

    def test_taken_back_opens_nothing(self, program: Program, clock: Clock) -> None:
        revoke_token(name="shop-website", actor=THE_HOUSE, now=clock.now)
        assert program.call(inquiry())[0] == 401

    def test_is_not_taken_from_a_cookie_or_an_address(self, program: Program) -> None:
        stranger = Program(secret="", browser=Browser())
        assert stranger.call(inquiry(), path=f"/api/v1/inquiries?token={program.secret}")[0] == 401
        assert stranger.call(inquiry(), Cookie=f"token={program.secret}")[0] == 401

    def test_unknown_is_answered_before_the_body_is_looked_at(self) -> None:
        assert Program(secret="", browser=Browser()).call(b"{", kind="text/plain")[0] == 401

    def test_has_a_budget_of_a_minute(self, program: Program, clock: Clock) -> None:
        statuses = [program.call(inquiry(message=""))[0] for _ in range(121)]
        assert statuses == [422] * 120 + [429]
        answer = program.browser.request(
            "POST", "/api/v1/inquiries", json.dumps(inquiry()).encode(), "application/json", Authorization=f"Bearer {program.secret}"
        )
        assert answer.headers["retry-after"] == "60"
        assert set(json.loads(answer.text)) == set(ProblemOut.model_fields)
        clock.wait(seconds=61)
        assert program.call(inquiry())[0] == 201

    @pytest.mark.parametrize(
        ("body", "kind", "status"),
        [
            (b"{", "application/json", 400),
            (b'{"message": "", "message": ""}', "application/json", 400),
            (b'{"language": "en"}', "application/json", 422),
            (b'{"message": "' + b"x" * configured.CAMKET_FORM_LIMIT_BYTES + b'"}', "application/json", 413),
            (b"{}", "text/plain", 415),
        ],
    )
    def test_spends_its_budget_on_what_cannot_be_read_too(self, program: Program, body: bytes, kind: str, status: int) -> None:
        assert [program.call(body, kind=kind)[0] for _ in range(121)] == [status] * 120 + [429]
        assert program.call(inquiry())[0] == 429

    def test_spends_nothing_of_its_budget_where_it_opens_nothing(self, program: Program, clock: Clock) -> None:
        before = everything_kept()["access.Budget"]
        assert [program.call(b"{", path="/api/v1/notices")[0] for _ in range(3)] == [401] * 3
        assert everything_kept()["access.Budget"] == before


class TestARefusalByThePolicy:
    @pytest.mark.clause("1.5")
    def test_names_outcome_clauses_and_reason(self, program: Program) -> None:
        before = everything_kept()
        status, answer = program.call(inquiry(fields=AN.values(*NAMES, "address")))
        assert status == 403
        assert set(answer) == set(RefusalOut.model_fields) == {"outcome", "clauses", "reason"}
        assert answer["outcome"] == "NOT_COVERED"
        assert answer["clauses"] == []
        assert AN.address not in answer["reason"]
        assert not kept_of_people(before).keys() - {"access.Budget", "access.ApiToken"}

    @pytest.mark.clause("1.5")
    def test_does_not_come_where_the_purpose_is_agreed_to(self, program: Program) -> None:
        assert program.call(inquiry(fields=AN.values(*NAMES, "address"), consents=["advise", "provide_service"]))[0] == 201


class TestAMalformedInquiry:
    @pytest.mark.parametrize(
        ("changes", "field", "code"),
        [
            ({"fields": {"email": AN.email}}, "full_name", "required"),
            ({"fields": {"full_name": AN.full_name}}, "", "one_of"),
            ({"message": ""}, "message", "required"),
            ({"consents": []}, "consents", "consent_required"),
            ({"consents": ["advise", "sell_it"]}, "consents", "unknown_consent"),
            ({"fields": {**AN.values(*NAMES), "cmnd": "012345678999"}}, "fields", "unknown_field"),
            ({"fields": {**AN.values(*NAMES), "attachment": "\x00\u202e"}}, "attachment", "unknown_field"),
            ({"fields": {**AN.values(*NAMES), "attachment": "a.pdf"}}, "attachment", "unknown_field"),
            ({"fields": {**AN.values(*NAMES), "phone": "12"}}, "phone", "bad_phone"),
            ({"fields": {**AN.values(*NAMES), "message": "twice"}}, "message", "doubled"),
            ({"fields": {**AN.values("full_name"), "email": "an@@example"}}, "email", "bad_email"),
            ({"message": "d" * 8001}, "message", "too_long"),
            ({"message": "a\u202eb"}, "message", "invisible_character"),
            ({"message": "\x00"}, "message", "control_character"),
            ({"product": "no-such-product"}, "product", "unknown_product"),
            ({"product": "\x00"}, "product", "string_pattern_mismatch"),
            ({"more": 1}, "", "extra_forbidden"),
            ({"fields": {"0912345678": "x"}}, "fields", "string_pattern_mismatch"),
            ({"fields": None}, "fields", "dict_type"),
            ({"fields": {"full_name": 7}}, "fields.full_name", "string_type"),
            ({"language": "fr"}, "language", "literal_error"),
            ({"channel": "form"}, "channel", "literal_error"),
            ({"message": "\ud800"}, "message", "string_unicode"),
        ],
        ids=lambda value: str(value)[:40] if isinstance(value, dict) else value,
    )
    def test_is_told_field_code_and_sentence(self, program: Program, changes: dict[str, Any], field: str, code: str) -> None:
        before = everything_kept()
        status, answer = program.call(inquiry(**changes))
        assert status == 422
        assert set(answer) == set(FaultsOut.model_fields) == {"errors"}
        faults = FaultsOut(**answer).errors
        assert code in [fault.code for fault in faults if field in ("", fault.field)], answer
        assert all(fault.message for fault in faults)
        assert not kept_of_people(before).keys() - {"access.Budget", "access.ApiToken"}

    def test_is_told_of_everything_at_once(self, program: Program) -> None:
        fields = {"full_name": "", "phone": "12", "cmnd": "012345678999", "message": "twice"}
        _, answer = program.call(inquiry(fields=fields, consents=[], product="no-such-product"))
        assert {(one["field"], one["code"]) for one in answer["errors"]} == {
            ("product", "unknown_product"),
            ("message", "doubled"),
            ("fields", "unknown_field"),
            ("full_name", "required"),
            ("phone", "bad_phone"),
            ("consents", "consent_required"),
        }

    def test_gets_nothing_back_of_what_it_sent(self, program: Program, caplog: pytest.LogCaptureFixture) -> None:
        canary = "chim-hoang-yen-4711"
        body = inquiry(
            fields={"full_name": "x", "email": canary, canary: canary, "phone": canary}, product=canary, language=canary, consents=[canary]
        )
        _, answer = program.call({**body, canary: canary})
        _, later = program.call(inquiry(fields={"full_name": f"http://{canary}", "email": canary, "phone": canary}))
        assert "chim" not in json.dumps([answer, later])
        assert "chim" not in caplog.text

    @pytest.mark.parametrize("name", ["0912000101", "hoai_an_example_vn", "an", "1"])
    def test_is_not_told_a_name_that_only_its_sender_knows(self, program: Program, name: str) -> None:
        for body in (inquiry(fields={**AN.values(*NAMES), name: "x"}), {**inquiry(), name: "x"}, inquiry(fields={name: 7})):
            status, answer = program.call(body)
            assert status == 422
            assert name not in [part for one in answer["errors"] for part in one["field"].split(".")]

    @pytest.mark.parametrize(("language", "phrase"), [("vi", "Xin "), ("en", "Please ")])
    def test_is_answered_in_its_language(self, program: Program, language: str, phrase: str) -> None:
        _, answer = program.call(inquiry(language=language, message=""))
        assert answer["errors"][0]["message"].startswith(phrase)


class TestABody:
    @pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b"nope", b'{"a": "\x00"}'], ids=["open", "bytes", "deep", "word", "nothing"])
    def test_that_is_no_json_has_a_json_answer(self, program: Program, body: bytes) -> None:
        status, answer = program.call(body[:60_000])
        assert status == 400
        assert set(answer) == set(ProblemOut.model_fields)

    @pytest.mark.parametrize("body", [b"null", b"[]", b"7", b'"text"', b""])
    def test_of_another_shape_is_malformed(self, program: Program, body: bytes) -> None:
        assert program.call(body)[0] == 422

    def test_that_names_something_twice_is_not_taken(self, program: Program) -> None:
        body = json.dumps(inquiry())
        status, answer = program.call((body[:-1] + ', "message": "another"}').encode())
        assert (status, answer["error"]) == (400, "doubled")

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"])
    def test_of_another_content_type_has_a_json_answer(self, program: Program, kind: str) -> None:
        status, answer = program.call(inquiry(), kind=kind)
        assert (status, answer["error"]) == (415, "unsupported_media_type")

    def test_may_name_its_character_set(self, program: Program) -> None:
        assert program.call(inquiry(), kind="application/json; charset=utf-8")[0] == 201

    def test_of_more_than_64_kilobytes_is_not_taken(self, program: Program) -> None:
        before = everything_kept()
        status, answer = program.call(inquiry(message="d" * configured.CAMKET_FORM_LIMIT_BYTES))
        assert (status, answer["error"]) == (413, "too_large")
        assert not kept_of_people(before).keys() - {"access.Budget", "access.ApiToken"}

    @pytest.mark.parametrize("letter", ["d", "ế", "中", "😀"])
    def test_full_to_the_editions_limit_is_taken_however_it_is_written_down(self, program: Program, letter: str) -> None:
        body = inquiry(message=letter * 8000)
        for written in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
            assert program.call(written.encode())[0] == 201

    @settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    @given(
        body=st.one_of(
            st.binary(max_size=80),
            st.fixed_dictionaries(
                {"fields": st.dictionaries(st.sampled_from(["full_name", "email", "phone", "address", "cmnd"]), st.text(max_size=40), max_size=4)},
                optional={
                    "message": st.text(max_size=40),
                    "consents": st.lists(st.sampled_from(["advise", "notify", "x"]), max_size=3),
                    "product": st.text(max_size=9),
                },
            ),
        )
    )
    def test_of_any_kind_is_never_a_fault_of_ours(self, program: Program, clock: Clock, body: Any) -> None:
        clock.wait(minutes=2)
        assert program.call(body)[0] in (201, 400, 403, 422)


class TestTheDescription:
    @pytest.fixture
    def schema(self, visitor: Browser) -> dict[str, Any]:
        page = visitor.get("/api/v1/openapi.json")
        assert page.status == 200
        found: dict[str, Any] = json.loads(page.text)
        return found

    def test_names_every_status_that_is_answered(self, schema: dict[str, Any]) -> None:
        responses = schema["paths"]["/api/v1/inquiries"]["post"]["responses"]
        assert set(responses) == {"201", "400", "401", "403", "409", "413", "415", "422", "429"}

    def test_says_what_is_sent(self, schema: dict[str, Any]) -> None:
        body = schema["components"]["schemas"]["InquiryIn"]
        assert set(body["properties"]) == {*inquiry(), "edition"}
        assert set(body["required"]) == {"fields", "consents"}
        assert body["additionalProperties"] is False

    @pytest.mark.parametrize("shape", [InquiryOut, FaultsOut, RefusalOut, ProblemOut])
    def test_says_what_is_answered(self, schema: dict[str, Any], shape: Any) -> None:
        assert set(schema["components"]["schemas"][shape.__name__]["properties"]) == set(shape.model_fields)

    def test_names_the_header_that_makes_a_request_repeatable(self, schema: dict[str, Any]) -> None:
        (header,) = schema["paths"]["/api/v1/inquiries"]["post"]["parameters"]
        assert (header["in"], header["name"], header["required"]) == ("header", "Idempotency-Key", False)

    def test_asks_for_a_token(self, schema: dict[str, Any]) -> None:
        assert schema["paths"]["/api/v1/inquiries"]["post"]["security"]


class TestAnAddressForPrograms:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [("GET", "/api/v1/nothing", 404), ("GET", "/api/v1/inquiries", 405), ("GET", "/api/", 404), ("DELETE", "/api/v1/inquiries", 405)],
    )
    def test_that_leads_nowhere_is_answered_in_json(self, visitor: Browser, method: str, path: str, status: int) -> None:
        page = visitor.request(method, path)
        assert page.status == status
        assert set(json.loads(page.text)) == set(ProblemOut.model_fields)
