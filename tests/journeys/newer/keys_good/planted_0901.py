"""A table more, beside the keys."""

from pathlib import Path
from typing import ClassVar

from django.db import migrations

import camket.vault.keys.migrations as ours

NEWEST = max(path.stem for path in Path(ours.__path__[0]).glob("0*.py"))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("vault_keys", NEWEST)]
    operations: ClassVar = [migrations.RunSQL("CREATE TABLE planted_keys (id integer)", "DROP TABLE planted_keys")]
