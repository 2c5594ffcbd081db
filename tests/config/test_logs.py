"""What a line of the log may hold, whoever wants to say more."""

import io
import json
import logging
from typing import Any

import pytest

from camket.access.providers import Away, Unfit
from camket.config.logs import FIELDS, AsJson, AsText, WithoutValues
from camket.duties.notices.rules import RouteFault
from camket.web.kit import traces

CANARIES = ("Nguyễn Thị An", "an@example.com", "0912000101", "/vi/console/inquiries/CK-QHND-B3PR", "203.0.113.7")


class Leaky(Exception):
    """A fault whose message repeats what it was about, as those of databases do."""


@pytest.fixture(params=[AsText, AsJson])
def formatter(request: pytest.FixtureRequest) -> logging.Formatter:
    made = request.param()
    assert isinstance(made, logging.Formatter)
    return made


@pytest.fixture
def say(formatter: logging.Formatter) -> Any:
    """Log as a logger of some name does, and return the line."""

    def log(name: str, level: int, message: object, *args: object, **more: Any) -> str:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(WithoutValues())
        handler.setFormatter(formatter)
        logger = logging.Logger(name)  # noqa: LOG001  # one that nobody else hears
        logger.addHandler(handler)
        logger.log(level, message, *args, **more)
        return stream.getvalue()

    return log


def fail() -> None:
    raise Leaky(f"Key (email)=({CANARIES[1]}) already exists; {CANARIES}")


class TestALine:
    @pytest.mark.clause("7.1")
    @pytest.mark.parametrize("name", ["camket.jobs.worker", "django.request", "django.db.backends", "asyncio", "whitenoise", "granian"])
    def test_holds_no_canary_whoever_logs_it_and_however(self, say: Any, name: str) -> None:
        lines = [say(name, logging.ERROR, "%s and %s", *CANARIES[:2]), say(name, logging.ERROR, "%(a)s", {"a": CANARIES[0]})]
        lines += [say(name, logging.WARNING, "fault", extra={"request": CANARIES[0], "status_code": CANARIES[2], "email": CANARIES[1]})]
        lines += [say(name, logging.WARNING, "x", stack_info=True)]
        try:
            fail()
        except Leaky:
            lines += [say(name, logging.ERROR, "fault", exc_info=True), say(name, logging.ERROR, "fault of %s", CANARIES[0], exc_info=True)]
        assert all(line.count("\n") == 1 for line in lines)
        assert not [(line, canary) for line in lines for canary in CANARIES if canary in line or json.dumps(canary)[1:-1] in line]
        assert "Leaky at fail:" in lines[-1]

    @pytest.mark.parametrize("message", [Leaky(CANARIES[0]), f"Unauthorized: {CANARIES[3]}", "too many %s"])
    def test_of_somebody_elses_code_says_only_whose(self, say: Any, message: object) -> None:
        line = say("somebody.else", logging.WARNING, message)
        assert "somebody.else fault" in line
        assert not any(canary in line for canary in CANARIES)

    def test_of_ours_keeps_its_sentence_and_its_numbers(self, say: Any) -> None:
        assert "3 erased matters wait" in say("camket.jobs.worker", logging.ERROR, "%d erased matters wait", 3)

    @pytest.mark.parametrize(
        ("word", "written"),
        [(RouteFault.AUTH_REFUSED, "smtp.auth_refused"), (Away.TIMEOUT, "timeout"), (Unfit.AUDIENCE, "audience"), (Leaky, "Leaky")],
    )
    def test_of_ours_keeps_words_of_closed_lists_and_kinds_of_faults(self, say: Any, word: object, written: str) -> None:
        assert f"stopped ({written}): 3" in say("camket.jobs.campaigns", logging.ERROR, "stopped (%s): %d", word, 3)

    @pytest.mark.parametrize("text", ["smtp.auth_refused", *CANARIES])
    def test_of_ours_tells_any_other_text_by_its_kind(self, say: Any, text: str) -> None:
        assert "stopped (str): 3" in say("camket.jobs.campaigns", logging.ERROR, "stopped (%s): %d", text, 3)

    def test_of_ours_that_is_written_wrongly_is_still_a_line(self, say: Any) -> None:
        assert "malformed line" in say("camket.jobs.worker", logging.ERROR, "%d wait", "many")

    def test_tells_of_the_request_by_its_route_and_its_random_name(self, say: Any) -> None:
        trace = traces.begin("GET")
        try:
            trace.route, trace.status, trace.duration_ms, trace.role = "<language:language>/contact", 422, 12, "adviser"
            line = say("camket.web.kit.observing", logging.INFO, "request")
        finally:
            traces.end()
        assert all(word in line for word in (trace.id, "<language:language>/contact", "422", "12", "adviser", "GET"))
        assert trace.id not in say("camket.web.kit.observing", logging.INFO, "request")

    def test_of_json_holds_nothing_but_the_fields_that_are_listed(self) -> None:
        stream = io.StringIO()
        handler = logging.StreamHandler(stream)
        handler.addFilter(WithoutValues())
        handler.setFormatter(AsJson())
        logger = logging.Logger("django.request")  # noqa: LOG001  # one that nobody else hears
        logger.addHandler(handler)
        traces.begin("POST").status = 500
        try:
            fail()
        except Leaky:
            logger.exception("fault", extra={"status_code": 500, "address": CANARIES[4]})
        finally:
            traces.end()
        told = json.loads(stream.getvalue())
        assert set(told) <= set(FIELDS)
        assert list(told) == [name for name in FIELDS if name in told]
        assert (told["event"], told["status"], told["level"]) == ("django.request 500", 500, "ERROR")
        assert told["fault"].startswith("Leaky at fail:")


class TestAFieldThatIsNotListed:
    def test_is_no_name_for_anybody(self) -> None:
        """The list itself must not grow into a person: whoever adds a field reads this."""
        assert FIELDS == ("time", "level", "logger", "event", "request_id", "method", "route", "status", "duration_ms", "role", "fault")
