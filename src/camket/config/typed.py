"""How this program is called by whoever started it, so that what it tells people to type can be typed."""

import os
import shlex
import shutil
from pathlib import Path

_NAME = "camket"


def as_typed(argument: str, *, folder: Path) -> str:
    """
    Return the command that starts this program: its bare name where the shell finds it, else the way to it.

    Args:
        argument: The first word of the command line, as the process got it.
        folder: Where the person stands who typed it.
    """
    called = Path(os.path.abspath(folder / argument))  # noqa: PTH100  # not resolved: the launcher in .venv may be a link, and is typed as one
    if called.parts[-2:] == (_NAME, "__main__.py"):
        return f"python -m {_NAME}"
    found = shutil.which(_NAME)
    if called.name != _NAME or (found is not None and Path(found).resolve() == called.resolve()):
        return _NAME
    return shlex.quote(str(called.relative_to(folder) if called.is_relative_to(folder) else called))
