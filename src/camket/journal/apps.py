"""Tell Django that this room has tables."""

from django.apps import AppConfig


class JournalConfig(AppConfig):
    """The journal room; its tables live in the `default` database only."""

    name = "camket.journal"
    label = "journal"
    verbose_name = "Journal"
