"""What stands for an inquiry in an address of the desks."""

import re


class Reference:
    """An inquiry's public name; anything else leads nowhere, before a database is asked that would stumble over it."""

    regex = "[0-9A-Z-]{4,20}"

    @classmethod
    def names(cls, text: str) -> bool:
        """Return whether a text has the shape of an inquiry's public name."""
        return re.fullmatch(cls.regex, text) is not None

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value
