"""The page that teaches the language: every example on it is compiled, and it lists every finding there is."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from camket.policy.cedar import as_cedar
from camket.policy.compiled import FieldKind, MeasureId, RecipientKind, RightId, SafeguardId
from camket.policy.compiler import compile_edition
from camket.policy.diagnostics import Diagnostic, Place, Report
from camket.policy.document import WORD_KEYS, Statement
from camket.policy.regimes import parse_regime
from camket.policy.retain import ClosingEvent, RetainRule, RetentionRules, erase_after, parse_period
from camket.policy.rules import read_rules
from camket.policy.source import EditionSource, RuleBlock, parse_document
from camket.policy.tables import parse_toml
from camket.policy.terms import ROLES, ClauseNumber, CollectionId, LegalBasis, Obligation, Operation, PurposeId, Redaction
from tests.policy.sample import sample_policy

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "policy-language.md").read_text()
FENCE = re.compile(r"^(`{3,})([a-z]*) ?([^\n]*)\n(.*?)\n\1$", re.MULTILINE | re.DOTALL)
CODE = re.compile(
    r'"((?:edition|source|structure|rule|words|translation|permit|collection|retain|field|purpose|recipient|right|law|desk|report)\.[a-z_]+)"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One fenced block of the page: what its heading says it is, and its content."""

    kind: str
    text: str
    line: int


def examples() -> Iterator[Example]:
    """Yield the fenced blocks of the page."""
    for found in FENCE.finditer(PAGE):
        yield Example(kind=found.group(3), text=found.group(4), line=PAGE.count("\n", 0, found.start()) + 1)


EXAMPLES = list(examples())
FILES = {one.kind: one.text for one in EXAMPLES if one.kind.endswith((".toml", ".md"))}
RULES = [one for one in EXAMPLES if one.kind == "rule"]
REFUSED = [one for one in EXAMPLES if one.kind.startswith("refused ")]
WORDS = [one for one in EXAMPLES if one.kind == "words"]
REGIMES = [one for one in EXAMPLES if one.kind == "regime"]
CEDAR = [one for one in EXAMPLES if one.kind == "policy"]


def findings(rule: str) -> list[Diagnostic]:
    """Return what the compiler finds wrong with one rule block by itself."""
    tables = parse_toml(rule)
    if "rule" in tables:
        return list(parse_document("vi", "x", f"# T\n\n## 1. S\n\n1.1 C.\n\n```rule\n{rule}\n```\n").diagnostics)
    report = Report()
    place = Place(file="x", line=1, clause=ClauseNumber("1.1"))
    read_rules((RuleBlock(place=place, text=rule, tables=tables),), report)
    return list(report.sorted())


class TestTheWholeEditionOnThePage:
    def test_compiles_without_a_finding(self) -> None:
        compilation = compile_edition(EditionSource(files=FILES), None)
        assert compilation.diagnostics == ()
        assert compilation.policy is not None
        assert compilation.policy.languages == ("vi", "en")


class TestAnExampleOnThePage:
    def test_is_of_a_kind_that_this_test_runs(self) -> None:
        assert len(FILES) == 3
        assert len(FILES) + len(RULES) + len(REFUSED) + len(WORDS) + len(REGIMES) + len(CEDAR) == len(EXAMPLES)
        assert min(len(RULES), len(REFUSED), len(WORDS), len(REGIMES), len(CEDAR)) > 0

    @pytest.mark.parametrize("example", RULES, ids=[f"line {one.line}" for one in RULES])
    def test_of_a_rule_is_sound(self, example: Example) -> None:
        assert findings(example.text) == []

    @pytest.mark.parametrize("example", REFUSED, ids=[f"line {one.line}" for one in REFUSED])
    def test_of_a_slip_is_refused_under_the_code_it_names(self, example: Example) -> None:
        assert example.kind.removeprefix("refused ") in {one.code for one in findings(example.text)}

    @pytest.mark.parametrize("example", WORDS, ids=[f"line {one.line}" for one in WORDS])
    def test_of_words_is_read(self, example: Example) -> None:
        _, _, words, found = parse_document("vi", "x", f"# T\n\n## 1. S\n\n1.1 C.\n\n```words\n{example.text}\n```\n")
        assert found == ()
        assert words.entries

    @pytest.mark.parametrize("example", REGIMES, ids=[f"line {one.line}" for one in REGIMES])
    def test_of_a_law_is_read(self, example: Example) -> None:
        assert parse_regime(example.text).values

    def test_of_cedar_is_what_the_sample_edition_exports(self) -> None:
        text = as_cedar(sample_policy())
        assert [one for one in CEDAR if f"\n{one.text}\n" not in text] == []

    def test_of_a_period_ends_when_the_page_says(self) -> None:
        rows = re.findall(r"^\| (\d{4}-\S+Z) \| (P\S+) \| (\d{4}-\S+Z) \|$", PAGE, re.MULTILINE)
        assert len(rows) == 4
        for closed, keep, due in rows:
            assert erased_after(closed, keep) == datetime.fromisoformat(due)


def erased_after(closed: str, keep: str) -> datetime | None:
    """Return when something that closed at an instant must be gone, in Vietnam."""
    purpose = PurposeId("advise")
    rule = RetainRule(purposes=(purpose,), collections=(), after=ClosingEvent.INQUIRY_CLOSED, keep=parse_period(keep), clause=ClauseNumber("1.1"))
    rules = RetentionRules(timezone="Asia/Ho_Chi_Minh", rules=(rule,))
    return erase_after(purpose=purpose, collection=CollectionId("contact"), closed_at=datetime.fromisoformat(closed), rules=rules)


VOCABULARIES: Mapping[str, Iterable[str]] = {
    "kinds of field": FieldKind,
    "bases": LegalBasis,
    "kinds of recipient": RecipientKind,
    "operations": Operation,
    "obligations": Obligation,
    "redactions": Redaction,
    "events": ClosingEvent,
    "measures": MeasureId,
    "rights": RightId,
    "safeguards": SafeguardId,
    "roles": ROLES,
    "kinds of words": WORD_KEYS,
    "statements": Statement,
}


class TestThePage:
    def test_lists_every_finding_and_no_other(self) -> None:
        listed = set(re.findall(r"^\| `([a-z]+\.[a-z_]+)` \| (?:error|warning|either) \|", PAGE, re.MULTILINE))
        source = "\n".join(path.read_text() for path in (ROOT / "src" / "camket" / "policy").glob("*.py"))
        assert set(CODE.findall(source)) - {"edition.toml"} == listed

    @pytest.mark.parametrize("vocabulary", VOCABULARIES.values(), ids=VOCABULARIES)
    def test_names_every_word_that_a_rule_may_use(self, vocabulary: Iterable[str]) -> None:
        assert [word for word in vocabulary if f"`{word}`" not in PAGE] == []

    def test_links_only_to_headings_it_has(self) -> None:
        headings = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)}
        assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings
