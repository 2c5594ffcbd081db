"""A home that is put back before each life."""

from tests.crashes.homes import home

__all__ = ["home"]
