"""Whether the languages of an edition agree: the same clauses, every clause ruled, every declared thing worded."""

from collections.abc import Iterator, Mapping

from camket.policy.diagnostics import Diagnostic, Place, Report, quote
from camket.policy.document import Clause, Document, Wording, Words
from camket.policy.manifest import text_file
from camket.policy.phrases import Phrase, phrase
from camket.policy.rules import RuleSet
from camket.policy.source import ParsedText
from camket.policy.terms import ROLES, ClauseNumber, LegalBasis


def check_ruled(parsed: ParsedText, report: Report) -> None:
    """
    Report each clause of the authoritative text that neither carries a rule nor says why it carries none.

    Args:
        parsed: The text with its rule blocks and what was found wrong with them: a clause whose block is broken is not told of twice.
        report: Takes the findings.
    """
    file = text_file(parsed.document.language)
    ruled = {block.place.clause for block in parsed.rules}
    broken = {one.clause for one in parsed.diagnostics if one.code.startswith("rule.")}
    for clause in parsed.document.clauses:
        if clause.number not in ruled | broken and clause.informative_reason is None:
            report.error(
                Place(file=file, line=clause.line, clause=clause.number),
                "rule.missing",
                phrase("Clause {number} carries no rule.", number=clause.number),
                phrase('Add a ```rule block under it; where no machine is bound, rule = "none" and why.'),
            )
    preamble_is_broken = any(one.clause is None and one.code.startswith("rule.") for one in parsed.diagnostics)
    if parsed.document.preamble and parsed.document.preamble_reason is None and not preamble_is_broken:
        report.error(
            Place(file=file, line=1),
            "rule.missing",
            phrase("The preamble carries no rule block."),
            phrase('Add a ```rule block with rule = "none" and why.'),
        )


def check_translation(original: Document, translated: ParsedText, report: Report) -> None:
    """
    Report where a translation carries rules, or other sections and clauses than the authoritative text.

    Args:
        original: The authoritative text.
        translated: The translation, with the rule blocks it must not have.
        report: Takes the findings.
    """
    document = translated.document
    file = text_file(document.language)
    for place in _rule_places(translated, file):
        report.error(place, "translation.rule", phrase("A translation carries a rule block."), phrase("Rules stand in the authoritative text only."))
    if bool(original.preamble) != bool(document.preamble):
        report.error(Place(file=file, line=1), "translation.preamble", phrase("One of the two texts has a preamble, the other has none."))
    ours, theirs = _by_number(original), _by_number(document)
    for number in ours.keys() - theirs.keys():
        line, hint = _where_due(number, list(ours), theirs)
        place = Place(file=file, line=line, clause=number)
        report.error(place, "translation.clause_missing", phrase("Clause {number} is not translated.", number=number), hint)
    for number in theirs.keys() - ours.keys():
        report.error(
            Place(file=file, line=theirs[number].line, clause=number),
            "translation.clause_unknown",
            phrase("The authoritative text has no clause {number}.", number=number),
        )
    if len(original.sections) != len(document.sections):
        report.error(
            Place(file=file, line=1),
            "translation.sections",
            phrase("The translation has {theirs} sections, the text has {ours}.", theirs=len(document.sections), ours=len(original.sections)),
        )


def numbering_of_gaps(original: Document, translated: ParsedText) -> frozenset[Diagnostic]:
    """
    Return the findings about numbers that only follow from clauses that are not translated, and are told of by themselves.

    Args:
        original: The authoritative text.
        translated: The translation, with its own findings.
    """
    ours, theirs = [one.number for one in original.clauses], [one.number for one in translated.document.clauses]
    excused: set[ClauseNumber] = set()
    for before, number in zip([None, *theirs], theirs, strict=False):
        if number in ours and (before is None or before in ours):
            left_out = ours[ours.index(before) + 1 if before else 0 : ours.index(number)]
            if left_out and not set(left_out) & set(theirs):
                excused.add(number)
    return frozenset(one for one in translated.diagnostics if one.code == "structure.clause_number" and one.clause in excused)


