"""The file of settings in the home: a commented one is laid into a new home, and the doctor looks at who may read it."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_HEAD = """\
# Settings of this home. Every camket command reads them; the environment goes before this file.
# One KEY=VALUE a line. Take the # away, give the value, and start the server again. docs/configuration.md explains each.
"""
_EXAMPLES = {
    "CAMKET_CONTROLLER_EMAIL": "privacy@example.com",
    "CAMKET_STORED_IN": "VN",
    "CAMKET_SMTP_URL": "file:letters",
    "CAMKET_IMAP_URL": "imaps://user:password@mail.example.com/INBOX",
    "CAMKET_DATABASE_URL": "postgresql://user:password@host:5432/camket",
    "CAMKET_KEYS_DATABASE_URL": "postgresql://user:password@host:5432/camket_keys",
    "CAMKET_TRUSTED_PROXIES": "127.0.0.1",
    "CAMKET_OIDC_ISSUER": "https://login.example.com",
    "CAMKET_OIDC_CLIENT_ID": "camket",
    "CAMKET_OIDC_CLIENT_SECRET": "secret",
    "CAMKET_OIDC_SECOND_FACTOR": "amr=mfa",
}
_ENVIRONMENT_ONLY = "CAMKET_HOME"


def lay_template(path: Path, settings: Mapping[str, Any]) -> bool:
    """
    Write the file, with every setting as a comment, readable by this account alone; return whether there was none yet.

    Args:
        path: Where it belongs.
        settings: Every variable that may stand in it, by name, as the house reads them.
    """
    blocks = [
        f"\n# {one.variable.meaning}\n# {name}={_EXAMPLES.get(name, one.value)}\n" for name, one in settings.items() if name != _ENVIRONMENT_ONLY
    ]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_HEAD + "".join(blocks))
    return True


def is_open_to_others(path: Path) -> bool:
    """Return whether other accounts of the machine may read or change a file or folder."""
    return path.exists() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
