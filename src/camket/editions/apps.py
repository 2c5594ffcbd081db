"""Django's entry for this room."""

from django.apps import AppConfig


class EditionsConfig(AppConfig):
    """The editions' tables."""

    name = "camket.editions"
    label = "editions"
