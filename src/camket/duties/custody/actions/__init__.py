"""Start-up, the keys' epochs and indexes, the journal's tree and its checkpoints; backup and restore."""

from camket.duties.custody.actions.archive import ArchiveDamaged, ArchiveLocked, RecipientUnknown
from camket.duties.custody.actions.backing_up import FileThere, back_up, back_up_keys
from camket.duties.custody.actions.opening import (
    KEY_FAULTS,
    EpochsKept,
    HomeUnusable,
    IndexKept,
    KeysKept,
    KeysLost,
    LedgerDamaged,
    keep_journal,
    keep_keys,
    open_house,
    purge_residue,
    rebuild_index,
    require_keys,
    rotate_keys,
    sign_journal,
)
from camket.duties.custody.actions.restoring import Gap, HomeInUse, NotOurMedium, Restored, restore

__all__ = [
    "KEY_FAULTS",
    "ArchiveDamaged",
    "ArchiveLocked",
    "EpochsKept",
    "FileThere",
    "Gap",
    "HomeInUse",
    "HomeUnusable",
    "IndexKept",
    "KeysKept",
    "KeysLost",
    "LedgerDamaged",
    "NotOurMedium",
    "RecipientUnknown",
    "Restored",
    "back_up",
    "back_up_keys",
    "keep_journal",
    "keep_keys",
    "open_house",
    "purge_residue",
    "rebuild_index",
    "require_keys",
    "restore",
    "rotate_keys",
    "sign_journal",
]
