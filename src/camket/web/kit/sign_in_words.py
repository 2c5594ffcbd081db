"""How colleagues come in: by what, with which browser and machine, and what came of it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext_noop

BROWSER_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "chrome": "Chrome",
        "edge": "Edge",
        "firefox": "Firefox",
        "opera": "Opera",
        "other": gettext_noop("Another browser"),
        "safari": "Safari",
        "samsung": "Samsung Internet",
    }
)

FACTOR_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "company": gettext_noop("Company account"),
        "company_code": gettext_noop("Company account and one-time code"),
        "company_recovery": gettext_noop("Company account and recovery code"),
        "invitation": gettext_noop("Invitation"),
        "link": gettext_noop("One-time link"),
        "none": "–",
        "passkey": gettext_noop("Passkey"),
        "password": gettext_noop("Password"),
        "password_code": gettext_noop("Password and one-time code"),
        "password_recovery": gettext_noop("Password and recovery code"),
    }
)

SYSTEM_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "android": "Android",
        "ios": "iPhone/iPad",
        "linux": "Linux",
        "mac": "Mac",
        "other": gettext_noop("another system"),
        "windows": "Windows",
    }
)

TRY_OUTCOME_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "confirmed": gettext_noop("Confirmed it was them"),
        "half_way": gettext_noop("First step right, second one asked for"),
        "refused": gettext_noop("Refused"),
        "signed_in": gettext_noop("Signed in"),
        "signed_out": gettext_noop("Signed out"),
        "slowed": gettext_noop("Too many tries"),
    }
)
