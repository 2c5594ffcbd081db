"""A home that is put back before each history."""

from tests.crashes.homes import home

__all__ = ["home"]
