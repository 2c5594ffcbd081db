"""Restoring a backup into an empty home: rows, keys, and then every erasure, withdrawal and revocation of since, before anything opens."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import connections, models, transaction
from django.db.migrations.executor import MigrationExecutor

from camket.access.actions import revoke_everything
from camket.duties.custody.actions import archive
from camket.duties.custody.actions.archive import ArchiveDamaged
from camket.duties.custody.actions.backing_up import LEDGER, epoch_file, kept_tables
from camket.duties.custody.actions.fitness import require_fit_databases
from camket.duties.custody.actions.opening import KeysLost, finish_start, make_private, restore_mark
from camket.journal import checkpoints, keyfiles, signing, tree, writers
from camket.journal import queries as journal
from camket.journal.actions import record
from camket.journal.checkpoints import CheckpointDamaged, CheckpointRow
from camket.journal.models import TreeNode
from camket.policy.terms import Actor
from camket.vault import gate

_AT_ONCE = 500
_SUPERSEDED = "superseded"
_REMADE = "web.key"  # it signs sessions, forms and sign-in links, and every start makes one where there is none


class HomeInUse(Exception):
    """There is something in this home already: a backup is restored into an empty one."""


class NotOurMedium(Exception):
    """The checkpoints on the second medium were signed by another house."""


class Gap(Exception):
    """Something that happened after the backup cannot be restored; `sentences` say what. It has to be accepted in so many words."""

    def __init__(self, sentences: tuple[str, ...]) -> None:
        super().__init__("; ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restore did."""

    made_at: datetime  # of the backup
    rows: int
    done_again: int  # erasures and withdrawals of since
    revoked: int  # sessions, links and tokens that may have been revoked since
    gaps: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Backup:
    """A backup that was looked through: where it is read, and what its list says."""

    stream: IO[bytes]
    name: str
    facts: Mapping[str, Any]

    def members(self, beginning: str) -> Iterator[archive.Member]:
        return (member for member in archive.members(self.stream, self.name) if member.name.startswith(beginning))


def restore(*, path: Path, keys_path: Path | None, identity: str, accepts_gap: bool, actor: Actor, now: datetime) -> Restored:
    """
    Restore a backup into an empty home, erase and withdraw again what was erased and withdrawn after it was made, and revoke what may have been.

    Nothing is written before both files were read to their end and compared with their signed lists. The house stays shut until
    `end_restore`: broken off in between, it opens no more, and the backup is restored into another home.

    Args:
        path: A backup of the data.
        keys_path: A backup of the epoch keys; None where the home still has them.
        identity: The secret key (age) that both are sealed for; empty where they are not.
        accepts_gap: Whether to go on although something that happened since cannot be restored.
        actor: Who ordered it.
        now: UTC instant.

    Raises:
        ArchiveDamaged: A file is no backup, not whole, changed, or made by a newer program.
        ArchiveLocked: A file is sealed for somebody else.
        HomeInUse: The home is not empty.
        DatabaseUnfit: A database that was named cannot hold a house.
        NotOurMedium: The checkpoints on the second medium are another house's.
        Gap: Something since cannot be restored, and that was not accepted.
        KeysLost: The epoch keys that the backup needs are nowhere.
        OSError: A file cannot be read or written.

    Source: policy §4 (4.7), §7 (7.1), §9 (9.9); house.md §4 (restore replays the erasures before it opens).
    """
    make_private(Path(settings.CAMKET_SECRETS))
    make_private(Path(settings.CAMKET_CHECKPOINTS))
    with ExitStack() as stack:
        backup = stack.enter_context(_looked_through(path, identity, kind="data"))
        keys = [stack.enter_context(_looked_through(keys_path, identity, kind="keys"))] if keys_path else []
        if any(one.facts["public_key"] != backup.facts["public_key"] for one in keys):
            raise archive.ArchiveDamaged(f"{keys[0].name} holds the keys of another house than {backup.name}")
        _require_empty()
        require_fit_databases()
        newest = _newest_checkpoint(backup)
        gaps = _gaps(backup, newest)
        if gaps and not accepts_gap:
            raise Gap(gaps)
        _put_back_files([backup, *keys])
        _require_epochs(backup)
        gate.put_back_ledger(_content(backup, LEDGER))
        _shut()
        rows = sum(_fill(backup, alias) for alias in ("keys", "default"))
    _migrate_on()
    _set_aside_checkpoints(int(backup.facts["journal"]))
    writers.begin_anew()
    revoked = revoke_everything(actor=actor, now=now)
    gate.give_up_lost_epochs(now=now)  # those that no living key needs are in no copy of the keys
    done_again = finish_start(now=now)
    told = {"entries": int(backup.facts["journal"]), "lost_up_to": newest.size if newest else 0, "gaps": len(gaps), "rows": rows}
    record(act="house.restored", actor=actor, at=now, facts=told)
    return Restored(made_at=datetime.fromisoformat(backup.facts["made_at"]), rows=rows, done_again=done_again, revoked=revoked, gaps=gaps)


