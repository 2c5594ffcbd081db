"""A duty of these tests: errands that must be done once, and deeds that show how often they were."""

from django.db import models

from camket.outbox.models import Leased


class Errand(Leased):
    """Something that must be done once."""

    batch = models.UUIDField()

    class Meta(Leased.Meta):
        app_label = "errands"


class Deed(models.Model):
    """One doing of one errand; two for the same errand are what the lease must prevent, so nothing here forbids them."""

    id = models.BigAutoField(primary_key=True)
    errand_id = models.UUIDField()
    worker = models.CharField(max_length=64, help_text="reason: id of a worker process")

    class Meta:
        app_label = "errands"
