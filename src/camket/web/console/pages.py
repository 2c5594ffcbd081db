"""Which pages of the desks a role opens, in the words of the menu."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext

from camket.access.rules import may_enter
from camket.policy.terms import RoleId

# as the menu calls them; the abuse and the legal desk have rules and no page yet, and nobody is promised one
_PAGES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "inbox": ("Inbox", "Find", "Record a contact", "Special cases", "Letters", "Texts", "Activity"),
        "privacy": ("Special cases", "Letters", "Activity", "Website"),
        "operations": ("Letters", "Activity", "Operations", "Website"),
        "journal": ("Journal",),
        "staff": ("Staff",),
        "access_review": ("Access",),
        "sign_ins": ("Sign-ins",),
        "policy": ("Notices to many", "Policy"),
    }
)


def pages_of(role: RoleId) -> list[str]:
    """
    Return the pages that a role opens beside its own account and the editions, each once.

    Args:
        role: Of a member of staff.
    """
    pages = dict.fromkeys(page for desk, pages in _PAGES.items() if may_enter(role, desk) for page in pages)
    # the notices are named although whoever opens the letters finds them beside those: not everybody who opens letters may write one
    return [gettext(page) for page in pages]