def end_restore() -> None:
    """
    Let a restored house open, once everything that has to be done before is done.

    Raises:
        OSError: The mark of the restore could not be removed; the house stays shut.
    """
    restore_mark().unlink()
    keyfiles.sync_folder(restore_mark().parent)


def _shut() -> None:
    """A house whose databases are being filled opens to nobody, whatever happens to this process."""
    with restore_mark().open("w") as file:
        file.write("A restore is under way here, or was broken off.\n")
        file.flush()
        os.fsync(file.fileno())
    keyfiles.sync_folder(restore_mark().parent)


@contextmanager
def _looked_through(path: Path, identity: str, *, kind: str) -> Iterator[_Backup]:
    with archive.opened(path, identity=identity, folder=Path(settings.CAMKET_HOME)) as stream:
        yield _Backup(stream=stream, name=path.name, facts=archive.checked(stream, path.name, kind=kind))


def _require_empty() -> None:
    for alias in connections:
        there = connections[alias].introspection.table_names()
        # rows of the keys alone are what an interrupted restore leaves: the data comes last
        if alias == "default" and any(model._meta.db_table in there and model._base_manager.exists() for model in kept_tables(apps, alias)):
            raise HomeInUse("there is data in this home already; set CAMKET_HOME to a new folder, or name new databases")


def _newest_checkpoint(backup: _Backup) -> CheckpointRow | None:
    """The latest valid checkpoint on the second medium; one of another house's hand stops everything."""
    folder, public_key = Path(settings.CAMKET_CHECKPOINTS), bytes.fromhex(backup.facts["public_key"])
    found = []
    for size in sorted(checkpoints.sizes_in(folder)):
        try:
            row = checkpoints.read_file(checkpoints.path_of(folder, size))
        except CheckpointDamaged:
            continue
        if row.key_id != signing.key_id_of(public_key):
            raise NotOurMedium("the checkpoints on the second medium were signed by another key than this backup: is the right medium mounted?")
        if row.is_ours(public_key):
            found.append(row)
    return found[-1] if found else None


def _gaps(backup: _Backup, newest: CheckpointRow | None) -> tuple[str, ...]:
    """What is known to be missing: acts after the backup, and the means to erase again what was erased since."""
    held, covered = int(backup.facts["journal"]), newest.size if newest else 0
    found = []
    if newest is not None and covered > held:
        found.append(f"the journal went on to {covered} entries until {newest.at:%Y-%m-%d %H:%M} UTC; this backup has {held}, the others are lost")
    if covered < int(backup.facts["checkpoint"]) or not gate.is_ledger_after(_content(backup, LEDGER)):
        found.append(
            "the ledger of erasures is not the one that goes on from this backup: whoever was erased or withdrew since would be readable again"
        )
    if missing := tree.count_nodes(held) - _count_nodes(backup):
        nodes = "1 node" if missing == 1 else f"{missing} nodes"
        found.append(f"of the journal's tree {nodes} cannot be found in this backup; `{settings.CAMKET_COMMAND} journal verify` will say where")
    return tuple(found)


def _count_nodes(backup: _Backup) -> int:
    """How many complete subtrees of the journal's tree are in a backup; older ones hold the leaves beside them, which do not count."""
    count = 0
    for member in backup.members(f"tables/default/{TreeNode._meta.label_lower}/"):
        names, *rows = (json.loads(line) for line in member.content.decode().split("\n"))
        level = names.index("level")
        count += sum(row[level] > 0 for row in rows)
    return count


