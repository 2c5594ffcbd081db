"""Letters waiting to go out, and campaigns of them: a template, whom and what it is about by id, never an address, a name or a text of anybody."""

from django.db import models
from django.db.models import Q
from uuid6 import uuid7

from camket.outbox.models import Leased


class BounceKind(models.TextChoices):
    """What another mail system said of a letter that had left; `rules` says what follows from each."""

    HARD = "hard"
    SOFT = "soft"
    AWAY = "away"
    DELAYED = "delayed"


class Campaign(models.Model):
    """One notice to many: a change of the policy told to whom it concerns, a service notice, or advertising. Its letters wait in one outbox."""

    class Kind(models.TextChoices):
        """What is told."""

        CHANGE = "change"
        SERVICE = "service"
        ADVERTISING = "advertising"

    class State(models.TextChoices):
        """Where it stands. Nothing goes out but while it runs; done and stopped are ends."""

        DRAFT = "draft"
        PLANNING = "planning"
        RUNNING = "running"
        PAUSED = "paused"
        DONE = "done"
        STOPPED = "stopped"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=12, choices=Kind, help_text="reason: one of three fixed words")
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT, help_text="reason: one of six fixed words")
    edition = models.PositiveIntegerField(null=True)  # the one that a change tells of
    purpose = models.CharField(max_length=40, help_text="reason: a purpose of the edition, under which addresses may be used")
    words = models.JSONField(help_text="reason: what is told in each language, to everybody alike: names of an edition's things, or a text")
    audience = models.CharField(max_length=60, blank=True, default="", help_text="reason: a word of ours, or a slug of the catalogue")
    created_at = models.DateTimeField()
    created_by = models.UUIDField(null=True)  # opaque id of a member of staff
    saved_by = models.UUIDField(null=True)  # of whoever changed the draft last; null where nobody has since it was written
    starts_at = models.DateTimeField(null=True)  # null while nobody has said when
    planned_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    paused_for = models.CharField(max_length=40, blank=True, default="", help_text="reason: a code of ours: who or what paused it")
    cursor = models.UUIDField(null=True)  # the last matter that was looked at
    looked_at = models.PositiveIntegerField(default=0)  # matters
    looked_last_at = models.DateTimeField(null=True)  # null while whoever comes is looked at too: of a change until its edition is in force
    planned = models.PositiveIntegerField(default=0)  # letters, the unreachable among them
    unproven = models.PositiveIntegerField(default=0)  # people left out, for nobody has shown that the address they gave is theirs
    doubled = models.PositiveIntegerField(default=0)  # letters sent once more because nobody knew whether they had left
    forgotten = models.JSONField(default=dict, help_text="reason: how many letters were let go with erased people, by outcome: counts")
    submission = models.BinaryField(max_length=32, null=True, unique=True, help_text="reason: hash of a program's idempotency key")
    submission_body = models.BinaryField(max_length=32, default=b"", help_text="reason: hash of what the program sent, about nobody")
    seen_at = models.DateTimeField(null=True)  # the latest instant at which a worker had it in hand: a clock that was set back shows by it

    class Meta:
        indexes = [models.Index(fields=["state", "starts_at"], name="campaign_due"), models.Index(fields=["-created_at"], name="campaign_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["change", "service", "advertising"]), name="campaign_kind_known"),
            models.CheckConstraint(condition=Q(state__in=["draft", "planning", "running", "paused", "done", "stopped"]), name="campaign_state_known"),
            models.CheckConstraint(
                condition=Q(kind="change", edition__isnull=False) | Q(kind__in=["service", "advertising"], edition__isnull=True),
                name="campaign_change_has_edition",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "stopped"], ended_at__isnull=False)
                | Q(state__in=["draft", "planning", "running", "paused"], ended_at__isnull=True),
                name="campaign_ended_has_instant",
            ),
            # of one change everybody is told once; what was stopped can be begun anew
            models.UniqueConstraint(fields=["edition"], condition=Q(kind="change") & ~Q(state="stopped"), name="campaign_of_an_edition_once"),
        ]

    def __str__(self) -> str:
        return f"campaign {self.id}"


