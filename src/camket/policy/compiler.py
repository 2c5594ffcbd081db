"""Compiles the source of an edition into its executable value, or says what keeps it from being one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeVar

from camket.policy.agreement import check_ruled, check_translation, check_words, numbering_of_gaps
from camket.policy.characters import check_characters
from camket.policy.checks import check_rules
from camket.policy.compiled import CompiledPolicy, StatementRule
from camket.policy.diagnostics import Diagnostic, Place, Report
from camket.policy.document import Document, Statement
from camket.policy.grants import GrantTable, build_grants
from camket.policy.manifest import MANIFEST, Manifest, read_manifest, text_file
from camket.policy.periods import check_said_periods
from camket.policy.phrases import phrase
from camket.policy.regimes import Regime
from camket.policy.retain import RetentionRules
from camket.policy.rules import RuleSet, read_rules
from camket.policy.shortfalls import shortfalls
from camket.policy.source import EditionSource, ParsedText, parse_document
from camket.policy.terms import ROLES
from camket.policy.writing import normalised

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compilation:
    """What compiling gave: the value (None if and only if there is an error), the texts, and every finding."""

    policy: CompiledPolicy | None
    documents: Mapping[str, Document]
    diagnostics: tuple[Diagnostic, ...]


def compile_edition(source: EditionSource, regime: Regime | None) -> Compilation:
    """
    Compile an edition; whatever is wrong with it becomes a finding, never an exception.

    Args:
        source: The texts of the edition's folder.
        regime: The law it claims to live under, to say where it falls short; None asks no such question.

    Returns:
        The compiled policy, or none where a finding is an error; the documents by language; the findings.
    """
    report = Report()
    manifest = read_manifest(source, report)
    if manifest is None:
        return Compilation(policy=None, documents=MappingProxyType({}), diagnostics=report.sorted())
    check_characters(MANIFEST, normalised(source.files[MANIFEST]), report)
    parsed = _parse_texts(source, manifest, report)
    documents = MappingProxyType({language: one.document for language, one in parsed.items()})
    policy = _compile(source, manifest, parsed, regime, report)
    if policy is not None and regime is not None:
        report.extend(shortfalls(policy, documents, regime))
    return Compilation(policy=None if report.has_errors else policy, documents=documents, diagnostics=report.sorted())


def _parse_texts(source: EditionSource, manifest: Manifest, report: Report) -> dict[str, ParsedText]:
    parsed: dict[str, ParsedText] = {}
    for language in manifest.languages:
        file = text_file(language)
        text = source.files.get(file)
        if text is None:
            report.error(
                Place(file=MANIFEST, line=1),
                "edition.missing",
                phrase("The edition has no file {file}.", file=file),
                phrase("Add it, or take '{language}' out of {manifest}.", language=language, manifest=MANIFEST),
            )
            continue
        parsed[language] = one = parse_document(language, file, text)
        if one.is_read:
            # not while reading: what was published before this was looked at stays readable
            check_characters(file, normalised(text), report, one.document)
    original = parsed.get(manifest.authoritative)
    for language, one in parsed.items():
        is_translation = original is not None and language != manifest.authoritative
        told_elsewhere = numbering_of_gaps(original.document, one) if original is not None and is_translation else frozenset()
        report.extend(finding for finding in one.diagnostics if finding not in told_elsewhere)
    expected = {MANIFEST, *(text_file(language) for language in manifest.languages)}
    for file in sorted(source.files.keys() - expected):
        report.warning(
            Place(file=file, line=1),
            "edition.stray_file",
            phrase("The edition does not use this file."),
            phrase("Name its language in {manifest}, or remove it.", manifest=MANIFEST),
        )
    return parsed


def _compile(
    source: EditionSource, manifest: Manifest, parsed: Mapping[str, ParsedText], regime: Regime | None, report: Report
) -> CompiledPolicy | None:
    original = parsed.get(manifest.authoritative)
    if original is None or not original.is_read:
        return None
    check_ruled(original, report)
    rules = read_rules(original.rules, report)
    if any(one.code == "rule.bad_toml" for one in original.diagnostics):
        return None  # half of the rules are unknown: what the others lack would be guesswork
    check_rules(rules, report)
    if regime is not None:
        _check_regime(manifest, rules, regime, report)
    for language, one in parsed.items():
        if not one.is_read:
            continue  # that each of its clauses and words is missing would be told beside the one slip there is
        if language != manifest.authoritative:
            check_translation(original.document, one, report)
        if any(diagnostic.code == "words.bad_toml" for diagnostic in one.diagnostics):
            continue
        check_words(rules, original.document, one.words, normalised(source.files[text_file(language)]), report)
    check_said_periods(parsed, rules, report)
    grants = build_grants(rules, report)
    if report.has_errors:
        return None
    policy = _assemble(manifest, parsed, rules, grants)
    _warn_of_stuck_forms(policy, rules, report)
    return policy


def _assemble(manifest: Manifest, parsed: Mapping[str, ParsedText], rules: RuleSet, grants: GrantTable) -> CompiledPolicy:
    return CompiledPolicy(
        number=manifest.number,
        slug=manifest.slug,
        authoritative=manifest.authoritative,
        languages=manifest.languages,
        timezone=manifest.timezone,
        regime=manifest.regime,
        fields=_frozen((one.rule.name, one.rule) for one in rules.fields),
        purposes=_frozen((one.rule.id, one.rule) for one in rules.purposes),
        collections=_frozen((one.rule.id, one.rule) for one in rules.collections),
        recipients=_frozen((one.rule.id, one.rule) for one in rules.recipients),
        retention=RetentionRules(timezone=manifest.timezone, rules=tuple(one.rule for one in rules.retains)),
        rights=_frozen((one.rule.id, one.rule) for one in rules.rights),
        violations=_frozen((one.rule.id, one.rule) for one in rules.violations),
        measures=tuple(one.rule for one in rules.measures),
        controller=rules.controllers[0].rule if rules.controllers else None,
        safeguards=_frozen((one.rule.id, one.rule) for one in rules.safeguards),
        change=rules.changes[0].rule if rules.changes else None,
        statements=_statements(parsed[manifest.authoritative].document),
        words=_frozen((language, one.words) for language, one in parsed.items()),
        table=grants.allowed,
        overruled=grants.overruled,
        prohibitions=grants.prohibitions,
    )


def _statements(document: Document) -> Mapping[Statement, StatementRule]:
    """What the text says without a rule, in one order whatever clause says it first."""
    said = ((one, tuple(clause.number for clause in document.clauses if one in clause.says)) for one in Statement)
    return _frozen((one, StatementRule(id=one, clauses=clauses)) for one, clauses in said if clauses)


def _warn_of_stuck_forms(policy: CompiledPolicy, rules: RuleSet, report: Report) -> None:
    """Warn where somebody may answer part of a collection, but never what it requires."""
    for placed in rules.collections:
        rule = placed.rule
        for role in sorted(ROLES):
            own = frozenset(rule.fields).intersection(*[frozenset().union(*(policy.collectable(role, purpose) for purpose in rule.purposes))])
            lacking = [name for name in rule.required if name not in own] + [" / ".join(group) for group in rule.one_of if not own & set(group)]
            if own and lacking:
                report.warning(
                    placed.place,
                    "collection.stuck",
                    phrase("{role} may give part of '{id}', but not what it requires: {names}.", role=role, id=rule.id, names=", ".join(lacking)),
                    phrase("Permit collecting it as well, or do not require it."),
                )


def _check_regime(manifest: Manifest, rules: RuleSet, regime: Regime, report: Report) -> None:
    if manifest.regime != regime.id:
        report.error(
            Place(file=MANIFEST, line=1),
            "edition.other_regime",
            phrase("The edition names the regime '{regime}', and is compiled under '{id}'.", regime=manifest.regime, id=regime.id),
        )
        return
    for right in rules.rights:
        if right.rule.deadline not in regime.deadlines():
            message = phrase("The regime has no deadline '{deadline}'.", deadline=right.rule.deadline)
            report.error(right.place, "right.unknown_deadline", message, phrase("Known: {names}.", names=", ".join(regime.deadlines())))


def _frozen(pairs: Iterable[tuple[K, V]]) -> Mapping[K, V]:
    return MappingProxyType(dict(pairs))
