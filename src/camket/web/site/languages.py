"""The languages an address may begin with."""


class Language:
    """`vi` or `en`."""

    regex = "vi|en"

    def to_python(self, value: str) -> str:
        """Return the code as it stands."""
        return value

    def to_url(self, value: str) -> str:
        """Return the code as it stands."""
        return value
