"""The scene of the canary suite: one house in which everything is driven, looked at while it runs, and in which a person is then erased."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import pyrage

from tests.journeys.canaries import Leak, Nose, files_below, spellings
from tests.journeys.command_line import CommandLine, Printed, command_line
from tests.journeys.copies import (
    IS_POSTGRES,
    Bases,
    Standby,
    as_text,
    copy_files,
    held_open,
    left_behind,
    log_everything,
    standby,
    statistics,
    wal_file,
    with_rollback_journals,
)
from tests.journeys.flock import CANARIES
from tests.journeys.hoard import members_of
from tests.journeys.house import House, running
from tests.journeys.post_office import PostOffice
from tests.journeys.visit import Visit

FROM = {"CAMKET_CONTROLLER_EMAIL": "lienhe@example.vn"}
LONG_AGO = "2026-01-02 03:04:05+00:00"
GONE_WORKER = "SELECT 1 FROM outbox_heartbeat WHERE worker_id = 'worker-gone'"
NOSE = Nose(spellings(CANARIES))


@dataclass(slots=True, kw_only=True)
class Scene:
    """A house in which canaries were carried through every door, and what was found of them."""

    house: House
    post: PostOffice
    line: CommandLine
    visit: Visit
    folder: Path
    standby: Standby | None
    since: str  # the file of the write-ahead log that was written when the scene began
    leaks: list[Leak] = field(default_factory=list)
    places: set[str] = field(default_factory=set)  # where was looked
    by_worker: dict[str, int] = field(default_factory=dict)  # acts, before anybody typed what the worker does by itself
    printed_elsewhere: list[Printed] = field(default_factory=list)  # by commands in other homes

    @property
    def bases(self) -> Bases:
        """Where the house's databases are."""
        return Bases.of(self.house.environment)

    @property
    def secrets(self) -> Path:
        """Where the house's key files are."""
        return self.house.home / "secrets"

    def look_at(self, place: str, content: bytes) -> None:
        """Look for canaries in some bytes."""
        self.places.add(place)
        self.leaks += NOSE.leaks_in(content, place=place)

    def look_below(self, kind: str, folders: Iterable[Path]) -> None:
        """Look for canaries in every file of some folders, and in its name."""
        folders = list(folders)
        self.places |= {f"{kind}: {path}" for path in files_below(folders)}
        self.leaks += NOSE.leaks_below(folders)

    def acts(self) -> dict[str, int]:
        """Return how often the journal tells of each act."""
        return dict(self.bases.rows("default", "SELECT act, count(*) FROM journal_journalentry GROUP BY act"))

    def age_epochs(self) -> None:
        """Let the epochs that there are have begun long ago."""
        self.bases.run("keys", f"UPDATE vault_keys_epoch SET created_at = '{LONG_AGO}'")  # noqa: S608  # an instant of ours

    def wait_until(self, what: str, query: str) -> None:
        """Wait until a query of the main database finds something."""
        deadline = monotonic() + 60
        while not self.bases.rows("default", query):
            assert monotonic() < deadline, f"{what} did not come; the house says:\n{self.house.printed()}"
            sleep(0.1)


@contextmanager
def played(environment: Mapping[str, str], folder: Path) -> Iterator[Scene]:
    """
    Play the scene in a fresh installation, look everywhere, and yield while the house still serves.

    Args:
        environment: Of the installation.
        folder: For backups and copies; outside the home.
    """
    with ExitStack() as stack:
        since = wal_file()
        if IS_POSTGRES:
            log_everything(Bases.of(environment))
        second = stack.enter_context(standby()) if IS_POSTGRES else None
        post = stack.enter_context(PostOffice())
        house = stack.enter_context(running(environment, CAMKET_SMTP_URL=post.url, **FROM))
        line = stack.enter_context(command_line(house.environment))
        if not IS_POSTGRES:
            stack.enter_context(held_open(Bases.of(environment)))
        line.type("token", "list")  # the first command waits until the terminal is open
        line.publish_edition_2(folder, seconds=6)
        visit = Visit(house, post, line)
        scene = Scene(house=house, post=post, line=line, visit=visit, folder=folder, standby=second, since=since)
        scene.wait_until("edition 2", "SELECT count(*) FROM journal_journalentry WHERE act = 'edition.enacted' HAVING count(*) = 2")
        _carry_through_every_door(visit)
        _leave_work_for_the_worker(scene)
        with line.worker(folder / "worker.log"):
            scene.wait_until("a worker's tidying", f"SELECT 1 WHERE NOT EXISTS ({GONE_WORKER})")
        scene.by_worker = scene.acts()
        line.type_everything(folder)
        _back_up(scene)
        look_everywhere(scene)
        yield scene


def _carry_through_every_door(visit: Visit) -> None:
    visit.at_the_form()
    visit.over_a_duplicate()
    visit.with_a_carrier_that_refuses()
    visit.at_the_door_for_programs()
    visit.at_the_desk()
    visit.by_word_of_mouth()
    visit.to_many()
    visit.on_the_do_not_call_list()
    visit.in_special_cases()
    visit.while_it_is_broken()
    visit.at_every_route()


def _leave_work_for_the_worker(scene: Scene) -> None:
    """A key that is a day old, and a worker that has not been heard of for long."""
    scene.age_epochs()
    columns, values = "worker_id, role, started_at, beat_at", f"'worker-gone', 'worker', '{LONG_AGO}', '{LONG_AGO}'"
    scene.bases.run("default", f"INSERT INTO outbox_heartbeat ({columns}) VALUES ({values})")  # noqa: S608  # words of ours


def _back_up(scene: Scene) -> None:
    """Backups as they are by default, and sealed for somebody; one of them is tried over the living house."""
    key, folder = pyrage.x25519.Identity.generate(), scene.folder
    (folder / "identity").write_text(f"{key}\n")
    for name, recipient in (("", ()), ("-sealed", ("--to", str(key.to_public())))):
        scene.line.type("backup", str(folder / f"data{name}"), *recipient)
        scene.line.type("backup", "--keys", str(folder / f"keys{name}"), *recipient)
    scene.line.type("restore", str(folder / "data"), "--keys", str(folder / "keys"), "--accept-gap", status=1)


def look_everywhere(scene: Scene) -> None:
    """Look at every file, at every copy that can be made of the databases, and at every backup, packed and opened."""
    # statistics first: then they lie in the files that are looked into
    for place, content in [*(statistics(scene.bases) if IS_POSTGRES else ()), *as_text(scene.bases)]:
        scene.look_at(place, content)
    scene.look_below("file", left_behind(scene.house.environment, since=scene.since))
    if scene.standby is not None:
        scene.look_below("standby", scene.standby.files(scene.bases))
    else:
        copies = scene.folder / "copies"
        copies.mkdir()
        with with_rollback_journals(copy_files(scene.bases, copies)):
            scene.look_below("copy", [copies])
    scene.look_below("backup", [scene.folder])
    identity = (scene.folder / "identity").read_text().strip()
    for name in ("data", "keys", "data-sealed", "keys-sealed"):
        for member in members_of(scene.folder / name, identity if "sealed" in name else ""):
            scene.look_at(f"{name}: {member.name}", member.content)
