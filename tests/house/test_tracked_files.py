"""Nothing in the repository belongs to one machine or one company's network, and nothing in it is a secret."""

import re
import unicodedata

import pytest

from tests.house.tree import listed, name_of, text_files

# A folder of somebody's machine. /usr/bin and the like are every Debian's; a home folder is somebody's.
MACHINE = re.compile(r"(?<![\w.}$-])/(?:root|home/[a-z][\w-]*|Users/\w+|work|workspace|mnt|private)(?:/[\w.+-]+)+")
# Where packages are fetched is the operator's choice: a document may name a project's page, never an index to install from.
REGISTRY = re.compile(
    # spelled in halves, so that this file names no registry itself
    r"(?i)\b(?:pypi\.org/simple|files\.python"
    r"hosted\.org|registry\."
    r"npmjs\.org|deb\."
    r"debian\.org|[\w.-]*artifactory[\w.-]*\.\w+|[\w.-]+/simple/?\b)"
)
SECRET = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b")


def findings(pattern: re.Pattern[str]) -> list[str]:
    """Return every match of `pattern` in a text file of the project, except in this one."""
    return [
        f"{name_of(path)}:{number} {match[0]}"
        for path, text in text_files()
        if path.name != "test_tracked_files.py"
        for number, line in enumerate(text.splitlines(), 1)
        for match in pattern.finditer(line)
    ]


class TestAFileOfTheProject:
    def test_names_no_folder_of_anybodys_machine(self) -> None:
        assert not findings(MACHINE), listed(findings(MACHINE))

    def test_names_no_place_to_fetch_packages_from(self) -> None:
        assert not findings(REGISTRY), listed(findings(REGISTRY))

    def test_holds_no_secret(self) -> None:
        assert not findings(SECRET), listed(findings(SECRET))

    def test_is_written_in_composed_letters(self) -> None:
        loose = [name_of(path) for path, text in text_files() if not unicodedata.is_normalized("NFC", text)]
        assert not loose, listed([f"{name}: save it as NFC, or write the marks as \\u escapes where a test needs them" for name in loose])

    def test_ends_its_lines_as_git_keeps_them(self) -> None:
        assert not [name_of(path) for path, text in text_files() if "\r\n" in text]


class TestTheScanner:
    @pytest.mark.parametrize(
        ("pattern", "planted"),
        [
            (MACHINE, "see /home/an/camket/var"),
            (MACHINE, '"/mnt/shop/camket"'),
            (REGISTRY, "--index-url https://pypi.org/simple"),
            (REGISTRY, "https://mirror.example.com/simple"),
            (SECRET, "-----BEGIN PRIVATE KEY-----"),
        ],
    )
    def test_finds_what_was_planted(self, pattern: re.Pattern[str], planted: str) -> None:
        assert pattern.search(planted)

    @pytest.mark.parametrize("innocent", ["/usr/bin/chromium", "$HOME/.pyenv/versions", "/work-in-progress", "policies/wesoft", "/homepage"])
    def test_leaves_the_innocent_alone(self, innocent: str) -> None:
        assert not MACHINE.search(innocent)
