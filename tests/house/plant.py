"""A copy of the house in which a test may do wrong: plant a breach, run the tool that should see it, read what it says."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.house.tree import ROOT, SRC

ROOMS = (
    *("config", "jobs", "web", "channels", "duties", "access", "outbox", "vault", "journal", "editions", "policy"),
    *(f"web/{face}" for face in ("site", "portal", "console", "api", "kit")),
    *(f"channels/{channel}" for channel in ("mail_in", "mail_out")),
    *(f"duties/{duty}" for duty in ("conduct", "disclosures", "rights", "publishing", "intake", "services", "retention")),
    *(f"duties/{duty}" for duty in ("notices", "catalogue", "standing", "authorities", "custody")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One copy of pyproject.toml and src/ in a folder of its own."""

    folder: Path

    def plant(self, module: str, source: str) -> Path:
        """Write `source` as the module of that dotted name (or add it, where the module exists) and return its file."""
        file = self.folder / "src" / Path(*module.split(".")).with_suffix(".py")
        if not file.parent.exists():
            file.parent.mkdir(parents=True)
            (file.parent / "__init__.py").touch()
        with file.open("a") as out:
            out.write(f"\n{source}\n")
        return file

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of the tools of script/test in the copy."""
        # The copy's src comes first: .venv has a path entry that points at the real one.
        environment = os.environ | {"PYTHONPATH": str(self.folder / "src"), "NO_COLOR": "1", "COLUMNS": "400"}
        tool = Path(sys.executable).with_name(program)
        return subprocess.run([tool, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300)


def copy_house(folder: Path) -> Copy:
    """Return a fresh copy in which every room of the plan exists, though it may be empty."""
    shutil.copytree(SRC, folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    for room in ROOMS:
        initial = folder / "src" / "camket" / room / "__init__.py"
        initial.parent.mkdir(parents=True, exist_ok=True)
        initial.touch()
    return Copy(folder=folder)
