"""The house's health: each thing looked at, how it stands, and what would mend it."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from shlex import quote
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.translation import gettext_noop as _

from camket.access import queries as access
from camket.duties.custody.actions import (
    KEY_FAULTS,
    VARIABLES,
    MadeByNewer,
    RestoreUnfinished,
    has_lived,
    pending_migrations,
    require_keys,
    require_whole_restore,
    unfit_databases,
)
from camket.duties.custody.queries.figures import room_left, streaming
from camket.duties.custody.rules import Finding, Refusal, clause_on_mail_servers, found, judge_clocks, why_refused
from camket.editions import queries as editions
from camket.journal import published
from camket.journal import queries as journal
from camket.outbox import queries as outbox
from camket.outbox.rules import ALIVE_WITHIN
from camket.policy.manifest import text_file
from camket.policy.source import parse_document
from camket.policy.terms import PRIVACY_OFFICER
from camket.vault import gate

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def readiness(*, now: datetime) -> Mapping[str, bool]:
    """Return which parts of the house are ready: databases, an edition in force that is whole, the keys, a living worker, and mail."""
    return {
        "databases": not any(_refusal(alias) for alias in connections),
        "edition": _has_edition(),
        "keys": _keys().level == "ok",
        "worker": _has_worker(now),
        "mail": can_send_letters(),
    }


def can_send_letters() -> bool:
    """Return whether letters can go out: there is a carrier, and an address to send from. Whether the carrier answers is not asked."""
    return bool(settings.CAMKET_SMTP_URL and settings.CAMKET_CONTROLLER_EMAIL)


def _refusal(alias: str) -> Refusal | None:
    """Why a database does not answer; None where it does."""
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError as error:
        return why_refused(str(error))
    return None


def _has_worker(now: datetime) -> bool:
    try:
        return bool(outbox.workers_alive(now=now))
    except DatabaseError:
        return False


def _has_edition() -> bool:
    try:
        return bool(editions.policy_in_force())
    except (editions.NoEdition, editions.EditionTampered, DatabaseError):
        return False


def look_around(*, now: datetime) -> list[Finding]:
    """
    Look at databases, migrations, editions, keys, clocks, disk, worker, letters and settings, and say how each stands; nothing is changed.

    Args:
        now: UTC instant.
    """
    clause = ""
    refusals = {alias: _refusal(alias) for alias in connections}
    findings = _databases(refusals)
    if not any(refusals.values()):
        tables = _migrations()
        findings.append(tables)
        # on a home that was never started there are no tables to ask
        if tables.level == "ok":
            findings += [_edition(), _keys(), _clocks(now), _worker(now), _staff()]
            clause = _clause_on_mail_servers()
    return [*findings, _stream(now), _secrets(), _web_key(), _ledger(), _medium(), _disk(), _carrier(clause), _controller()]


def _databases(refusals: Mapping[str, Refusal | None]) -> list[Finding]:
    unfit = unfit_databases([alias for alias, why in refusals.items() if why is None])
    return [unfit.get(alias) or _database(alias, why) for alias, why in refusals.items()]


def _database(alias: str, why: Refusal | None) -> Finding:
    topic, facts = f"database {alias}", {"vendor": connections[alias].display_name, "variable": VARIABLES[alias]}
    match why:
        case None:
            return found(topic, "ok", _("%(vendor)s answers"), **facts)
        case "shut":
            hint = _("put right user and password in %(variable)s, or let this user in on its server (pg_hba.conf)")
            return found(topic, "error", _("%(vendor)s does not let us in"), hint, **facts)
        case "nameless":
            hint = _("make it with `createdb`, or put right the name in %(variable)s")
            return found(topic, "error", _("%(vendor)s has no database of this name"), hint, **facts)
        case "crowded":
            hint = _("raise its max_connections, or end what holds them")
            return found(topic, "error", _("%(vendor)s has no connection left for us"), hint, **facts)
        case "miswritten":
            hint = _("put right what stands behind the ? there; for sslmode, see that its server speaks TLS and that its certificate is known here")
            return found(topic, "error", _("%(vendor)s cannot be asked in the way that %(variable)s says"), hint, **facts)
    return found(topic, "error", _("%(vendor)s does not answer"), _("start it, or mend %(variable)s"), **facts)


def _migrations() -> Finding:
    try:
        require_whole_restore()  # before: a start would make the tables that it left unmade, were it not refused
        count = len(pending_migrations())
    except RestoreUnfinished as error:
        return found("tables", "error", _("they may not be whole"), "%(error)s", error=str(error))
    except MadeByNewer as error:
        return found("tables", "error", _("they are of a newer version of this program"), "%(error)s", error=str(error))
    command = settings.CAMKET_COMMAND
    if count and has_lived():
        hint = _("stop the system and run `%(command)s upgrade`: it makes a backup first")
        return found("tables", "error", _("%(count)d migrations are not applied"), hint, count=count, command=command)
    if count:
        return found("tables", "error", _("%(count)d migrations are not applied"), _("start `%(command)s serve` once"), count=count, command=command)
    return found("tables", "ok", _("up to date"))


def _edition() -> Finding:
    try:
        for fault in published.faults():
            return found(
                "policy", "error", _("edition %(number)d is not what was published"), "%(error)s", number=int(fault.number or 0), error=str(fault)
            )
        number = editions.in_force()
    except editions.NoEdition:
        return _no_edition()
    except KEY_FAULTS as error:
        return found("policy", "error", _("no signature can be checked"), "%(error)s", error=str(error))
    waiting = editions.last_due_at() if editions.newest() != number else None
    if waiting:
        later = _("edition %(number)d is in force, signed and journaled; edition %(next)d comes into force at %(at)s")
        return found("policy", "ok", later, number=number, next=editions.newest() or 0, at=f"{waiting:%Y-%m-%dT%H:%M:%SZ}")
    return found("policy", "ok", _("edition %(number)d is in force, signed and journaled"), number=number)


def _no_edition() -> Finding:
    """The first edition is this house's own: a published one stays for ever, so nobody is told to publish another company's."""
    sentence, folder = _("no edition is in force"), Path(settings.CAMKET_POLICY)
    first = folder / "edition-1"
    try:
        is_there = (first / "edition.toml").is_file()
    except OSError:  # in a folder that this user may not enter
        is_there = False
    if not is_there:
        return found("policy", "error", sentence, _("check CAMKET_POLICY: there is no edition-1 in %(folder)s"), folder=str(folder))
    hint = _("run `%(command)s policy publish %(folder)s`")
    return found("policy", "error", sentence, hint, command=settings.CAMKET_COMMAND, folder=quote(str(first)))


def _keys() -> Finding:
    try:
        require_keys()
    except KEY_FAULTS as error:
        return found("keys", "error", _("a key file is not as it was"), "%(error)s", error=str(error))
    except OSError as error:
        return found("keys", "error", _("a key file cannot be read"), "%(error)s", error=f"{error.filename}: {error.strerror}")
    except DatabaseError:
        return found("keys", "error", _("it is not known which keys there should be"), _("mend the databases first"))
    return found("keys", "ok", _("every key file is there and the one it was"))


def _web_key() -> Finding:
    path = Path(settings.CAMKET_SECRETS) / "web.key"
    if path.is_file():
        return found("web key", "ok", _("there"))
    # it protects nothing that is kept: a lost one costs a second sign-in
    hint = _("the next start makes another; whoever is signed in signs in again, by a new link, and open forms are sent again")
    return found("web key", "warning", _("%(file)s is not there"), hint, file=path.name)


def _ledger() -> Finding:
    try:
        lines = gate.count_ledger_lines()
    except gate.LedgerDamaged as error:
        return found("ledger", "error", _("the ledger of erasures is damaged"), "%(error)s", error=str(error))
    except OSError as error:
        return found("ledger", "error", _("the ledger of erasures cannot be read"), "%(error)s", error=f"{error.filename}: {error.strerror}")
    if lines == 1:
        return found("ledger", "ok", _("1 line of erasures and withdrawals, each readable"))
    return found("ledger", "ok", _("%(count)d lines of erasures and withdrawals, each readable"), count=lines)


def _medium() -> Finding:
    folder = Path(settings.CAMKET_CHECKPOINTS)
    if not folder.is_dir():
        hint = _("start `%(command)s serve` once")
        return found("checkpoints", "warning", _("there is no folder for them yet"), hint, command=settings.CAMKET_COMMAND)
    if not os.access(folder, os.W_OK | os.X_OK):
        hint = _("nothing is erased and no checkpoint is kept until this user can write to %(folder)s")
        return found("checkpoints", "error", _("the medium they are kept on cannot be written to"), hint, folder=str(folder))
    return found("checkpoints", "ok", _("the medium they are kept on can be written to"))


def _clocks(now: datetime) -> Finding:
    acts = [worker.beat_at for worker in outbox.workers_alive(now=now)] + [at for at in (journal.newest_instant(),) if at]
    return judge_clocks(now=now, databases={alias: _clock_of(alias) for alias in connections}, newest=max(acts, default=None))


def _clock_of(alias: str) -> datetime:
    """The instant by a database's own clock; SQLite has none but this machine's."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT CURRENT_TIMESTAMP")
        told = cursor.fetchone()[0]
    read = told if isinstance(told, datetime) else datetime.fromisoformat(told)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _worker(now: datetime) -> Finding:
    alive = outbox.workers_alive(now=now)
    if alive:
        return found("worker", "ok", _("%(count)d seen in the last %(seconds)d s"), count=len(alive), seconds=int(ALIVE_WITHIN.total_seconds()))
    hint = _("start `%(command)s serve` or `%(command)s worker`")
    return found("worker", "warning", _("none is running: letters and erasures wait"), hint, command=settings.CAMKET_COMMAND)


