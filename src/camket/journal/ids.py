"""How the journal keeps ids: sixteen bytes each, in the row and in every index, on both databases; and how the ids of many rows are drawn."""

import secrets
import struct
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

MILLISECOND = 1 << 80  # by which the ids of two acts differ that are one apart
_COUNTED, _DRAWN = 0xFFF, (1 << 62) - 1


def first_id(at: datetime) -> UUID:
    """
    Return the lower bound of the ids of what was done at an instant or after, to the millisecond.

    Args:
        at: UTC instant.

    Source: RFC 9562 §5.7.
    """
    return UUID(int=(int(at.timestamp() * 1000) & (1 << 48) - 1) * MILLISECOND)


def version_7(at: datetime, *, counter: int, drawn: int) -> UUID:
    """
    Return a version 7 UUID made of what the caller knows rather than of a clock.

    Args:
        at: UTC instant of the act.
        counter: Its low twelve bits keep what is of one millisecond in order.
        drawn: A random number, of which 62 bits are taken.

    Source: RFC 9562 §5.7 and §6.2, method 1.
    """
    return UUID(int=first_id(at).int | 7 << 76 | (counter & _COUNTED) << 64 | 2 << 62 | drawn & _DRAWN)


def version_7_of_many(many: int, *, at: datetime) -> list[UUID]:
    """
    Return version 7 UUIDs for rows that are written together, the first 4,096 in their order; randomness is drawn once for all.

    Args:
        many: How many.
        at: UTC instant of the act.

    Source: RFC 9562 §5.7 and §6.2, method 1.
    """
    drawn = struct.unpack(f"{many}Q", secrets.token_bytes(8 * many))
    first = first_id(at).int | 7 << 76 | 2 << 62
    return [UUID(int=first | (number & _COUNTED) << 64 | one & _DRAWN) for number, one in enumerate(drawn)]


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
