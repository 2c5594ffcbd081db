"""The public pages as a Django app, so that their templates are found."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Templates of the public pages; no tables."""

    name = "camket.web.site"
    label = "site"
