"""A house with a mail server that does as it is told."""

from tests.channels.mail_out.conftest import open_office  # fixtures: the same office and the same house
from tests.duties.intake.conftest import chi, house, receive

__all__ = ["chi", "house", "open_office", "receive"]
