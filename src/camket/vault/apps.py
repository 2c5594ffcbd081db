"""Django's entry for this room."""

from django.apps import AppConfig


class VaultConfig(AppConfig):
    """The vault's tables in the main database."""

    name = "camket.vault"
    label = "vault"
