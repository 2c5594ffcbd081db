"""Leave the leaves out of the table of nodes: each stands in its entry already."""

import hashlib
from typing import Any, ClassVar

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from camket.journal import guards


def drop(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take the copies away; the guards come back with the tables' new shape."""
    guards.lift(schema_editor.connection)
    apps.get_model("journal", "TreeNode").objects.using(schema_editor.connection.alias).filter(level=0).delete()


def copy(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Write the hash of every leaf among the nodes again."""
    alias = schema_editor.connection.alias
    node: Any = apps.get_model("journal", "TreeNode")
    leaves = apps.get_model("journal", "JournalEntry").objects.using(alias).filter(position__isnull=False).values_list("position", "leaf")
    rows = (node(level=0, index=position, hash=hashlib.sha256(b"\x00" + bytes(leaf)).digest()) for position, leaf in leaves.iterator())
    node.objects.using(alias).bulk_create(rows, batch_size=500)
    install(apps, schema_editor)


def install(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Put every guard in place again: SQLite has built the table anew, and its triggers went with the old one."""
    guards.install(schema_editor.connection)


def lift(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Take every guard away."""
    guards.lift(schema_editor.connection)


class Migration(migrations.Migration):
    """Nodes from level 1 on."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("journal", "0002_guards")]
    operations: ClassVar[list[Any]] = [
        migrations.RunPython(drop, copy),
        migrations.AddConstraint(
            model_name="treenode",
            constraint=models.CheckConstraint(condition=models.Q(("level__gte", 1)), name="journal_node_above_leaves"),
        ),
        migrations.RunPython(install, lift),
    ]
