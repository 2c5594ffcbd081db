"""Whether the rules of an edition agree with each other: nothing undeclared, nothing unreachable, nothing kept for ever."""

from collections.abc import Iterable, Mapping, Set

from camket.policy.compiled import CollectionRule
from camket.policy.diagnostics import Place, Report, quote
from camket.policy.phrases import phrase
from camket.policy.rules import Permit, Placed, RuleSet
from camket.policy.terms import ADVERTISE, CONTROLLER, CollectionId, LegalBasis, Operation, PurposeId

_THE_COMPANY = phrase('It is the company itself: declare [[recipient]] with id = "controller" and kind = "controller".')


def check_rules(rules: RuleSet, report: Report) -> None:
    """
    Report every way in which the rules contradict or miss each other, but for what is lacking where a table of its kind has a slip of its own.

    Args:
        rules: All of an edition, each with its place.
        report: Takes the findings.
    """
    _check_declared_once(rules, report)
    _check_references(rules, report)
    _check_collecting(rules, report)
    _check_retention(rules, report)
    if "permit" not in rules.lost:
        _check_nothing_idle(rules, report)
    for permit in rules.permits:
        _check_disclosure(permit, report)
    _check_advertising(rules, report)


def _check_declared_once(rules: RuleSet, report: Report) -> None:
    _once("field", ((one.rule.name, one.place) for one in rules.fields), report)
    _once("purpose", ((one.rule.id, one.place) for one in rules.purposes), report)
    _once("recipient", ((one.rule.id, one.place) for one in rules.recipients), report)
    _once("collection", ((one.rule.id, one.place) for one in rules.collections), report)
    _once("violation", ((one.rule.id, one.place) for one in rules.violations), report)
    _once(phrase("violation with the letter"), ((one.rule.ref, one.place) for one in rules.violations), report)
    _once("measure", ((one.rule.id, one.place) for one in rules.measures), report)
    _once("right", ((one.rule.id, one.place) for one in rules.rights), report)
    _once("safeguard", ((one.rule.id, one.place) for one in rules.safeguards), report)
    _once(phrase("rule of"), (("controller", one.place) for one in rules.controllers), report)
    _once(phrase("rule of"), (("change", one.place) for one in rules.changes), report)


def _once(kind: str, declared: Iterable[tuple[str, Place]], report: Report) -> None:
    first: dict[str, Place] = {}
    for thing, place in declared:
        if thing in first:
            report.error(
                place,
                "rule.twice",
                phrase(
                    "The {kind} {thing} is declared again: clause {clause} declares it.", kind=kind, thing=quote(thing), clause=first[thing].clause
                ),
                phrase("Keep one of the two."),
            )
        first.setdefault(thing, place)


def _check_references(rules: RuleSet, report: Report) -> None:
    known: dict[str, Set[str]] = {
        "field": {one.rule.name for one in rules.fields},
        "purpose": {one.rule.id for one in rules.purposes},
        "recipient": {one.rule.id for one in rules.recipients},
        "collection": {one.rule.id for one in rules.collections},
        "violation": {one.rule.id for one in rules.violations},
    }
    known = {kind: ids for kind, ids in known.items() if kind not in rules.lost}
    for collection in rules.collections:
        _known(known, collection.place, report, field=collection.rule.fields, purpose=collection.rule.purposes)
    for permit in rules.permits:
        _known(known, permit.place, report, field=permit.rule.fields, purpose=permit.rule.purposes, recipient=permit.rule.recipients)
    for forbid in rules.forbids:
        _known(known, forbid.place, report, field=forbid.rule.fields, purpose=forbid.rule.purposes, recipient=forbid.rule.recipients)
    for retain in rules.retains:
        _known(known, retain.place, report, purpose=retain.rule.purposes, collection=retain.rule.collections)
    for measure in rules.measures:
        _known(known, measure.place, report, violation=measure.rule.violations)


def _known(known: Mapping[str, Set[str]], place: Place, report: Report, **named: tuple[str, ...]) -> None:
    for kind, ids in named.items():
        for thing in () if report.is_full or kind not in known else ids:
            if thing not in known[kind] and thing != "*":
                hint = _THE_COMPANY if thing == CONTROLLER else report.nearest(thing, known[kind])
                hint = hint or phrase("Declare it with [[{kind}]] under the clause that names it.", kind=kind)
                report.error(place, "rule.undeclared", phrase("No clause declares the {kind} {thing}.", kind=kind, thing=quote(thing)), hint)


def _check_collecting(rules: RuleSet, report: Report) -> None:
    homes = {(purpose, name) for one in rules.collections for purpose in one.rule.purposes for name in one.rule.fields}
    obtained: set[tuple[str, str]] = set()
    for permit in rules.permits:
        pairs = {(purpose, name) for purpose in permit.rule.purposes for name in permit.rule.fields}
        if Operation.COLLECT in permit.rule.operations and "collection" not in rules.lost:
            for purpose, name in () if report.is_full else sorted(pairs - homes):
                report.error(
                    permit.place,
                    "permit.no_collection",
                    phrase(
                        "{name} may be collected for {purpose}, but no collection of that purpose holds it.", name=quote(name), purpose=quote(purpose)
                    ),
                    phrase("Add the field to a [[collection]] with that purpose."),
                )
        if {Operation.COLLECT, Operation.STORE} & set(permit.rule.operations):
            obtained |= pairs
    for collection in rules.collections if "permit" not in rules.lost else ():
        _check_obtainable(collection, obtained, report)


