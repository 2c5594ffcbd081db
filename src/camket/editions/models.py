"""Editions, their translations, when each is to come into force and when it did. Rows are written once (a trigger refuses the rest)."""

from django.db import models


class Edition(models.Model):
    """One published edition: the authoritative text, what it compiled to, and the controller's signature over both."""

    number = models.PositiveIntegerField(primary_key=True)
    slug = models.CharField(max_length=40, help_text="reason: the policy's own short name, chosen by its author")
    authoritative = models.CharField(max_length=8, help_text="reason: a language code")
    text = models.TextField(help_text="reason: the published text, public by nature")
    compiled = models.BinaryField(help_text="reason: canonical JSON of the compiled policy, public by nature")
    hash = models.CharField(max_length=64, unique=True, help_text="reason: SHA-256 in hex over text and rules")
    previous_hash = models.CharField(max_length=64, blank=True, help_text="reason: hash of the edition before, empty for the first")
    key_id = models.CharField(max_length=16, help_text="reason: which signing key, a hash of its public half")
    signature = models.BinaryField(help_text="reason: Ed25519 over the hash")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(number__gte=1), name="edition_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"edition {self.number}"


class Translation(models.Model):
    """One language of an edition; a correction is a new revision with its date, never an edit."""

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="translations")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    revision = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(help_text="reason: the published text, public by nature")
    hash = models.CharField(max_length=64, help_text="reason: SHA-256 in hex over the text")
    published_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "language", "revision"], name="translation_revision_once"),
        ]

    def __str__(self) -> str:
        return f"edition {self.edition_id}, {self.language}, revision {self.revision}"


class Schedule(models.Model):
    """The instant from which a published edition is to be brought into force; it moves no more than the text does."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, primary_key=True, related_name="schedule")
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"edition {self.edition_id} scheduled"


class Enactment(models.Model):
    """An edition came into force. The newest row binds, whatever the clock says later."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, primary_key=True, related_name="enactment")
    in_force_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"edition {self.edition_id} in force"