def _stream(now: datetime) -> Finding:
    """Without it nothing is lost, and nothing appears at once."""
    running = streaming(now=now)
    if running and running.held == 1:
        return found("stream", "ok", _("it is running; one open page is connected"))
    if running:
        return found("stream", "ok", _("it is running; %(count)d open pages are connected"), count=running.held)
    if not settings.CAMKET_STREAM_BIND:
        return found("stream", "ok", _("switched off: open pages ask every fifteen seconds"))
    hint = _("start `%(command)s serve`; where it runs, see what it said of CAMKET_STREAM_BIND")
    return found("stream", "warning", _("not running: open pages ask every fifteen seconds"), hint, command=settings.CAMKET_COMMAND)


def _staff() -> Finding:
    if access.is_first_start():
        hint = _("run `%(command)s staff add EMAIL --role privacy_officer`")
        return found("staff", "warning", _("nobody has a staff account yet"), hint, command=settings.CAMKET_COMMAND)
    at_work = [one for one in access.staff_list() if one.is_active]
    if not any(one.role == PRIVACY_OFFICER for one in at_work):
        hint = _("run `%(command)s staff add EMAIL --role privacy_officer`")
        return found("staff", "warning", _("nobody at work here is a privacy officer"), hint, command=settings.CAMKET_COMMAND)
    people = len(at_work)
    return found("staff", "ok", _("1 person")) if people == 1 else found("staff", "ok", _("%(count)d people"), count=people)


