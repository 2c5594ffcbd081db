"""A column more, and a table."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations, models

import camket.duties.catalogue.migrations as ours

NEWEST = max(path.stem for path in Path(ours.__path__[0]).glob("0*.py"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("catalogue", NEWEST)]
    operations: ClassVar = [
        migrations.AddField(model_name="product", name="planted", field=models.CharField(max_length=20, default="planted")),
        migrations.RunSQL("CREATE TABLE planted_default (id integer)", "DROP TABLE planted_default"),
    ]
