"""The figures of the house: for whom, in which form, and that they count no growing table."""

import os
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parsed

from camket.access.actions import add_token
from camket.duties.custody import actions as custody
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.web.browsing import Browser, Clock

FORWARDED = {
    "X-Forwarded-For": "127.0.0.1",
    "X-Forwarded-Host": "localhost",
    "X-Forwarded-Proto": "http",
    "Forwarded": "for=127.0.0.1",
    "X-Real-IP": "127.0.0.1",
    "Via": "1.1 proxy",
}


@pytest.fixture
def here() -> Browser:
    """A program on the machine itself."""
    return Browser(address="127.0.0.1")


def families(text: str) -> dict[str, Metric]:
    """Read the page with a parser that is none of ours."""
    return {family.name: family for family in parsed(text)}


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    (sample,) = (one for family in found.values() for one in family.samples if one.name == name and labels.items() <= one.labels.items())
    return float(sample.value)


class TestWhoIsTold:
    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.8.8.8"])
    def test_is_a_program_of_this_machine(self, address: str) -> None:
        page = Browser(address=address).get("/metrics")
        assert page.status == 200
        assert page.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @pytest.mark.parametrize("address", ["203.0.113.7", "10.0.0.1", "2001:db8::1", "nonsense", ""])
    def test_is_nobody_from_elsewhere(self, address: str) -> None:
        page = Browser(address=address).get("/metrics")
        assert (page.status, page.headers["www-authenticate"]) == (401, "Bearer")
        assert "camket_" not in page.text

    @pytest.mark.parametrize("is_trusted", [True, False], ids=["by a proxy that is believed", "by one that is not"])
    @pytest.mark.parametrize("header", FORWARDED)
    def test_is_nobody_whom_a_proxy_brings(self, settings: Any, here: Browser, header: str, *, is_trusted: bool) -> None:
        settings.CAMKET_TRUSTED_PROXIES = ("127.0.0.1",) if is_trusted else ()
        assert here.get("/metrics", **{header: FORWARDED[header]}).status == 401

    def test_is_whoever_holds_a_token_of_this_scope(self, visitor: Browser, clock: Clock) -> None:
        secret = add_token(name="watch", scopes=("metrics:read",), actor=THE_HOUSE, now=clock.now)
        other = add_token(name="shop", scopes=("inquiries:write",), actor=THE_HOUSE, now=clock.now)
        assert visitor.get("/metrics", Authorization=f"Bearer {secret}").status == 200
        for wrong in (f"Bearer {other}", "Bearer nobody", "Bearer", f"Basic {secret}", "Bearer " + "x" * 5000, "Bearer \u00e9"):
            assert visitor.get("/metrics", Authorization=wrong).status == 401

    def test_is_told_only_when_they_ask_without_changing_anything(self, here: Browser) -> None:
        assert here.post("/metrics", {}).status in (403, 405)


class TestTheFigures:
    def test_are_read_by_a_parser_of_openmetrics(self, here: Browser, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        text = here.get("/metrics").text
        assert text.endswith("# EOF\n")
        found = families(text)
        assert {"camket_http_requests", "camket_http_request_seconds", "camket_gate_asks", "camket_letters", "camket_erasures_due"} <= set(found)
        assert {"camket_journal_entries", "camket_checkpoint_age_seconds", "camket_worker_heartbeat_age_seconds", "camket_database_bytes"} <= set(
            found
        )
        assert value(found, "camket_journal_entries") > 0 or connections["default"].vendor != "sqlite"

    def test_count_requests_by_route_and_status_and_sort_them_by_how_long_they_took(self, here: Browser, visitor: Browser) -> None:
        route, answered = {"route": "<language:language>/products"}, {"method": "GET", "status": "200"}
        before = families(here.get("/metrics").text)
        for _ in range(3):
            visitor.get("/vi/products")
        found = families(here.get("/metrics").text)
        past = [one.value for one in before["camket_http_requests"].samples if {**route, **answered}.items() <= one.labels.items()]
        assert value(found, "camket_http_requests_total", **route, **answered) == sum(past) + 3
        assert value(found, "camket_http_request_seconds_count", **route) == value(found, "camket_http_request_seconds_bucket", **route, le="+Inf")
        classes = [
            one.value for one in found["camket_http_request_seconds"].samples if one.name.endswith("_bucket") and route.items() <= one.labels.items()
        ]
        assert classes == sorted(classes)

    def test_count_what_the_gate_answered(self, here: Browser, visitor: Browser) -> None:
        def permitted() -> float:
            samples = families(here.get("/metrics").text)["camket_gate_asks"].samples
            return sum(one.value for one in samples if one.labels["outcome"] == "PERMITTED")

        before = permitted()
        visitor.contact(**AN.values("full_name", "email", "message"))
        assert permitted() > before

    def test_tell_letters_by_state(self, here: Browser, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        assert value(families(here.get("/metrics").text), "camket_letters", state="due") == 1

    @pytest.mark.clause("7.1")
    def test_hold_no_word_that_somebody_sent(self, here: Browser, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "phone", "message"))
        visitor.get(f"/{AN.email}")
        visitor.get("/vi/nothing/0912000101")
        visitor.request("BREW", "/vi/products")
        visitor.request(AN.full_name.split()[-1].upper(), "/vi/products")
        text = here.get("/metrics").text
        assert not [word for word in (AN.full_name, AN.email, "0912000101", "912000101", "nothing", "BREW", "203.0.113.7") if word in text]

    def test_cost_the_same_however_much_is_kept(self, here: Browser, visitor: Browser) -> None:
        here.get("/metrics")
        costs = []
        for _ in range(2):
            with CaptureQueriesContext(connections["default"]) as plain, CaptureQueriesContext(connections["keys"]) as keys:
                here.get("/metrics")
            costs.append(len(plain) + len(keys))
            for _ in range(3):
                visitor.contact(**AN.values("full_name", "email", "message"))
        assert costs[0] == costs[1] <= 10

    def test_look_at_no_letter_that_went_and_no_erasure_that_is_done(self, here: Browser) -> None:
        with CaptureQueriesContext(connections["default"]) as asked:
            here.get("/metrics")
        counting = [one["sql"] for one in asked if "COUNT(" in one["sql"].upper()]
        assert counting
        assert all("WHERE" in sql.upper() for sql in counting), counting
        assert not [sql for sql in counting if "journal_journalentry" in sql and "position" not in sql]


class TestAWorkerThatLeft:
    def test_is_told_by_the_age_of_its_last_sign(self, here: Browser, clock: Clock) -> None:
        assert families(here.get("/metrics").text)["camket_worker_heartbeat_age_seconds"].samples == []
        custody.beat(worker="worker-1", now=clock.now)
        clock.wait(seconds=90)
        assert value(families(here.get("/metrics").text), "camket_worker_heartbeat_age_seconds") == 90


class TestTheMemory:
    def test_is_that_of_the_processes_that_serve(self, here: Browser) -> None:
        if not os.path.isdir("/proc/self"):  # noqa: PTH112  # what is asked is whether the system tells at all
            pytest.skip("promised of Linux only: /proc tells")
        samples = families(here.get("/metrics").text)["camket_memory_pss_bytes"].samples
        assert sum(one.value for one in samples) > 10_000_000
