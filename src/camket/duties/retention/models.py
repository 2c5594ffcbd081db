"""Planned erasures, and the certificates of those done: ids, counts and names of fields, never values."""

from django.db import models

from camket.outbox.models import Leased


class Erasure(Leased):
    """One matter that is to be erased when its time comes."""

    matter_id = models.UUIDField(unique=True)
    subject_id = models.UUIDField(null=True, db_index=True)
    erase_after = models.DateTimeField()
    early_until = models.DateTimeField(null=True)  # a person decided to erase early what would be due by this instant
    farewell_id = models.UUIDField(null=True)  # the last letter, which goes out before the key dies
    farewell_until = models.DateTimeField(null=True)  # the key does not wait longer than this

    class Meta(Leased.Meta):
        pass

    def __str__(self) -> str:
        return f"erasure of matter {self.matter_id}"


class Certificate(models.Model):
    """What was erased, when, under which clause; fetched by a claim code of which only the hash is kept."""

    matter_id = models.UUIDField(primary_key=True)
    subject_id = models.UUIDField(null=True)
    claim_hash = models.BinaryField(max_length=32, null=True, db_index=True, help_text="reason: SHA-256 of the claim code, which is kept nowhere")
    reference = models.CharField(max_length=16, blank=True, help_text="reason: public random name of the matter")
    editions = models.JSONField(default=list, help_text="reason: numbers of editions")
    clauses = models.JSONField(default=list, help_text="reason: numbers of clauses")
    fields = models.JSONField(default=list, help_text="reason: names of fields, never values")
    records = models.PositiveIntegerField()
    letters = models.PositiveIntegerField(default=0)
    erased_at = models.DateTimeField()
    collected_at = models.DateTimeField(null=True)
    is_early = models.BooleanField(default=False)  # a person decided to cut the period short

    class Meta:
        indexes = [models.Index(fields=["erased_at"], name="certificate_uncollected", condition=models.Q(collected_at__isnull=True))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(collected_at__isnull=True) | models.Q(collected_at__gte=models.F("erased_at")), name="certificate_collected_later"
            )
        ]

    def __str__(self) -> str:
        return f"certificate of matter {self.matter_id}"
