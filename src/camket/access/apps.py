"""Wiring of the access room as a Django app."""

from django.apps import AppConfig


class AccessConfig(AppConfig):
    """Staff, links, tokens and budgets."""

    name = "camket.access"
    label = "access"
