"""The kit as a Django app, so that its templates, static files and catalogue are found."""

from django.apps import AppConfig


class KitConfig(AppConfig):
    """Templates, static files, tags and translations that every face shares; no tables."""

    name = "camket.web.kit"
    label = "kit"
