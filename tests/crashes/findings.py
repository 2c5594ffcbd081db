"""What must be true of a home whatever was interrupted, once start-up and worker had their turn."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connections

from camket.duties.notices.models import Letter
from camket.duties.retention.models import Certificate, Erasure
from camket.journal.models import JournalEntry
from camket.outbox.models import LeaseState
from camket.vault import keyring, ledger, seal
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Consent, Matter, Record, Subject

_ONCE = ("inquiry.received", "data.erased", "data.swept", "letter.sent")


def disagreements(*, has_orphans: bool) -> Iterator[str]:
    """
    Yield a sentence for everything in which the two databases and the ledger do not tell the same story.

    Args:
        has_orphans: Whether keys may be there whose data has not come yet: they wait an hour for it.
    """
    living, erased, people = set(_ids(Matter, erased=False)), set(_ids(Matter, erased=True)), set(_ids(Subject, erased=False))
    yield from _unopened("matters", living, erased, MatterKey.objects.values_list("matter_id", flat=True), has_orphans=has_orphans)
    gone = set(_ids(Subject, erased=True))
    yield from _unopened("people", people, gone, SubjectKey.objects.values_list("subject_id", flat=True), has_orphans=has_orphans)
    if erased & set(IdentityToken.objects.values_list("matter_id", flat=True)):
        yield "somebody can still be found who is erased"
    yield from _unequal("the ledger and what is erased", erased, {line.id for line in ledger.lines() if line.kind == "matter"})
    yield from _unequal("the ledger and what is withdrawn", _withdrawn(people), {line.id for line in ledger.lines() if line.is_withdrawal} & people)
    if set(Matter.objects.living().values_list("subject_id", flat=True)) - people:
        yield "a matter lives whose person is erased"
    yield from _unreadable(living)


def unfinished(now: datetime) -> Iterator[str]:
    """
    Yield a sentence for everything that a worker with nothing left to do has nevertheless left.

    Args:
        now: UTC instant; what is due later may wait.
    """
    # one that came back for good waits for a person, and rightly
    if Letter.objects.exclude(state=LeaseState.DONE).exclude(state=LeaseState.PARKED, bounce_kind="hard").exists():
        yield f"letters: {list(Letter.objects.values_list('state', 'last_error'))}"
    if Erasure.objects.exclude(state=LeaseState.DONE).exclude(state=LeaseState.DUE, due_at__gt=now).exists():
        yield f"erasures: {list(Erasure.objects.values_list('state', 'last_error'))}"
    erased = set(_ids(Matter, erased=True))
    yield from _unequal("erased matters and certificates", erased, set(Certificate.objects.values_list("matter_id", flat=True)))
    if Certificate.objects.filter(collected_at__isnull=True).exists() or Record.objects.filter(matter_id__in=erased).exists():
        yield "what erased matters left behind is not collected"
    yield from _told_twice()
    yield from _copies_of_keys()


def _ids(model: type[Matter] | type[Subject], *, erased: bool) -> Iterator[object]:
    yield from model.objects.filter(erased_at__isnull=not erased).values_list("id", flat=True)


def _withdrawn(people: set[object]) -> set[object]:
    return set(Consent.objects.filter(subject_id__in=people, is_given=False).values_list("subject_id", flat=True))


def _unopened(what: str, living: set[object], erased: set[object], with_keys: Iterable[object], *, has_orphans: bool) -> Iterator[str]:
    keys = set(with_keys)
    if living - keys:
        yield f"{len(living - keys)} living {what} have no key"
    if erased & keys:
        yield f"{len(erased & keys)} erased {what} have a key"
    if keys - living - erased and not has_orphans:
        yield f"{len(keys - living - erased)} keys belong to no {what}"


def _unequal(what: str, one: set[object], other: set[object]) -> Iterator[str]:
    if one != other:
        yield f"{what} disagree: {len(one - other)} and {len(other - one)} too many"


def _unreadable(living: set[object]) -> Iterator[str]:
    """Data that no key opens is neither kept nor erased."""
    for row in Record.objects.filter(matter_id__in=living):
        place = seal.Place(subject=row.subject_id, matter=row.matter_id, record=row.id, collection=row.collection, edition=row.edition)
        keys = keyring.matter_keys([row.matter_id])
        try:
            seal.open_record(keys[row.matter_id], place, bytes(row.sealed))
        except (KeyError, seal.SealBroken):
            yield f"a living record of the collection {row.collection} cannot be opened"


def _told_twice() -> Iterator[str]:
    """Acts that happen to a matter or a letter once must stand in the journal once."""
    payloads = JournalEntry.objects.filter(act__in=_ONCE).values_list("payload", flat=True)
    told = Counter((one["act"], one["matter"], one["facts"].get("letter")) for one in (json.loads(bytes(payload or b"")) for payload in payloads))
    yield from (f"the journal tells {times} times of one {act}" for (act, *_), times in told.items() if times > 1)


def _copies_of_keys() -> Iterator[str]:
    """A second name of a key's file would outlive the key."""
    for path in Path(settings.CAMKET_SECRETS).rglob("*"):
        if path.is_file() and path.stat().st_nlink > 1:
            yield f"{path.name} is one of two names of a key file"


def remembers(key: bytes) -> bool:
    """Return whether the keys database's files still hold a wrapped key; asked of SQLite, whose every byte is in its own files."""
    name = Path(str(connections["keys"].settings_dict["NAME"]))
    return any(key in path.read_bytes() for path in (name, name.with_name(f"{name.name}-wal")) if path.exists())
