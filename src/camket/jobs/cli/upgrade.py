"""`upgrade`."""

import sys
from pathlib import Path
from typing import NoReturn

import click
from django.conf import settings
from django.utils import timezone

from camket import __version__
from camket.duties.custody import actions as custody
from camket.duties.custody.rules import is_healthy
from camket.jobs.cli.house import examine
from camket.jobs.cli.printing import ENVIRONMENT, NOT_SO, counted, environment_may_fail, finding_line, json_option, leave, say, show_json
from camket.jobs.presence import HomeBusy
from camket.jobs.upgrading import BackupFailed, NothingToUpgrade, UpgradeBroken, Upgraded
from camket.jobs.upgrading import upgrade as carry_out


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--to", "recipient", default="", metavar="AGE_RECIPIENT", help="Seal the backup for this public key (age1…).")
@json_option
def upgrade(file: Path | None, recipient: str, *, as_json: bool) -> None:
    """
    Make a backup, bring the tables to what this version expects, and look whether everything is in order.

    Stop the house first. The backup goes into FILE, or into a new file below CAMKET_HOME/backups. Where no backup can be made nothing
    is changed; where a migration fails everything is taken back, and the backup is named. Where the tables are up to date already, no
    backup is made.
    """
    with environment_may_fail():
        try:
            done = carry_out(file=file, recipient=recipient, now=timezone.now())
        except custody.RecipientUnknown as error:
            raise click.BadParameter(str(error), param_hint="--to") from error
        except NothingToUpgrade:
            _refuse(as_json, NOT_SO, "nothing.here", f"there is no house here yet; `{settings.CAMKET_COMMAND} serve` makes one")
        except HomeBusy as error:
            _refuse(as_json, NOT_SO, "house.running", f"nothing was changed: {error}")
        except custody.MadeByNewer as error:
            _refuse(as_json, NOT_SO, "made.by.newer", f"nothing was changed: {error}")
        except BackupFailed as error:
            _refuse(as_json, ENVIRONMENT, "backup.failed", f"nothing was changed, for no backup could be made: {error}")
        except UpgradeBroken as error:
            sentence = f"nothing was changed: {error}. Run the version from before; the backup made just now is {error.backup}"
            _refuse(as_json, ENVIRONMENT, "migration.failed", sentence, backup=str(error.backup), migration=error.migration)
        _report(done, as_json)


def _refuse(as_json: bool, status: int, code: str, sentence: str, **facts: str) -> NoReturn:
    if as_json:
        show_json({"ok": False, "error": code, "message": sentence, **facts})
        sys.exit(status)
    leave(status, sentence)


def _report(done: Upgraded, as_json: bool) -> None:
    findings = examine()
    ok = is_healthy(findings)
    if as_json:
        backup = str(done.backup) if done.backup else None
        told = {"ok": ok, "version": __version__, "backup": backup, "rows": done.rows, "migrations": done.migrations}
        show_json({**told, "findings": [finding.as_said() for finding in findings]})
        sys.exit(0 if ok else ENVIRONMENT)
    if done.backup:
        say(f"Wrote {counted(done.rows, 'row')} into {done.backup}. `{settings.CAMKET_COMMAND} backup --keys` writes the keys that open it.")
        say(f"Carried out {counted(len(done.migrations), 'migration')}: {', '.join(done.migrations)}.")
    else:
        say("The tables are up to date: nothing was changed, and no backup was made.")
    for finding in findings:
        if finding.level != "ok":
            say(finding_line(finding))
    if not ok:
        leave(ENVIRONMENT, "the house is upgraded, and something above is to be mended before it is served")
    say(f"Everything is in order. Start the house again: `{settings.CAMKET_COMMAND} serve`, or the service that runs it.")
