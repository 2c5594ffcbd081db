"""The staff's desks as a Django app, so that their templates are found."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Templates of the desks; no tables."""

    name = "camket.web.console"
    label = "console"
