"""`retention plan` and `run`."""

import os
import time
from collections.abc import Iterable
from datetime import datetime
from itertools import takewhile
from operator import attrgetter

import click
from django.conf import settings
from django.utils import timezone

from camket.duties.custody import actions as custody
from camket.duties.notices import queries as letters
from camket.duties.retention import actions as retaining
from camket.duties.retention import queries
from camket.jobs.cli.printing import NOT_SO, Instant, counted, in_utc, json_option, keys_must_be_whole, leave, say, show_json
from camket.jobs.worker import collect_erased, erase_due, is_mail_running
from camket.policy.terms import COMMAND_LINE

_at = click.option("--at", "at", type=Instant(), help="As if it were this instant; now otherwise.")


@click.group()
def retention() -> None:
    """What is kept until when, and erasing what nothing needs any more."""


@retention.command()
@_at
@json_option
def plan(at: datetime | None, *, as_json: bool) -> None:
    """
    List what would be erased, and why every other matter is still here.

    One line a matter: when it goes and under which clauses, or the purposes that still need it. With --json one JSON object a
    line.
    """
    with keys_must_be_whole():
        _plan_all()
        all_in_all, planned, due = 0, 0, 0
        for row in queries.still_here(now=at or timezone.now()):
            all_in_all, planned, due = all_in_all + 1, planned + (row.erase_after is not None), due + row.is_due
            if as_json:
                show_json(_as_json(row))
            else:
                click.echo(_as_line(row))
    say(f"{counted(all_in_all, 'matter')}, {planned} planned to go, {due} due." if all_in_all else "Nothing is kept of anybody.")


def _as_json(row: queries.KeptRow) -> dict[str, object]:
    return {
        "matter": row.matter_id,
        "needed_for": [{"purpose": one.purpose, "since": one.since} for one in row.needed_for],
        "erase_after": row.erase_after,
        "clauses": row.clauses,
        "due": row.is_due,
    }


def _as_line(row: queries.KeptRow) -> str:
    if row.erase_after is None:
        why = ", ".join(one.purpose + (f" since {in_utc(one.since)}" if one.since else "") for one in row.needed_for)
        return f"matter {row.matter_id}  still needed for {why}"
    return f"matter {row.matter_id}  goes {in_utc(row.erase_after)} under § {', '.join(row.clauses)}" + (", due" if row.is_due else "")


@retention.command()
@_at
@click.option("--wait", default=60, show_default=True, type=click.IntRange(0, 3600), help="Seconds to wait for last letters to go out.")
@click.option("--without-letter", is_flag=True, help="Erase although the people it is about cannot be told by a last letter.")
def run(at: datetime | None, wait: int, *, without_letter: bool) -> None:
    """
    Erase what is due, without waiting for the worker's next turn.

    With --at, also what would be due by then: its retention period is cut short by your decision, which the journal keeps.
    Where somebody is owed a last letter and no mail carrier is set, nothing is erased (exit status 1).
    """
    name = f"retention-run-{os.getpid()}"
    with keys_must_be_whole():
        _plan_all()
        if not (without_letter or is_mail_running()):
            _require_no_letter(queries.planned(now=at or timezone.now()))
        deadline = time.monotonic() + wait
        before = queries.count_erased()
        while True:
            now = timezone.now()
            _plan_all()
            waiting = retaining.bring_forward(until=at or now, actor=COMMAND_LINE, now=now)
            erase_due(worker=name, now=now)
            collect_erased(now=timezone.now())
            if not waiting or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        done = queries.count_erased() - before
    still = f" {waiting} {'waits' if waiting == 1 else 'wait'} for the last letter, at most three days." if waiting else ""
    say(f"Erased {counted(done, 'matter')}.{still}")
    if failed := queries.failing().count:
        leave(NOT_SO, f"{counted(failed, 'due erasure')} failed and will be tried again; `{settings.CAMKET_COMMAND} doctor` says why")


def _plan_all() -> None:
    # a period that somebody shortened in the database must not erase anything, not even on paper
    custody.require_editions()
    while retaining.plan(now=timezone.now()):
        pass


def _require_no_letter(rows: Iterable[queries.PlannedRow]) -> None:
    owed = sum(letters.is_farewell_owed(row.matter_id) for row in takewhile(attrgetter("is_due"), rows))
    if owed:
        leave(
            NOT_SO,
            f"nothing was erased: {counted(owed, 'matter')} would go without the last letter, for no mail carrier is set. "
            "Set CAMKET_SMTP_URL and CAMKET_CONTROLLER_EMAIL, or say --without-letter",
        )
