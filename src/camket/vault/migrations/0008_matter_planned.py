from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("vault", "0007_warrants")]

    operations = [
        migrations.AddIndex(
            model_name="matter",
            index=models.Index(
                condition=models.Q(("erased_at__isnull", True), ("planned_at__isnull", False), ("rests_since__isnull", False)),
                fields=["planned_at"],
                name="matter_planned",
            ),
        ),
    ]
