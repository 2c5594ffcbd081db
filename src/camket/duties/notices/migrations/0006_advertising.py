"""Advertising is a third kind of campaign."""

from django.db import migrations, models

_KINDS = [("change", "Change"), ("service", "Service"), ("advertising", "Advertising")]


class Migration(migrations.Migration):
    dependencies = [("notices", "0005_mailbox")]

    operations = [
        migrations.RemoveConstraint(model_name="campaign", name="campaign_kind_known"),
        migrations.RemoveConstraint(model_name="campaign", name="campaign_change_has_edition"),
        migrations.AlterField(
            model_name="campaign",
            name="kind",
            field=models.CharField(choices=_KINDS, help_text="reason: one of three fixed words", max_length=12),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(condition=models.Q(("kind__in", ["change", "service", "advertising"])), name="campaign_kind_known"),
        ),
        migrations.AddConstraint(
            model_name="campaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("edition__isnull", False), ("kind", "change")),
                    models.Q(("edition__isnull", True), ("kind__in", ["service", "advertising"])),
                    _connector="OR",
                ),
                name="campaign_change_has_edition",
            ),
        ),
    ]
