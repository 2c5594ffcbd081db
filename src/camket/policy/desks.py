"""What the desks of this house could not do under an edition: they work for a purpose, with fields and collections, whose names they know."""

from collections.abc import Iterator, Mapping, Sequence

from camket.policy.compiled import CollectionRule, CompiledPolicy
from camket.policy.diagnostics import Diagnostic, Severity
from camket.policy.document import Document
from camket.policy.manifest import text_file
from camket.policy.phrases import Phrase, phrase
from camket.policy.terms import (
    ADVERTISE,
    ADVISE,
    ADVISER,
    ANSWERED,
    CONTROLLER,
    EMAIL,
    FULL_NAME,
    MAIL_CARRIER,
    MESSAGE,
    SENT,
    SPECIAL_CASE,
    SUBJECT,
    SYSTEM,
    VISITOR,
    ClauseNumber,
    CollectionId,
    FieldName,
    LegalBasis,
    Operation,
    PurposeId,
    RecipientId,
    Redaction,
    RoleId,
)

_NEEDED_PURPOSE = '[[purpose]]\nid = "special_case"\nbasis = "contract"\narticle = "…"'
_NEEDED_USE = '[[permit]]\nroles = ["system"]\noperations = ["use"]\npurposes = ["special_case"]\nfields = ["email"]'
_NEEDED_HANDING = _NEEDED_USE.replace('"use"', '"disclose"') + '\nrecipients = ["mail_carrier"]'


def unserved(policy: CompiledPolicy, documents: Mapping[str, Document]) -> tuple[Diagnostic, ...]:
    """
    Return what the desks could not do under an edition: an error where nobody could write to the house, warnings for the rest.

    Args:
        policy: The compiled policy.
        documents: Its texts by language.
    """
    return tuple(_Desks(policy, documents.get(policy.authoritative)).found())


