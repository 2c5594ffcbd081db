"""What a due row carries, and the heartbeat of the workers: ids, instants and codes, never what the row is about."""

from typing import Any

from django.core.checks import CheckMessage, Error
from django.db import models
from django.db.models import Q
from uuid6 import uuid7


class LeaseState(models.TextChoices):
    """Where a due row stands: waiting, in a worker's hand, done, or set aside for a person."""

    DUE = "due"
    CLAIMED = "claimed"
    DONE = "done"
    PARKED = "parked"


class Leased(models.Model):
    """
    A row that must be done once: a duty's due table inherits this, and its Meta inherits `Leased.Meta`.

    A Meta with constraints or indexes of its own names these beside its own: `constraints = [*Leased.Meta.constraints, …]`.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    state = models.CharField(max_length=8, choices=LeaseState, default=LeaseState.DUE, help_text="reason: one of four fixed words")
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(
        null=True, blank=True
    )  # exclusive; null while nobody holds the row; with leased_by, the fence against a late worker
    leased_by = models.CharField(max_length=64, blank=True, default="", help_text="reason: id of the worker process that holds the row")
    attempt = models.PositiveIntegerField(default=0)  # claims since the row was made or a person retried it
    last_error = models.CharField(max_length=60, blank=True, default="", help_text="reason: a code of [a-z0-9_.], never a message")
    parked_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.CheckConstraint(name="%(app_label)s_%(class)s_state", condition=Q(state__in=LeaseState.values)),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_lease",
                condition=(Q(state=LeaseState.CLAIMED, lease_until__isnull=False, attempt__gte=1) & ~Q(leased_by=""))
                | (~Q(state=LeaseState.CLAIMED) & Q(lease_until__isnull=True, leased_by="")),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_ends",
                condition=Q(state=LeaseState.PARKED, parked_at__isnull=False, done_at__isnull=True)
                | Q(state=LeaseState.DONE, parked_at__isnull=True, done_at__isnull=False)
                | Q(state__in=[LeaseState.DUE, LeaseState.CLAIMED], parked_at__isnull=True, done_at__isnull=True),
            ),
        ]

    @classmethod
    def check(cls, **kwargs: Any) -> list[CheckMessage]:
        """Report a due table whose Meta forgot `Leased.Meta`, and with it the constraints that keep a lease honest."""
        found = super().check(**kwargs)
        if len([c for c in cls._meta.constraints if c.name.endswith(("_state", "_lease", "_ends"))]) < len(Leased.Meta.constraints):
            hint = "Write class Meta(Leased.Meta), and constraints = [*Leased.Meta.constraints, …] where the table has its own."
            found.append(Error("A leased table has lost the constraints of the lease.", hint=hint, obj=cls, id="outbox.E001"))
        return found


class Heartbeat(models.Model):
    """The last sign of life of one worker process."""

    worker_id = models.CharField(primary_key=True, max_length=64, help_text="reason: random id that a worker process gives itself at its start")
    role = models.CharField(max_length=20, help_text="reason: what the process does, e.g. worker or serve")
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["beat_at"], name="heartbeat_beat")]
        constraints = [
            models.CheckConstraint(name="outbox_heartbeat_order", condition=Q(beat_at__gte=models.F("started_at"))),
        ]
