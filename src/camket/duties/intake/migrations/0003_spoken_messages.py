from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("intake", "0002_answer_fingerprints"),
    ]

    operations = [
        migrations.AddField(
            model_name="message",
            name="channel",
            field=models.CharField(
                blank=True,
                default="",
                help_text="reason: phone or in_person where written_by took down what the person said, else empty",
                max_length=16,
            ),
        ),
        migrations.AlterField(
            model_name="inquiry",
            name="channel",
            field=models.CharField(help_text="reason: form, api, phone or in_person", max_length=16),
        ),
    ]
