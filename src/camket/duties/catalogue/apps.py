"""Django's entry for this room."""

from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    """The products' table."""

    name = "camket.duties.catalogue"
    label = "catalogue"