def _secrets() -> Finding:
    if settings.CAMKET_HOME_FAULT:
        return found("home", "error", _("this user cannot use it"), "%(error)s", error=settings.CAMKET_HOME_FAULT)
    folder = Path(settings.CAMKET_SECRETS)
    if not folder.is_dir():
        hint = _("start `%(command)s serve` once")
        return found("secrets", "warning", _("there is no secrets folder yet"), hint, command=settings.CAMKET_COMMAND)
    if folder.stat().st_mode & 0o077:
        return found("secrets", "error", _("other users of this machine can read the key files"), _("chmod 700 on the secrets folder"))
    return found("secrets", "ok", _("readable by this user alone"))


def _disk() -> Finding:
    room, hint = room_left(), _("make room where CAMKET_HOME is")
    if room.is_full:
        return found("disk", "error", _("%(free)d MB left: writing fails, or soon will"), hint, free=room.free_bytes // 1_000_000)
    if room.is_low:
        return found("disk", "warning", _("%(free)d MB left"), hint, free=room.free_bytes // 1_000_000)
    return found("disk", "ok", _("%(free)d GB free"), free=room.free_bytes // 1_000_000_000)


def _clause_on_mail_servers() -> str:
    """The clause of the edition in force that says of mail that its servers stand in Vietnam; nothing where it says no such thing."""
    try:
        edition = editions.as_published(editions.in_force())
    except (editions.NoEdition, editions.EditionTampered, *KEY_FAULTS):
        return ""
    return _clause_in(edition.authoritative, edition.texts[edition.authoritative])


@lru_cache(maxsize=1)
def _clause_in(language: str, text: str) -> str:
    return clause_on_mail_servers(parse_document(language, text_file(language), text).document)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _carrier(clause: str) -> Finding:
    """
    Say whether letters have a carrier, and what the clause promised of it, where there is one.

    Source: policy §12 (12.4).
    """
    url = settings.CAMKET_SMTP_URL
    if not url:
        return found("mail", "warning", _("no carrier is set: letters wait"), _("set CAMKET_SMTP_URL"))
    if url.startswith("file:"):
        return found("mail", "warning", _("letters are written to a folder, for development only"), _("set CAMKET_SMTP_URL to smtp://…"))
    host = _host_of(url)
    if not host:
        return found("mail", "warning", _("CAMKET_SMTP_URL names no server: letters wait"), _("set CAMKET_SMTP_URL to smtp://…"))
    # where a server stands cannot be known from its name, so this only reminds
    is_reminded = clause and host not in _HERE
    reminder = _("§ %(clause)s says that mail servers stand in Vietnam: make sure %(host)s does") if is_reminded else ""
    return found("mail", "ok", _("a carrier is set"), reminder, host=host, clause=clause)


def _controller() -> Finding:
    if not settings.CAMKET_CONTROLLER_EMAIL:
        hint = _("set CAMKET_CONTROLLER_EMAIL; letters cannot go out without a sender")
        return found("controller", "warning", _("section 5 shows no e-mail address"), hint)
    return found("controller", "ok", _("the address of section 5 is set"))
