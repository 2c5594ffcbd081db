"""`backup` and `restore`."""

from pathlib import Path
from typing import NoReturn

import click
from django.conf import settings
from django.utils import timezone

from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.notices import actions as notices
from camket.jobs.cli.printing import ENVIRONMENT, NOT_SO, counted, environment_may_fail, leave, say
from camket.policy.terms import COMMAND_LINE

_FILE = click.Path(dir_okay=False, path_type=Path)
_EXISTING = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command()
@click.argument("file", required=False, type=_FILE)
@click.option("--keys", "keys_file", type=_FILE, help="Write the epoch keys, and nothing else, into this file.")
@click.option("--to", "recipient", default="", metavar="AGE_RECIPIENT", help="Seal the file for this public key (age1…).")
def backup(file: Path | None, keys_file: Path | None, recipient: str) -> None:
    """
    Write everything but the epoch keys into FILE; or, with --keys, the epoch keys alone.

    It may be run while the house serves. FILE alone opens nothing of what people wrote. Together with the epoch keys of its day
    it opens everything, so keep the two apart, and the keys no longer than the policy promises: then what is erased is erased in
    the backups too. No file is ever overwritten. Your settings, `camket.env` in the home, are in neither: keep a copy of them.
    """
    if (file is None) == (keys_file is None):
        raise click.UsageError("name one file: FILE for the data, or --keys FILE for the epoch keys; each in a place of its own")
    now = timezone.now()
    with environment_may_fail():
        custody.require_keys()
        try:
            if file is not None:
                rows = custody.back_up(path=file, recipient=recipient, actor=COMMAND_LINE, now=now)
                command = f"{settings.CAMKET_COMMAND} backup --keys"
                say(f"Wrote {counted(rows, 'row')} and the keys they need, but for the epochs'. `{command}` writes those.")
                if settings.CAMKET_HOME_FILE.exists():
                    say(f"{settings.CAMKET_HOME_FILE} is not in it, for it may hold passwords: keep a copy of it yourself.")
            elif keys_file is not None:
                copied = custody.back_up_keys(path=keys_file, recipient=recipient, actor=COMMAND_LINE, now=now)
                say(f"Wrote {counted(copied.epochs, 'epoch key')}. Destroy this file by {copied.destroy_by}: the policy promises it.")
        except custody.FileThere:
            leave(NOT_SO, "there is a file of this name already; nothing was overwritten")
        except custody.RecipientUnknown as error:
            raise click.BadParameter(str(error), param_hint="--to") from error


@click.command()
@click.argument("file", type=_EXISTING)
@click.option("--keys", "keys_file", type=_EXISTING, help="The epoch keys, written by `camket backup --keys` on the same day.")
@click.option("--identity", type=_EXISTING, help="A file with the secret key (AGE-SECRET-KEY-1…) that the backups are sealed for.")
@click.option("--accept-gap", is_flag=True, help="Go on although something that happened since the backup cannot be restored.")
def restore(file: Path, keys_file: Path | None, identity: Path | None, *, accept_gap: bool) -> None:
    """
    Restore a backup into an empty home, and erase and withdraw again what was erased and withdrawn since, before anything opens.

    Mount the medium of the checkpoints first: the ledger lies there. Letters that waited when the backup was made are set aside for
    a person, since they may have gone out. Every session, link and API token is revoked, since you may have revoked it. The accounts
    are those of the backup: dismiss again whom you dismissed since, and then print the others a link, `camket staff link ADDRESS`. So is
    the do-not-call list: import the newest one again. Settings are in no backup: copy `camket.env` into the home yourself.
    """
    now = timezone.now()
    with environment_may_fail():
        try:
            done = custody.restore(path=file, keys_path=keys_file, identity=_secret(identity), accepts_gap=accept_gap, actor=COMMAND_LINE, now=now)
            intake.finish_withdrawals()  # before: what it confirms once more is set aside too
            aside = notices.set_aside(now=now)
            custody.end_restore()
        except custody.Gap as gap:
            for sentence in gap.sentences:
                say(f"  {sentence}")
            leave(NOT_SO, "nothing was restored; mount the right medium, or say --accept-gap")
        except (custody.ArchiveDamaged, custody.ArchiveLocked, custody.HomeInUse, custody.NotOurMedium) as error:
            leave(NOT_SO, f"nothing was restored: {error}")
        except custody.DatabaseUnfit as error:
            leave(ENVIRONMENT, f"nothing was restored: {error}")
        except custody.HomeUnusable as error:
            leave(ENVIRONMENT, str(error))
        except KeyboardInterrupt:
            _tell_of_half()
    _report(done, aside)


def _tell_of_half() -> NoReturn:
    """Whoever pressed Ctrl-C has to know whether anything came of it."""
    say("")  # a terminal leaves its ^C on the line
    try:
        custody.require_whole_restore()
    except custody.RestoreUnfinished as error:
        leave(NOT_SO, str(error))
    leave(NOT_SO, "it was broken off, and nothing was restored")


def _report(done: custody.Restored, aside: notices.SetAside) -> None:
    command = settings.CAMKET_COMMAND
    say(f"Restored {counted(done.rows, 'row')}, as of {done.made_at:%Y-%m-%d %H:%M} UTC; erased or withdrawn again: {done.done_again}.")
    for sentence in done.gaps:
        say(f"Lost: {sentence}.")
    if aside.letters:
        say(f"{counted(aside.letters, 'letter')} set aside: look at /console/letters, they may have gone out before.")
    if aside.campaigns:
        still = counted(aside.campaigns, "notice to many stands still", "notices to many stand still")
        say(f"{still}: look at /console/notices, they may have gone out before.")
    if done.revoked:
        say(f"{counted(done.revoked, 'link or API token', 'links and API tokens')} revoked: `{command} token add` makes new tokens.")
    file = settings.CAMKET_HOME_FILE
    if not file.exists():
        # or the next start, which lays one without a value in it, goes on with the defaults: other databases, another company's texts
        say(f"No backup holds the settings that stood in {file.name} of the home. Copy it to {file} before you start anything.")
    say(f"Now `{command} journal verify`; `{command} staff list`, to dismiss again whoever left since.")
    say(f"Then `{command} staff link ADDRESS` and `{command} serve`.")


def _secret(identity: Path | None) -> str:
    lines = identity.read_text("utf-8").splitlines() if identity else []
    return next((line.strip() for line in lines if line.startswith("AGE-SECRET-KEY-")), "") if identity else ""
