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
        return self.filter(assigned_to_id=staff_id, state__in=OPEN_STATES)


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
    assigned_to = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)  # inquiry_hands begins with it
    sequence = models.PositiveIntegerField(default=0)  # grows with everything that is said or done with it
    submission = models.BinaryField(max_length=32, unique=True, help_text="reason: hash of the form's nonce or the program's idempotency key")
    submission_body = models.BinaryField(max_length=32, help_text="reason: keyed hash that tells a repetition from another thing; emptied on erasure")

    objects = InquiryQuerySet.as_manager()

    class Meta:
        indexes = [
            # each in the inbox's own order, so that a page costs the same wherever it lies
            models.Index(fields=["state", "-received_at", "-id"], name="inquiry_inbox"),
            models.Index(fields=["assigned_to", "state", "-received_at", "-id"], name="inquiry_hands"),
            models.Index(fields=["-received_at", "-id"], name="inquiry_arrival"),
        ]
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


OPEN_STATES = (Inquiry.State.NEW, Inquiry.State.ANSWERED)  # while somebody works on it


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
        indexes = [models.Index(fields=["kind", "at"], name="message_activity")]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["message", "answer", "note"]), name="message_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class DeskAct(models.Model):
    """One press of a button at the desk, upon one inquiry or fifty, for as long as it can be taken back."""

    class Kind(models.TextChoices):
        """What was done."""

        ASSIGNED = "assigned"
        RESOLVED = "resolved"
        REOPENED = "reopened"

    id = models.UUIDField(primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind, help_text="reason: one of three fixed words")
    at = models.DateTimeField(db_index=True)
    done = models.PositiveSmallIntegerField()
    left = models.JSONField(default=dict, help_text="reason: how many inquiries it could not be done with, by a code of ours")
    undone_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["staff", "-at"], name="deskact_last")]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["assigned", "resolved", "reopened"]), name="deskact_kind_known")]

    def __str__(self) -> str:
        return f"desk act {self.id}"


class Event(models.Model):
    """What was done with an inquiry, by whom and when: the timeline between its messages. It goes with the inquiry's messages."""

    id = models.BigAutoField(primary_key=True)
    inquiry = models.ForeignKey(Inquiry, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=8, choices=DeskAct.Kind, help_text="reason: one of three fixed words")
    at = models.DateTimeField()
    by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_to = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    given_before = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    sequence = models.PositiveIntegerField()  # of the inquiry just after: while that holds, nothing has happened since
    desk_act = models.ForeignKey(DeskAct, null=True, on_delete=models.SET_NULL, related_name="events")

    class Meta:
        indexes = [models.Index(fields=["kind", "at"], name="event_activity"), models.Index(fields=["by", "-at"], name="event_lately")]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["assigned", "resolved", "reopened"]), name="event_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"


class SavedFilter(models.Model):
    """A narrowed inbox that a member of staff gave a name, for themselves."""

    id = models.BigAutoField(primary_key=True)
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=40, help_text="reason: what staff call their own view; what looks like a person's details is refused")
    chosen = models.JSONField(help_text="reason: names and values of filters, each from a list of ours")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["staff", "name"], name="savedfilter_once_named")]

    def __str__(self) -> str:
        return f"filter {self.id}"


class CannedText(models.Model):
    """A text that advisers begin their answers with. It is the company's, and holds nothing of anybody."""

    id = models.BigAutoField(primary_key=True)
    language = models.CharField(max_length=8, help_text="reason: a language code")
    title = models.CharField(max_length=60, help_text="reason: what advisers call the text; what looks like a person's details is refused")
    body = models.TextField(help_text="reason: the company's own words with {places} for a name; what looks like a person's details is refused")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "title"], name="cannedtext_once_named")]

    def __str__(self) -> str:
        return f"text {self.id}"
