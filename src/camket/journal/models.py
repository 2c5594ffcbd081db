"""The journal's tables: entries, whom they name, the tree over them and its signed heads. No personal data in any of them."""

from collections.abc import Mapping
from types import MappingProxyType

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThan, LessThanOrEqual

from camket.journal.ids import ShortUUIDField

HASH_BYTES = 32
SALT_BYTES = 16
WRITER_BYTES = 16
SIGNATURE_BYTES = 64
MAX_PAYLOAD_BYTES = 131_072

PAYLOAD_WITHHELD = "payload.withheld"  # the act of the entry that says of another that it was withheld

# what the readable columns say once an entry's payload is withheld: that there is an entry, and nothing else
WITHHELD_COLUMNS: Mapping[str, str | None] = MappingProxyType(
    {
        "act": "entry.withheld",
        "actor_role": "",
        "actor_id": "",
        "operation": "",
        "purpose": "",
        "outcome": "",
        "edition": None,
        "clauses": "",
    }
)


def _at_most(**lengths: int) -> models.Q:
    """Return the condition that each named column is no longer than its bound, in characters or bytes."""
    return models.Q(*(LessThanOrEqual(Length(column), bound) for column, bound in lengths.items()))


def _exactly(**lengths: int) -> models.Q:
    """Return the condition that each named column has exactly its length in bytes."""
    return models.Q(*(Exact(Length(column), length) for column, length in lengths.items()))


class JournalEntryQuerySet(models.QuerySet["JournalEntry"]):
    """Entries, by where they stand."""

    def sequenced(self) -> "JournalEntryQuerySet":
        """Return the entries that have a place in the tree, first place first."""
        return self.filter(position__isnull=False).order_by("position")

    def unsequenced(self) -> "JournalEntryQuerySet":
        """Return the entries that wait for a place in the tree, in the order in which they will get one."""
        return self.filter(position__isnull=True).order_by("at", "id")


class JournalEntry(models.Model):
    """One ask or act. The payload is the entry; the readable columns are copies of its facts, and `verify` compares them."""

    id = ShortUUIDField(primary_key=True)
    position = models.BigIntegerField(null=True, unique=True)  # 0 for the first; null until sequenced
    act = models.CharField(max_length=80, help_text="reason: a dotted name written in the code, such as inquiry.received; never typed by anyone")
    at = models.DateTimeField()
    actor_role = models.CharField(max_length=32, help_text="reason: one of the closed list of roles")
    actor_id = models.CharField(max_length=64, blank=True, help_text="reason: opaque id of staff, token or process; names and addresses are refused")
    operation = models.CharField(max_length=16, blank=True, help_text="reason: one of the closed list of operations")
    purpose = models.CharField(max_length=64, blank=True, help_text="reason: id of a purpose of the edition; anything else is written as ?")
    outcome = models.CharField(max_length=16, blank=True, help_text="reason: one of the closed list of outcomes")
    edition = models.PositiveIntegerField(null=True)
    clauses = models.CharField(max_length=1000, blank=True, help_text="reason: numbers of clauses with spaces between them, such as 3.1 4.2")
    payload = models.BinaryField(null=True, help_text="reason: canonical JSON of ids, names and numbers from closed alphabets; null when withheld")
    salt = models.BinaryField(null=True, help_text="reason: random; keeps a withheld payload from being guessed from its leaf; null when withheld")
    leaf = models.BinaryField(help_text="reason: SHA-256 of salt and payload")
    writer = models.BinaryField(help_text="reason: random id of one run of one process's connection")
    counter = models.BigIntegerField()  # 1, 2, 3 … within its writer, with no gap
    mac = models.BinaryField(help_text="reason: HMAC-SHA256 over writer, counter and leaf")

    objects = JournalEntryQuerySet.as_manager()

    class Meta:
        indexes = (
            models.Index(fields=["at", "id"], condition=models.Q(position__isnull=True), name="journal_entry_waiting"),
            # few rows ever, so that "how often was anything given to an authority?" costs nothing however long the journal is
            models.Index(fields=["at"], condition=models.Q(operation="disclose", purpose="legal_disclosure"), name="journal_legal_disclosure"),
        )
        constraints = (
            models.UniqueConstraint(fields=["writer", "counter"], name="journal_entry_once_counted"),
            models.CheckConstraint(condition=models.Q(counter__gte=1), name="journal_entry_counts_from_1"),
            models.CheckConstraint(condition=models.Q(position__isnull=True) | models.Q(position__gte=0), name="journal_entry_position_from_0"),
            models.CheckConstraint(
                condition=_at_most(act=80, actor_role=32, actor_id=64, operation=16, purpose=64, outcome=16, clauses=1000),
                name="journal_entry_text_lengths",
            ),
            models.CheckConstraint(condition=_exactly(leaf=HASH_BYTES, writer=WRITER_BYTES, mac=HASH_BYTES), name="journal_entry_byte_lengths"),
            models.CheckConstraint(
                condition=models.Q(payload__isnull=True, salt__isnull=True, **WITHHELD_COLUMNS)
                | (models.Q(payload__isnull=False, salt__isnull=False) & _exactly(salt=SALT_BYTES) & _at_most(payload=MAX_PAYLOAD_BYTES)),
                name="journal_entry_whole_or_withheld",
            ),
        )

    def __str__(self) -> str:
        return f"{self.act} {self.id}"


