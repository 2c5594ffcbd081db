"""Letters waiting to go out: a template, whom and what it is about by id, never an address, a name or a text."""

from django.db import models

from camket.outbox.models import Leased


class Letter(Leased):
    """One copy for one person. It is opened through the gate at the moment it goes out, and not before."""

    template = models.CharField(max_length=60, help_text="reason: which letter, a path among the duties' letters")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    subject_id = models.UUIDField(db_index=True)
    matter_id = models.UUIDField(db_index=True)
    record_id = models.UUIDField(null=True)  # the answer it carries, where it carries one
    purpose = models.CharField(max_length=40, help_text="reason: a purpose of the edition, under which the address may be used")
    reference = models.CharField(max_length=16, help_text="reason: the matter's public random name")
    written_at = models.DateTimeField()
    intent_at = models.DateTimeField(null=True)  # committed before the first byte leaves
    unanswered = models.PositiveSmallIntegerField(default=0)  # intents whose answer was never recorded
    dropped = models.CharField(max_length=40, blank=True, default="", help_text="reason: a code saying why a done letter did not go out")

    class Meta(Leased.Meta):
        indexes = [*Leased.Meta.indexes, models.Index(fields=["written_at"], name="letter_written")]

    def __str__(self) -> str:
        return f"letter {self.id}"
