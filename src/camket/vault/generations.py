"""Keys that come in generations, one file each: made while nobody else writes keys, required at every start, destroyed when over."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from camket.journal import keyfiles
from camket.journal.actions import record
from camket.journal.statements import Statement, fetch
from camket.policy.terms import Actor
from camket.vault import seal
from camket.vault.checks import KeysLost, is_same, require_same, value_of
from camket.vault.keylock import KEYS
from camket.vault.keys.models import CallList, Check, Epoch, IdentityIndex

_NOTHING_NEW = "No new key is made over old data."


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One kind of key: its rows, where its files lie, what they are called, and what is lost with one."""

    rows: type[Epoch] | type[IdentityIndex] | type[CallList]
    word: str  # of its acts in the journal
    check: str  # of its check values
    folder: str
    stem: str  # of the file's name, before the number
    digits: int  # the fewest of the number
    lost: str
    lost_when_unused: str

    def path(self, number: int) -> Path:
        """Return where the file of one generation belongs."""
        return Path(f"{settings.CAMKET_SECRETS}/{self.folder}/{self.stem}{number:0{self.digits}d}.key")

    def _check_name(self, number: int) -> str:
        """The name under which a generation's key is remembered."""
        return f"{self.check}-{number:0{self.digits}d}"

    def key(self, number: int) -> bytes:
        """
        Return the key of one generation.

        Raises:
            KeyFileMissing: Its file is gone.
            KeyFileDamaged: It is not whole.
            KeyFileExposed: Others have a right on it.
        """
        return keyfiles.read(self.path(number), length=seal.KEY_BYTES)

    def newest(self) -> int:
        """Return the number of the newest generation: the one that new keys and tokens come under."""
        table = self.rows._meta.db_table
        ((number,),) = fetch(Statement(text=f"SELECT max(number) FROM {table}", columns=(int,), database=KEYS))  # noqa: S608  # our own table
        return int(number or 0)

    def create_first(self, *, now: datetime) -> None:
        """
        Make the first generation on the very first start.

        Args:
            now: UTC instant.
        """
        keyfiles.read_or_create(self.path(1), length=seal.KEY_BYTES, may_create=True)
        self.rows.objects.get_or_create(number=1, defaults={"created_at": now, "whole_at": now})

    def create_next(self, *, now: datetime) -> int:
        """
        Make the next generation and return its number; nothing depends on it yet.

        Whoever calls holds the keys (`keylock.hold`), in a transaction of the keys database. Should that not commit, a file is left
        that no row speaks of: its number is never used again.

        Args:
            now: UTC instant.
        """
        number = max(self.newest(), *self._numbers_of_files(), 0) + 1
        key = seal.new_key()
        keyfiles.create(self.path(number), key)
        name = self._check_name(number)
        Check.objects.create(name=name, value=value_of(name, key))
        self.rows.objects.create(number=number, created_at=now)
        return number

    def _numbers_of_files(self) -> Collection[int]:
        wanted, folder = re.compile(rf"{self.stem}([0-9]{{{self.digits},}})\.key"), self.path(1).parent
        found = [wanted.fullmatch(path.name) for path in folder.iterdir()] if folder.is_dir() else []
        return [int(match[1]) for match in found if match]

    def require_all(self, *, in_use: Collection[int]) -> None:
        """
        Make sure that the file of every generation that is not condemned is there and the one it was.

        Args:
            in_use: Those on which something living depends; of the others it is said that only copies do.

        Raises:
            KeysLost: One is missing, damaged, another one or open to others.
        """
        for number in self.rows.objects.alive().order_by("-number").values_list("number", flat=True):
            lost = f"{self.lost if number in in_use else self.lost_when_unused} {_NOTHING_NEW}"
            try:
                require_same(self._check_name(number), self.key(number), lost=lost)
            except keyfiles.KeyFileExposed as error:
                raise KeysLost(str(error)) from error
            except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged) as error:
                raise KeysLost(f"{error}. {lost}") from error

    def is_sound(self, number: int) -> bool:
        """Return whether the file of a generation is there, whole and the one it was, whoever else may read it."""
        try:
            return is_same(self._check_name(number), self.key(number))
        except keyfiles.KeyFileExposed:
            return True
        except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged):
            return False

    def condemn(self, numbers: Collection[int], *, now: datetime) -> None:
        """
        Decide that these generations are over: from now on the absence of their files is right.

        Args:
            numbers: Generations on which nothing living depends.
            now: UTC instant.
        """
        self.rows.objects.alive().filter(number__in=list(numbers)).update(condemned_at=now)

    def destroy_condemned(self, *, actor: Actor, now: datetime) -> tuple[int, ...]:
        """
        Destroy the files of condemned generations, journal each, and return their numbers.

        A file that was destroyed before and is there again, put back by mistake, is destroyed again. Broken off anywhere it is taken
        up again; a line of the journal may then come twice, and never not at all.

        Args:
            actor: Who ordered it.
            now: UTC instant.

        Raises:
            OSError: A file could not be written or removed.

        Source: policy §4 (4.7); house.md §4.
        """
        dying = list(self.rows.objects.dying().order_by("number").values_list("number", flat=True))
        restored = [number for number in self._destroyed() if self.path(number).exists()]
        for number in [*dying, *restored]:
            keyfiles.destroy(self.path(number))
            record(act=f"{self.word}.destroyed", actor=actor, at=now, facts={"number": number, "was_restored": number in restored})
            with transaction.atomic(using=KEYS):
                Check.objects.filter(name=self._check_name(number)).delete()
                self.rows.objects.filter(number=number, destroyed_at__isnull=True).update(destroyed_at=now)
        return (*dying, *restored)

    def _destroyed(self) -> Collection[int]:
        return list(self.rows.objects.filter(destroyed_at__isnull=False).order_by("number").values_list("number", flat=True))

    def destroy_unknown(self, *, actor: Actor, made_before: datetime, now: datetime) -> tuple[int, ...]:
        """
        Destroy files that no row speaks of, such as a kill leaves, once they are older than any living generation may be.

        Not before: the keys database may be an older copy, put there by mistake, and the right one needs them.

        Args:
            actor: Who ordered it.
            made_before: UTC instant; files written since stay.
            now: UTC instant.
        """
        known = set(self.rows.objects.values_list("number", flat=True))
        unknown = [number for number in self._numbers_of_files() if number not in known]
        old = [number for number in unknown if self.path(number).stat().st_mtime < made_before.timestamp()]
        for number in old:
            keyfiles.destroy(self.path(number))
            record(act=f"{self.word}.destroyed", actor=actor, at=now, facts={"number": number, "was_unknown": True})
        return tuple(old)


EPOCHS = Family(
    rows=Epoch,
    word="epoch",
    check="epoch",
    folder="epochs",
    stem="",
    digits=6,
    lost=(
        "What was sealed under it cannot be opened without this file; put it back from your copy of the epoch keys (kept at most "
        "14 days) before starting."
    ),
    lost_when_unused=(
        "No living key needs it, but copies of the keys database from its days cannot be opened without this file: put it back, or "
        f"give it up with `{settings.CAMKET_COMMAND} keys rotate --give-up`."
    ),
)
INDEXES = Family(
    rows=IdentityIndex,
    word="index",
    check="identity",
    folder="index",
    stem="identity-",
    digits=1,
    lost="Nobody can be found by e-mail address or telephone number without this file; put it back from a backup before starting.",
    lost_when_unused="Nobody can be found any more by what was kept under it without this file; put it back from a backup before starting.",
)
CALL_LISTS = Family(
    rows=CallList,
    word="call_list",
    check="call-list",
    folder="refusals",
    stem="do-not-call-",
    digits=1,
    lost="Nobody can be told from the do-not-call list without this file; put it back from a backup before starting.",
    lost_when_unused="An import of the do-not-call list was broken off; put its file back from a backup, or import the list anew after that.",
)
