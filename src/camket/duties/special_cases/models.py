"""Special cases and the order of what was written in them: who, what and when by id; every word is a sealed record."""

from django.db import models

from camket.access.models import Staff


class SpecialCase(models.Model):
    """One occasion on which we contact somebody of our own accord, outside an inquiry."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting"
        OPEN = "open"
        CLOSED = "closed"
        ERASED = "erased"

    class Ending(models.TextChoices):
        """How it ended."""

        DONE = "done"
        REFUSED = "refused"
        GIVEN_UP = "given_up"
        PERSON_ERASED = "person_erased"

    id = models.UUIDField(primary_key=True)
    reference = models.CharField(max_length=16, unique=True, help_text="reason: public random name, for colleagues")
    subject_id = models.UUIDField(db_index=True)
    matter_id = models.UUIDField(unique=True)  # of its own, for what is written in it
    about = models.CharField(max_length=16, help_text="reason: public random name of the matter it is about; emptied on erasure")
    about_matter_id = models.UUIDField(db_index=True)
    ground = models.CharField(max_length=1, help_text="reason: a letter of the edition's list of special cases; emptied on erasure")
    field_names = models.JSONField(help_text="reason: names of the fields that are asked for; emptied on erasure")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING, help_text="reason: one of four fixed words")
    ending = models.CharField(max_length=16, blank=True, choices=Ending, help_text="reason: one of four fixed words, empty while it is open")
    warrant_id = models.UUIDField()  # the vault's fact of the reason and of who agreed
    reason_id = models.UUIDField()  # the sealed record of the reason
    opened_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    decided_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # exclusive; until when the approval holds
    closed_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    submission = models.BinaryField(max_length=32, unique=True, help_text="reason: hash of the page's nonce, so that a form sent twice is one case")
    submission_body = models.BinaryField(max_length=32, help_text="reason: keyed hash that tells a repetition from another thing; emptied on erasure")

    class Meta:
        indexes = [models.Index(fields=["state", "-opened_at"], name="special_case_list")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=["waiting", "open", "closed", "erased"]), name="special_case_state_known"),
            models.CheckConstraint(
                condition=models.Q(state__in=["closed", "erased"], closed_at__isnull=False)
                | models.Q(state__in=["waiting", "open"], closed_at__isnull=True, ending=""),
                name="special_case_closed_has_instant",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="open") | models.Q(decided_by__isnull=False, decided_at__isnull=False, expires_at__isnull=False),
                name="special_case_open_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("opened_by")), name="special_case_second_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"special case {self.reference}"


LIVING = (SpecialCase.State.WAITING, SpecialCase.State.OPEN)  # until it is closed


class Writing(models.Model):
    """Something a colleague wrote in a case; its text is the sealed record."""

    class Kind(models.TextChoices):
        """What it is."""

        REASON = "reason"
        REFUSAL = "refusal"
        NOTE = "note"

    id = models.BigAutoField(primary_key=True)
    case = models.ForeignKey(SpecialCase, on_delete=models.CASCADE, related_name="writings")
    kind = models.CharField(max_length=8, choices=Kind, help_text="reason: one of three fixed words")
    record_id = models.UUIDField()
    written_by = models.ForeignKey(Staff, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    submission = models.BinaryField(max_length=32, unique=True, help_text="reason: hash of the page's nonce, so that a form sent twice is one text")
    submission_body = models.BinaryField(max_length=32, help_text="reason: keyed hash that tells a repetition from another text; gone with the case")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["reason", "refusal", "note"]), name="writing_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
