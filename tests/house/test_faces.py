"""What the map says of each room's face is what the others ask of it, no less and no more."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import ROOT

SOURCES = ROOT / "src" / "camket"
ROW = re.compile(r"\| `(?P<room>[a-z_/]+)` \|.*\| (?P<face>[^|]+) \|")
FACES = {found["room"]: found["face"] for line in (ROOT / "docs" / "map.md").read_text("utf-8").splitlines() if (found := ROW.fullmatch(line))}
# the doors are named by the settings and by addresses, and of a room that says so any module may be asked
ROOMS = [room for room, face in FACES.items() if not room.startswith(("web/", "jobs", "config")) and not face.startswith("any module")]


def room_of(module: str) -> tuple[str, str]:
    """The room that a module lies in, and which of its modules or packages that is."""
    parts = module.split(".")[1:]
    room = next(("/".join(parts[:length]) for length in (2, 1) if "/".join(parts[:length]) in FACES), "")
    return room, ".".join(parts[len(room.split("/")) :])


def asked() -> Iterator[tuple[str, str]]:
    """Each room, with what another room imports of it."""
    for path in SOURCES.rglob("*.py"):
        own, _ = room_of(".".join(("camket", *path.relative_to(SOURCES).with_suffix("").parts)))
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("camket."):
                for name in node.names:
                    inside = SOURCES.joinpath(*f"{node.module}.{name.name}".split(".")[1:])
                    is_module = inside.is_dir() or inside.with_suffix(".py").exists()
                    room, part = room_of(f"{node.module}.{name.name}" if is_module else str(node.module))
                    if room != own:
                        yield room, part


ASKED = set(asked())


@pytest.mark.parametrize("room", ROOMS)
def test_a_face_is_what_others_ask(room: str) -> None:
    named = {""} if FACES[room] in ("its package", "itself") else set(re.findall(r"`([a-z_.]+)`", FACES[room]))
    assert {part for asked_of, part in ASKED if asked_of == room} == named


def test_the_map_names_rooms_of_which_something_is_asked() -> None:
    assert len(ROOMS) > 12
    assert ("vault", "gate") in ASKED
