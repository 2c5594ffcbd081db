"""Another company's policy: the first edition of docs/write-your-own-policy.md, read from the page itself."""

import re
from pathlib import Path

from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "write-your-own-policy.md"


def bakery(folder: Path, *, number: int) -> Path:
    """
    Write its folder under a number, and return it.

    Args:
        folder: An empty place for it.
        number: Which edition it is to be.
    """
    blocks = re.findall(r"^(`{3,})\w+ ((?:at the end of )?may/edition-1/(\S+))\n(.*?)\n\1$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    folder.mkdir(parents=True)
    for _, place, name, text in blocks:
        with (folder / name).open("a" if place.startswith("at the end") else "w", encoding="utf-8") as file:
            file.write(text.replace("number = 1", f"number = {number}") + "\n")
    return folder
