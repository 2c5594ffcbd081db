"""The command line: each command explains itself with `--help` and keeps its exit status (docs/command-line.md)."""

from typing import Any

import click

from camket import __version__
from camket.jobs.cli.backup import backup, restore
from camket.jobs.cli.catalogue import catalogue
from camket.jobs.cli.do_not_call import do_not_call
from camket.jobs.cli.house import demo, doctor, serve, worker
from camket.jobs.cli.journal import journal
from camket.jobs.cli.keys import indexes, keys
from camket.jobs.cli.people import staff, token
from camket.jobs.cli.policy import policy
from camket.jobs.cli.printing import output_may_fail
from camket.jobs.cli.retention import retention
from camket.jobs.cli.upgrade import upgrade


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was typed."""
        with output_may_fail():
            return super().invoke(ctx)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="camket")
def main() -> None:
    """
    Run the customer-facing side of a company under its own published privacy policy.

    Start with `camket serve`; it creates everything it needs. Then `camket doctor` says what is still missing.

    \b
    Exit status: 0 done; 1 the thing asked about is not so (an invalid policy, a broken journal, a refused act);
    2 wrong use; 3 the environment is at fault (database, key file, disk).
    """  # click's mark for a paragraph that keeps its lines


for command in (
    serve,
    worker,
    doctor,
    demo,
    policy,
    catalogue,
    staff,
    token,
    journal,
    backup,
    restore,
    upgrade,
    retention,
    keys,
    indexes,
    do_not_call,
):
    main.add_command(command)
