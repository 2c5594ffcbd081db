"""What stands for an inquiry in an address of the desks."""

import re


class Reference:
    """An inquiry's public name; anything else leads nowhere, before a database is asked that would stumble over it."""

    regex = "[0-9A-Z-]{4,20}"

    @classmethod
    def names(cls, text: str) -> bool:
        """Return whether a text has the shape of an inquiry's public name."""
        return re.fullmatch(cls.regex, text) is not None

    @classmethod
    def said(cls, text: str) -> str:
        """Return the reference that somebody says or writes, with or without its first letters and lines between; empty where it is none."""
        found = re.fullmatch(r"(?:CK)?([0-9A-Z]{4})([0-9A-Z]{4})", re.sub(r"[\s\u2010-\u2015-]", "", text.upper()))
        has_both = found is not None and any(char.isdigit() for char in found[0]) and any(char.isalpha() for char in found[1] + found[2])
        return f"CK-{found[1]}-{found[2]}" if found and (has_both or text.upper().startswith("CK")) else ""

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value
