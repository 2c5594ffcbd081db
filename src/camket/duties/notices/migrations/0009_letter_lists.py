"""The outbox and its days are found in an index: state by state in the list's own order, and by the day on which a letter left or was held."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_looked_last_at")]

    operations = [
        migrations.RemoveIndex(model_name="letter", name="letter_written"),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["state", "-written_at", "-id"], name="letter_listed", condition=Q(campaign__isnull=True)),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["dropped", "done_at", "campaign"], name="letter_left", condition=Q(done_at__isnull=False)),
        ),
        migrations.AddIndex(
            model_name="letter",
            index=models.Index(fields=["parked_at"], name="letter_held", condition=Q(parked_at__isnull=False)),
        ),
    ]
