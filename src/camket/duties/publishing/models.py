"""Drafts of editions: texts that bind nobody yet. A policy is public by nature, so no column here is about a person."""

from django.db import models
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


class Draft(models.Model):
    """An edition that is being written; `revision` counts its savings, so that nobody overwrites what they have not seen."""

    id = models.BigAutoField(primary_key=True)
    number = models.PositiveIntegerField()  # what its edition.toml says, or said when it could last be read
    based_on = models.PositiveIntegerField(null=True)  # the edition whose text it began with; null where the text was brought
    manifest = models.TextField(help_text="reason: the draft's edition.toml, published with the policy")
    revision = models.PositiveIntegerField(default=1)
    started_at = models.DateTimeField()
    started_by = models.UUIDField(null=True)  # opaque id of a member of staff
    changed_at = models.DateTimeField()
    changed_by = models.UUIDField(null=True)
    discarded_at = models.DateTimeField(null=True)
    published_as = models.PositiveIntegerField(null=True, unique=True)  # the edition that it became

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1, revision__gte=1), name="draft_counts_from_1"),
            models.CheckConstraint(condition=models.Q(discarded_at__isnull=True) | models.Q(published_as__isnull=True), name="draft_ends_once"),
        ]

    def __str__(self) -> str:
        return f"draft {self.id} of edition {self.number}"


class DraftText(models.Model):
    """One language of a draft."""

    id = models.BigAutoField(primary_key=True)
    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    text = models.TextField(help_text="reason: the draft of a text that will be published; it speaks of nobody")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "language"], name="draft_language_once")]

    def __str__(self) -> str:
        return f"draft {self.draft_id}, {self.language}"


class Proposal(models.Model):
    """That a draft, as it stood at one revision, is to be published: by whom, for when, how much it weighs, and what the second person said."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        CONFIRMED = "confirmed"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="proposals")
    revision = models.PositiveIntegerField()  # of the draft that was compared
    hash = models.CharField(max_length=64, help_text="reason: SHA-256 in hex over the draft's texts as they were compared")
    wanted_at = models.DateTimeField(null=True)  # from when it is to be in force; null for as soon as may be
    is_significant = models.BooleanField()  # as the machine found it
    is_raised = models.BooleanField(default=False)  # a person holds it to be significant all the same
    reason_vi = models.TextField(blank=True, default="", help_text="reason: why a change of the text weighs more; what looks personal is refused")
    reason_en = models.TextField(blank=True, default="", help_text="reason: why a change of the text weighs more; what looks personal is refused")
    # as it was written before it was asked for in each language: in one that nobody noted
    reason = models.TextField(blank=True, help_text="reason: why a change of the text weighs more; what looks personal is refused")
    needs_second = models.BooleanField()
    state = models.CharField(max_length=9, choices=State, default=State.WAITING, help_text="reason: one of four fixed words")
    proposed_by = models.UUIDField()  # opaque id of a member of staff
    proposed_at = models.DateTimeField()
    decided_by = models.UUIDField(null=True)
    decided_at = models.DateTimeField(null=True)
    refusal = models.TextField(blank=True, help_text="reason: what the second person finds wrong with the text; what looks personal is refused")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["draft"], condition=models.Q(state="waiting"), name="proposal_waits_once"),
            models.CheckConstraint(
                condition=models.Q(needs_second=False) | ~models.Q(state="confirmed") | ~models.Q(decided_by=models.F("proposed_by")),
                name="proposal_second_is_another",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_at__isnull=True) | (~models.Q(state="waiting") & models.Q(decided_at__isnull=False)),
                name="proposal_decided_has_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(is_raised=False, reason="", reason_vi="", reason_en="")
                | models.Q(is_raised=True, is_significant=False)
                & (
                    models.Q(reason="") & ~models.Q(reason_vi="") & ~models.Q(reason_en="")
                    | models.Q(reason_vi="", reason_en="") & ~models.Q(reason="")
                ),
                name="proposal_raised_has_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"proposal {self.id} of draft {self.draft_id}"


class AnswerCount(models.Model):
    """How often one clause permitted or refused something on one day (UTC), and when last; counted from the journal, and counted anew on request."""

    pk = models.CompositePrimaryKey("edition", "clause", "outcome", "day")
    edition = models.PositiveIntegerField()
    clause = models.CharField(max_length=8, help_text="reason: the number of a clause")
    outcome = models.CharField(max_length=16, help_text="reason: one of the closed list of outcomes")
    day = models.DateField()
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.outcome} by {self.clause} on {self.day}"


class GapCount(models.Model):
    """How often something was asked on one day (UTC) that no clause of an edition covers: names of roles, purposes and fields, nobody's data."""

    pk = models.CompositePrimaryKey("edition", "role", "operation", "purpose", "recipient", "fields", "day")
    edition = models.PositiveIntegerField()
    role = models.CharField(max_length=32, help_text="reason: one of the closed list of roles")
    operation = models.CharField(max_length=16, help_text="reason: one of the closed list of operations")
    purpose = models.CharField(max_length=64, help_text="reason: id of a purpose; anything else is written as ?")
    recipient = models.CharField(max_length=64, help_text="reason: id of a recipient; anything else is written as ?")
    fields = models.CharField(max_length=400, help_text="reason: names of fields with spaces between them; anything else is written as ?")
    day = models.DateField()
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=LessThanOrEqual(Length("fields"), 400), name="gap_fields_length")]

    def __str__(self) -> str:
        return f"gap of edition {self.edition} on {self.day}"


class AnswersCounted(models.Model):
    """Up to which place of the journal the answers are counted. One row."""

    id = models.PositiveSmallIntegerField(primary_key=True)
    position = models.BigIntegerField(default=0)  # of the first entry that is not counted yet
    counted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1, position__gte=0), name="answers_counted_is_one")]

    def __str__(self) -> str:
        return f"counted up to {self.position}"
