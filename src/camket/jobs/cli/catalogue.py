"""`catalogue load`."""

from pathlib import Path

import click
from django.utils import timezone

from camket.duties.catalogue import actions as catalogue_actions
from camket.jobs.cli.printing import NOT_SO, counted, keys_must_be_whole, leave, say
from camket.policy.terms import COMMAND_LINE


@click.group()
def catalogue() -> None:
    """What the site offers, so that people can ask about it."""


@catalogue.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """
    Show exactly the products of FILE, in its order.

    FILE is TOML with one [[product]] table a product: slug, and name, summary and description, each in _vi and _en. What the
    file does not name is taken down. A file with faults changes nothing (exit status 1); each is told with its line.
    """
    with keys_must_be_whole():
        try:
            count = catalogue_actions.load_shelf(text=file.read_text("utf-8"), actor=COMMAND_LINE, now=timezone.now())
        except UnicodeDecodeError:
            leave(NOT_SO, f"{file} is not UTF-8 text; nothing was changed")
        except catalogue_actions.ShelfUnreadable as error:
            for one in error.faults:
                say(f"{file}:{one.line}: {one.field + ': ' if one.field else ''}{one.message}")
            leave(NOT_SO, f"{counted(len(error.faults), 'fault')}; nothing was changed")
    say(f"The site shows {counted(count, 'product')}.")
