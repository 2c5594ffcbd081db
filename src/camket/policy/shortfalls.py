"""Where a policy falls short of the law it lives under."""

from collections.abc import Iterable, Iterator, Mapping

from camket.policy.compiled import CollectionRule, CompiledPolicy, FieldKind, PurposeRule, RecipientKind, RightId
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.document import Document, Statement
from camket.policy.manifest import text_file
from camket.policy.phrases import Phrase, phrase
from camket.policy.regimes import Confidence, Regime, RegimeValue
from camket.policy.retain import ClosingEvent, Period, RetainRule
from camket.policy.terms import ADVERTISE, ClauseNumber, LegalBasis, Obligation, Operation

_UNSAID = {
    Statement.MEASURE_REASONS: phrase(
        "No clause says that a person is told of a measure against them, with its facts, its scope and how long it lasts."
    ),
    Statement.MEASURE_APPEAL: phrase("No clause says how a measure can be challenged."),
    Statement.MEASURE_LIFTING: phrase("No clause says when a measure is lifted and the service restored."),
    Statement.BREACH_NOTICE: phrase("No clause says who is told, and by when, when data has been leaked or lost."),
    Statement.SUBJECT_DUTIES: phrase("No clause names the person's own duties."),
}


def shortfalls(policy: CompiledPolicy, documents: Mapping[str, Document], regime: Regime) -> list[Diagnostic]:
    """
    Return a warning for each way in which a policy falls short of the law, naming the article.

    Args:
        policy: The compiled policy.
        documents: Its texts by language.
        regime: The law it lives under; what the regime does not ask for is not looked for.

    Returns:
        Warnings, none of which keeps the edition from being published: the law is the company's to answer for.
    """
    return list(_Shortfalls(policy, documents, regime).found())


