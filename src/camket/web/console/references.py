"""What stands for an inquiry in an address of the desks."""


class Reference:
    """An inquiry's public name; anything else leads nowhere, before a database is asked that would stumble over it."""

    regex = "[0-9A-Z-]{4,20}"

    def to_python(self, value: str) -> str:
        """Return the name as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it stands."""
        return value
