"""`keys rotate` and `indexes rebuild`."""

import click
from django.utils import timezone

from camket.duties.custody import actions as custody
from camket.jobs.cli.printing import ENVIRONMENT, counted, environment_may_fail, leave, say
from camket.policy.terms import COMMAND_LINE


@click.group()
def keys() -> None:
    """The keys that wrap people's keys: a new epoch every night, the old ones dead after the days that the policy promises."""


@keys.command()
@click.option("--give-up", is_flag=True, help="Let old epochs die whose key file is lost, where no living key needs them.")
def rotate(*, give_up: bool) -> None:
    """
    Begin a new epoch now, as the worker does every night.

    Every living key comes under the new epoch's; epochs whose days are over die, and with them the copies made in their days.
    Killed anywhere, it is finished by the next start, the worker or this command.
    """
    with environment_may_fail():
        kept = custody.rotate_keys(gives_up_lost=give_up, actor=COMMAND_LINE, now=timezone.now())
    if kept.broken:
        leave(
            ENVIRONMENT,
            f"{counted(kept.broken, 'wrapped key')} did not open and stayed under an old epoch, which lives on until the keys database "
            "is restored or what they are for is erased",
        )
    say(f"Epoch {kept.number} has begun. Under it: {counted(kept.subjects, 'person', 'people')}, {counted(kept.matters, 'matter')} of nobody.")
    if kept.destroyed:
        say(f"Destroyed: {', '.join(f'epoch {number}' for number in kept.destroyed)}.")


@click.group()
def indexes() -> None:
    """The keyed index by which an exact e-mail address or telephone number finds its person."""


@indexes.command()
def rebuild() -> None:
    """
    Make a new key for the identity index, and compute every token anew from what was sealed, while people are served.

    When all is moved, the old key is destroyed. What is being written just now is moved by the worker within the hour; asked again
    meanwhile, the command goes on with the same index.
    """
    with environment_may_fail():
        kept = custody.rebuild_index(actor=COMMAND_LINE, now=timezone.now())
    if kept.broken:
        leave(
            ENVIRONMENT,
            f"{counted(kept.broken, 'record')} did not open, so index {kept.number} is not whole and the old one lives on until they are "
            "restored or erased",
        )
    if not kept.is_whole:
        say(f"Index {kept.number} is in use; {counted(kept.waiting, 'token')} of what is being written just now will be moved by the worker.")
        return
    gone = f" Destroyed: {', '.join(f'index {number}' for number in kept.destroyed)}." if kept.destroyed else ""
    say(f"Index {kept.number} is whole: {counted(kept.tokens, 'token')}.{gone}")
