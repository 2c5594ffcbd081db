"""Django's entry for this room."""

from django.apps import AppConfig


class PublishingConfig(AppConfig):
    """The drafts' tables."""

    name = "camket.duties.publishing"
    label = "publishing"