class _Desks:
    """Holds an edition against what each desk asks of it."""

    def __init__(self, policy: CompiledPolicy, text: Document | None) -> None:
        self._policy = policy
        self._text = text

    def found(self) -> Iterator[Diagnostic]:
        if not self._is_written_to():
            yield self._error(
                "desk.no_form",
                phrase("Nobody could write to the company: the contact form and the inbox work for the purpose 'advise', on consent."),
                phrase('Declare [[purpose]] id = "advise" with basis = "consent", and permit the role "visitor" to collect for it.'),
            )
            return
        yield from self._reading()
        yield from self._answering()
        yield from self._telling()
        yield from self._erasing()

    def _is_written_to(self) -> bool:
        rule = self._policy.purposes.get(ADVISE)
        return rule is not None and rule.basis is LegalBasis.CONSENT and bool(self._policy.collectable(VISITOR, ADVISE))

    def _reading(self) -> Iterator[Diagnostic]:
        if not self._holds(SENT):
            yield self._warning(
                "desk.no_message",
                phrase("What people write is not shown in the inbox: it reads the field 'message' of the collection 'message', kept for 'advise'."),
                phrase('Declare both, with purposes = ["advise"].'),
            )
        elif not {FULL_NAME, MESSAGE} <= self._granted(ADVISER, Operation.USE, CONTROLLER):
            yield self._warning(
                "desk.unread",
                phrase("No adviser may read what comes in: the inbox opens 'full_name' and 'message' for 'advise'."),
                phrase('Permit roles = ["adviser"], operations = ["use"].'),
            )

    def _answering(self) -> Iterator[Diagnostic]:
        if not self._holds(ANSWERED) or MESSAGE not in self._granted(ADVISER, Operation.STORE, CONTROLLER):
            yield self._warning(
                "desk.unanswered",
                phrase("No adviser may answer: an answer is stored as 'message' in the collection 'answer', for 'advise'."),
                phrase('Declare the collection, and permit roles = ["adviser"], operations = ["store"].'),
            )
        elif not {FULL_NAME, EMAIL, MESSAGE} <= self._granted(SYSTEM, Operation.DISCLOSE, MAIL_CARRIER):
            yield self._warning(
                "desk.unsent",
                phrase("No letter may go out: letters hand 'full_name', 'email' and 'message' to the recipient 'mail_carrier'."),
                phrase('Declare it with kind = "processor", and permit roles = ["system"], operations = ["disclose"].'),
            )
        elif MESSAGE not in self._granted(SUBJECT, Operation.USE, CONTROLLER):
            yield self._warning(
                "desk.unopened",
                phrase("Nobody may read the answer to them: before an address is proven, the letter brings a link to a page that opens 'message'."),
                phrase('Permit roles = ["subject"], operations = ["use"].'),
            )

    def _telling(self) -> Iterator[Diagnostic]:
        """Whether whoever gave an address can be told what they are owed, whatever they agreed to."""
        holding = [rule for rule in self._policy.collections.values() if EMAIL in rule.fields]
        hint = self._lacking_for_telling(holding)
        if not holding or hint is None:
            return
        yield self._warning(
            "desk.untold",
            phrase("The letter about a change of the policy cannot go out: for it, the system hands 'email' to 'mail_carrier' for 'special_case'."),
            hint,
            self._policy.change.clause if self._policy.change else holding[0].clause,
        )
        if ADVERTISE in self._policy.purposes:
            yield self._warning(
                "desk.unconfirmed",
                phrase("That advertising has stopped cannot be confirmed by a letter, as the law asks: it goes out for 'special_case' too."),
                phrase("The rules that let the letter about a change go out let this one go too."),
                self._policy.purposes[ADVERTISE].clause,
            )

    def _lacking_for_telling(self, holding: Sequence[CollectionRule]) -> Phrase | None:
        """What would have to be written so that the letter could go out; None where it can."""
        purpose = self._policy.purposes.get(SPECIAL_CASE)
        if purpose is not None and purpose.basis is LegalBasis.CONSENT:
            return phrase("Rest 'special_case' on another basis than consent: whoever agreed to nothing else is told too.")
        needed = [] if purpose else [_NEEDED_PURPOSE]
        needed += [] if self._is_free(Operation.USE, CONTROLLER) else [_NEEDED_USE]
        needed += [] if self._is_free(Operation.DISCLOSE, MAIL_CARRIER) else [_NEEDED_HANDING]
        names = ", ".join(f"'{rule.id}'" for rule in holding if SPECIAL_CASE not in rule.purposes)
        rules = "".join(f"\n{one}\n" for one in needed).rstrip("\n")
        if names and rules:
            return phrase(
                "Name 'special_case' among the purposes of {names}, of their [[retain]] and of the permit to erase, and add these rules:{rules}",
                names=names,
                rules=rules,
            )
        if names:
            return phrase("Name 'special_case' among the purposes of {names}, of their [[retain]] and of the permit to erase.", names=names)
        return phrase("Add these rules:{rules}", rules=rules) if rules else None

    def _is_free(self, operation: Operation, recipient: RecipientId) -> bool:
        """Whether the system may do it with any address at once: no obligation stands in the way of a letter to many."""
        grant = self._policy.table.get((SYSTEM, operation, SPECIAL_CASE, recipient), {}).get(EMAIL)
        return grant is not None and not grant.obligations and grant.redaction is Redaction.FULL

    def _erasing(self) -> Iterator[Diagnostic]:
        for rule in self._policy.collections.values():
            for purpose in rule.purposes:
                left = [name for name in rule.fields if name not in self._granted(SYSTEM, Operation.ERASE, CONTROLLER, purpose)]
                if left:
                    yield self._warning(
                        "desk.never_erased",
                        phrase(
                            "Nothing may erase '{id}' kept for '{purpose}' when its time is over: {names}.",
                            id=rule.id,
                            purpose=purpose,
                            names=", ".join(left),
                        ),
                        phrase('Permit roles = ["system"], operations = ["erase"] for each of its fields.'),
                        rule.clause,
                    )

    def _holds(self, collection: CollectionId) -> bool:
        rule = self._policy.collections.get(collection)
        return rule is not None and MESSAGE in rule.fields and ADVISE in rule.purposes

    def _granted(self, role: RoleId, operation: Operation, recipient: RecipientId, purpose: PurposeId = ADVISE) -> frozenset[FieldName]:
        return frozenset(self._policy.table.get((role, operation, purpose, recipient), {}))

    def _error(self, code: str, message: Phrase, hint: Phrase) -> Diagnostic:
        return self._finding(Severity.ERROR, code, message, hint, None)

    def _warning(self, code: str, message: Phrase, hint: Phrase, clause: ClauseNumber | None = None) -> Diagnostic:
        return self._finding(Severity.WARNING, code, message, hint, clause)

    def _finding(self, severity: Severity, code: str, message: Phrase, hint: Phrase, clause: ClauseNumber | None) -> Diagnostic:
        found = self._text.clause(clause) if self._text is not None and clause is not None else None
        line, file = found.line if found else 1, text_file(self._policy.authoritative)
        return Diagnostic(severity=severity, file=file, line=line, clause=clause, code=code, message=message, hint=hint)
