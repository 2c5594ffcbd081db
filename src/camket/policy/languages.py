"""The languages of this house: pages, letters and forms exist in each. An edition's texts may be in others, and it says which of its own binds."""

from typing import Final

NAMES: Final = {"vi": "Tiếng Việt", "en": "English"}  # each in itself; the first is spoken where nobody asks for another
LANGUAGES: Final = tuple(NAMES)
FIRST: Final = LANGUAGES[0]


def spoken(language: str, *, otherwise: str = FIRST) -> str:
    """
    Return a language of this house: the one asked for, or what stands in for it.

    Args:
        language: A code of two letters, such as a person's or an address's; anything else is none of ours.
        otherwise: The code to take in its place; the first language where the house does not speak that one either.
    """
    return language if language in LANGUAGES else otherwise if otherwise in LANGUAGES else FIRST


def other(language: str) -> str:
    """Return the language that a page in this one leads over to: the next, and after the last one the first."""
    return LANGUAGES[(LANGUAGES.index(language) + 1) % len(LANGUAGES)]
