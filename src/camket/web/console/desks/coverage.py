"""What keeps each clause of the edition in force, how often it answered, and what was asked that no clause covers."""

import re
from collections.abc import Mapping, Sequence
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

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@require_safe
@staff_only("policy")
def coverage(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show each clause of the edition in force with its rules, code, tests and answers, and the gaps."""
    number, now = editions.edition_in_force(), timezone.now()
    evidence, of_sections = editions.evidence_in(number), editions.evidence_of_sections(number)
    document, rules, counts = editions.policy_page(number, language), shown_rules(number, language), editions.clause_counts(number, now=now)
    sections: list[dict[str, Any]] = [
        {
            "number": section.number,
            "title": section.title,
            "code": of_sections.get(str(section.number), ()),
            "clauses": [
                {
                    "number": clause.number,
                    "html": clause.html,
                    "why": clause.informative_reason,
                    "rules": rules.get(clause.number, ()),
                    **_counted(counts.get(str(clause.number), editions.ClauseCount())),
                    **_kept(evidence[clause.number], has_rules=bool(rules.get(clause.number))),
                }
                for clause in section.clauses
            ],
        }
        for section in document.sections
    ]
    clauses = [clause for section in sections for clause in section["clauses"]]
    context = {
        "nav": "policy",
        "edition_number": number,
        "sections": sections,
        "left_to_people": [clause["number"] for clause in clauses if clause["is_left_to_people"]],
        "untested": [clause["number"] for clause in clauses if clause["is_untested"]],
        "cited": editions.cited_edition(),
        "gaps": [_gap(one, language) for one in editions.gaps(now=now)],
        "days": editions.LOOKED_BACK.days,
        "counted_at": editions.counted_at(),
        "language_of_text": document.language,
    }
    return desk_page(request, desk, "console/coverage.html", context)


def _kept(evidence: editions.Evidence, *, has_rules: bool) -> Mapping[str, Any]:
    """What is known of a clause besides its words; where it means something else than the one that is cited, no test could be named for it."""
    return {
        "evidence": evidence,
        "tests": [{"file": one.file, "told": [_told(test) for test in one.tests]} for one in evidence.tests],
        "is_left_to_people": has_rules and not evidence.is_carried_out,
        "is_untested": has_rules and not evidence.tests and evidence.stands_for is editions.Standing.SAME,
    }


def _counted(count: editions.ClauseCount) -> Mapping[str, Any]:
    """How often a clause answered, over which editions where they are several, and what its number answered where it meant something else."""
    apart = count.otherwise and {"count": count.otherwise, "numbers": _numbers(count.otherwise.editions)}
    return {"count": count, "counted_over": _numbers(count.editions) if len(count.editions) > 1 else "", "otherwise": apart}


def _numbers(numbers: Sequence[int]) -> str:
    """Numbers of editions as short as can be: 1–3, or 1, 2, 4."""
    is_whole = len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1
    return f"{numbers[0]}–{numbers[-1]}" if is_whole else ", ".join(map(str, numbers))


def _told(test: editions.ShowingTest) -> str:
    """A test's name in words: its class is the subject, its own name the rest of the sentence."""
    subject = [word if word.isupper() and len(word) > 1 else word.lower() for word in _WORD.findall(test.group.replace("Test", ""))]
    told = " ".join([*subject, *test.name.removeprefix("test_").split("_")])
    return f"{told[:1].upper()}{told[1:]}"


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