def _content(backup: _Backup, name: str) -> bytes:
    return next((member.content for member in backup.members(name)), b"")


def _put_back_files(backups: Sequence[_Backup]) -> None:
    """A file that is there already must be the same: nothing is overwritten but the key that every start makes for itself."""
    folder = Path(settings.CAMKET_SECRETS)
    for backup in backups:
        for member in backup.members("secrets/"):
            path = folder / member.name.removeprefix("secrets/")
            if path.name == _REMADE:
                path.unlink(missing_ok=True)
            try:
                keyfiles.create(path, member.content)
            except FileExistsError:
                if keyfiles.read(path, length=len(member.content)) != member.content:
                    raise HomeInUse(f"there is another {path.name} in this home already; restore into an empty one") from None


def _require_epochs(backup: _Backup) -> None:
    files = [Path(settings.CAMKET_SECRETS) / epoch_file(number) for number in backup.facts["epochs"]]
    lost = [file.name for file in files if not file.exists()]
    if lost:
        raise KeysLost(
            f"the epoch keys {', '.join(lost)} are neither in this home nor in a file named with --keys: "
            "without them nothing in this backup can be opened"
        )


def _fill(backup: _Backup, alias: str) -> int:
    """Make one database's tables as they were when the backup was made, and fill them in one transaction."""
    executor = MigrationExecutor(connections[alias])
    wanted = {(app, name) for app, name in backup.facts["migrations"][alias]}
    if not wanted <= set(executor.loader.disk_migrations):
        raise ArchiveDamaged(f"{backup.name} was made by a newer version of this program ({backup.facts['program']}): restore it with that one")
    targets = [node for node in wanted if not any(child.key in wanted for child in executor.loader.graph.node_map[node].children)]
    executor.migrate(targets)
    tables = executor.loader.project_state(targets).apps
    count = 0
    with transaction.atomic(using=alias, durable=True):
        if alias == "keys":
            for model in kept_tables(tables, alias):
                model._base_manager.using(alias).all().delete()
        for member in backup.members(f"tables/{alias}/"):
            count += _insert(tables.get_model(member.name.split("/")[2]), member.content, alias)
        _reset_counters(kept_tables(tables, alias), alias)
    return count


def _insert(model: type[models.Model], content: bytes, alias: str) -> int:
    names, *rows = (json.loads(line) for line in content.decode().split("\n"))
    columns = {column.attname: column for column in model._meta.concrete_fields}
    made = [model(**{name: columns[name].to_python(value) for name, value in zip(names, row, strict=True)}) for row in rows]
    model._base_manager.using(alias).bulk_create(made, batch_size=_AT_ONCE)
    return len(made)


def _reset_counters(tables: Sequence[type[models.Model]], alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for statement in connections[alias].ops.sequence_reset_sql(no_style(), list(tables)):
            cursor.execute(statement)


def _migrate_on() -> None:
    for alias in connections:
        executor = MigrationExecutor(connections[alias])
        executor.migrate(executor.loader.graph.leaf_nodes())


def _set_aside_checkpoints(size: int) -> None:
    """What was signed over entries that are lost goes into a folder beside the others: nothing is destroyed, and `verify` follows what there is."""
    folder = Path(settings.CAMKET_CHECKPOINTS)
    aside = folder / _SUPERSEDED
    for one in sorted(checkpoints.sizes_in(folder), reverse=True):
        path = checkpoints.path_of(folder, one)
        # all on the medium are of one history: it and this backup's go apart above the first that both agree on
        try:
            if one <= size and _is_of_this_journal(path):
                return
        except CheckpointDamaged:
            continue  # left where it is: `verify` tells of it
        aside.mkdir(exist_ok=True, mode=0o700)
        namesakes = sum(1 for _ in aside.glob(f"{path.stem}.*"))
        path.rename(aside / (f"{path.stem}.{namesakes}{path.suffix}" if namesakes else path.name))


def _is_of_this_journal(path: Path) -> bool:
    row = checkpoints.read_file(path)
    try:
        return tree.root_at(row.size, journal.read_nodes) == row.root
    except KeyError:
        return False  # a node is missing, and that was accepted: there is nothing to compare it with
