"""A person is erased in the scene; then everything that is left is gathered, here, in a copy, in a restored backup, with every key there is."""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from tests import stage
from tests.cast import CHI
from tests.journeys.command_line import Printed, command_line
from tests.journeys.copies import IS_POSTGRES, Bases, copy_files, left_behind
from tests.journeys.flock import PASSED_ON, PERSON
from tests.journeys.hoard import Hoard
from tests.journeys.scene import Scene
from tests.journeys.visit import Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What somebody with every key can get hold of, before and after."""

    person: UUID
    living: UUID
    before: Hoard
    here: Hoard
    copied: Hoard
    restored: Hoard
    aged: Hoard  # the house once the epochs of the person's days are dead
    kept: tuple[Hoard, Hoard]  # the backup of the data from before, and that of the keys
    rows: Mapping[str, int]  # that name the person, by table
    verified: Mapping[str, Printed]  # the journal, by place
    page: Answer  # of the inquiry, to an adviser


def erase(scene: Scene, folder: Path) -> Erasure:
    """
    Have PERSON erased by the worker, and gather what is left of them everywhere.

    Args:
        scene: After the visit, its backups made.
        folder: For what is made here.
    """
    before = Hoard.of_house(scene.bases, scene.secrets)
    person, living = (_subject_of(before, name) for name in (PERSON["full_name"], PASSED_ON["full_name"]))
    matters = {blob.matter_id for blob in before.records_of(person)}
    page = _let_the_worker_erase(scene, person)
    verified: dict[str, Printed] = {}
    here = Hoard.of_house(scene.bases, scene.secrets)
    copied = _of_a_copy(scene, folder, verified)
    restored = _of_a_restored_backup(scene, folder, verified)
    rows = scene.bases.naming({person, *matters})
    scene.line.type("journal", "verify", "--json")
    verified["here"] = scene.line.printed[-1]
    aged = _once_the_epochs_are_dead(scene)
    scene.house.stop()
    scene.look_below("at rest", left_behind(scene.house.environment, since=scene.since))
    kept = Hoard.of_backup(scene.folder / "data"), Hoard.of_backup(scene.folder / "keys")
    return Erasure(
        person=person,
        living=living,
        before=before,
        here=here,
        copied=copied,
        restored=restored,
        aged=aged,
        kept=kept,
        rows=rows,
        verified=verified,
        page=page,
    )


def _subject_of(hoard: Hoard, name: str) -> UUID:
    (subject,) = {blob.subject_id for blob, values in hoard.opened().items() if values.get("full_name") == name}
    assert subject is not None
    return subject


def _let_the_worker_erase(scene: Scene, person: UUID) -> Answer:
    """The command brings the erasure forward and asks for a last letter; the worker sends that, erases and collects. Then an adviser looks."""
    path = f"/vi/console/inquiries/{scene.visit.reference}"
    chi = scene.visit.signed_in(CHI.email, CHI.role)
    assert chi.submit(chi.get(path), {"act": "resolve"}, path).status == 200
    later = (datetime.now(UTC) + timedelta(days=4000)).strftime("%Y-%m-%dT%H:%M:%SZ")  # the house lives in the present
    scene.line.type("retention", "run", "--at", later, "--wait", "0")
    assert "for the last letter" in scene.line.printed[-1].text, scene.line.printed[-1].text
    id = person if IS_POSTGRES else person.hex
    left = f"SELECT 1 FROM vault_matter WHERE subject_id = '{id}' AND collected_at IS NULL"  # noqa: S608  # an id of ours
    scene.wait_until("the collection", f"SELECT 1 WHERE NOT EXISTS ({left})")
    chi.get(path)
    return scene.visit.answers[-1]


def _of_a_copy(scene: Scene, folder: Path, verified: dict[str, Printed]) -> Hoard:
    """What a standby holds, or copies of the files; and whether the journal verifies there."""
    copy = folder / "home"
    shutil.copytree(scene.house.home, copy, ignore=shutil.ignore_patterns("*.sqlite3*"))
    bases = copy_files(scene.bases, copy) if scene.standby is None else scene.standby.bases(scene.bases)
    names = {"CAMKET_DATABASE_URL": bases.default, "CAMKET_KEYS_DATABASE_URL": bases.keys} if IS_POSTGRES else {}
    with command_line({**scene.house.environment, "CAMKET_HOME": str(copy), **names}) as line:
        line.type("journal", "verify", "--json")
    verified["copy"] = line.printed[-1]
    return Hoard.of_house(bases, copy / "secrets")


def _of_a_restored_backup(scene: Scene, folder: Path, verified: dict[str, Printed]) -> Hoard:
    """The backup from before, restored with its keys and the medium as it is now; then a new epoch begins there."""
    with ExitStack() as stack:
        environment = stack.enter_context(stage.installation(folder / "restored", is_bare=True))  # what a restore finds on a new machine
        shutil.copytree(scene.house.home / "checkpoints", folder / "restored" / "checkpoints")
        line = stack.enter_context(command_line({**scene.house.environment, **environment}))
        line.type("restore", str(scene.folder / "data"), "--keys", str(scene.folder / "keys"), "--accept-gap")
        line.type("keys", "rotate")
        line.type("journal", "verify", "--json")
        verified["restored"] = line.printed[-1]
        scene.printed_elsewhere += line.printed
        scene.look_below("restored", left_behind(environment, since=scene.since))
        return Hoard.of_house(Bases.of(environment), folder / "restored" / "secrets")


def _once_the_epochs_are_dead(scene: Scene) -> Hoard:
    """The house after its epochs' days are over: only the newest lives, and no file of another is left."""
    scene.age_epochs()
    scene.line.type("keys", "rotate")
    return Hoard.of_house(scene.bases, scene.secrets)
