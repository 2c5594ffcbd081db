"""The policy as it is read: the edition in force, every other one, and what is signed of each."""

import logging

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import reason_in
from camket.web.kit.change_words import shown_changes
from camket.web.kit.clause_words import shown_rules
from camket.web.kit.context import edition_facts
from camket.web.kit.errors import refusal_page
from camket.web.kit.rewordings import reworded

log = logging.getLogger(__name__)


@require_safe
def policy(request: HttpRequest, language: str, number: int | None = None) -> HttpResponse:
    """Show an edition of the policy; the one in force where no number is given."""
    in_force = editions.edition_in_force()
    wanted = in_force if number is None else editions.EditionNumber(number)
    try:
        document = editions.policy_page(wanted, language)
        facts, controller = edition_facts(wanted, in_force=in_force), editions.compiled(wanted).controller
    except editions.NoEdition:
        raise Http404 from None
    rules = shown_rules(wanted, language)
    context = {
        "nav": "policy",
        "document": document,
        "clause_rules": rules,
        "before": wanted - 1,
        "edition": facts,
        "to_come": editions.edition_to_come() if wanted == in_force else None,
        "public_key": editions.public_key(),
        "has_rules": editions.has_paper("verifying.md"),
        "controller_clause": controller.clause if controller else "",
        "corrected_at": facts.corrected_at.get(document.language),
    }
    return render(request, "site/policy.html", context)


@require_safe
def policy_editions(request: HttpRequest, language: str) -> HttpResponse:
    """Show every published edition, newest first, with what proves it."""
    in_force = editions.edition_in_force()
    rows = [
        {"facts": edition_facts(line.number, in_force=in_force), "languages": line.languages, "before": line.number - 1}
        for line in editions.edition_lines()
    ]
    context = {"nav": "policy", "editions": rows, "in_force": in_force, "public_key": editions.public_key()}
    return render(request, "site/editions.html", context)


@require_safe
def policy_difference(request: HttpRequest, language: str, old: int, new: int) -> HttpResponse:
    """Show in what one edition means something else than another, and where their texts differ."""
    before, after = editions.EditionNumber(old), editions.EditionNumber(new)
    in_force = editions.edition_in_force()
    try:
        changes = shown_changes(before, after, language)
        texts = editions.text_differences(before, after)
        rewordings = editions.words_difference(before, after)
        facts = [edition_facts(number, in_force=in_force) for number in (before, after)]
        raised = [(number, editions.raised_for(editions.EditionNumber(number))) for number in range(old + 1, new + 1)]
    except editions.NoEdition:
        raise Http404 from None
    context = {
        "nav": "policy",
        "old": facts[0],
        "new": facts[1],
        "old_place": f"/{language}/policy/editions/{old}",
        "new_place": f"/{language}/policy/editions/{new}",
        "both": facts,
        "raised": [(number, reason_in(reasons, language)) for number, reasons in raised if reasons is not None],
        "weighing": [one for one in changes if one.is_significant],
        "other": [one for one in changes if not one.is_significant],
        "texts": texts,
        **reworded(rewordings),
    }
    return render(request, "site/difference.html", context)


@require_safe
def policy_json(request: HttpRequest, language: str, number: int) -> HttpResponse:
    """Return an edition's canonical JSON: the bytes that were hashed and signed."""
    try:
        return HttpResponse(editions.compiled_json(editions.EditionNumber(number)), content_type="application/json")
    except editions.NoEdition:
        raise Http404 from None


@require_safe
def policy_dpv(request: HttpRequest, language: str, number: int) -> HttpResponse:
    """Return an edition as JSON-LD in the W3C's Data Privacy Vocabulary."""
    try:
        return HttpResponse(editions.dpv(editions.EditionNumber(number), language), content_type="application/ld+json")
    except editions.NoEdition:
        raise Http404 from None


@require_safe
def policy_pdf(request: HttpRequest, language: str, number: int) -> HttpResponse:
    """Return an edition to be printed, in the language of the address; 503 where it cannot be drawn now."""
    try:
        file = editions.edition_pdf(editions.EditionNumber(number), language)
    except editions.NoEdition:
        raise Http404 from None
    except editions.NotDrawn:
        log.exception("edition as PDF")
        return refusal_page(request, 503)
    answer = HttpResponse(file, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="edition-{number}-{language}.pdf"'
    return answer


@require_safe
def policy_text(request: HttpRequest, language: str, number: int) -> HttpResponse:
    """Return an edition's authoritative text with its rules: what was hashed and signed beside its compiled value."""
    try:
        return HttpResponse(editions.authoritative_text(editions.EditionNumber(number)), content_type="text/markdown; charset=utf-8")
    except editions.NoEdition:
        raise Http404 from None
