"""`journal verify`, `export` and `prove`."""

import sys
from typing import BinaryIO
from uuid import UUID

import click

from camket.duties.custody import queries as custody
from camket.jobs.cli.printing import NOT_SO, counted, environment_may_fail, json_option, leave, say, show_json


@click.group()
def journal() -> None:
    """The record of every ask and act: prove that nobody changed it."""


@journal.command()
@json_option
def verify(*, as_json: bool) -> None:
    """
    Recompute the whole journal against every checkpoint, and every edition against the journal.

    Nobody can change it unnoticed by a holder of any later checkpoint; the answer says up to which entry a truncation is
    excluded. Exit status 1 where the journal is broken, with the position of the first bad entry.
    """
    with environment_may_fail():
        found = custody.verify_journal()
    if as_json:
        show_json(
            {
                "ok": found.ok,
                "entries": found.entries,
                "head": found.head.root.hex(),
                "first_bad": found.first_bad,
                "truncation_excluded_up_to": found.truncation_excluded_up_to,
                "problems": [str(one) for one in found.problems],
            }
        )
    elif found.ok:
        entries = counted(found.entries, "entry", "entries")
        click.echo(f"The journal holds: {entries}; truncation is excluded up to entry {found.truncation_excluded_up_to}.")
    else:
        click.echo("The journal is BROKEN" + (f", first at entry {found.first_bad}." if found.first_bad is not None else "."))
        for one in found.problems:
            click.echo(f"  {one}")
    sys.exit(0 if found.ok else NOT_SO)


@journal.command()
@click.argument("file", type=click.File("wb"))
def export(file: BinaryIO) -> None:
    """
    Write the whole journal into FILE, one JSON line an entry; `-` is standard output.

    Somebody who trusts none of our programs can check it against a checkpoint with the verifier in docs/journal.md. The
    lines name subjects and staff by their random ids: keep the file as you keep the journal.
    """
    with environment_may_fail():
        count = sum(1 for line in custody.export_journal() if file.write(line))
    say(f"Wrote {counted(count, 'entry', 'entries')}.")


@journal.command()
@click.argument("entry", type=click.UUID)
def prove(entry: UUID) -> None:
    """Print a proof, as JSON, that an entry stands in the journal."""
    with environment_may_fail():
        try:
            proof = custody.prove_entry(entry)
        except custody.EntryUnknown:
            leave(NOT_SO, "there is no such entry")
        except custody.NotYetSequenced:
            leave(NOT_SO, "this entry has no place in the tree yet; try again in a second")
    show_json(proof)
    say("Checkable without this house: docs/journal.md says how.")
