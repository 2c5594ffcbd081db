"""`do-not-call import`, `do-not-call show`."""

from pathlib import Path

import click
from django.utils import timezone

from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters
from camket.jobs.cli.printing import NOT_SO, counted, environment_may_fail, keys_must_be_whole, leave, say
from camket.policy.terms import COMMAND_LINE


@click.group("do-not-call")
def do_not_call() -> None:
    """The numbers that nobody may call for advertising: kept as keyed hashes, so that the list tells nobody's number."""


@do_not_call.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_list(file: Path) -> None:
    """
    Put the numbers of FILE in the place of the list in use.

    FILE is text with one number a line; what follows a comma, a semicolon or a tab is not looked at. Each import has a key of its
    own and the one before is destroyed. A file without any number changes nothing (exit status 1).
    """
    with keys_must_be_whole(), environment_may_fail(), file.open(encoding="utf-8", errors="replace") as lines:
        try:
            done = notices.import_call_list(lines=lines, actor=COMMAND_LINE, now=timezone.now())
        except notices.NoNumbers:
            leave(NOT_SO, f"there is no telephone number in {file}; the list in use holds")
    say(f"{counted(done.numbers, 'number')} may not be called for advertising.")
    if done.unread:
        say(f"{counted(done.unread, 'line')} held no number.")


@do_not_call.command()
def show() -> None:
    """Say how many numbers are on the list, and since when it is this one; no number can be printed."""
    with environment_may_fail():
        known = letters.call_list()
    if known is None:
        leave(NOT_SO, "no list was ever imported: whoever agreed to advertising is shown with their number")
    say(f"{counted(known.numbers, 'number')}, imported {known.imported_at:%Y-%m-%d %H:%M} UTC.")
