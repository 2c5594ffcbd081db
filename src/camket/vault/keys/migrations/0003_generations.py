from django.db import migrations, models

# what was made before generations had a life of their own is whole: nothing depends on an earlier one
_WHOLE = "UPDATE vault_keys_epoch SET whole_at = created_at"
_FIRST_INDEX = (
    "INSERT INTO vault_keys_identityindex (number, created_at, whole_at) SELECT number, created_at, created_at FROM vault_keys_epoch WHERE number = 1"
)


_LIFE = ("whole_at", "condemned_at", "destroyed_at")


def order(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(("destroyed_at__isnull", True), ("condemned_at__isnull", False), _connector="OR"),
        name=f"{name}_condemned_before_destroyed",
    )


class Migration(migrations.Migration):
    dependencies = [("vault_keys", "0002_checks")]

    operations = [
        migrations.CreateModel(
            name="IdentityIndex",
            fields=[
                ("number", models.PositiveIntegerField(primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField()),
                *[(name, models.DateTimeField(null=True)) for name in _LIFE],
            ],
            options={"abstract": False, "constraints": [order("identityindex")]},
        ),
        *[migrations.AddField(model_name="epoch", name=name, field=models.DateTimeField(null=True)) for name in _LIFE],
        migrations.RunSQL(_WHOLE, migrations.RunSQL.noop),
        migrations.RunSQL(_FIRST_INDEX, migrations.RunSQL.noop),
        migrations.AddConstraint(model_name="epoch", constraint=order("epoch")),
        # empty in what an unreleased version wrote: `camket indexes rebuild` binds it
        migrations.AddField(model_name="identitytoken", name="bond", field=models.BinaryField(default=bytes, max_length=16)),
        migrations.AddIndex(
            model_name="matterkey",
            index=models.Index(fields=["epoch"], name="matter_key_epoch", condition=models.Q(("epoch__isnull", False))),
        ),
    ]
