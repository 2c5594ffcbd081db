"""The operator's desk: how the house stands, in words, and what it takes of the machine. Nothing here is about anybody."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

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

_MEGA, _GIGA = 1_000_000, 1_000_000_000
# a clock's sentences stand in the pure rules, which translate nothing; a test holds them against these
CLOCK_WORDS = (
    gettext_noop("this machine, the databases and the journal agree"),
    gettext_noop("this machine's clock is %(span)s behind the newest thing the system has done"),
    gettext_noop(
        "set the clock, or whatever is due waits that long; if the clock is right now, it was ahead before: check what was erased meanwhile"
    ),
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
    "mail server": gettext_noop("Mail server"),
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
    checks = [
        _in_words(finding)
        for finding in [*custody.look_around(now=now), *_of_others(letters.waiting, letters.parked), custody.judge_backups(backups, now=now)]
    ]
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


def _of_others(waiting: int, parked: int) -> Iterator[Finding]:
    """How letters, erasures and the mailbox stand, where there is one."""
    failing, mailbox = retention.failing(), outbox.mailbox() if settings.CAMKET_IMAP_URL else None
    if at_fault := custody.judge_route(fault=outbox.route_fault(), waiting=waiting):
        yield at_fault
    yield custody.judge_letters(waiting=waiting, parked=parked)
    yield custody.judge_erasures(failed=failing.count, code=failing.code)
    if mailbox is not None:
        yield custody.judge_mailbox(error=mailbox.error, odd_uids=mailbox.odd_uids, understood=mailbox.understood)


def _in_words(finding: Finding) -> Check:
    sentence, hint = (gettext(words) % finding.facts if words else "" for words in finding.words)
    return _check(finding.topic, finding.level, sentence, hint)


def _check(topic: str, level: str, sentence: str, hint: str = "") -> Check:
    parts = tuple((part, number % 2 == 1) for number, part in enumerate(capfirst(hint).split("`")) if part)
    return Check(topic=gettext(TOPICS[topic]), level=level, sentence=capfirst(sentence), hint=parts)


def _megabytes(size: int) -> str:
    return f"{number_format(size / _MEGA, 1)} MB"


def _gigabytes(size: int) -> str:
    return f"{number_format(size / _GIGA, 1)} GB"


def _by_name(occupancy: tuple[custody.Occupancy, ...]) -> tuple[Memory, ...]:
    names = sorted({one.name for one in occupancy})
    found = {name: [one.bytes for one in occupancy if one.name == name] for name in names}
    return tuple(Memory(name=name, processes=len(sizes), megabytes=_megabytes(sum(sizes))) for name, sizes in found.items())
