"""`serve`, `worker`, `doctor`, `demo`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click
from django.conf import settings
from django.db import connections
from django.utils import timezone

from camket.access import actions as access
from camket.access import queries as people
from camket.access.providers import CALLBACK
from camket.channels import identity, mail_in, mail_out
from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.custody.rules import Finding, is_healthy
from camket.duties.intake import actions as intake
from camket.duties.notices import queries as outbox
from camket.duties.publishing import queries as editions
from camket.duties.publishing.actions import Unpublishable
from camket.duties.retention import queries as retention
from camket.jobs.binding import PortTaken, is_place_to_listen, place_after, require_free, split_place
from camket.jobs.cli.printing import ENVIRONMENT, NOT_SO, counted, environment_may_fail, finding_line, json_option, leave, say, show_json
from camket.jobs.demo import fill
from camket.jobs.envelopes import is_the_houses
from camket.jobs.homefile import is_open_to_others
from camket.jobs.presence import HomeBusy, open_home
from camket.jobs.serving import UpgradeNeeded, prepare_home, supervise
from camket.jobs.worker import Worker, is_mail_running
from camket.policy.regimes import RegimeInvalid
from camket.policy.terms import PRIVACY_OFFICER, THE_HOUSE

_FIRST_OFFICER = "privacy.officer@example.com"  # a stand-in that belongs to nobody, until they give their own


def _prepare() -> None:
    with environment_may_fail():
        try:
            prepare_home(say)
        except (custody.HomeUnusable, UpgradeNeeded, custody.DatabaseUnfit, custody.MadeByNewer, editions.SourceMissing, RegimeInvalid) as error:
            leave(ENVIRONMENT, str(error))
        except Unpublishable as error:
            for one in error.diagnostics:
                say(f"{one.file}:{one.line}: {one.message} {one.hint}")
            leave(NOT_SO, f"the policy has errors, so it was not published; `{settings.CAMKET_COMMAND} policy check` shows them all")


def _greet_first_officer() -> None:
    """While there has never been a privacy officer, one must be able to come in; the link works once, for half an hour."""
    if people.was_ever(PRIVACY_OFFICER):
        return
    now = timezone.now()
    try:
        row = access.add_staff(email=_FIRST_OFFICER, role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now, display_name="")
    except access.StaffExists:
        return  # somebody was given this very address and another role: they know how to make accounts
    token = access.issue_sign_in_link(staff_id=row.id, now=now)
    say("There is no privacy officer yet. This link signs the first privacy officer in, once, within 30 minutes:")
    say(f"  {settings.CAMKET_URL}/console/sign-in/{token}")
    say(f"Another one: {settings.CAMKET_COMMAND} staff link {_FIRST_OFFICER}")


@click.command()
@click.option("--bind", metavar="HOST:PORT", help="Where to listen; CAMKET_BIND otherwise.")
@click.option("--no-worker", is_flag=True, help="Serve pages and live stream only; letters and erasures wait for `camket worker`.")
def serve(bind: str | None, *, no_worker: bool) -> None:
    """
    Serve pages, live stream and worker in one go.

    Creates the home, the databases and the keys on first start, publishes the editions not yet published, and prints a
    sign-in link for the first privacy officer. Stop it with Ctrl-C.
    """
    address = bind or settings.CAMKET_BIND
    if not is_place_to_listen(address):
        raise click.BadParameter("HOST:PORT is needed, such as 127.0.0.1:8000", param_hint="--bind")
    try:
        require_free(address)
    except PortTaken as error:
        leave(ENVIRONMENT, f"{error}; stop what listens there, or choose another place: CAMKET_BIND")
    stream_address = _stream_place(address)
    with _at_home():
        _prepare()
        with environment_may_fail():
            _greet_first_officer()
        say(f"Serving {settings.CAMKET_URL} (listening on {address}); the console is at {settings.CAMKET_URL}/console. Ctrl-C stops it.")
        supervise(bind=address, stream_bind=stream_address, has_worker=not no_worker)


def _stream_place(address: str) -> str:
    """Return where the live stream listens, or nothing: a place that nobody chose is done without where it is taken."""
    chosen = settings.SETTINGS["CAMKET_STREAM_BIND"]
    place = place_after(address) if chosen.source == "default" else settings.CAMKET_STREAM_BIND
    if place and split_place(place)[1] == split_place(address)[1]:
        leave(ENVIRONMENT, f"the live stream needs a port of its own, and {place} is that of the pages: CAMKET_STREAM_BIND")
    try:
        if place:
            require_free(place)
    except PortTaken as error:
        if chosen.source != "default":
            leave(ENVIRONMENT, f"{error}; stop what listens there, or choose another place for the live stream: CAMKET_STREAM_BIND")
        say(f"There is no live stream: {error}. Open pages ask every fifteen seconds instead; choose another place: CAMKET_STREAM_BIND")
        return ""
    return place


@contextmanager
def _at_home() -> Iterator[None]:
    """Serve or work as long as nobody upgrades the house; and while somebody does so, nobody upgrades it."""
    if settings.CAMKET_HOME_FAULT:
        leave(ENVIRONMENT, settings.CAMKET_HOME_FAULT)
    with ExitStack() as stack:
        with environment_may_fail():
            home = Path(settings.CAMKET_HOME)
            home.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                stack.enter_context(open_home(home))
            except HomeBusy as busy:
                leave(NOT_SO, str(busy))
        yield


@click.command()
def worker() -> None:
    """
    Run the worker alone: letters, erasures, the journal's checkpoints.

    Any number may run beside each other; each piece of work is leased to one of them.
    """
    with _at_home(), environment_may_fail():
        try:
            custody.open_house(now=timezone.now())
        except custody.HomeUnusable as error:
            leave(ENVIRONMENT, str(error))
        Worker().run()


@click.command()
@json_option
def doctor(*, as_json: bool) -> None:
    """
    Look at configuration, databases, editions, keys, clocks, worker, mail and disk, and say what to mend.

    Prints each CAMKET_ variable with the source of its value; secrets are hidden. Exit status 3 where something is broken.
    """
    findings = examine()
    variables = [
        {
            "name": name,
            "value": "(hidden)" if one.variable.is_secret and one.value else one.value,
            "source": one.source,
            "meaning": one.variable.meaning,
        }
        for name, one in settings.SETTINGS.items()
    ]
    if as_json:
        show_json({"ok": is_healthy(findings), "findings": [one.as_said() for one in findings], "settings": variables})
    else:
        for one in variables:
            click.echo(f"{one['name']:26} {one['value'] or '(empty)'}  [{one['source']}]")
        click.echo()
        for finding in findings:
            click.echo(finding_line(finding))
    sys.exit(0 if is_healthy(findings) else ENVIRONMENT)


def examine() -> list[Finding]:
    """Return everything that can be said of how the house stands."""
    findings = health.look_around(now=timezone.now())
    return [*findings, *_sources(), _mail(), _mailbox(findings), *_company(), *_kept(findings), *_home_file()]


def _sources() -> Iterator[Finding]:
    """Whether the next start finds the law and the editions where it looks for them."""
    try:
        editions.read_regime(Path(settings.CAMKET_REGIME_FILE))
    except editions.SourceMissing as error:
        yield Finding(topic="law", level="error", sentence=str(error), hint="name one of them")
    except RegimeInvalid as error:
        yield Finding(topic="law", level="error", sentence=f"CAMKET_REGIME: {error}", hint="mend the file, or name another one")
    fault = editions.folder_fault(Path(settings.CAMKET_POLICY))
    if fault:
        yield Finding(
            topic="policy folder", level="warning", sentence=fault, hint="mend it and start the server anew: no edition is published from there"
        )


def _has_tables(findings: list[Finding]) -> bool:
    return not any(finding.level == "error" and finding.topic.startswith(("database", "tables")) for finding in findings)


def _kept(findings: list[Finding]) -> list[Finding]:
    """How letters, erasures, backups and what is kept stand, where there are tables to ask."""
    if not _has_tables(findings):
        return []
    now = timezone.now()
    letters, failing = outbox.waiting(now=now), retention.failing()
    return [
        health.judge_letters(waiting=letters.waiting, parked=letters.parked),
        health.judge_erasures(failed=failing.count, code=failing.code),
        health.judge_backups(health.last_backup_at(), now=now),
        health.judge_keys(),
    ]


def _home_file() -> list[Finding]:
    """Whether others may read a secret that stands in the home's file, and what else of the home."""
    path = settings.CAMKET_HOME_FILE
    has_secret = any(one.source == "file" and one.variable.is_secret for one in settings.SETTINGS.values())
    if not (has_secret and is_open_to_others(path)):
        return _open_places()
    exposed = Finding(topic="settings", level="warning", sentence=f"others may read {path}, and it holds a secret", hint=f"chmod 600 {path}")
    return [exposed, *_open_places()]


