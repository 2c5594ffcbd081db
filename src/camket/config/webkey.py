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
        sentence = f"{error.filename or folder}: {error.strerror}; set CAMKET_HOME to a folder this user may write"
        return secrets.token_hex(_LENGTH), sentence
    except (keyfiles.KeyFileMissing, keyfiles.KeyFileDamaged, keyfiles.KeyFileExposed) as error:
        raise BadSetting(f"{error} ({folder})") from error
