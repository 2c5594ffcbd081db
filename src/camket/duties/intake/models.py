"""Inquiries and the order of their messages: who, what and when by id; every word of a person is a sealed record."""

from uuid import UUID

from django.db import models

from camket.access.models import Staff


class InquiryQuerySet(models.QuerySet["Inquiry"]):
    """Inquiries by what is asked of them in more than one place."""

    def open_of(self, staff_id: UUID) -> "InquiryQuerySet":
        """
        Return those that are open and that somebody takes care of.

        Args:
            staff_id: Who.
        """
        return self.filter(assigned_to_id=staff_id, state__in=[Inquiry.State.NEW, Inquiry.State.ANSWERED])


class Inquiry(models.Model):
    """One matter a person contacts us about."""

    class State(models.TextChoices):
        """Where it stands."""

        NEW = "new"
        ANSWERED = "answered"
        RESOLVED = "resolved"
        ERASED = "erased"

    id = models.UUIDField(primary_key=True)
    reference = models.CharField(max_length=16, unique=True, help_text="reason: public random name, told to the person")
    subject_id = models.UUIDField(db_index=True)
    matter_id = models.UUIDField(unique=True)
    extra_matter_ids = models.JSONField(default=list, help_text="reason: ids of matters kept for other purposes of the same act")
    channel = models.CharField(max_length=16, help_text="reason: form, api, phone or in_person")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    product = models.CharField(max_length=40, blank=True, help_text="reason: a slug of the catalogue")
    state = models.CharField(max_length=8, choices=State, default=State.NEW, help_text="reason: one of four fixed words")
    is_slow_lane = models.BooleanField(default=False)
    has_email = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    shown_from = models.DateTimeField()  # later than received_at in the slow lane
    answered_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    assigned_to = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    submission = models.BinaryField(max_length=32, unique=True, help_text="reason: hash of the form's nonce or the program's idempotency key")
    submission_body = models.BinaryField(max_length=32, help_text="reason: keyed hash that tells a repetition from another thing; emptied on erasure")

    objects = InquiryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "-received_at"], name="inquiry_inbox")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["new", "answered", "resolved", "erased"]), name="inquiry_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=["resolved", "erased"], resolved_at__isnull=False)
                | models.Q(state__in=["new", "answered"], resolved_at__isnull=True),
                name="inquiry_resolved_has_instant",
            ),
        ]

    def __str__(self) -> str:
        return f"inquiry {self.reference}"


class Message(models.Model):
    """One utterance within an inquiry; its text is the sealed record."""

    class Kind(models.TextChoices):
        """Whose it is, and for whom."""

        MESSAGE = "message"
        ANSWER = "answer"
        NOTE = "note"

    id = models.BigAutoField(primary_key=True)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8, choices=Kind, help_text="reason: one of three fixed words")
    record_id = models.UUIDField()
    written_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(
        max_length=16, blank=True, default="", help_text="reason: phone or in_person where written_by took down what the person said, else empty"
    )
    at = models.DateTimeField()
    submission = models.BinaryField(
        max_length=32, null=True, unique=True, help_text="reason: hash of the page's nonce, so that a form sent twice is one message"
    )

    submission_body = models.BinaryField(
        max_length=32, null=True, help_text="reason: keyed hash that tells a repetition from another text; gone with the message"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["message", "answer", "note"]), name="message_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
