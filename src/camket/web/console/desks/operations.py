"""The operator's desk: how the house stands, in words, and what it takes of the machine. Nothing here is about anybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_safe

from camket.duties.custody import queries as custody
from camket.duties.custody.rules import Finding
from camket.duties.notices import queries as outbox
from camket.duties.retention import queries as retention
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.second_person import waiting_for

_BACKUP_WITHIN = timedelta(hours=36)  # a nightly backup that failed once shows on the next day
_MEGA, _GIGA = 1_000_000, 1_000_000_000
# a clock's sentences stand in the pure rules, which translate nothing; a test holds them against these
CLOCK_WORDS = (
    gettext_noop("this machine, the databases and the journal agree"),
    gettext_noop("this machine's clock is %(span)s behind the newest thing the house has done"),
    gettext_noop("set the clock, or whatever is due waits that long; if the clock is right, it was ahead before: look at what was erased meanwhile"),
    gettext_noop("the clock of database %(name)s is %(span)s ahead of this machine's"),
    gettext_noop("the clock of database %(name)s is %(span)s behind this machine's"),
    gettext_noop("let both machines set their clocks by the network (NTP)"),
)
TOPICS: Mapping[str, str] = {
    "backup": gettext_noop("Backup"),
    "checkpoints": gettext_noop("Checkpoints"),
    "clocks": gettext_noop("Clocks"),
    "controller": gettext_noop("Controller's address"),
    "database default": gettext_noop("Main database"),
    "database keys": gettext_noop("Database of the keys"),
    "disk": gettext_noop("Disk"),
    "erasures": gettext_noop("Erasures"),
    "home": gettext_noop("Home folder"),
    "keys": gettext_noop("Key files"),
    "ledger": gettext_noop("Ledger of erasures"),
    "letters": gettext_noop("Letters"),
    "mail": gettext_noop("Mail carrier"),
    "mailbox": gettext_noop("Mailbox for returned letters"),
    "policy": gettext_noop("Policy"),
    "secrets": gettext_noop("Folder of the keys"),
    "staff": gettext_noop("Staff"),
    "tables": gettext_noop("Tables"),
    "web key": gettext_noop("Key of sessions and forms"),
    "worker": gettext_noop("Worker"),
    "stream": gettext_noop("Live stream"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at, in the reader's language; a hint comes in parts, of which every second is something to type."""

    topic: str
    level: str
    sentence: str
    hint: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What the processes of one name take."""

    name: str
    processes: int
    megabytes: str


@require_safe
@staff_only("operations")
def operations(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show how the house stands, what to mend, and what it takes of the machine."""
    now = timezone.now()
    letters, erasures, backups = outbox.waiting(now=now), retention.due(now=now), custody.last_backup_at()
    checks = [_in_words(finding) for finding in custody.look_around(now=now)]
    checks += [*_of_letters(letters.parked), *_of_mailbox(), *_of_erasures(), *_of_backups(backups, now)]
    figures, occupancy, room = custody.figures(), custody.occupancy(), custody.room_left()
    context = {
        "nav": "operations",
        "waiting": waiting_for(desk),
        "errors": [check for check in checks if check.level == "error"],
        "cautions": [check for check in checks if check.level == "warning"],
        "in_order": [check for check in checks if check.level == "ok"],
        "letters": letters,
        "erasures": erasures,
        "data_backup": backups.get("data"),
        "keys_backup": backups.get("keys"),
        "figures": figures,
        "epoch": custody.key_epoch(),
        "databases": [(capfirst(gettext(TOPICS[f"database {alias}"])), _megabytes(size)) for alias, size in figures.database_bytes.items()],
        "disk": {"free": _gigabytes(room.free_bytes), "total": _gigabytes(room.total_bytes)},
        "memory": _by_name(occupancy),
        "memory_in_all": _megabytes(sum(one.bytes for one in occupancy)),
        "versions": custody.versions(),
    }
    return desk_page(request, desk, "console/operations.html", context)


def _in_words(finding: Finding) -> Check:
    sentence, hint = (gettext(words) % finding.facts if words else "" for words in finding.words)
    return _check(finding.topic, finding.level, sentence, hint)


def _check(topic: str, level: str, sentence: str, hint: str = "") -> Check:
    parts = tuple((part, number % 2 == 1) for number, part in enumerate(capfirst(hint).split("`")) if part)
    return Check(topic=gettext(TOPICS[topic]), level=level, sentence=capfirst(sentence), hint=parts)


def _of_letters(parked: int) -> list[Check]:
    if not parked:
        return []
    return [_check("letters", "warning", gettext("%(count)d are parked for a person") % {"count": parked}, gettext("look at the page Letters"))]


def _of_mailbox() -> list[Check]:
    row = outbox.mailbox() if settings.CAMKET_IMAP_URL else None
    if row is None:
        return []
    if row.error:
        hint = gettext("see what `%(command)s doctor` says; letters that come back are not noticed meanwhile") % {"command": settings.CAMKET_COMMAND}
        return [_check("mailbox", "warning", gettext("it cannot be read (%(code)s)") % {"code": row.error}, hint)]
    if row.odd_uids:
        hint = gettext("they are where they were; their numbers there (UID): %(numbers)s") % {"numbers": ", ".join(str(uid) for uid in row.odd_uids)}
        return [_check("mailbox", "warning", gettext("%(count)d mails in it could not be read") % {"count": len(row.odd_uids)}, hint)]
    return [_check("mailbox", "ok", gettext("it is read; %(count)d letters that came back were noticed") % {"count": row.understood})]


def _of_erasures() -> list[Check]:
    failing = retention.failing()
    if not failing.count:
        return []
    sentence = gettext("%(count)d that were due have failed (%(code)s)") % {"count": failing.count, "code": failing.code}
    hint = gettext("mend what the worker's log says; they are tried again by themselves, at least every six hours")
    return [_check("erasures", "error", sentence, hint)]


def _of_backups(made: Mapping[str, datetime], now: datetime) -> list[Check]:
    command = f"`{settings.CAMKET_COMMAND} backup`"
    if "data" not in made:
        hint = gettext("make one with %(command)s, every night, and keep the keys elsewhere") % {"command": command}
        return [_check("backup", "warning", gettext("none was ever made from this home"), hint)]
    if now - made["data"] > _BACKUP_WITHIN:
        sentence, hint = gettext("the last one is more than a day and a half old"), gettext("look at the timer that makes it")
        return [_check("backup", "warning", sentence, hint)]
    return [_check("backup", "ok", gettext("the last one is less than a day and a half old"))]


def _megabytes(size: int) -> str:
    return f"{number_format(size / _MEGA, 1)} MB"


def _gigabytes(size: int) -> str:
    return f"{number_format(size / _GIGA, 1)} GB"


def _by_name(occupancy: tuple[custody.Occupancy, ...]) -> tuple[Memory, ...]:
    names = sorted({one.name for one in occupancy})
    found = {name: [one.bytes for one in occupancy if one.name == name] for name in names}
    return tuple(Memory(name=name, processes=len(sizes), megabytes=_megabytes(sum(sizes))) for name, sizes in found.items())
