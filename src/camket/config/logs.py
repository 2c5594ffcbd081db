"""What may reach a log line: closed lists of fields and of words; of a fault its kind and place, never the values it was about."""

import json
import logging
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum

from camket.web.kit import traces

FIELDS = ("time", "level", "logger", "event", "request_id", "method", "route", "status", "duration_ms", "role", "fault")
"""Everything that a line may hold, in its order; a line of JSON has no other name."""

_OURS = "camket."
_LONGEST = 200


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    # our own frames say where to look; a library's are kept only where there are none of ours
    ours = [frame for frame in frames if "/camket/" in frame.filename] or frames
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(ours[-6:]))
    return f"{type(error).__name__} at {where}"


class WithoutValues(logging.Filter):
    """
    Leave of a record only what may be written down: the program's own words, numbers, and the kind and place of a fault.

    What anybody else's code wants to say is replaced by the name of its logger: its message may repeat a path, a row or a header.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean the record for every formatter that comes after."""
        error = record.exc_info[1] if record.exc_info else None
        record.told = {"event": _event(record), "fault": _place(error) if error is not None else ""}  # formatters read it
        record.msg, record.args = _sentence(record, error), ()
        # a database's message repeats the row it refused; only the kind and place of the fault are kept
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        return True


def _event(record: logging.LogRecord) -> str:
    """The program's own sentence with its numbers and words of closed lists; any other text may be anything, and is told by its kind alone."""
    if not record.name.startswith(_OURS):
        return _label(record)
    arguments = record.args if isinstance(record.args, tuple) else ()
    try:
        event = str(record.msg) % tuple(map(_told, arguments))
    except (TypeError, ValueError):
        event = "malformed line"
    return event[:_LONGEST]


def _told(argument: object) -> object:
    if isinstance(argument, type):
        return argument.__name__
    return argument if isinstance(argument, int | float | StrEnum) else type(argument).__name__


def _sentence(record: logging.LogRecord, error: BaseException | None) -> str:
    return f"{_label(record)}: {_place(error)}" if error is not None else _event(record)


def _label(record: logging.LogRecord) -> str:
    status = getattr(record, "status_code", None)
    return f"{record.name} {status}" if isinstance(status, int) else f"{record.name} fault"


def _facts(record: logging.LogRecord) -> Mapping[str, str | int]:
    trace = traces.current()
    told = getattr(record, "told", {})
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    facts: dict[str, str | int] = {"time": at, "level": record.levelname, "logger": record.name, **told, **(trace.facts() if trace else {})}
    return {name: facts[name] for name in FIELDS if facts.get(name, "") != ""}


class AsJson(logging.Formatter):
    """One JSON object a line, of the names in FIELDS."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return json.dumps(_facts(record), ensure_ascii=False)


class AsText(logging.Formatter):
    """One line for a person: instant, level, logger, sentence, and what is known of the request."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = _facts(record)
        of_request = [str(facts[name]) for name in ("method", "route", "status", "role", "request_id") if name in facts]
        spent = [f"{facts['duration_ms']} ms"] if "duration_ms" in facts else []
        return " ".join([str(facts["time"]), record.levelname, record.name, record.getMessage(), *of_request, *spent])
