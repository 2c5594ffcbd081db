"""What waits for whoever sits at a desk to be the second person, said where they arrive."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext, ngettext

from camket.duties.publishing import queries as editions
from camket.duties.special_cases import queries as special_cases
from camket.web.console.entrance import AtDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One thing that waits, and where it is decided."""

    sentence: str
    place: str  # below the language


def waiting_for(desk: AtDesk) -> tuple[Waiting, ...]:
    """
    Return what waits for somebody's decision as the second person; three queries at most where nothing does.

    Args:
        desk: Who sits there.

    Source: policy §3 (3.9); docs/decisions/0018-publishing.md.
    """
    found = []
    if many := special_cases.waiting_for(desk.actor):
        words = ngettext("%(count)d special case waits for a second person", "%(count)d special cases wait for a second person", many)
        found.append(Waiting(sentence=words % {"count": many}, place="console/cases"))
    for proposal in editions.proposals_for(desk.actor, now=timezone.now()):
        words = gettext("A draft of the policy waits for a second person")
        found.append(Waiting(sentence=words, place=f"console/policy/drafts/{proposal.draft_id}/publish"))
    return tuple(found)
