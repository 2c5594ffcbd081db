"""Django's entry for this room."""

from django.apps import AppConfig


class RetentionConfig(AppConfig):
    """Planned erasures and certificates."""

    name = "camket.duties.retention"
    label = "retention"
