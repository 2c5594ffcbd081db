"""
Bounces and other mails that nobody here wrote, in two halves by the hash of each: what is read was written looking at one half only.

The figures are floors: they may rise. What they were when the reader was written stands in docs/decisions.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from camket.channels.mail_in.bounces import Kind, read_bounce
from tests.house.tree import ROOT

CORPORA = ROOT.parent / "shared" / "corpora"
pytestmark = [
    pytest.mark.skipif(not CORPORA.is_dir(), reason=f"no mails of others here: they are looked for in {CORPORA.parent.name}/{CORPORA.name}"),
]
HALVES = ("tuned on", "held out")
NO_BOUNCES = ("redmine", "chatwoot", "talon", "freescout", "djhelpdesk", "sisimai/maildir/not")
RETURNS = {Kind.HARD, Kind.SOFT, Kind.DELAYED}


def half_of(raw: bytes) -> str:
    """Tell in which half a mail is."""
    return HALVES[hashlib.sha256(raw).digest()[0] >= 128]


def mails(*folders: str, half: str = "") -> Iterator[tuple[Path, bytes]]:
    """Yield the mails below some folders, of one half or both."""
    files = (path for folder in folders for path in sorted((CORPORA / folder).rglob("*")))
    for path in files:
        if path.is_file() and path.suffix in (".eml", ".txt", ".box"):
            raw = path.read_bytes()
            if half in ("", half_of(raw)):
                yield path, raw


def bounces(half: str) -> list[bytes]:
    """Sisimai's bounces; what its files call `arf` are complaints, and a mail system's word of a success is none."""
    folders = [f"sisimai/maildir/{one}" for one in ("bsd", "dos", "mac")]
    return [raw for path, raw in mails(*folders, half=half) if not path.name.startswith("arf") and b'"notificationType":"Delivery"' not in raw]


@pytest.mark.parametrize("half", HALVES)
class TestBouncesOfOthers:
    def test_are_known_for_what_they_are(self, half: str) -> None:
        kinds = Counter(read_bounce(raw).kind for raw in bounces(half))
        known = sum(kinds.values()) - kinds[Kind.NOT_ONE]
        assert known >= 0.97 * sum(kinds.values()), kinds

    def test_name_the_letter_that_came_back_where_it_came_with_them(self, half: str) -> None:
        named = [bool(read_bounce(raw).message_ids) for raw in bounces(half) if read_bounce(raw).kind in RETURNS]
        assert sum(named) >= 0.9 * len(named)

    def test_of_old_systems_are_mostly_known(self, half: str) -> None:
        kinds = Counter(read_bounce(raw).kind for _, raw in mails("flufl", half=half))
        assert sum(kinds[one] for one in RETURNS) >= 0.8 * sum(kinds.values()), kinds


class TestMailsOfPeople:
    @pytest.mark.parametrize("folder", NO_BOUNCES)
    def test_are_never_taken_for_a_bounce(self, folder: str) -> None:
        found = [path.name for path, raw in mails(folder) if read_bounce(raw).kind in RETURNS]
        assert found == []

    def test_about_abuse_are_never_taken_for_a_bounce(self) -> None:
        complaints = [(path, raw) for path, raw in mails("sisimai/maildir") if path.name.startswith("arf")]
        assert complaints
        assert [path.name for path, raw in complaints if read_bounce(raw).kind is not Kind.NOT_ONE] == []


class TestEveryMailOfOthers:
    def test_ends_in_an_answer(self) -> None:
        assert all(isinstance(read_bounce(raw).kind, Kind) for _, raw in mails("."))
