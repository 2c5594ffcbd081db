"""The settings of a newer version whose migrations work."""

from camket.config.settings import *  # noqa: F403  # ours, and one thing more

MIGRATION_MODULES = {"catalogue": "tests.journeys.newer.catalogue", "vault_keys": "tests.journeys.newer.keys_good"}
