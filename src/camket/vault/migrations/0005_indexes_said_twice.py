import django.db.models.deletion
from django.db import migrations, models

# Each was the beginning of another index of its table. By hand, because on SQLite the migration would build the tables anew, and the guard of
# the consents is a trigger that goes with its table.
SAID_TWICE = (
    ("vault_record_subject_id_7e82f403", "vault_record", "subject_id"),
    ("vault_need_matter_id_d380deac", "vault_need", "matter_id"),
    ("vault_consent_subject_id_c223895d", "vault_consent", "subject_id"),
)


def _alone(to: str, related_name: str, *, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]  # to the model of that moment
    return models.ForeignKey(db_index=False, null=null, on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=to)


class Migration(migrations.Migration):
    dependencies = [("vault", "0004_record_matter_kept")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(f"DROP INDEX {index}", f"CREATE INDEX {index} ON {table} ({column})") for index, table, column in SAID_TWICE
            ],
            state_operations=[
                migrations.AlterField(model_name="record", name="subject", field=_alone("vault.subject", "records", null=True)),
                migrations.AlterField(model_name="need", name="matter", field=_alone("vault.matter", "needs")),
                migrations.AlterField(model_name="consent", name="subject", field=_alone("vault.subject", "consents")),
            ],
        ),
    ]
