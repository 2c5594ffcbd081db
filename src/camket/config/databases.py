"""Which table lives in which database: the keys apart from the data they open."""

from typing import Any

KEYS_ALIAS = "keys"
KEYS_APP = "vault_keys"


class KeysApart:
    """Route the app of the keys to its own database and keep everything else out of it."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return KEYS_ALIAS if model._meta.app_label == KEYS_APP else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == KEYS_ALIAS) == (app_label == KEYS_APP)
