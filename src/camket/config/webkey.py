"""The key that signs sessions, forms and sign-in links: made on first use, for it protects nothing that is kept."""

import secrets
from pathlib import Path

from camket.config.environment import BadSetting
from camket.journal import keyfiles

_LENGTH = 32


def web_key(folder: Path) -> tuple[str, str]:
    """
    Return the key, and a sentence saying why the home cannot be used, or nothing.

    Where the home cannot be used the key is a passing one: `camket policy check` needs no home, and whatever does need it
    looks at the sentence first (custody.open_house).

    Args:
        folder: Where key files are kept.

    Raises:
        BadSetting: The key file is damaged, or open to others.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return keyfiles.read_or_create(folder / "web.key", length=_LENGTH, may_create=True).hex(), ""
    except OSError as error:
        return secrets.token_hex(_LENGTH), _fault(folder.parent, error)
    except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged, keyfiles.KeyFileExposed) as error:
        raise BadSetting(f"{error} ({folder})") from error


def _fault(home: Path, error: OSError) -> str:
    """What is wrong with the home, by the name of its variable: the bare error speaks of a folder that nobody named."""
    wrong = "it is a file" if isinstance(error, NotADirectoryError) and home.is_file() else f"{error.filename or home}: {error.strerror}"
    return f"CAMKET_HOME is {home}: {wrong}; set it to a folder that this user may write"
