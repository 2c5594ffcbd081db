"""The journal's proof, the house's health, and the figures of its work, for the command line and the doors."""

from camket.duties.custody.queries.figures import (
    Figures,
    Occupancy,
    Room,
    Streaming,
    figures,
    key_epoch,
    last_backup_at,
    occupancy,
    room_left,
    seconds_since_worker,
    streaming,
    versions,
)
from camket.duties.custody.queries.judging import judge_backups, judge_erasures, judge_keys, judge_letters, judge_mailbox, judge_route
from camket.duties.custody.queries.looking import can_send_letters, look_around, readiness
from camket.duties.custody.queries.proving import (
    JournalLine,
    JournalPage,
    export_journal,
    journal_entry,
    journal_page,
    latest_checkpoint_mark,
    prove_entry,
    verify_journal,
)
from camket.journal.checkpoints import CheckpointDamaged
from camket.journal.exports import CheckpointForeign, HistoryBroken, NotYetSigned
from camket.journal.queries import EntryUnknown, NotYetSequenced
from camket.journal.searching import Wanted as JournalWanted

__all__ = [
    "CheckpointDamaged",
    "CheckpointForeign",
    "EntryUnknown",
    "Figures",
    "HistoryBroken",
    "JournalLine",
    "JournalPage",
    "JournalWanted",
    "NotYetSequenced",
    "NotYetSigned",
    "Occupancy",
    "Room",
    "Streaming",
    "can_send_letters",
    "export_journal",
    "figures",
    "journal_entry",
    "journal_page",
    "judge_backups",
    "judge_erasures",
    "judge_keys",
    "judge_letters",
    "judge_mailbox",
    "judge_route",
    "key_epoch",
    "last_backup_at",
    "latest_checkpoint_mark",
    "look_around",
    "occupancy",
    "prove_entry",
    "readiness",
    "room_left",
    "seconds_since_worker",
    "streaming",
    "verify_journal",
    "versions",
]
