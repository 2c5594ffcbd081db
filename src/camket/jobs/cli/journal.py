"""`journal verify`, `export` and `prove`."""

import sys
from collections.abc import Mapping
from typing import Any, BinaryIO
from uuid import UUID

import click
from django.conf import settings

from camket.duties.custody import queries as custody
from camket.jobs.cli.printing import NOT_SO, counted, environment_may_fail, json_option, keys_must_be_whole, leave, say, show_json


@click.group()
def journal() -> None:
    """The record of every ask and act: prove that nobody changed it."""


@journal.command()
@json_option
def verify(*, as_json: bool) -> None:
    """
    Recompute the whole journal against every checkpoint, and every edition against the journal.

    Whoever holds a checkpoint notices any change to what was written before it; the answer says up to which entry nothing
    can have been cut off. Exit status 1 where the journal is broken, with the position of the first bad entry.
    """
    with keys_must_be_whole():
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
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
def export(file: str) -> None:
    """
    Write the whole journal into FILE, one JSON line an entry; `-` is standard output.

    Somebody who trusts none of our programs can check it against a checkpoint with docs/verify_journal.py, or with a program
    of their own: docs/journal.md has the format. The lines name subjects and staff by their random ids: keep the file as you
    keep the journal.
    """
    # not opened by click: it closes a file where nobody can say any more that there was no room for the last of it
    with environment_may_fail(), click.open_file(file, "wb") as lines:
        count = sum(1 for line in custody.export_journal() if lines.write(line))
        lines.flush()
    say(f"Wrote {counted(count, 'entry', 'entries')}.")


@journal.command()
@click.argument("entry", type=click.UUID)
@click.option("--since", type=click.File("rb"), help="File of an older checkpoint: prove too that the journal still begins with what it signed.")
@json_option
def prove(*, entry: UUID, since: BinaryIO | None, as_json: bool) -> None:
    """
    Prove that an entry stands in the journal, against the latest checkpoint.

    With --json the proof is one line that anybody can check with docs/verify_journal.py and the public key: keep it in a file. It
    holds what the entry says, unless that is withheld. Exit status 1 where nothing can be proved, or the journal was rewritten.
    """
    with keys_must_be_whole():
        proof = _proof_or_leave(entry, None if since is None else since.read())
    if as_json:
        show_json(proof)
    else:
        _show_proof(entry, proof)


def _proof_or_leave(entry: UUID, since: bytes | None) -> Mapping[str, Any]:
    try:
        return custody.prove_entry(entry, since=since)
    except custody.EntryUnknown:
        leave(NOT_SO, "there is no such entry")
    except custody.NotYetSequenced:
        leave(NOT_SO, "this entry has no place in the tree yet; try again in a second")
    except custody.NotYetSigned:
        leave(NOT_SO, "no checkpoint covers this entry yet; the worker signs one a minute")
    except custody.CheckpointDamaged:
        raise click.BadParameter("this is not a checkpoint", param_hint="--since") from None
    except custody.CheckpointForeign as error:
        leave(NOT_SO, str(error))
    except custody.HistoryBroken as error:
        leave(NOT_SO, f"{error}; `{settings.CAMKET_COMMAND} journal verify` says more")


def _show_proof(entry: UUID, proof: Mapping[str, Any]) -> None:
    checkpoint, told = proof["checkpoint"], proof["entry"]
    number = f"number {told['position'] + 1} at the desk, position {told['position']} counted from 0"
    click.echo(f"Entry {entry} is {number}, of the {checkpoint['size']} signed at {checkpoint['at']}.")
    click.echo(f"  {'What it says is withheld.' if told['payload'] is None else told['payload']}")
    if proof["since"] is not None:
        click.echo(f"The journal still begins with the {counted(proof['since']['checkpoint']['size'], 'entry', 'entries')} signed before.")
    click.echo(f"Public key: {checkpoint['public_key']}")
    say("With --json it is a proof that anybody can check without this house: docs/journal.md says how.")