def _check_obtainable(collection: Placed[CollectionRule], obtained: set[tuple[str, str]], report: Report) -> None:
    rule = collection.rule
    names = {name for name in rule.fields if any((purpose, name) in obtained for purpose in rule.purposes)}
    for name in rule.required:
        if name not in names:
            report.error(
                collection.place,
                "collection.unobtainable",
                phrase("{name} is required in {id}, but no clause lets anybody collect it.", name=quote(name), id=quote(rule.id)),
                phrase("Permit collecting or storing it for a purpose of the collection, or do not require it."),
            )
    for group in rule.one_of:
        if not names & set(group):
            report.error(
                collection.place,
                "collection.unobtainable",
                phrase("One of {names} is required in {id}, but no clause lets anybody collect one.", names=", ".join(group), id=quote(rule.id)),
                phrase("Permit collecting one of them for a purpose of the collection."),
            )


def _check_retention(rules: RuleSet, report: Report) -> None:
    ruled: dict[tuple[PurposeId, CollectionId | None], Place] = {}
    held = {(purpose, one.rule.id) for one in rules.collections for purpose in one.rule.purposes}
    for retain in rules.retains:
        for purpose in () if report.is_full else retain.rule.purposes:
            for collection in retain.rule.collections or (None,):
                _check_retained_once(ruled, (purpose, collection), retain.place, report)
                if collection is not None and (purpose, collection) not in held and "collection" not in rules.lost:
                    report.error(
                        retain.place,
                        "retain.not_held",
                        phrase("The collection {collection} is not held for {purpose}.", collection=quote(collection), purpose=quote(purpose)),
                        phrase("Name the purpose in the [[collection]], or the right collection here."),
                    )
    spoken = ruled.keys() | rules.unread_periods
    for one in rules.collections if "retain" not in rules.lost else ():
        for purpose in one.rule.purposes:
            if not {(purpose, one.rule.id), (purpose, None)} & spoken:
                report.error(
                    one.place,
                    "retain.missing",
                    phrase("No clause says how long {id} is kept for {purpose}.", id=quote(one.rule.id), purpose=quote(purpose)),
                    phrase("Add a [[retain]] with after and keep: nothing is kept for ever."),
                )


def _check_retained_once(
    ruled: dict[tuple[PurposeId, CollectionId | None], Place], need: tuple[PurposeId, CollectionId | None], place: Place, report: Report
) -> None:
    if need in ruled:
        about = phrase("{purpose} in {collection}", purpose=quote(need[0]), collection=quote(need[1])) if need[1] else quote(need[0])
        report.error(
            place,
            "retain.twice",
            phrase("Clause {clause} already says how long data is kept for {about}.", clause=ruled[need].clause, about=about),
            phrase("Keep one of the two, or narrow one by collections."),
        )
    ruled.setdefault(need, place)


def _check_nothing_idle(rules: RuleSet, report: Report) -> None:
    permits = [one.rule for one in rules.permits]
    used_fields = {name for permit in permits for name in permit.fields}
    for declared in rules.fields:
        if declared.rule.name not in used_fields:
            report.error(
                declared.place,
                "field.unused",
                phrase("No clause permits anything with the field {name}.", name=quote(declared.rule.name)),
                phrase("Add a [[permit]] for it, or do not declare it: what nobody may use must not be asked."),
            )
    used_purposes = {purpose for permit in permits for purpose in permit.purposes}
    for purpose in rules.purposes:
        if purpose.rule.id not in used_purposes:
            report.warning(purpose.place, "purpose.unused", phrase("No clause permits anything for the purpose {id}.", id=quote(purpose.rule.id)))
    used_recipients = {recipient for permit in permits for recipient in permit.recipients}
    for recipient in rules.recipients:
        if recipient.rule.id not in used_recipients:
            report.warning(
                recipient.place, "recipient.unused", phrase("No clause lets the recipient {id} have anything.", id=quote(recipient.rule.id))
            )


def _check_advertising(rules: RuleSet, report: Report) -> None:
    for purpose in rules.purposes:
        if purpose.rule.id == ADVERTISE and purpose.rule.basis is not LegalBasis.CONSENT:
            report.error(
                purpose.place,
                "purpose.advertising_without_consent",
                phrase(
                    "Nobody may be sent advertising who has not agreed to it (Law 91/2025 art. 28, Decree 91/2020; Directive 2002/58/EC art. 13)."
                ),
                phrase('Write basis = "consent", with a wording of its own.'),
            )


def _check_disclosure(permit: Placed[Permit], report: Report) -> None:
    if Operation.DISCLOSE in permit.rule.operations and permit.rule.recipients == (CONTROLLER,):
        report.warning(
            permit.place,
            "permit.disclosed_to_self",
            phrase("The clause permits disclosing to the controller itself."),
            phrase('Name who receives it: recipients = ["…"].'),
        )
