"""What whoever checks the journal needs beside the journal: a program that is none of the house, and the rules it follows."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

PAPERS = ("verify_journal.py", "journal.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One file as it comes with the software, and the hash by which two copies can be compared."""

    name: str
    content: bytes
    hash: str  # SHA-256, hexadecimal


def paper(name: str) -> Paper | None:
    """
    Return one of the files that are handed out, or None where the software was installed without it.

    Args:
        name: One of `PAPERS`; another is none.
    """
    file = Path(settings.CAMKET_PAPERS) / name
    if name not in PAPERS or not file.is_file():
        return None
    content = file.read_bytes()
    return Paper(name=name, content=content, hash=hashlib.sha256(content).hexdigest())
