"""A home that is put back before each history; and, for what is told in one process, the house of the duties' tests."""

from tests.crashes.homes import home
from tests.duties.intake.conftest import chi, house, receive

__all__ = ["chi", "home", "house", "receive"]
