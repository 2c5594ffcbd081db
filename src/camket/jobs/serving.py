"""`camket serve`: prepare the home, then keep the pages, the live stream and the worker running, each in a process of its own."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from django.utils.module_loading import import_string

from camket.duties.catalogue import actions as catalogue
from camket.duties.custody import actions as custody
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.jobs.homefile import lay_template
from camket.jobs.lifeline import call_process
from camket.jobs.sender import send_along
from camket.jobs.supervisor import Bell, Helper, Name, Supervisor, Work
from camket.jobs.worker import Worker
from camket.policy.terms import THE_HOUSE, EditionNumber


class UpgradeNeeded(Exception):
    """The tables of a house that has lived are of an older version; they are changed only after a backup."""

    def __init__(self, count: int) -> None:
        command = settings.CAMKET_COMMAND
        super().__init__(f"{count} migrations wait for this home: run `{command} upgrade`, which makes a backup first, and then start again")


@contextmanager
def _alone(home: Path) -> Iterator[bool]:
    """Two starts at once prepare the home one after the other; yields whether this is the home's first."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):  # a home that another account owns stays as it is; the doctor says who may enter it
        home.chmod(0o700)
    is_new = not (home / "start.lock").exists()
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield is_new


def prepare_home(say: Callable[[str], None]) -> list[EditionNumber]:
    """
    Make the home ready: settings file, databases, keys, what a crash interrupted, editions not yet published, products.

    Args:
        say: Called with a sentence for each thing that was done.

    Returns:
        The editions published now.

    Raises:
        UpgradeNeeded: It has lived, and its tables are of an older version.
        MadeByNewer: Its tables are of a newer version.
        DatabaseUnfit: It is new, and a database that was named cannot hold it.
        KeysLost: A key file is missing over existing data.
        HomeUnusable: The home folder cannot be written.
        EditionTampered: A published edition is not the one that was signed.
        SourceMissing: No edition is in force, and there is none where CAMKET_POLICY says; or no rule pack where CAMKET_REGIME does.
        RegimeInvalid: The rule pack is none.
        Unpublishable: An edition of the policy's folder has errors.
    """
    folder, regime = Path(settings.CAMKET_POLICY), editions.house_regime()
    fault = editions.folder_fault(folder)
    with _alone(Path(settings.CAMKET_HOME)) as is_new:
        if is_new and lay_template(settings.CAMKET_HOME_FILE, settings.SETTINGS):
            say(f"Settings for this home can be written into {settings.CAMKET_HOME_FILE}.")
        if custody.has_lived() and (pending := custody.pending_migrations()):
            raise UpgradeNeeded(len(pending))
        if fault and not custody.has_lived():
            raise editions.SourceMissing(fault)  # before anything is made that a second start would take for a house
        if not custody.has_lived():
            custody.require_fit_databases()
        for alias in connections:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
        now = timezone.now()
        finished = custody.open_house(now=now)
        if finished:
            say(f"Finished {finished} things that an interruption had left half done.")
        if fault:
            _require_edition(fault)
            say(f"{fault}. The editions published before stay; no later one is published from there.")
        published = publishing.publish_pending(folder=folder, regime=regime, actor=THE_HOUSE, now=now)
        for number in published:
            say(f"Edition {number} of the policy is published and {standing(number)}.")
        for number in publishing.enact_due(actor=THE_HOUSE, now=now):
            say(f"Edition {number} of the policy has come into force.")
        if catalogue.stock_if_empty():
            say("Put the starter products into the catalogue.")
        custody.keep_journal(now=timezone.now())
    return published


def _require_edition(fault: str) -> None:
    """Without an edition no page can be shown; who has none and names a wrong folder is told what is wrong with it."""
    try:
        editions.edition_in_force()
    except editions.NoEdition:
        raise editions.SourceMissing(fault) from None


def standing(number: EditionNumber) -> str:
    """Return how a published edition stands, as the end of a sentence: in force, or from when it will be."""
    line = editions.edition_line(number)
    if line.in_force_at or line.due_at is None:
        return "in force"
    return f"comes into force at {line.due_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def supervise(*, bind: str, stream_bind: str, has_worker: bool) -> None:
    """
    Serve until the process is asked to stop.

    Args:
        bind: `host:port` of the pages.
        stream_bind: `host:port` of the live stream; empty where there is none, and open pages poll.
        has_worker: Whether the worker runs too.
    """
    settings.CAMKET_STREAM_BIND = stream_bind  # what was settled at the start: the pages, forked from here, name no other place
    # by its dotted name and only here: no other command needs the server's code
    works: dict[str, Work] = {Name.PAGES: partial(import_string("camket.jobs.pages.serve_pages"), bind)}
    if stream_bind:
        works[Name.STREAM] = partial(import_string("camket.jobs.pages.serve_stream"), stream_bind)
    bell = Bell()
    if has_worker:
        works[Name.WORKER] = partial(_work, bell)
    call_process("camket")
    connections.close_all()  # an open connection does not survive a fork
    # on one processor a second sender would only take the worker's time and the pages'
    helper = Helper(name=Name.SENDER, work=send_along, bell=bell) if _processors() > 1 else None
    Supervisor(works, helper=helper).run()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _work(bell: Bell) -> None:
    Worker(bell=bell).run()
