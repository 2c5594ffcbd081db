"""A house with a journal, in which a change of the shelf is remembered."""

from tests.duties.intake.conftest import house  # a fixture: the same house

__all__ = ["house"]
