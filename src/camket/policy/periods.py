"""Whether the words of a clause and its rule name the same period: people agree to the words, and the machine runs the rule."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from camket.policy.diagnostics import Place, Report, quote
from camket.policy.manifest import text_file
from camket.policy.phrases import phrase
from camket.policy.retain import Period
from camket.policy.rules import RuleSet
from camket.policy.source import ParsedText
from camket.policy.terms import ClauseNumber

_UNITS: Final[Mapping[str, Mapping[str, str]]] = {
    "vi": {"ngày": "days", "tuần": "weeks", "tháng": "months", "năm": "years"},
    "en": {"day": "days", "week": "weeks", "month": "months", "year": "years"},
}
# no data is kept for working days: they count by when we answer
_SPANS: Final = {
    language: re.compile(rf"\b([0-9]{{1,4}})[\s-]+({'|'.join(units)})(?:s|\b)(?!\s+làm việc)", re.IGNORECASE) for language, units in _UNITS.items()
}


def check_said_periods(parsed: Mapping[str, ParsedText], rules: RuleSet, report: Report) -> None:
    """
    Warn where a clause names a period in figures that none of its rules has, and a rule of it has one that the words do not name.

    Args:
        parsed: The texts by language; periods are read in Vietnamese and in English.
        rules: What the clauses' rules say.
        report: Where the findings go.

    Source: policy §4 (4.2, 4.3, 4.4, 4.5).
    """
    kept: dict[ClauseNumber, dict[tuple[int, int], str]] = {}
    for one in rules.retains:
        kept.setdefault(one.rule.clause, {})[one.rule.keep.length] = one.rule.keep.iso
    for language, text in parsed.items():
        for clause in text.document.clauses:
            ruled = kept.get(clause.number, {})
            said = dict(_said(clause.paragraphs_markdown, language)) if ruled else {}
            # a rule that the words leave out is no slip by itself: they may say it in letters, or in another clause
            if said.keys() - ruled.keys() and ruled.keys() - said.keys():
                report.warning(
                    Place(file=text_file(language), line=clause.line, clause=clause.number),
                    "retain.said_otherwise",
                    phrase(
                        "The text says {said}, and the rule keeps data for {iso}.",
                        said=quote(", ".join(said[one] for one in said.keys() - ruled.keys())),
                        iso=", ".join(ruled[one] for one in ruled.keys() - said.keys()),
                    ),
                    phrase("Write the same period in both: people agree to the text, and the system runs the rule."),
                )


def _said(text: str, language: str) -> Iterator[tuple[tuple[int, int], str]]:
    """Each period in figures, by its length, as it is written."""
    spans = _SPANS.get(language)
    for found in spans.finditer(text) if spans else ():
        unit = _UNITS[language][found[2].lower()]
        yield Period(**{unit: int(found[1])}).length, found[0]
