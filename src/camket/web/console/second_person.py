"""What waits for whoever sits at a desk: to be the second person, or because one decided; said where they arrive."""

from collections.abc import Iterator
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
    Return what waits for somebody's decision as the second person, or for them since one agreed; three queries at most where nothing does.

    Args:
        desk: Who sits there.

    Source: policy §3 (3.9); docs/decisions/0018-publishing.md.
    """
    found = [*_cases(special_cases.waiting_for(desk.actor, now=timezone.now()))]
    for proposal in editions.proposals_for(desk.actor, now=timezone.now()):
        words = gettext("A draft of the policy waits for a second person")
        found.append(Waiting(sentence=words, place=f"console/policy/drafts/{proposal.draft_id}/publish"))
    return tuple(found)


def _cases(many: special_cases.CasesWaiting) -> Iterator[Waiting]:
    to_approve = ngettext("%(count)d special case waits for a second person", "%(count)d special cases wait for a second person", many.to_approve)
    left = ngettext(
        "%(count)d special case waits for somebody to take it over", "%(count)d special cases wait for somebody to take them over", many.left_behind
    )
    approved = ngettext("%(count)d special case of yours is approved", "%(count)d special cases of yours are approved", many.approved)
    for count, words in ((many.to_approve, to_approve), (many.left_behind, left), (many.approved, approved)):
        if count:
            yield Waiting(sentence=words % {"count": count}, place="console/cases")
