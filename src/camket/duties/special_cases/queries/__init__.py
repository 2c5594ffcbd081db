"""What the pages of special cases show: cases, whom one can be opened about, and who can be the second person."""

from camket.duties.special_cases.queries.cases import (
    PAGE,
    CaseList,
    CasePage,
    CaseRow,
    Opened,
    TextRow,
    askable,
    case_list,
    case_page,
    guarding_clauses,
    has_part,
    in_scope,
    may_find,
    waiting_for,
)
from camket.duties.special_cases.queries.people import MOST_FOUND, FoundRow, NotFound, Somebody, held_of, people_found, somebody
from camket.duties.special_cases.queries.seconds import is_apart, is_second_here

__all__ = [
    "MOST_FOUND",
    "PAGE",
    "CaseList",
    "CasePage",
    "CaseRow",
    "FoundRow",
    "NotFound",
    "Opened",
    "Somebody",
    "TextRow",
    "askable",
    "case_list",
    "case_page",
    "guarding_clauses",
    "has_part",
    "held_of",
    "in_scope",
    "is_apart",
    "is_second_here",
    "may_find",
    "people_found",
    "somebody",
    "waiting_for",
]
