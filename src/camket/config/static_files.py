"""What the files of the site itself say beside their content."""

from collections.abc import MutableMapping


def keep_at_home(headers: MutableMapping[str, str], path: str, url: str) -> None:  # whitenoise calls it with all three
    """
    Say of a file that no page of somebody else may load it.

    Args:
        headers: Of the answer; changed.
        path: Where the file lies.
        url: Where it is served.

    Source: Fetch standard, Cross-Origin-Resource-Policy.
    """
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