class EntrySubject(models.Model):
    """That an entry names a subject: fifty rows for a list of fifty, so that 'who looked at this person' is one indexed query."""

    pk = models.CompositePrimaryKey("entry_id", "subject_id")
    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="naming", db_index=False)
    subject_id = ShortUUIDField()

    class Meta:
        indexes = (models.Index(fields=["subject_id", "entry"], name="journal_subject_named"),)

    def __str__(self) -> str:
        return f"{self.entry_id} names {self.subject_id}"


class TreeNode(models.Model):
    """
    The hash of one complete subtree of 2^`level` leaves; `index` counts the subtrees of its level from the left. Only ever added to.

    The leaves themselves, level 0, stand in their entries.
    """

    pk = models.CompositePrimaryKey("level", "index")
    level = models.PositiveSmallIntegerField()
    index = models.BigIntegerField()
    hash = models.BinaryField(help_text="reason: SHA-256 as RFC 9162 2.1.1 defines it")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_exactly(hash=HASH_BYTES), name="journal_node_hash_length"),
            models.CheckConstraint(condition=models.Q(level__gte=1), name="journal_node_above_leaves"),
        )

    def __str__(self) -> str:
        return f"node {self.level}/{self.index}"


class TreeHead(models.Model):
    """Where the tree ends: its size, and the roots of the complete subtrees that stand side by side at its right edge. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    size = models.BigIntegerField()
    frontier = models.BinaryField(help_text="reason: SHA-256 hashes of complete subtrees, largest first, joined")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="journal_head_is_one"),
            models.CheckConstraint(condition=models.Q(size__gte=0) & _at_most(frontier=64 * HASH_BYTES), name="journal_head_bounds"),
        )

    def __str__(self) -> str:
        return f"head of {self.size}"


class Checkpoint(models.Model):
    """A signed head: who holds any later one can tell whether what it covers was changed."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(help_text="reason: SHA-256 root of the tree at this size")
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16, help_text="reason: first 16 hexadecimal digits of the hash of the public key")
    signature = models.BinaryField(help_text="reason: Ed25519 signature of size, root and instant")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(GreaterThan(models.F("size"), 0)) & _exactly(root=HASH_BYTES, signature=SIGNATURE_BYTES, key_id=16),
                name="journal_checkpoint_shape",
            ),
        )

    def __str__(self) -> str:
        return f"checkpoint {self.size}"