def check_words(rules: RuleSet, original: Document, words: Words, text: str, report: Report) -> None:
    """
    Report what has no words in a language, and words for what neither a rule declares nor a clause of the authoritative text is.

    Args:
        rules: What the edition declares, each thing of which needs words.
        original: The authoritative text, for the clauses that carry no rule.
        words: Those of one language.
        text: The file in which they stand, for the line of a finding.
        report: Takes the findings.
    """
    file = text_file(words.language)
    needed = dict(_needed_words(rules))
    for (kind, thing), keys in needed.items():
        missing = [key for key in keys if not getattr(words.entries.get((kind, thing), Wording(label="")), key)]
        if not missing:
            continue
        place, names = Place(file=file, line=1), ", ".join(missing)
        said = phrase("In '{language}', the {kind} {thing} lacks: {names}.", kind=kind, thing=quote(thing), names=names, language=words.language)
        hint = phrase('Add it in a ```words block: [{kind}.{thing}] {key} = "…"', kind=kind, thing=thing, key=missing[0])
        if kind == "collection":  # its id can stand in its place
            report.warning(place, "words.missing", said, hint)
        else:
            report.error(place, "words.missing", said, hint)
    known = {*needed, *(("role", role) for role in ROLES), *(("collection", one.rule.id) for one in rules.collections)}
    known |= {("clause", str(clause.number)) for clause in original.clauses if clause.informative_reason is not None}
    for kind, thing in words.entries:
        if (kind, thing) not in known and kind not in rules.lost and not report.is_full:
            hint = report.nearest(thing, {other for other_kind, other in known if other_kind == kind})
            report.warning(
                Place(file=file, line=_line_of(text, kind, thing)),
                "words.unused",
                phrase("Words are given for the {kind} {thing}, which nothing declares.", kind=kind, thing=quote(thing)),
                hint,
            )


def _needed_words(rules: RuleSet) -> Iterator[tuple[tuple[str, str], tuple[str, ...]]]:
    for field in rules.fields:
        yield ("field", field.rule.name), ("label", "why")
    for purpose in rules.purposes:
        yield ("purpose", purpose.rule.id), ("label", "consent") if purpose.rule.basis is LegalBasis.CONSENT else ("label",)
    for recipient in rules.recipients:
        yield ("recipient", recipient.rule.id), ("label",)
    for collection in rules.collections:
        yield ("collection", collection.rule.id), ("label",)
    for right in rules.rights:
        yield ("right", right.rule.id), ("label",)
    for violation in rules.violations:
        yield ("violation", violation.rule.id), ("label",)
    for measure in rules.measures:
        yield ("measure", measure.rule.id), ("label",)


def _rule_places(translated: ParsedText, file: str) -> Iterator[Place]:
    yield from (block.place for block in translated.rules)
    for clause in translated.document.clauses:
        if clause.informative_reason is not None:
            yield Place(file=file, line=clause.line, clause=clause.number)
    if translated.document.preamble_reason is not None:
        yield Place(file=file, line=1)


def _where_due(number: ClauseNumber, ours: list[ClauseNumber], theirs: Mapping[ClauseNumber, Clause]) -> tuple[int, Phrase]:
    """The line of a translation at which a clause is to be put in, and how to say so: above the one that follows it, or below the one before."""
    at, section = ours.index(number), number.partition(".")[0]
    near = [one for one in ours if one in theirs and one.partition(".")[0] == section]
    after = next((one for one in near if ours.index(one) > at), None)
    if after:
        return theirs[after].line, phrase("Add it above clause {after}, with the number {number}.", after=after, number=number)
    before = next((one for one in reversed(ours[:at]) if one in theirs), None)
    if before:
        return theirs[before].line, phrase("Add it below clause {before}, with the number {number}.", before=before, number=number)
    return 1, phrase("Add it, with the number {number}.", number=number)


def _by_number(document: Document) -> Mapping[ClauseNumber, Clause]:
    return {clause.number: clause for clause in document.clauses}


def _line_of(text: str, kind: str, thing: str) -> int:
    position = max(text.find(f"[{kind}.{thing}]"), text.find(f'[{kind}."{thing}"]'))
    return text.count("\n", 0, position) + 1 if position >= 0 else 1
