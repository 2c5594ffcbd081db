"""Django's entry for this room."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    """The letters' table."""

    name = "camket.duties.notices"
    label = "notices"
