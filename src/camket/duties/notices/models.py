"""Letters waiting to go out: a template, whom and what it is about by id, never an address, a name or a text."""

from django.db import models
from django.db.models import Q

from camket.outbox.models import Leased


class BounceKind(models.TextChoices):
    """What another mail system said of a letter that had left; `rules` says what follows from each."""

    HARD = "hard"
    SOFT = "soft"
    AWAY = "away"
    DELAYED = "delayed"


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
    bounce_kind = models.CharField(max_length=8, choices=BounceKind, blank=True, default="")
    bounce = models.CharField(max_length=40, blank=True, default="", help_text="reason: a code of [a-z0-9_.], such as 5.1.1, never a message")
    bounced_at = models.DateTimeField(null=True)  # since when it comes back; null again once a person had it tried anew
    bounce_mark = models.CharField(
        max_length=64, blank=True, default="", help_text="reason: hash of the last report that was believed, so that it counts once"
    )

    class Meta(Leased.Meta):
        indexes = [*Leased.Meta.indexes, models.Index(fields=["written_at"], name="letter_written")]
        constraints = [
            *Leased.Meta.constraints,
            models.CheckConstraint(
                name="letter_bounce",
                condition=Q(bounce_kind="", bounce="", bounced_at__isnull=True) | Q(bounce_kind__in=BounceKind.values, bounced_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.id}"
