"""Write the journal, or one entry with its proof, down for somebody who trusts none of our programs (docs/journal.md, docs/verify_journal.py)."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from camket.journal import entries, queries, signing, tree
from camket.journal.checkpoints import CheckpointRow
from camket.journal.models import JournalEntry
from camket.journal.queries import Proof

DATABASE = "default"
PROOF = "camket proof v1"
_CHUNK = 1000


class NotYetSigned(Exception):
    """No checkpoint covers the entry yet, so nothing can be proved of it to somebody else; `entry_id` holds its id."""

    def __init__(self, entry_id: UUID) -> None:
        super().__init__(f"no checkpoint covers entry {entry_id} yet")
        self.entry_id = entry_id


class CheckpointForeign(Exception):
    """A checkpoint is not signed by this journal's key; `size` is how many entries it says it covers."""

    def __init__(self, size: int) -> None:
        super().__init__(f"the checkpoint of {size} entries is not signed by this journal's key")
        self.size = size


class HistoryBroken(Exception):
    """The journal is not what a checkpoint signed: it was changed, cut off or set back; `size` is how many entries that checkpoint covers."""

    def __init__(self, size: int) -> None:
        super().__init__(f"this journal does not begin with the {size} entries that a checkpoint signed")
        self.size = size


def lines() -> Iterator[bytes]:
    """
    Yield every sequenced entry as one line of canonical JSON, first place first: position, leaf, and salt and payload unless withheld.

    The lines hold what the entries say, and so the ids of subjects and staff: they are for the operator and for auditors.

    Source: policy §7 (7.3).
    """
    after = -1
    sequenced = JournalEntry.objects.using(DATABASE).sequenced()
    while rows := list(sequenced.filter(position__gt=after)[:_CHUNK]):
        for row in rows:
            yield entries.canonical(_told(row)) + b"\n"
        after = rows[-1].position or 0


def proof(entry_id: UUID, *, since: CheckpointRow | None = None) -> dict[str, Any]:
    """
    Return the proof that an entry is among those that the latest checkpoint signed, with all that is needed to check it but the trust in the key.

    What it says is shown too, unless it is withheld. It may name several subjects: the proof is for the operator and for auditors.

    Args:
        entry_id: The entry's id.
        since: An older checkpoint, its signature not yet checked: prove also that the journal still begins with what it signed.

    Raises:
        EntryUnknown: There is no such entry.
        NotYetSequenced: It has no place in the tree yet.
        NotYetSigned: No checkpoint covers it yet.
        CheckpointForeign: `since` is not signed by our key.
        HistoryBroken: The journal is not what the latest checkpoint or `since` signed, so there is no proof.

    Source: RFC 9162 §2.1.3 and §2.1.4.
    """
    public_key, found = signing.public_key_bytes(), _sound_proof(entry_id)
    if found.checkpoint is None:
        raise NotYetSigned(entry_id)
    told = _told(JournalEntry.objects.using(DATABASE).get(id=entry_id))
    if told["payload"] is not None and entries.leaf_of(bytes.fromhex(told["salt"]), told["payload"].encode()) != found.leaf:
        raise HistoryBroken(found.size)
    return {
        "checkpoint": found.checkpoint.told(public_key),
        "entry": told,
        "format": PROOF,
        "path": [value.hex() for value in found.path],
        "since": None if since is None else _beginning(since, found.checkpoint, public_key),
    }


def _sound_proof(entry_id: UUID) -> Proof:
    """Return a proof of inclusion that leads to its root: a house that was tampered with must not hand out one that does not."""
    try:
        found = queries.inclusion_proof(entry_id)
    except KeyError:
        raise HistoryBroken(queries.head().size) from None
    if not found.holds():
        raise HistoryBroken(found.size)
    return found


def _beginning(old: CheckpointRow, new: CheckpointRow, public_key: bytes) -> dict[str, Any]:
    """Return an older checkpoint and the proof that what a newer one signed begins with it."""
    if not old.is_ours(public_key):
        raise CheckpointForeign(old.size)
    try:
        path = queries.consistency_proof(old_size=old.size, new_size=new.size)
    except (ValueError, KeyError):  # it covers more than there is, or a node is gone
        raise HistoryBroken(old.size) from None
    if not tree.is_consistent(old.size, old.root, new.size, new.root, path):
        raise HistoryBroken(old.size)
    return {"checkpoint": old.told(public_key), "path": [value.hex() for value in path]}


def _told(row: JournalEntry) -> dict[str, Any]:
    return {
        "leaf": bytes(row.leaf).hex(),
        # what is no text was not written by us: shown all the same, and found by its leaf
        "payload": None if row.payload is None else bytes(row.payload).decode(errors="replace"),
        "position": row.position,
        "salt": None if row.salt is None else bytes(row.salt).hex(),
    }