def _open_places() -> list[Finding]:
    """Whether others may enter the home, or read a database that lies in it."""
    files = [Path(str(one.settings_dict["NAME"])) for one in connections.all() if one.vendor == "sqlite"]
    return [
        Finding(topic="home", level="warning", sentence=f"others may open {path}", hint=f"chmod {mode} {path}")
        for path, mode in [(settings.CAMKET_HOME, "700"), *((file, "600") for file in files)]
        if is_open_to_others(path)
    ]


def _mail() -> Finding:
    if not settings.CAMKET_SMTP_URL:
        return Finding(topic="mail server", level="ok", sentence="none is set, none was asked")
    probe = mail_out.probe()
    hint = "" if probe.ok else "check CAMKET_SMTP_URL and the server; letters wait meanwhile"
    if is_the_houses(probe.code):
        hint = "put the right ones into CAMKET_SMTP_URL and start the server anew; no letter is lost, and all go out by themselves then"
        if probe.code == "smtp.no_name":
            hint = "check the name in CAMKET_SMTP_URL and how this machine looks names up; no letter is lost, and all go out by themselves then"
    return Finding(topic="mail server", level="ok" if probe.ok else "warning", sentence=probe.detail, hint=hint)


def _mailbox(findings: list[Finding]) -> Finding:
    """Whether the mailbox can be read in which letters come back, and whether everything in it could be."""
    probe = mail_in.probe()
    if not probe.ok:
        hint = "check CAMKET_IMAP_URL and the server; letters that come back are not noticed meanwhile"
        return Finding(topic="mailbox", level="warning", sentence=probe.detail, hint=hint)
    row = outbox.mailbox() if settings.CAMKET_IMAP_URL and _has_tables(findings) else None
    if row is not None and row.odd_uids:
        return health.judge_mailbox(error="", odd_uids=row.odd_uids, understood=row.understood)
    return Finding(topic="mailbox", level="ok", sentence=probe.detail)


