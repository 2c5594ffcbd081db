"""What keeps each clause of the edition in force, how often it answered, and what was asked that no clause covers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.policy.terms import CONTROLLER
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.clause_words import shown_rules
from camket.web.kit.policy_labels import Labels
from camket.web.kit.words import word


@require_safe
@staff_only("policy")
def coverage(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show each clause of the edition in force with its rules, code, tests and answers, and the gaps."""
    number, now = editions.edition_in_force(), timezone.now()
    evidence = editions.evidence_in(number)
    document, rules, counts = editions.policy_page(number, language), shown_rules(number, language), editions.clause_counts(number, now=now)
    sections = [
        {
            "number": section.number,
            "title": section.title,
            "clauses": [
                {
                    "number": clause.number,
                    "html": clause.html,
                    "why": clause.informative_reason,
                    "rules": rules.get(clause.number, ()),
                    "count": counts.get(str(clause.number), editions.ClauseCount()),
                    "evidence": evidence.get(clause.number),
                }
                for clause in section.clauses
            ],
        }
        for section in document.sections
    ]
    context = {
        "nav": "policy",
        "edition_number": number,
        "sections": sections,
        "cited": editions.cited_edition(),
        "gaps": [_gap(one, language) for one in editions.gaps(now=now)],
        "days": editions.LOOKED_BACK.days,
        "counted_at": editions.counted_at(),
        "language_of_text": document.language,
    }
    return desk_page(request, desk, "console/coverage.html", context)


def _gap(gap: editions.Gap, language: str) -> dict[str, Any]:
    labels = Labels(editions.compiled(editions.EditionNumber(gap.edition)), language)
    asked = {"of": f"edition-{gap.edition}", "role": gap.role, "operation": gap.operation, "purpose": gap.purpose, "recipient": gap.recipient}
    return {
        "role": word("role", gap.role),
        "operation": word("operation", gap.operation),
        "purpose": labels.label("purpose", gap.purpose),
        "recipient": "" if gap.recipient == CONTROLLER else labels.label("recipient", gap.recipient),
        "fields": labels.listed("field", gap.fields),
        "edition": gap.edition,
        "count": gap.count,
        "last_at": gap.last_at,
        "query": urlencode({**asked, "fields": gap.fields}, doseq=True),
    }
