"""Who there is something about, what keeps it alive, and the sealed records themselves. No value here can be read without a key."""

from django.db import models


class Home(models.Model):
    """The one row by which the keys database knows that these are the data its keys were made for."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    id = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(number=1), name="home_is_one")]

    def __str__(self) -> str:
        return f"home {self.id}"


class Subject(models.Model):
    """A person the data is about: a drawn id and two instants, nothing about the person."""

    id = models.UUIDField(primary_key=True)
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"subject {self.id}"


class MatterQuerySet(models.QuerySet["Matter"]):
    """Matters, by whether their data is still there."""

    def living(self) -> "MatterQuerySet":
        """Return the matters that are not erased."""
        return self.filter(erased_at__isnull=True)

    def locked(self) -> "list[Matter]":
        """Return these matters, locked until the transaction ends, in one order for all so that nobody waits for each other."""
        return list(self.select_for_update(no_key=True).order_by("id"))


class Matter(models.Model):
    """The thing that keeps data alive: an inquiry, a service, a case. Its end destroys its key."""

    id = models.UUIDField(primary_key=True)
    subject = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="matters")
    reference = models.CharField(max_length=16, null=True, unique=True)  # noqa: DJ001  # null: matters without a public name must not collide
    opened_at = models.DateTimeField()
    rests_since = models.DateTimeField(null=True)  # null while a need is open
    planned_under = models.PositiveIntegerField(null=True)  # the edition in force when retention last looked at it; null until it has, at rest
    erased_at = models.DateTimeField(null=True)
    collected_at = models.DateTimeField(null=True)

    objects = MatterQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["rests_since"],
                name="matter_to_plan",
                condition=models.Q(rests_since__isnull=False, planned_under__isnull=True, erased_at__isnull=True),
            ),
            models.Index(
                fields=["planned_under"],
                name="matter_planned",
                condition=models.Q(rests_since__isnull=False, planned_under__isnull=False, erased_at__isnull=True),
            ),
            models.Index(fields=["erased_at"], name="matter_to_collect", condition=models.Q(erased_at__isnull=False, collected_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"matter {self.id}"


class Record(models.Model):
    """What one act of collection kept: one sealed value, bound to its subject, matter, collection and edition."""

    id = models.UUIDField(primary_key=True)
    # an index below begins with each of the two
    subject = models.ForeignKey(Subject, null=True, on_delete=models.PROTECT, related_name="records", db_index=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="records", db_index=False)
    collection = models.CharField(max_length=40)
    edition = models.PositiveIntegerField()
    sealed = models.BinaryField()
    field_names = models.JSONField(default=list)  # which fields were answered: names, for the certificate; nothing is permitted by it
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "edition"], name="record_subject_edition"),
            models.Index(fields=["matter", "edition", "collection"], name="record_matter_kept"),
        ]

    def __str__(self) -> str:
        return f"record {self.id}"


class File(models.Model):
    """The bytes of a file that somebody attached. What it is called, and what may be done with it, says the sealed record of the same id."""

    record = models.OneToOneField(Record, primary_key=True, on_delete=models.PROTECT, related_name="file")
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="files")
    sealed = models.BinaryField()

    def __str__(self) -> str:
        return f"file {self.record_id}"


class Need(models.Model):
    """Why a matter is still here: a purpose that some duty still pursues."""

    id = models.BigAutoField(primary_key=True)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="needs", db_index=False)  # need_once begins with it
    purpose = models.CharField(max_length=40)
    duty = models.CharField(max_length=40)
    duty_id = models.UUIDField()
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "purpose", "duty", "duty_id"], name="need_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True) | models.Q(closed_at__gte=models.F("opened_at")), name="need_closes_later"
            ),
        ]
        indexes = [models.Index(fields=["closed_at"], name="need_closed")]

    def __str__(self) -> str:
        return f"need of matter {self.matter_id} for {self.purpose}"


class LegalHold(models.Model):
    """Erasure suspended: a need that only its owner may close."""

    id = models.UUIDField(primary_key=True)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="holds")
    owner = models.CharField(max_length=40)
    placed_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"hold on matter {self.matter_id}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Facts about consent, by when they hold."""

    def in_order(self) -> "ConsentQuerySet":
        """Return the facts, newest last; of two at one instant the withdrawal counts as the newer."""
        return self.order_by("at", "-is_given", "id")


class Consent(models.Model):
    """A fact: then, to this wording, this person agreed or withdrew. Facts are only ever added."""

    id = models.UUIDField(primary_key=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="consents", db_index=False)  # the index below begins with it
    purpose = models.CharField(max_length=40)
    is_given = models.BooleanField()
    at = models.DateTimeField()
    edition = models.PositiveIntegerField()
    language = models.CharField(max_length=8)
    wording_hash = models.CharField(max_length=64)
    channel = models.CharField(max_length=16)
    taken_by = models.UUIDField(null=True)  # the member of staff who took it down on the person's word; the journal's line names them too
    said_on = models.DateField(null=True)  # the house's day on which they told that colleague: evidence, and nothing holds from it
    said_in = models.CharField(max_length=16, null=True)  # noqa: DJ001  # null: not told; otherwise a reference of ours, never what was typed

    objects = ConsentQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["subject", "purpose", "at"], name="consent_newest")]

    def __str__(self) -> str:
        return f"consent of subject {self.subject_id}"


class Warrant(models.Model):
    """Why somebody may use a person's data where a clause asks for a reason, and who else agreed where it asks for a second person."""

    id = models.UUIDField(primary_key=True)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="warrants", db_index=False)
    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="warrants")
    reason = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+", db_index=False)  # the sealed record in which the reason stands
    purpose = models.CharField(max_length=40)
    field_names = models.JSONField()  # what the second person is asked to agree to: names
    asked_by = models.UUIDField()
    asked_at = models.DateTimeField()
    approved_by = models.UUIDField(null=True)
    approved_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # exclusive; null until approved
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(approved_by=models.F("asked_by")), name="warrant_second_is_another"),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True, approved_at__isnull=True, expires_at__isnull=True)
                | models.Q(approved_by__isnull=False, approved_at__isnull=False, expires_at__gt=models.F("approved_at")),
                name="warrant_approved_as_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"warrant {self.id}"
