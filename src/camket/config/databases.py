"""Which table lives in which database: the keys apart from the data they open."""

from collections.abc import Mapping
from typing import Any

KEYS_ALIAS = "keys"
KEYS_APP = "vault_keys"
SQLITE = "camket.config.sqlite"
WAIT_SECONDS = 20.0
WAIT_OF_PAGES_SECONDS = 3.5  # for the other threads, and as long again for other processes: under eight in all
# a connection is kept between requests: opened anew, SQLite reads its tables' descriptions again, which takes longer than most questions
KEEP_SECONDS = 60
CACHE_KB, CACHE_OF_PAGES_KB = 16_384, 1_024  # the pages keep two connections for each of their threads


class KeysApart:
    """Route the app of the keys to its own database and keep everything else out of it."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return KEYS_ALIAS if model._meta.app_label == KEYS_APP else "default"

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return self.db_for_read(model)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return (db == KEYS_ALIAS) == (app_label == KEYS_APP)


def pragmas(cache_kb: int) -> str:
    """
    Return what is said to SQLite first on each connection.

    Args:
        cache_kb: How much of the file the connection may hold in memory.
    """
    # synchronous=FULL: an acknowledged write outlives a power cut. No mmap_size: it made a real corruption worse.
    return f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA cache_size=-{cache_kb};"


def suit_pages(databases: Mapping[str, Any]) -> None:
    """
    Have this process, which has many threads, wait for a locked SQLite file only as long as a visitor would, and hold little of it in each.

    Called before it opens one. Whoever holds the lock for longer, a copy being made or a forgotten shell, would otherwise take every thread.

    Args:
        databases: Django's descriptions of the databases, by alias; changed in place.
    """
    for one in databases.values():
        if one["ENGINE"] == SQLITE:
            one["OPTIONS"] |= {"timeout": WAIT_OF_PAGES_SECONDS, "init_command": pragmas(CACHE_OF_PAGES_KB)}
