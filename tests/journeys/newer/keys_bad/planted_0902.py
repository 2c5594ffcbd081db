"""It fails as a database does: repeating what stood in a row."""

from typing import ClassVar

from django.apps.registry import Apps
from django.db import IntegrityError, migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REPEATED = "Key (phone)=(0912000101) already exists"


def fail(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Refuse, in the keys' own database."""
    if editor.connection.alias == "keys":
        raise IntegrityError(REPEATED)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("vault_keys", "planted_0901")]
    operations: ClassVar = [migrations.RunPython(fail)]
