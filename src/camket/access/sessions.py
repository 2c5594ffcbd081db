"""
Sessions of the desks: the cookie carries the key, the table only its hash, so that a copy of the database opens no desk.

What a session says is signed for that one key: whoever writes into the table cannot move it to a row of their own.
"""

import base64
import hashlib
import re
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.base_session import AbstractBaseSession

from camket.journal.objects import fetch_objects
from camket.journal.statements import Statement, change

_KEY = re.compile(r"[a-z0-9]{32}")  # as Django makes them
_SAVED = Statement(text="UPDATE django_session SET session_data = %s, expire_date = %s WHERE session_key = %s")
_HASH_BYTES = 30  # what the column takes in base64; nobody finds a key to 240 bits of SHA-256


def hash_of(key: str) -> str:
    """
    Return what is kept of a session's key.

    Args:
        key: As the cookie carries it.
    """
    return base64.urlsafe_b64encode(hashlib.sha256(b"camket session|" + key.encode()).digest()[:_HASH_BYTES]).decode()


class SessionStore(db.SessionStore):
    """Django's sessions in the database, kept under the hash of their key; a cookie of another shape is none, and no database is asked."""

    def _validate_session_key(self, key: object) -> bool:
        return isinstance(key, str) and _KEY.fullmatch(key) is not None

    def _get_session_from_db(self) -> AbstractBaseSession | None:
        # every page of the desks begins with it, so it is written out; that its time is not over is Django's to tell, by its clock
        rows = fetch_objects(self.model, "session_key = %s", hash_of(self.session_key)) if self.session_key else []
        found = next((row for row in rows if self.get_expiry_age(expiry=row.expire_date) > 0), None)
        if found is None:
            self._session_key = None
        return found

    @property
    def key_salt(self) -> str:
        """What is signed along with the session: without it, one person's words would pass under another's key."""
        return f"camket.session.{self.session_key}"

    def exists(self, session_key: str) -> bool:
        """Return whether there is a session of this key."""
        return super().exists(hash_of(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> AbstractBaseSession:
        """Return the row as it is kept."""
        row = super().create_model_instance(data)
        row.session_key = hash_of(row.session_key)
        return row

    def save(self, must_create: bool = False) -> None:
        """
        Write the session.

        Args:
            must_create: Whether it is a new one.

        Raises:
            UpdateError: Somebody ended it meanwhile. A database that is locked or away is said to be that.
        """
        if must_create or self.session_key is None:
            super().save(must_create)
            return
        row = self.create_model_instance(dict(self.items()))
        if not change(_SAVED, row.session_data, row.expire_date, row.session_key):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """End a session: this one where no key is given."""
        ended = session_key or self.session_key
        if ended:
            super().delete(hash_of(ended))
