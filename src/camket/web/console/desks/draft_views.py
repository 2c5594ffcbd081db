"""One draft as others will see it: as the public reads it, and held against a published edition."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.policy.changes import difference as difference_of
from camket.web.console.desks.drafts import checked, draft_context, draft_or_404
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.console.showing import names_by_id
from camket.web.kit.change_words import read_aloud
from camket.web.kit.clause_words import rules_read_aloud
from camket.web.kit.context import edition_facts
from camket.web.kit.requests import number_in
from camket.web.kit.rewordings import reworded


@require_safe
@staff_only("policy")
def preview(request: HttpRequest, desk: AtDesk, language: str, draft_id: int) -> HttpResponse:
    """Show a draft as the public would read it, each clause with what its rules do."""
    row = draft_or_404(draft_id)
    policy = checked(row.manifest, row.texts).policy
    document = editions.page_of(row.texts, next(iter(row.texts)), language)
    clauses = [clause.number for section in document.sections for clause in section.clauses]
    context = {
        **draft_context(row, "preview"),
        "by": names_by_id().get(row.changed_by, ""),
        "document": document,
        "clause_rules": rules_read_aloud(policy, clauses, language) if policy else {},
        "has_errors": policy is None,
        "controller_clause": policy.controller.clause if policy and policy.controller else "",
    }
    return desk_page(request, desk, "console/draft_preview.html", context)


@require_safe
@staff_only("policy")
def difference(request: HttpRequest, desk: AtDesk, language: str, draft_id: int) -> HttpResponse:
    """Show in what a draft means something else than a published edition, and where their texts differ."""
    row, in_force = draft_or_404(draft_id), editions.edition_in_force()
    wanted = editions.EditionNumber(number_in(request.GET.get("to", "")) or in_force)
    try:
        context = compared(row, wanted, language)
    except editions.NoEdition:
        raise Http404 from None
    shown = {
        **draft_context(row, "difference"),
        **context,
        "by": names_by_id().get(row.changed_by, ""),
        "others": [line.number for line in editions.edition_lines()],
    }
    return desk_page(request, desk, "console/draft_difference.html", shown)


def compared(row: editions.DraftRow, old: editions.EditionNumber, language: str) -> dict[str, Any]:
    """
    Return a draft held against a published edition, in words.

    Args:
        row: The draft.
        old: The edition.
        language: The active language: `vi` or `en`.

    Raises:
        NoEdition: The edition is not published.
    """
    before, after = editions.compiled(old), checked(row.manifest, row.texts).policy
    differing = difference_of(before, after) if after else None
    changes = read_aloud(differing, old=before, new=after, language=language) if after and differing is not None else ()
    return {
        "has_errors": after is None,
        "old": edition_facts(old, in_force=editions.edition_in_force()),
        "new": {"number": row.number},
        "old_place": f"/{language}/policy/editions/{old}",
        "new_place": f"/{language}/console/policy/drafts/{row.id}/preview",
        "weighing": [one for one in changes if one.is_significant],
        "other": [one for one in changes if not one.is_significant],
        "texts": editions.text_differences_to(old, row.texts),
        "out_of_step": editions.out_of_step_with(old, row.texts, () if differing is None else differing.changes),
        "words_place": f"/{language}/console/policy/drafts/{row.id}/difference?to={old}",
        **reworded(editions.words_difference_to(old, row.texts)),
    }
