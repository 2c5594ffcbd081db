"""`retention plan` and `run`."""

import os
import time
from datetime import datetime

import click
from django.utils import timezone

from camket.duties.custody import actions as custody
from camket.duties.notices import queries as letters
from camket.duties.retention import actions as retaining
from camket.duties.retention import queries
from camket.jobs.cli.printing import NOT_SO, Instant, counted, environment_may_fail, in_utc, json_option, leave, say, show_json
from camket.jobs.serving import THE_HOUSE
from camket.jobs.worker import collect_erased, erase_due, is_mail_running

_at = click.option("--at", "at", type=Instant(), help="As if it were this instant; now otherwise.")


@click.group()
def retention() -> None:
    """What is kept until when, and erasing what nothing needs any more."""


@retention.command()
@_at
@json_option
def plan(at: datetime | None, *, as_json: bool) -> None:
    """List the planned erasures: which matter goes when, and which are due."""
    with environment_may_fail():
        _plan_all()
        rows = queries.planned(now=at or timezone.now())
    if as_json:
        show_json([{"matter": row.matter_id, "erase_after": row.erase_after, "due": row.is_due, "state": row.state} for row in rows])
        return
    for row in rows:
        click.echo(f"{in_utc(row.erase_after)}  {'due' if row.is_due else '   '}  matter {row.matter_id}")
    say(f"{sum(row.is_due for row in rows)} of {counted(len(rows), 'planned erasure')} due." if rows else "Nothing is planned: no matter is at rest.")


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
    with environment_may_fail():
        _plan_all()
        if not (without_letter or is_mail_running()):
            _require_no_letter(queries.planned(now=at or timezone.now()))
        deadline = time.monotonic() + wait
        before = queries.count_erased()
        while True:
            now = timezone.now()
            _plan_all()
            waiting = retaining.bring_forward(until=at or now, actor=THE_HOUSE, now=now)
            erase_due(worker=name, now=now)
            collect_erased(now=timezone.now())
            if not waiting or time.monotonic() > deadline:
                break
            time.sleep(0.5)
        done = queries.count_erased() - before
    still = f" {waiting} {'waits' if waiting == 1 else 'wait'} for the last letter, at most three days." if waiting else ""
    say(f"Erased {counted(done, 'matter')}.{still}")


def _plan_all() -> None:
    # a period that somebody shortened in the database must not erase anything, not even on paper
    custody.require_editions()
    while retaining.plan(now=timezone.now()):
        pass


def _require_no_letter(rows: tuple[queries.PlannedRow, ...]) -> None:
    owed = sum(row.is_due and letters.is_farewell_owed(row.matter_id) for row in rows)
    if owed:
        leave(
            NOT_SO,
            f"nothing was erased: {counted(owed, 'matter')} would go without the last letter, for no mail carrier is set. "
            "Set CAMKET_SMTP_URL and CAMKET_CONTROLLER_EMAIL, or say --without-letter",
        )