class _Shortfalls:
    """Holds a policy against each requirement that the regime states."""

    def __init__(self, policy: CompiledPolicy, documents: Mapping[str, Document], regime: Regime) -> None:
        self._policy = policy
        self._documents = documents
        self._regime = regime

    def found(self) -> Iterator[Diagnostic]:
        yield from self._rights()
        yield from self._contact()
        yield from self._retention()
        yield from self._changes()
        yield from self._recipients()
        yield from self._authorities()
        yield from self._disclosures()
        yield from self._identity()
        yield from self._statements()

    def _rights(self) -> Iterator[Diagnostic]:
        for right in RightId:
            if right not in self._policy.rights:
                yield from self._short(
                    f"requires.right.{right}",
                    phrase("No clause says how a person can exercise the right '{right}'.", right=right),
                    phrase('Add a clause with [[right]] id = "{right}".', right=right),
                )

    def _contact(self) -> Iterator[Diagnostic]:
        for rule in self._policy.collections.values():
            ways = [name for name in rule.required if self._policy.fields[name].kind in _WAYS_TO_REACH]
            if len(ways) > 1:
                message = phrase(
                    "The collection '{id}' makes {count} ways to reach a person compulsory ({names}).",
                    id=rule.id,
                    count=len(ways),
                    names=", ".join(ways),
                )
                yield from self._short("requires.choice_of_contact", message, phrase("Require one of them: one_of = [[…]]."), rule.clause)

    def _retention(self) -> Iterator[Diagnostic]:
        rules = self._policy.retention.rules
        if not rules:
            yield from self._short(
                "requires.retention_period", phrase("No clause says how long data is kept."), phrase("Add a clause with [[retain]].")
            )
        for purpose, collection in self._unbounded() if rules else ():
            what = (
                phrase("what is processed for '{id}'", id=purpose.id)
                if collection is None
                else phrase("'{collection}' for '{purpose}'", collection=collection.id, purpose=purpose.id)
            )
            message, clause = (
                phrase("No clause says how long {what} is kept.", what=what),
                purpose.clause if collection is None else collection.clause,
            )
            yield from self._short(
                "requires.retention_period", message, phrase('Add a clause with [[retain]] purposes = ["{id}"].', id=purpose.id), clause
            )
        logs = [rule for rule in rules if rule.after is ClosingEvent.LOG_WRITTEN]
        for rule, least in self._shorter_than("retention.floor.syslog", Period(months=1), logs):
            message = phrase("The technical log is kept for {iso}; the law has it kept for {least} at least.", iso=rule.keep.iso, least=least.iso)
            yield from self._short("retention.floor.syslog", message, phrase('Set keep = "{iso}".', iso=least.iso), rule.clause)
        advertising = [rule for rule in rules if ADVERTISE in rule.purposes]
        for rule, least in self._shorter_than("ads.record.keep", Period(years=1), advertising):
            message = phrase(
                "Who agreed to advertising and who stopped it is kept for {iso}; the law has it kept for {least} at least.",
                iso=rule.keep.iso,
                least=least.iso,
            )
            yield from self._short("ads.record.keep", message, phrase('Set keep = "{iso}".', iso=least.iso), rule.clause)

    def _shorter_than(self, key: str, unit: Period, rules: Iterable[RetainRule]) -> Iterator[tuple[RetainRule, Period]]:
        """Those that keep for less than the regime's number of units, each with how long that is."""
        floor = self._regime.latest(key)
        many = floor.value if floor is not None and isinstance(floor.value, int) else 0
        least = Period(years=unit.years * many, months=unit.months * many)
        return ((rule, least) for rule in rules if rule.keep.shortest_days < least.shortest_days)

    def _unbounded(self) -> Iterator[tuple[PurposeRule, CollectionRule | None]]:
        """Each purpose, with each collection that is held for it, of which no retention rule speaks; a purpose may hold no collection."""
        for purpose in self._policy.purposes.values():
            held = self._policy.collections_for(purpose.id)
            ruled = {one for rule in self._policy.retention.rules if purpose.id in rule.purposes for one in rule.collections or (None,)}
            if None not in ruled:
                yield from ((purpose, one) for one in held if one.id not in ruled)
            if not held and not ruled:
                yield purpose, None

    def _changes(self) -> Iterator[Diagnostic]:
        change = self._policy.change
        if change is None:
            yield from self._short(
                "requires.change_clause", phrase("No clause says how people learn of changes to the policy."), phrase("Add a clause with [[change]].")
            )
            return
        notice = self._regime.latest("policy.change.notice_days")
        if notice is not None and isinstance(notice.value, int) and change.notice_days < notice.value:
            told = (
                phrase("without prior notice")
                if change.notice_days == 0
                else phrase("with {notice_days} days' notice", notice_days=change.notice_days)
            )
            yield from self._short(
                "policy.change.notice_days",
                phrase("The policy may change {told}.", told=told),
                phrase("Give {value} days: notice_days = {value}.", value=notice.value),
                change.clause,
            )
        if not change.last_updated:
            yield from self._short(
                "requires.change_clause",
                phrase("The policy does not promise to show when it last changed."),
                phrase("Set last_updated = true."),
                change.clause,
            )

    def _recipients(self) -> Iterator[Diagnostic]:
        kinds = {rule.kind for rule in self._policy.recipients.values()}
        if not kinds:
            yield from self._short(
                "requires.recipients", phrase("No clause says who may receive the data."), phrase("Add a clause with [[recipient]].")
            )
        elif RecipientKind.PROCESSOR not in kinds:
            message = phrase("No clause names a processor: whoever carries mail or hosts the data for the company must be named.")
            yield from self._short("requires.processors", message, phrase('Add a clause with [[recipient]] kind = "processor".'))

    def _authorities(self) -> Iterator[Diagnostic]:
        asked = self._regime.latest("requires.authorities")
        named = [rule for rule in self._policy.recipients.values() if rule.kind is RecipientKind.AUTHORITY]
        missing = [one for one in _listed(asked) if one not in self._policy.recipients]
        if missing:
            message = phrase("The policy lets fewer authorities ask than the law does: {names} not named.", names=", ".join(missing))
            hint = phrase('Name them with [[recipient]] kind = "authority", or defend the narrower promise.')
            yield from self._short("requires.authorities", message, hint, named[0].clause if named else None)

    def _disclosures(self) -> Iterator[Diagnostic]:
        for (role, operation, purpose, recipient), grants in self._policy.table.items():
            receiver = self._policy.recipients[recipient]
            if operation is not Operation.DISCLOSE or receiver.kind is not RecipientKind.AUTHORITY:
                continue
            bare = [grant for grant in grants.values() if Obligation.JUSTIFICATION not in grant.obligations]
            if bare and self._policy.purposes[purpose].basis is not LegalBasis.CONSENT:
                message = phrase(
                    "{role} may disclose to {recipient} for '{purpose}' without a recorded justification.",
                    role=role,
                    recipient=recipient,
                    purpose=purpose,
                )
                yield from self._short("requires.justified_disclosure", message, phrase('Add obligations = ["justification"].'), bare[0].clauses[0])

    def _identity(self) -> Iterator[Diagnostic]:
        if self._policy.controller is None:
            yield from self._short(
                "requires.controller",
                phrase("No clause says who collects the data and how to reach them."),
                phrase("Add a clause with [[controller]]."),
            )
        if not self._policy.safeguards:
            yield from self._short("requires.safeguards", phrase("No clause names a protective measure."), phrase("Add a clause with [[safeguard]]."))
        language = self._regime.latest("requires.language")
        if language is not None and language.value not in self._documents:
            yield from self._short(
                "requires.language", phrase("There is no text in the language '{value}'.", value=language.value), phrase("Add a translation.")
            )
        if self._policy.timezone != self._regime.timezone:
            message = phrase(
                "Days end by the clock of {timezone}; the regime counts them in {regime}.",
                timezone=self._policy.timezone,
                regime=self._regime.timezone,
            )
            yield self._warning("law.timezone", message, phrase("Set the timezone in edition.toml."), None)

    def _statements(self) -> Iterator[Diagnostic]:
        original = self._documents.get(self._policy.authoritative)
        said = original.says if original is not None else frozenset()
        for statement, message in _UNSAID.items():
            is_about_measures = statement.startswith("measure_")
            if statement not in said and (self._policy.measures or not is_about_measures):
                clause = self._policy.measures[0].clause if is_about_measures else None
                hint = phrase('Add a clause that says it, under rule = "none" with says = ["{statement}"].', statement=statement)
                yield from self._short(f"requires.{statement}", message, hint, clause)

    def _short(self, key: str, message: Phrase, hint: Phrase, clause: ClauseNumber | None = None) -> Iterator[Diagnostic]:
        asked = self._regime.latest(key)
        if asked is not None and asked.value is not False:
            if asked.confidence is not Confidence.S1:
                hint = phrase("{hint} (Not read in the law's own text: have counsel confirm it.)", hint=hint)
            yield self._warning(
                "law." + key.removeprefix("requires."), phrase("{message} Law: {basis}.", message=message, basis=asked.basis), hint, clause
            )

    def _warning(self, code: str, message: Phrase, hint: Phrase, clause: ClauseNumber | None) -> Diagnostic:
        original = self._documents.get(self._policy.authoritative)
        found = original.clause(clause) if original is not None and clause is not None else None
        file = text_file(self._policy.authoritative)
        return Diagnostic(severity=Severity.WARNING, file=file, line=found.line if found else 1, clause=clause, code=code, message=message, hint=hint)


def _listed(value: RegimeValue | None) -> tuple[str, ...]:
    return value.value if value is not None and isinstance(value.value, tuple) else ()


_WAYS_TO_REACH = frozenset({FieldKind.EMAIL, FieldKind.PHONE, FieldKind.POSTAL})
