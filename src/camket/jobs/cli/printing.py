"""How commands speak: results on standard output, everything else on standard error, and an exit status that scripts can trust."""

import errno
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NoReturn, TypeVar

import click
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from camket.duties.custody.actions import KEY_FAULTS, EditionTampered, require_keys
from camket.duties.custody.queries import room_left
from camket.duties.custody.rules import Finding

NOT_SO, WRONG_USE, ENVIRONMENT = 1, 2, 3
_READ_ENOUGH = 141  # as a shell shows of any program whose reader went away: 128 and the number of SIGPIPE
_OF_FULL_DISKS_TOO = ("disk I/O error", "unable to open database file")  # what SQLite says where there is no room for the file beside its log
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
F = TypeVar("F", bound=Callable[..., Any])


def json_option(command: F) -> F:
    """Give a command the option `--json`."""
    meaning = "Print one JSON object, or for a list one a line, on standard output, and nothing else there."
    return click.option("--json", "as_json", is_flag=True, help=meaning)(command)


def say(sentence: str) -> None:
    """Print a sentence for a person on standard error."""
    click.echo(sentence, err=True)


def show_json(value: object) -> None:
    """Print one JSON value on standard output."""
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def in_utc(instant: datetime) -> str:
    """Return an instant as ISO 8601 in UTC, to the second."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def leave(status: int, sentence: str) -> NoReturn:
    """
    Say why and end the program with an exit status.

    Args:
        status: 1 where the thing asked about is not so, 2 for wrong use, 3 where the environment is at fault.
        sentence: What goes to standard error; it holds no personal data.
    """
    say(f"camket: {sentence}")
    sys.exit(status)


def counted(number: int, one: str, many: str = "") -> str:
    """
    Return a number with its noun.

    Args:
        number: How many.
        one: The noun for one.
        many: The noun for any other number; `one` and an s otherwise.
    """
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def finding_line(finding: Finding) -> str:
    """Return a finding of the doctor as one line."""
    return f"{finding.level:8} {finding.topic}: {finding.sentence}" + (f"; {finding.hint}" if finding.hint else "")


@contextmanager
def environment_may_fail() -> Iterator[None]:
    """Turn a database that does not answer, a disk that refuses, and a key file or edition not as it was, into a sentence and exit status 3."""
    try:
        yield
    except (*KEY_FAULTS, EditionTampered) as error:
        leave(ENVIRONMENT, str(error))
    except DatabaseError as error:
        if cause := _cause(error):
            leave(ENVIRONMENT, f"the database refused, {cause}")
        # only the kind: a database's message can repeat what was in a row
        command = settings.CAMKET_COMMAND
        leave(ENVIRONMENT, f"the database refused ({type(error).__name__}); run `{command} doctor`, and `{command} serve` once if this home is new")
    except BrokenPipeError:
        raise  # nothing is wrong with any disk: whoever read what we print has enough
    except OSError as error:
        _leave_for(error)


def _cause(error: DatabaseError) -> str:
    """Why it refused, where SQLite's whole message or PostgreSQL's code of it tells; nothing otherwise."""
    words, code = str(error), getattr(error.__cause__, "sqlstate", None)
    if words == "database or disk is full" or code == "53100" or (words in _OF_FULL_DISKS_TOO and room_left().is_full):
        return "for its disk is full: make room there"
    if words == "attempt to write a readonly database" or code == "25006":
        return "for it can only be read here: let the account that runs Camket write to it and its medium"
    return ""


def _leave_for(error: OSError) -> NoReturn:
    _drop_unwritten()
    leave(ENVIRONMENT, f"{error.strerror or type(error).__name__}: {error.filename or 'the disk'}")


def _drop_unwritten() -> None:
    """What could not be written is not tried once more as the program ends: that would fail again, and give another exit status."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


@contextmanager
def output_may_fail() -> Iterator[None]:
    """End quietly where nobody reads on what is printed, with exit status 141; with a sentence and exit status 3 where there is no room for it."""
    try:
        yield
    except BrokenPipeError:
        _drop_unwritten()
        sys.exit(_READ_ENOUGH)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        _leave_for(error)


@contextmanager
def keys_must_be_whole() -> Iterator[None]:
    """Refuse to go on when a key file is not as it was; and let the environment fail as `environment_may_fail` does."""
    with environment_may_fail():
        require_keys()
        yield


class Instant(click.ParamType[datetime]):
    """An instant: ISO 8601, in UTC where no offset is given."""

    name = "instant"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return an aware instant, or end with wrong use."""
        if isinstance(value, datetime):
            return value
        try:
            found = parse_datetime(value if "T" in value or " " in value else f"{value}T00:00:00")
        except ValueError:
            found = None
        if found is None:
            self.fail(f"{value!r} is not an instant such as 2026-11-23T08:00:00Z", param, ctx)
        return found if timezone.is_aware(found) else found.replace(tzinfo=UTC)
