"""An edition's folder, read from the disk with a limit on what it may hold."""

import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

from camket.policy.advertising import AdvertisingLaw, advertising_law
from camket.policy.regimes import Regime, parse_regime
from camket.policy.source import LARGEST_FILE, EditionSource

_MOST_BYTES = 4_000_000  # of a rule pack
_MOST_FILES = 40
_NUMBERED = re.compile(r"edition-[1-9][0-9]{0,5}")
_ENDINGS = frozenset({".md", ".toml"})


class SourceMissing(Exception):
    """There is no edition at this place, or it cannot be read; the message says what was looked for."""


def read_edition(path: Path) -> EditionSource:
    """
    Return the texts of an edition's folder, by file name; what is too long or no UTF-8 comes along as far as the compiler needs to say so.

    Args:
        path: The folder, or a file within it.

    Raises:
        SourceMissing: It is not there, or holds too many files.
    """
    folder = path if path.is_dir() else path.parent
    if not path.exists() or not (folder / "edition.toml").is_file():
        raise SourceMissing(f"{path}: no edition here; a folder with edition.toml and policy.<language>.md is expected")
    files = sorted(found for found in folder.iterdir() if found.is_file() and found.suffix in _ENDINGS)
    if len(files) > _MOST_FILES:
        raise SourceMissing(f"{folder}: more than {_MOST_FILES} files")
    return EditionSource(files={file.name: _beginning(file) for file in files})


def _beginning(file: Path) -> str:
    """One character more than the compiler takes is enough for it to refuse the file; what is no UTF-8 becomes the half characters it refuses."""
    with file.open(encoding="utf-8", errors="surrogateescape") as opened:
        return opened.read(LARGEST_FILE + 1)


def _text(file: Path) -> str:
    if file.stat().st_size > _MOST_BYTES:
        raise SourceMissing(f"{file}: larger than {_MOST_BYTES} bytes")
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise SourceMissing(f"{file}: not UTF-8 text (byte {error.start})") from None


def read_regime(path: Path) -> Regime:
    """
    Return the law's rule pack.

    Args:
        path: A TOML file of `regimes/`.

    Raises:
        SourceMissing: There is no such file; the message names the setting, for no other way leads to one.
        RegimeInvalid: It is not a rule pack.
    """
    if not path.is_file():
        others = ", ".join(sorted(one.stem for one in path.parent.glob("*.toml")))
        raise SourceMissing(f"CAMKET_REGIME: there is no rule pack of the law {path}; there are: {others or 'none'}")
    return parse_regime(_text(path))


def house_regime() -> Regime:
    """
    Return the rule pack that the house was started with: another one needs a new start, as every setting does.

    Raises:
        SourceMissing, RegimeInvalid: As from `read_regime`.
    """
    return _read_once(Path(settings.CAMKET_REGIME_FILE))


@lru_cache(maxsize=2)
def _read_once(path: Path) -> Regime:
    return read_regime(path)


def advertising_law_on(now: datetime) -> AdvertisingLaw:
    """
    Return what the law says of advertising on the day of an instant, where the law counts its days.

    Args:
        now: UTC instant.

    Raises:
        SourceMissing, RegimeInvalid: As from `read_regime`.
    """
    regime = house_regime()
    return advertising_law(regime, now.astimezone(ZoneInfo(regime.timezone)).date())


def folder_fault(folder: Path) -> str:
    """
    Return what is wrong with the folder that CAMKET_POLICY names; nothing where an edition stands in it.

    Args:
        folder: Its value.
    """
    try:
        wrong = _fault_of(folder)
    except OSError as error:
        wrong = error.strerror or type(error).__name__
    return f"CAMKET_POLICY is {folder}: {wrong}" if wrong else ""


def _fault_of(folder: Path) -> str:
    if not folder.exists():
        return "there is no such folder"
    if not folder.is_dir():
        return "it is no folder"
    if (folder / "edition.toml").is_file():
        # what `policy check` and `policy publish` ask for, so it is soon mistaken for it
        return f"this is the folder of one edition: name the one above it, {folder.absolute().parent}"
    return "" if editions_in(folder) else "there is no edition-1 in it, with an edition.toml"


def editions_in(folder: Path) -> list[Path]:
    """Return the folders `edition-1`, `edition-2` … below a policy's folder, in the order of their numbers; a draft has no number yet."""
    found = [place for place in folder.glob("edition-*") if (place / "edition.toml").is_file() and _NUMBERED.fullmatch(place.name)]
    return sorted(found, key=lambda place: int(place.name.removeprefix("edition-")))
