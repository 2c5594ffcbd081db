"""How Django finds the account behind a session: by id, and only while its owner works here."""

from uuid import UUID

from django.contrib.auth.backends import BaseBackend

from camket.access.models import Staff
from camket.journal.objects import fetch_objects


class LinkBackend(BaseBackend):
    """The ways in are the desks' own (actions/sign_in.py), so no credentials are ever accepted here."""

    def get_user(self, user_id: UUID) -> Staff | None:
        """
        Return the account that a session names.

        Args:
            user_id: The account's id, as the session holds it.

        Returns:
            The account, or None when its owner left: the session is then nobody's.
        """
        return next(iter(fetch_objects(Staff, "id = %s AND is_active", user_id)), None)
