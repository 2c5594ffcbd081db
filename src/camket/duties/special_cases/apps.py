"""Django's entry for this room."""

from django.apps import AppConfig


class SpecialCasesConfig(AppConfig):
    """The special cases' tables."""

    name = "camket.duties.special_cases"
    label = "special_cases"