def _company() -> list[Finding]:
    """Whether the company's sign-in service, where one is set, can be asked."""
    topic, names = "sign-in service", ("CAMKET_OIDC_ISSUER", "CAMKET_OIDC_CLIENT_ID", "CAMKET_OIDC_CLIENT_SECRET")
    missing = [name for name in names if not getattr(settings, name)]
    if missing == list(names):
        return []
    if missing:
        hint = "give all three, or none: until then staff see no such way in"
        return [Finding(topic=topic, level="warning", sentence=f"{' and '.join(missing)} missing", hint=hint)]
    code = identity.probe(now=timezone.now())
    if code:
        hint = "check CAMKET_OIDC_ISSUER and the service; staff come in by their other ways meanwhile"
        return [Finding(topic=topic, level="warning", sentence=f"{settings.CAMKET_OIDC_ISSUER} could not be asked ({code})", hint=hint)]
    where = f"answers; it leads back to {settings.CAMKET_URL}{CALLBACK}"
    return [Finding(topic=topic, level="ok", sentence=where)]


@click.command()
@click.option("--inquiries", default=12, show_default=True, type=click.IntRange(1, 100_000), help="How many inquiries to invent.")
def demo(inquiries: int) -> None:
    """
    Fill a fresh home with invented people, so that there is something to look at.

    Every name, address and number is made up; addresses end in example.com or example.org, and no letter to them ever
    goes out. Refuses to touch a home that already has inquiries, or whose worker is sending letters. One that is broken off is
    not gone on with: begin again in a new home.
    """
    with _at_home():
        _prepare()
        with environment_may_fail():
            if is_mail_running() and health.readiness(now=timezone.now())["worker"]:
                leave(NOT_SO, "a worker is sending letters; stop the server, wait half a minute, and invent people then")
            try:
                made = fill(inquiries_wanted=inquiries, now=timezone.now())
                custody.keep_journal(now=timezone.now())
            except FileExistsError:
                anew = "set CAMKET_HOME to a new folder, and name new databases if PostgreSQL holds them"
                leave(NOT_SO, f"this home already has inquiries, and only a fresh one is filled, also after a demo that was broken off: {anew}")
            except intake.Refused:
                check = f"{settings.CAMKET_COMMAND} policy check"
                leave(NOT_SO, f"the policy in force lets no adviser answer, so there is little to show; see what `{check}` says of it")
        say(f"Invented {counted(made, 'inquiry', 'inquiries')}; their letters are withdrawn.")
        say(f"Serve it, and sign in with: {settings.CAMKET_COMMAND} staff link chi@example.com")
