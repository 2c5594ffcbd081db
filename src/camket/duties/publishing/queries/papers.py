"""What whoever checks us, or writes a policy, needs at hand: a program that is none of the house, the rules it follows, and those of the language."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

PAPERS = ("verify_journal.py", "journal.md", "verifying.md", "policy-language.md")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One file as it comes with the software, and the hash by which two copies can be compared."""

    name: str
    content: bytes
    hash: str  # SHA-256, hexadecimal


def has_paper(name: str) -> bool:
    """
    Return whether the software was installed with one of the files that are handed out.

    Args:
        name: One of `PAPERS`; another is none.
    """
    return name in PAPERS and (Path(settings.CAMKET_PAPERS) / name).is_file()


def paper(name: str) -> Paper | None:
    """
    Return one of the files that are handed out, or None where the software was installed without it.

    Args:
        name: One of `PAPERS`; another is none.
    """
    if not has_paper(name):
        return None
    content = (Path(settings.CAMKET_PAPERS) / name).read_bytes()
    return Paper(name=name, content=content, hash=hashlib.sha256(content).hexdigest())