class Variant(models.Model):
    """What a campaign tells all those for whom the same changes: their letter is put into words once."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="variants", db_index=False)  # the constraint begins with it
    language = models.CharField(max_length=8, help_text="reason: a language code")
    digest = models.CharField(max_length=64, help_text="reason: SHA-256 in hex over what changes")
    changes = models.JSONField(default=list, help_text="reason: ids of changes between two editions, nobody's data")
    to_agree = models.JSONField(default=list, help_text="reason: ids of purposes for which a new yes is needed")
    purposes = models.JSONField(null=True, help_text="reason: ids of purposes that the changes are told for; null for all of them")
    fields = models.JSONField(null=True, help_text="reason: names of fields that the changes are told for; null for all of them")
    collections = models.JSONField(null=True, help_text="reason: ids of collections that the changes are told for; null for all of them")
    standings = models.JSONField(
        null=True, help_text="reason: from when each change holds, and for which purposes: ids; null where it was not asked yet"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "language", "digest"], name="variant_once")]

    def __str__(self) -> str:
        return f"variant {self.id} of campaign {self.campaign_id}"


class Letter(Leased):
    """One copy for one person. It is opened through the gate at the moment it goes out, and not before."""

    template = models.CharField(max_length=60, help_text="reason: which letter, a path among the duties' letters")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    subject_id = models.UUIDField()
    matter_id = models.UUIDField()  # letter_once_a_campaign begins with it
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
    # Nothing deletes either of the two; PostgreSQL would look up both again at the commit, for each letter of a million.
    campaign = models.ForeignKey(Campaign, null=True, on_delete=models.PROTECT, related_name="letters", db_index=False, db_constraint=False)
    variant = models.ForeignKey(Variant, null=True, on_delete=models.PROTECT, related_name="letters", db_index=False, db_constraint=False)
    agreed_at = models.DateTimeField(null=True)  # when the person first agreed to something that it asks

    class Meta(Leased.Meta):
        indexes = [
            # apart: a letter to one person never waits behind a million of a campaign, not even in an index
            models.Index(fields=["state", "due_at"], name="letter_due", condition=Q(campaign__isnull=True)),
            models.Index(fields=["campaign", "state", "due_at", "id"], name="letter_of_campaign", condition=Q(campaign__isnull=False)),
            models.Index(
                fields=["campaign", "dropped", "variant", "done_at"],
                name="letter_outcome",
                condition=Q(campaign__isnull=False, state="done"),
            ),
            models.Index(fields=["campaign", "variant"], name="letter_agreed", condition=Q(agreed_at__isnull=False)),
            models.Index(fields=["campaign", "bounce_kind"], name="letter_came_back", condition=Q(bounced_at__isnull=False)),
            models.Index(fields=["subject_id"], name="letter_unreachable", condition=Q(bounced_at__isnull=False)),
            models.Index(fields=["subject_id"], name="letter_advertising", condition=Q(purpose="advertise")),
            models.Index(fields=["state", "-written_at", "-id"], name="letter_listed", condition=Q(campaign__isnull=True)),
            models.Index(fields=["dropped", "done_at", "campaign"], name="letter_left", condition=Q(done_at__isnull=False)),
            models.Index(fields=["parked_at"], name="letter_held", condition=Q(parked_at__isnull=False)),
        ]
        constraints = [
            *Leased.Meta.constraints,
            models.CheckConstraint(
                name="letter_bounce",
                condition=Q(bounce_kind="", bounce="", bounced_at__isnull=True) | Q(bounce_kind__in=BounceKind.values, bounced_at__isnull=False),
            ),
            # letters of no campaign are as many as there are: nulls are distinct
            models.UniqueConstraint(fields=["matter_id", "campaign"], name="letter_once_a_campaign"),
            models.CheckConstraint(
                condition=Q(campaign__isnull=True, variant__isnull=True) | Q(campaign__isnull=False, variant__isnull=False),
                name="letter_campaign_has_variant",
            ),
        ]

    def __str__(self) -> str:
        return f"letter {self.id}"


class TrialLetter(Leased):
    """A campaign's letter in one language to the member of staff who asked to see it in their own mailbox; it is about nobody."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="trials")
    language = models.CharField(max_length=8, help_text="reason: a language code")
    staff_id = models.UUIDField()  # opaque id of a member of staff
    asked_at = models.DateTimeField()

    class Meta(Leased.Meta):
        pass

    def __str__(self) -> str:
        return f"trial letter {self.id}"


class Mailbox(Leased):
    """How far the mailbox is read in which letters come back; one worker at a time reads it. Nothing of a mail stands here."""

    place = models.CharField(max_length=64, unique=True, help_text="reason: hash of server, user and folder")
    uid_validity = models.BigIntegerField(default=0)  # the server's number for how it counts; another one means that it counts anew
    last_uid = models.BigIntegerField(default=0)  # every mail up to here was looked at
    trying_uid = models.BigIntegerField(default=0)  # committed before a mail is read: a mail that ends the process is found by it
    tries = models.PositiveSmallIntegerField(default=0)
    read_at = models.DateTimeField(null=True)  # when it was last read to its end
    understood = models.PositiveIntegerField(default=0)  # mails that spoke of a letter of ours
    unbelieved = models.PositiveIntegerField(default=0)  # mails that named a letter there is not, or that cannot have come back

    def __str__(self) -> str:
        return f"mailbox {self.id}"


class OddMail(models.Model):
    """A mail that could not be read: it stays in the mailbox, unread, and an operator is told its number."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="odd_mails")
    uid = models.BigIntegerField()
    mark = models.CharField(max_length=64, blank=True, default="", help_text="reason: hash of the mail's size and beginning, or nothing")
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["mailbox", "uid", "mark"], name="odd_mail_once")]

    def __str__(self) -> str:
        return f"mail {self.uid}"
