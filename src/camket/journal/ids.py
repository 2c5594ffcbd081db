"""How the journal keeps ids: sixteen bytes each, in the row and in every index, on both databases."""

from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class ShortUUIDField(models.UUIDField):  # type: ignore[type-arg]  # Django takes no types at run time
    """An id that has sixteen bytes on SQLite too, where Django writes 32 letters. The journal has five of them for each entry."""

    def get_internal_type(self) -> str:
        """Return a name that no back end knows: Django would read letters otherwise."""
        return "ShortUUIDField"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column's type."""
        return "uuid" if connection.features.has_native_uuid_field else "blob"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Return an id as the database's driver takes it."""
        found = self.to_python(value)
        return found if found is None or connection.features.has_native_uuid_field else found.bytes

    def from_db_value(self, value: Any, _expression: Any, _connection: BaseDatabaseWrapper) -> UUID | None:
        """Return an id as the database gave it."""
        return UUID(bytes=value) if isinstance(value, bytes) else value
