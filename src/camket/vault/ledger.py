"""
The ledger of what may never come back: one line per erased matter or subject, and per consent that was withdrawn.

A line is forced to the second medium before the key dies or the withdrawal commits, and replayed before a restored copy opens.
"""

import fcntl
import json
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

from django.conf import settings

from camket.journal import keyfiles
from camket.policy.terms import PurposeId

_ERASED = frozenset({"matter", "subject"})
_WITHDRAWN = "withdrawal"
_TORN = b" torn\n"  # ends a line that a crash cut off, so that no damage elsewhere can pass for one


class LedgerDamaged(Exception):
    """A line of the ledger, other than one torn by a crash, cannot be read; put back a whole copy before starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing whose key was, or is about to be, destroyed; or a consent of this subject that was, or is about to be, withdrawn."""

    kind: str
    id: UUID
    at: datetime
    purpose: PurposeId | None = None  # of a withdrawal
    said_on: date | None = None  # of one that a colleague took down: on which day it was said, and in which inquiry it stands
    said_in: str = ""

    @property
    def is_erasure(self) -> bool:
        """Whether the key of what this line names must be gone."""
        return self.kind in _ERASED

    @property
    def is_withdrawal(self) -> bool:
        """Whether this line says that a subject took a consent back."""
        return self.kind == _WITHDRAWN


def _path() -> Path:
    return Path(settings.CAMKET_CHECKPOINTS) / "erasures.jsonl"


def append(*, matters: Collection[UUID], subjects: Collection[UUID], now: datetime) -> None:
    """
    Write the lines and force them to the medium.

    Args:
        matters: Matters whose key dies next.
        subjects: Subjects whose key dies next.
        now: UTC instant written beside each.

    Raises:
        OSError: The medium refused; nothing may be erased then. Had it taken the lines all the same, the next look would finish them.

    Source: house.md §4 (ledger, then keys, then data).
    """
    _write([*(Line(kind="matter", id=id, at=now) for id in matters), *(Line(kind="subject", id=id, at=now) for id in subjects)])


def append_withdrawals(
    *, subject: UUID, at: Mapping[PurposeId, datetime], said: Mapping[PurposeId, tuple[date | None, str]] = MappingProxyType({})
) -> None:
    """
    Write a line for each purpose to which a person no longer agrees, and force them to the medium.

    Args:
        subject: The person.
        at: Per purpose the UTC instant from which it holds.
        said: Per purpose on which day a colleague was told, and the reference of the inquiry in which it stands, as far as they are known.

    Raises:
        OSError: The medium refused; a restore could bring the consent back, so the withdrawal must not pass for done. Had it taken the
            line all the same, the next look would finish it.

    Source: policy §9 (9.9); house.md §4.
    """
    untold: tuple[date | None, str] = (None, "")
    lines = []
    for purpose, instant in at.items():
        said_on, said_in = said.get(purpose, untold)
        lines.append(Line(kind=_WITHDRAWN, id=subject, at=instant, purpose=purpose, said_on=said_on, said_in=said_in))
    _write(lines)


def _write(new: Collection[Line]) -> None:
    if not new:
        return
    text = "".join(json.dumps(_told(line)) + "\n" for line in new)
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "ab") as file:  # buffered: it goes on after a short write, and a full medium is an error
        # one writer at a time: a line that is half there looks to the next like one that a crash cut off
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        file.write(_ending_of_last(file.fileno()) + text.encode())
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        keyfiles.sync_folder(path.parent)


def _told(line: Line) -> Mapping[str, str]:
    told = {"at": line.at.isoformat(), "kind": line.kind, "id": str(line.id)}
    if line.purpose is not None:
        told["purpose"] = line.purpose
    if line.said_on is not None:
        told["said_on"] = line.said_on.isoformat()
    return told | {"said_in": line.said_in} if line.said_in else told


def _ending_of_last(descriptor: int) -> bytes:
    """What a last line without its end needs before the next can start clean; what it says stays as it is."""
    size = os.fstat(descriptor).st_size
    last = os.pread(descriptor, 1, size - 1) if size else b"\n"
    if last == b"\n":
        return b""
    return b"\n" if last == b"}" else _TORN


def lines(since: datetime | None = None) -> Iterator[Line]:
    """
    Return every line, oldest first, without lines torn by a crash: what they would say was not done yet.

    Args:
        since: UTC instant; lines of an earlier one are left out.

    Raises:
        LedgerDamaged: A whole line is not what this module writes.
    """
    path = _path()
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, text in enumerate(file, 1):
            if text.endswith(_TORN) or not text.endswith((b"\n", b"}")):
                continue
            line = _line(text, number)
            if since is None or line.at >= since:
                yield line


def count() -> int:
    """
    Return how many lines the ledger holds, having read each.

    Raises:
        LedgerDamaged: A whole line is not what this module writes.
        OSError: The medium cannot be read.
    """
    return sum(1 for _ in lines())


def _line(text: bytes, number: int) -> Line:
    try:
        found = json.loads(text)
        purpose = PurposeId(found["purpose"]) if found["kind"] == _WITHDRAWN else None
        said_on = date.fromisoformat(found["said_on"]) if "said_on" in found else None
        line = Line(
            kind=found["kind"],
            id=UUID(found["id"]),
            at=datetime.fromisoformat(found["at"]),
            purpose=purpose,
            said_on=said_on,
            said_in=str(found.get("said_in", "")),
        )
        if not (line.is_erasure or isinstance(purpose, str)) or line.at.tzinfo is None:
            raise ValueError("an unknown kind, no purpose, or an instant without its timezone")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LedgerDamaged(f"line {number} of erasures.jsonl cannot be read: put back a whole copy of it before starting") from error
    return line


def copy() -> bytes:
    """Return the ledger as it stands, without a last line that a crash cut off."""
    path = _path()
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def is_after(earlier: bytes) -> bool:
    """
    Return whether the ledger on the medium is an earlier copy of it, or goes on from it.

    Args:
        earlier: From `copy`.
    """
    path = _path()
    return (path.read_bytes() if path.exists() else b"").startswith(earlier)


def put_back(earlier: bytes) -> None:
    """
    Add the lines of an earlier copy that the ledger on the medium lacks, and force them to the medium.

    Args:
        earlier: From `copy`.

    Raises:
        LedgerDamaged: A line of the copy cannot be read.
        OSError: The medium refused.
    """
    known = set(copy().splitlines())
    texts = [(number, text) for number, text in enumerate(earlier.splitlines(), 1) if text not in known and not text.endswith(_TORN.strip())]
    _write([_line(text, number) for number, text in texts])
