"""Wrapped keys and identity tokens. Destroying a row here is what makes data unreadable for ever."""

from django.db import models


class GenerationQuerySet(models.QuerySet["Generation"]):
    """Generations of one key, by how far their life has come."""

    def alive(self) -> "GenerationQuerySet":
        """Return those whose file must be there."""
        return self.filter(condemned_at__isnull=True)

    def dying(self) -> "GenerationQuerySet":
        """Return those whose file may still be there and need not."""
        return self.filter(condemned_at__isnull=False, destroyed_at__isnull=True)


class Generation(models.Model):
    """One generation of a key whose secret half is a file, never a row: made, taken into use, condemned, destroyed."""

    number = models.PositiveIntegerField(primary_key=True)
    created_at = models.DateTimeField()
    whole_at = models.DateTimeField(null=True)  # null until nothing living depends on an earlier generation
    condemned_at = models.DateTimeField(null=True)  # from then on its file's absence is right
    destroyed_at = models.DateTimeField(null=True)  # null while its file may still be there

    objects = GenerationQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=models.Q(destroyed_at__isnull=True) | models.Q(condemned_at__isnull=False), name="%(class)s_condemned_before_destroyed"
            ),
        ]


class Epoch(Generation):
    """One generation of the key that wraps subject keys, and the keys of matters that belong to no person."""

    def __str__(self) -> str:
        return f"epoch {self.number}"


class IdentityIndex(Generation):
    """One generation of the key under which identity tokens are computed."""

    def __str__(self) -> str:
        return f"identity index {self.number}"


class CallList(Generation):
    """One import of the list of numbers that may not be called for advertising, with the key of its own under which it is kept."""

    numbers = models.PositiveIntegerField(default=0)

    class Meta(Generation.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"do-not-call list {self.number}"


class ListedNumber(models.Model):
    """A keyed hash of a telephone number that may not be called for advertising; whose it is, nobody here can tell."""

    id = models.BigAutoField(primary_key=True)
    call_list = models.PositiveIntegerField()
    token = models.BinaryField(max_length=16)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call_list", "token"], name="listed_number_once")]

    def __str__(self) -> str:
        return f"number of do-not-call list {self.call_list}"


class Check(models.Model):
    """What must be the same at every start: a check value of each key file, and the id of the data that the keys were made for."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BinaryField(max_length=16)

    def __str__(self) -> str:
        return f"check of {self.name}"


class SubjectKey(models.Model):
    """The key of one person, wrapped by the epoch's key with both their names bound in."""

    subject_id = models.UUIDField(primary_key=True)
    epoch = models.PositiveIntegerField(db_index=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"key of subject {self.subject_id}"


class MatterKey(models.Model):
    """The key of one matter, wrapped by its subject's key, or by the epoch's where it belongs to no person."""

    matter_id = models.UUIDField(primary_key=True)
    subject_id = models.UUIDField(null=True, db_index=True)
    epoch = models.PositiveIntegerField(null=True)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["epoch"], name="matter_key_epoch", condition=models.Q(epoch__isnull=False))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject_id__isnull=False, epoch__isnull=True) | models.Q(subject_id__isnull=True, epoch__isnull=False),
                name="matter_key_has_one_wrapper",
            ),
        ]

    def __str__(self) -> str:
        return f"key of matter {self.matter_id}"


class IdentityToken(models.Model):
    """A keyed hash by which an e-mail address, a phone number or a word of a name finds its subject; personal data, destroyed with the key."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField()
    token = models.BinaryField(max_length=16)
    bond = models.BinaryField(max_length=16, default=bytes)  # of the whole term to subject and matter, keyed: a token that was moved finds nobody
    subject_id = models.UUIDField(db_index=True)
    matter_id = models.UUIDField(db_index=True)
    proven_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "version", "token"], name="identity_lookup")]
        constraints = [models.CheckConstraint(condition=models.Q(kind__in=["email", "phone", "full_name"]), name="identity_kind_known")]

    def __str__(self) -> str:
        return f"{self.kind} token of subject {self.subject_id}"
