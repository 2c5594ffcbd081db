"""What a clause's rules do, in words: the compiled value read aloud, so that a reader of the text sees what the machine makes of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext, ngettext

from camket.duties.publishing import queries as editions
from camket.policy.clauses import ClauseRules, GrantGroup, rules_of
from camket.policy.compiled import CollectionRule, CompiledPolicy, FieldKind, FieldRule, Prohibition
from camket.policy.terms import CONTROLLER, ROLES, ClauseNumber, Operation, Redaction
from camket.web.kit.policy_labels import Labels, days_words, operations_listed, period_words
from camket.web.kit.templatetags.kit import grouped
from camket.web.kit.words import word


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShown:
    """One rule: what kind of thing it does, and its particulars as term and words."""

    kind: str
    heading: str
    lines: tuple[tuple[str, str], ...]


@lru_cache(maxsize=32)
def shown_rules(number: editions.EditionNumber, language: str) -> dict[ClauseNumber, tuple[RuleShown, ...]]:
    """
    Return what the rules of each clause of an edition do, in the active language; clauses without a rule are left out.

    Args:
        number: The edition.
        language: The active language: `vi` or `en`; the names of things come from the edition's words in it.

    Raises:
        NoEdition: It is not published.
    """
    policy = editions.compiled(number)
    clauses = [clause.number for section in editions.policy_page(number, language).sections for clause in section.clauses]
    return rules_read_aloud(policy, clauses, language)


def rules_read_aloud(policy: CompiledPolicy, clauses: Iterable[ClauseNumber], language: str) -> dict[ClauseNumber, tuple[RuleShown, ...]]:
    """
    Return what the rules of some clauses do, in the active language; clauses without a rule are left out.

    Args:
        policy: A compiled edition, published or not.
        clauses: Numbers of its clauses.
        language: The active language: `vi` or `en`.
    """
    reader = _Reader(policy, language)
    found = {clause: reader.shown(rules_of(policy, clause)) for clause in clauses}
    return {clause: shown for clause, shown in found.items() if shown}


class _Reader:
    """Reads the rules of one edition aloud, in one language."""

    def __init__(self, policy: CompiledPolicy, language: str) -> None:
        self._policy = policy
        self._labels = Labels(policy, language)

    def shown(self, rules: ClauseRules) -> tuple[RuleShown, ...]:
        """Return every rule of a clause in words."""
        return (*self._named(rules), *self._asked(rules), *self._allowed(rules), *self._kept(rules), *self._promised(rules))

    def _named(self, rules: ClauseRules) -> Iterable[RuleShown]:
        """What the clause gives a name to, so that other rules can speak of it."""
        if rules.fields:
            lines = tuple((self._labels.label("field", one.name), self._size(one)) for one in rules.fields)
            yield RuleShown(kind="names", heading=gettext("Names the details that may be collected at all"), lines=lines)
        if rules.purposes:
            lines = tuple((self._labels.label("purpose", one.id), self._basis(one.basis, one.article)) for one in rules.purposes)
            yield RuleShown(kind="names", heading=gettext("Names a purpose, and what makes it lawful"), lines=lines)
        if rules.recipients:
            lines = tuple((self._labels.label("recipient", one.id), word("recipient_kind", one.kind)) for one in rules.recipients)
            yield RuleShown(kind="names", heading=gettext("Names who may receive details"), lines=lines)
        if rules.violations:
            lines = tuple((f"{one.ref})", self._labels.label("violation", one.id)) for one in rules.violations)
            yield RuleShown(kind="names", heading=gettext("Names the violations that a decision may rest on"), lines=lines)

    def _asked(self, rules: ClauseRules) -> Iterable[RuleShown]:
        return (self._collection(one) for one in rules.collections)

    def _collection(self, one: CollectionRule) -> RuleShown:
        groups = [gettext(" or ").join(self._labels.names("field", group)) for group in one.one_of]
        labels = self._labels
        lines = [(gettext("Details"), labels.listed("field", one.fields)), (gettext("What for"), labels.listed("purpose", one.purposes))]
        if one.required:
            lines.append((gettext("Must be given"), self._labels.listed("field", one.required)))
        lines += [(gettext("At least one of"), group) for group in groups]
        heading = gettext("Keeps together, under one key: %(name)s") % {"name": self._labels.label("collection", one.id)}
        return RuleShown(kind="keeps", heading=heading, lines=tuple(lines))

    def _allowed(self, rules: ClauseRules) -> Iterable[RuleShown]:
        yield from (self._grant(one) for one in rules.grants)
        yield from (self._prohibition(one) for one in rules.prohibitions)
        for measure in rules.measures:
            because = self._labels.listed("violation", measure.violations)
            heading = gettext("Lets us take a measure: %(name)s") % {"name": self._labels.label("measure", measure.id)}
            yield RuleShown(kind="permits", heading=heading, lines=((gettext("Only for"), because),))

    def _grant(self, one: GrantGroup) -> RuleShown:
        lines = [
            (gettext("Who"), self._labels.roles(one.roles)),
            (gettext("May"), operations_listed(one.operations)),
            (gettext("Details"), self._labels.listed("field", one.fields)),
            (gettext("What for"), self._labels.listed("purpose", one.purposes)),
        ]
        if one.recipients != {CONTROLLER}:
            lines.append((gettext("Given to"), self._labels.listed("recipient", one.recipients)))
        if one.obligations:
            lines.append((gettext("Only if"), "; ".join(word("obligation", name) for name in sorted(one.obligations))))
        if one.redaction is not Redaction.FULL:
            lines.append((gettext("Shown"), word("redaction", one.redaction)))
        return RuleShown(kind="permits", heading=gettext("Permits"), lines=tuple(lines))

    def _prohibition(self, one: Prohibition) -> RuleShown:
        policy, labels = self._policy, self._labels
        fields, purposes = labels.listed("field", one.fields), labels.listed("purpose", one.purposes)
        lines = (
            (gettext("Who"), gettext("everybody") if one.roles == ROLES else labels.roles(one.roles)),
            (gettext("May not"), gettext("do anything with them") if one.operations == set(Operation) else operations_listed(one.operations)),
            (gettext("Details"), gettext("all of them") if one.fields == set(policy.fields) else fields),
            (gettext("What for"), gettext("no purpose whatever") if one.purposes == set(policy.purposes) else purposes),
        )
        return RuleShown(kind="forbids", heading=gettext("Forbids, whatever another clause permits"), lines=lines)

    def _kept(self, rules: ClauseRules) -> Iterable[RuleShown]:
        for one in rules.retains:
            lines = [(gettext("Kept for"), self._labels.listed("purpose", one.purposes))]
            if one.collections:
                lines.append((gettext("What is kept"), self._labels.listed("collection", one.collections)))
            lines.append((gettext("Counted from"), word("closing_event", one.after)))
            lines.append((gettext("How long"), period_words(one.keep)))
            lines.append((gettext("Then"), gettext("the system erases it by itself")))
            yield RuleShown(kind="keeps", heading=gettext("Says how long"), lines=tuple(lines))

    def _promised(self, rules: ClauseRules) -> Iterable[RuleShown]:
        for right in rules.rights:
            lines = ((gettext("By when"), gettext("within the time that the law sets")),)
            yield RuleShown(
                kind="grants", heading=gettext("Gives you a right: %(name)s") % {"name": self._labels.label("right", right.id)}, lines=lines
            )
        for safeguard in rules.safeguards:
            days = ((gettext("At the latest after"), days_words(safeguard.days)),) if safeguard.days else ()
            yield RuleShown(kind="protects", heading=word("safeguard", safeguard.id), lines=days)
        if rules.controller:
            named = ((gettext("Name"), rules.controller.name), (gettext("Address"), rules.controller.address))
            yield RuleShown(kind="names", heading=gettext("Names who is responsible for the details, wherever they are asked for"), lines=named)
        if rules.change:
            notice = ((gettext("Told beforehand"), days_words(rules.change.notice_days)), (gettext("How"), gettext("by e-mail")))
            yield RuleShown(kind="names", heading=gettext("Says how a significant change is told"), lines=notice)

    def _size(self, one: FieldRule) -> str:
        if one.kind is FieldKind.FILE:
            return gettext("as a file")
        return ngettext("at most %(n)s character", "at most %(n)s characters", one.max_length) % {"n": grouped(one.max_length)}

    def _basis(self, basis: str, article: str) -> str:
        return f"{word('basis', basis)}: {article}" if article else word("basis", basis)
