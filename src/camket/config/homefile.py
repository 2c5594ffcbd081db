"""The settings that stand in the home itself: `camket.env`, so that every command on the machine finds the same ones."""

import re
from collections.abc import Collection
from pathlib import Path

FILE_NAME = "camket.env"
_LINE = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)\s*=\s*(?P<value>.*)")


class BadLine(Exception):
    """The file cannot be understood; the message names the line, and repeats no value, for it may be a password."""


def read_home_file(path: Path, *, known: Collection[str]) -> dict[str, str]:
    """
    Return the settings of a file of KEY=VALUE lines, or nothing where there is no file.

    Args:
        path: The file; lines that begin with # and empty lines mean nothing.
        known: Names that may stand in it.

    Raises:
        BadLine: The file cannot be read, a line is no KEY=VALUE, or names something unknown, or something for the second time.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise BadLine(f"{path}: {error.strerror}; let the account that runs Camket read it") from error
    except UnicodeDecodeError as error:
        raise BadLine(f"{path} is not UTF-8 text; save it as UTF-8") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _pair(line.strip(), f"{path}, line {number}", known)
            if name in found:
                raise BadLine(f"{path}, line {number}: {name} is set a second time; keep one of the two")
            found[name] = value
    return found


def _pair(line: str, place: str, known: Collection[str]) -> tuple[str, str]:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise BadLine(f"{place}: this is not KEY=VALUE; a comment begins with #")
    name, value = parts["name"], parts["value"]
    if name == "CAMKET_HOME":
        raise BadLine(f"{place}: CAMKET_HOME says where this file is, so only the environment can set it")
    if name not in known:
        raise BadLine(f"{place}: there is no setting {name[:40]}; docs/configuration.md lists them")
    is_quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return name, value[1:-1] if is_quoted else value
