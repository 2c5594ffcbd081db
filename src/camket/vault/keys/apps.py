"""Django's entry for the tables of the keys database."""

from django.apps import AppConfig


class KeysConfig(AppConfig):
    """The keys' tables, routed to the database `keys`."""

    name = "camket.vault.keys"
    label = "vault_keys"
