"""Django's entry for this room."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The inquiries' tables."""

    name = "camket.duties.intake"
    label = "intake"
