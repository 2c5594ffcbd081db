"""The question: which edition and which consents bind each subject, what the policy says, and the journal's line about it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from camket.editions import queries as editions
from camket.journal.tally import THE_TALLY, name_of
from camket.policy.compiled import Grants
from camket.policy.narrowing import narrowed, serves_the_person
from camket.policy.terms import CONTROLLER, Actor, Ask, ClauseNumber, Decision, EditionNumber, FieldName, Obligation, Operation, PurposeId, RoleId
from camket.vault.gate.binding import bindings
from camket.vault.gate.permit import Permit, Refused, SubjectId, issued, refuse_inside_transaction
from camket.vault.gate.remembering import remember_refusal, remember_showing
from camket.vault.gate.warrants import Standing, WarrantId, standing_of

_READS = frozenset({Operation.USE, Operation.DISCLOSE})
_CHECKED_HERE = frozenset({Obligation.CONSENT})
_ERASED = "the data of this person has been erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What is said to everybody whom the same editions and the same yes bind: what permits it, and each no with its reason."""

    permitted: Mapping[EditionNumber, Decision]
    refused: Sequence[tuple[Decision, str]]


@dataclass(slots=True, kw_only=True)
class Outcome:
    """Who is permitted under which editions and who is not, and the first no with its reason."""

    permitted: dict[SubjectId, Mapping[EditionNumber, Decision]] = field(default_factory=dict)
    refused: dict[SubjectId, str] = field(default_factory=dict)
    refused_by: Decision | None = None
    reason: str = ""

    def refuse(self, decision: Decision, reason: str) -> None:
        """Keep the first no: it is the one that is told when nobody is permitted."""
        if self.refused_by is None:
            self.refused_by, self.reason = decision, reason

    def take(self, subject: SubjectId, answer: _Answer) -> None:
        """Permit under each edition against which no reason speaks; where all are refused, the last reason is the subject's."""
        for decision, reason in answer.refused:
            self.refuse(decision, reason)
        if answer.permitted:
            self.permitted[subject] = answer.permitted
        elif answer.refused:
            self.refused[subject] = answer.refused[-1][1]


def ask(
    ask: Ask,
    *,
    actor: Actor,
    subjects: Collection[SubjectId] = (),
    now: datetime,
    given: frozenset[PurposeId] = frozenset(),
    view: str = "",
    warrant: WarrantId | None = None,
) -> Permit:
    """
    Ask the policy and return a permit, after the journal has remembered it.

    A refusal and a reading are journaled and committed before this returns; a permitted write or look-up is journaled
    with the act itself.

    Args:
        ask: What is to be done, with which fields, why, for whom.
        actor: Who asks.
        subjects: Whose data, at most 1,000 people; somebody with no data yet is bound by the edition in force. Named by nobody, a
            look-up checks each person's consent when it has found them.
        now: UTC instant; the permit holds for two minutes from it.
        given: Purposes consented to in this same act of collecting, kept with it.
        view: Name of the page or letter, part of the journal's line.
        warrant: The reason given before, and maybe agreed to by a second person, on which the ask rests. It binds whoever comes with it.

    Returns:
        A permit with at least one permitted subject (or none where none was named).

    Raises:
        Refused: No clause covers it, a clause forbids it, or consent or another obligation is missing for every subject.
        InsideTransaction: A transaction of the main database is open.
        NoEdition: No edition is in force yet.
        TooManySubjects: More than 1,000 subjects.
        ValueError: `given` comes with something else than collecting: a consent that is kept nowhere opens nothing.

    Source: policy §3, §7 (7.2, 7.3); house.md §3.
    """
    refuse_inside_transaction()
    if given and ask.operation is not Operation.COLLECT:
        raise ValueError("consent is given in an act of collecting; any other use needs one that was kept")
    general = editions.decider(editions.in_force(anew=True)).decide(role=actor.role, ask=ask)
    held = standing_of(warrant, ask=ask, actor=actor, now=now) if warrant else None
    outcome = decide_each(general, actor=actor, subjects=subjects, given=given, held=held) if subjects else _decide_nobody(general, given)
    if outcome.refused_by is not None and not outcome.permitted:
        _count(outcome.refused_by)
        remember_refusal(outcome.refused_by, actor=actor, subjects=subjects, now=now, view=view)
        raise Refused(outcome.refused_by, outcome.reason)
    _count(general, is_permitted=True)
    permit = _permit_of(actor, general, outcome, held, now)
    if ask.operation in _READS:
        remember_showing(permit, refused_by=outcome.refused_by, view=view)
    return permit


def askable(*, actor: Actor, operation: Operation, purpose: PurposeId, subject: SubjectId) -> frozenset[FieldName]:
    """
    Return the fields that can be asked for of one person: those that the edition in force permits, every edition that binds their data, those
    between the two to which they did not say yes, and the one they agreed to, where that did less.

    A page that asks for more would be refused all of it, although a part is permitted.

    Args:
        actor: Who would ask, for the controller itself.
        operation: What is to be done.
        purpose: What for.
        subject: Whose data; costs one query.

    Source: policy §8 (8.5).
    """
    named = _speaking(actor=actor, operation=operation, purpose=purpose, subject=subject).values()
    return frozenset.intersection(*(frozenset(fields) for fields in named))


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A field that is kept and that a role is not shown: which edition says so, in which clauses, and whether an earlier one showed it."""

    name: FieldName
    edition: EditionNumber
    clauses: tuple[ClauseNumber, ...]
    was_shown: bool


def withheld(*, kept: Collection[FieldName], actor: Actor, operation: Operation, purpose: PurposeId, subject: SubjectId) -> tuple[Withheld, ...]:
    """
    Return which of a person's fields cannot be asked for, and which edition speaks against it, without opening any.

    Args:
        kept: Names of the fields that are kept.
        actor: Who would ask, for the controller itself.
        operation: What is to be done.
        purpose: What for.
        subject: Whose data; costs one query.

    Source: policy §8 (8.5).
    """
    named = _speaking(actor=actor, operation=operation, purpose=purpose, subject=subject)
    found = []
    for name in sorted(kept):
        number = next((one for one in sorted(named) if name not in named[one]), None)
        if number is not None:
            ask = Ask(operation=operation, fields=frozenset({name}), purpose=purpose)
            forbidding = editions.decider(number).decide(role=actor.role, ask=ask).clauses
            # where no clause forbids it, those that say what the role is shown instead
            silent = tuple(dict.fromkeys(clause for grant in named[number].values() for clause in grant.clauses))
            found.append(Withheld(name=name, edition=number, clauses=forbidding or silent, was_shown=number > min(named)))
    return tuple(found)


def _speaking(*, actor: Actor, operation: Operation, purpose: PurposeId, subject: SubjectId) -> Mapping[EditionNumber, Grants]:
    """What each edition grants that has a say in what can be asked for of one person."""
    in_force = editions.in_force(anew=True)
    bound = bindings(Ask(operation=operation, fields=frozenset(), purpose=purpose), [subject], in_force)
    binding, agreed = bound.editions[subject], bound.agreed.get(subject, EditionNumber(0))
    narrowing = {agreed} if any(_does_less(agreed, number, actor.role, operation, purpose) for number in binding) else set()
    passed = {number for own in binding for number in editions.between(max(own, agreed), in_force)}
    numbers = {in_force, *binding, *passed, *narrowing}
    return {number: editions.compiled(number).table.get((actor.role, operation, purpose, CONTROLLER), {}) for number in numbers}


def _permit_of(actor: Actor, general: Decision, outcome: Outcome, held: Standing | None, now: datetime) -> Permit:
    return issued(
        Permit(
            ask=general.ask,
            actor=actor,
            issued_at=now,
            edition=general.edition,
            decision=general,
            subjects=MappingProxyType(outcome.permitted),
            refused=MappingProxyType(outcome.refused),
            within=held.within if held else None,
            warrant=MappingProxyType({"warrant": str(held.id), "second": held.second} if held else {}),
        )
    )


def _count(decision: Decision, *, is_permitted: bool = False) -> None:
    """A clause may permit what a missing consent or an erasure still refuses: that is an outcome of its own."""
    outcome = "PERMITTED" if is_permitted else "UNMET" if decision.is_permitted else str(decision.outcome)
    THE_TALLY.add({name_of("camket_gate_asks_total", {"outcome": outcome}): 1})


def _decide_nobody(general: Decision, given: frozenset[PurposeId]) -> Outcome:
    """Decide what names no person: by the edition in force, and for a look-up without the consents of whoever will be found."""
    outcome, ask = Outcome(), general.ask
    later = frozenset({ask.purpose}) if ask.operation is Operation.FIND else frozenset()
    reason = general.reason if not general.is_permitted else _unmet(general, has_consent=ask.purpose in given | later)
    if reason:
        outcome.refuse(general, reason)
    return outcome


def decide_each(
    general: Decision,
    *,
    actor: Actor,
    subjects: Collection[SubjectId],
    given: frozenset[PurposeId] = frozenset(),
    held: Standing | None = None,
) -> Outcome:
    """
    Decide for each subject under the editions that bind them; each edition is asked once, however many subjects.

    Args:
        general: The answer of the edition in force.
        actor: Who asks.
        subjects: Whose data; costs one query.
        given: Purposes consented to in this same act.
        held: What a warrant does for the ask, where one was brought.

    Returns:
        Who is permitted under which editions, and who is not and why. Whoever is looked for and is erased, or of whom nothing came after
        the key, is neither.
    """
    ask, in_force = general.ask, general.edition
    outcome, bound = Outcome(), bindings(ask, subjects, in_force)
    answers: dict[tuple[object, ...], _Answer] = {}
    for subject, numbers in bound.editions.items():
        if ask.operation is Operation.FIND and subject not in bound.keeping:
            continue
        if subject in bound.erased:
            outcome.refused[subject] = _ERASED
            outcome.refuse(general, _ERASED)
            continue
        agreed = bound.agreed.get(subject, EditionNumber(0))
        alike = numbers, agreed, subject if held else None  # a warrant speaks of one person
        if alike not in answers:
            own = {number: _as_agreed(_binding(general, number, agreed, actor), number, agreed, actor) for number in sorted(numbers)}
            # a yes covers the edition whose wording was shown, those before it and those that do no more, never what a later edition adds
            is_collected = ask.operation is Operation.COLLECT
            consented = {
                number for number in numbers if ask.purpose in given or editions.covers(agreed, number, ask.purpose, is_collected=is_collected)
            }
            reasons = {number: _reason(own[number], has_consent=number in consented, held=held, subject=subject) for number in own}
            answers[alike] = _answer(own, reasons)
        outcome.take(subject, answers[alike])
    return outcome


def _answer(decisions: Mapping[EditionNumber, Decision], reasons: Mapping[EditionNumber, str]) -> _Answer:
    permitted = {number: decision for number, decision in decisions.items() if not reasons[number]}
    refused = [(decision, reasons[number]) for number, decision in decisions.items() if reasons[number]]
    return _Answer(permitted=MappingProxyType(permitted), refused=refused)


def _as_agreed(decision: Decision, number: EditionNumber, agreed: EditionNumber, actor: Actor) -> Decision:
    """What holds for data of an edition that does more than the later one to which the person agreed: no more than they agreed to."""
    ask = decision.ask
    if not _does_less(agreed, number, actor.role, ask.operation, ask.purpose):
        return decision
    return narrowed(decision, editions.decider(agreed).decide(role=actor.role, ask=ask))


def _does_less(agreed: EditionNumber, number: EditionNumber, role: RoleId, operation: Operation, purpose: PurposeId) -> bool:
    """Whether the edition that somebody agreed to is a later one than their data's and lets do less; the person's own hand it does not bind."""
    return agreed > number and not serves_the_person(role, operation) and purpose in editions.widened(agreed, number)


def _binding(general: Decision, number: EditionNumber, agreed: EditionNumber, actor: Actor) -> Decision:
    """
    What holds for data that an older edition binds: what a later one takes away is gone at once, for old data too, and its answer is the one
    that is told. What another gives back stays away until the person agrees to that one. Nothing is taken from the person's own hand, nor the
    end that they were promised.
    """
    if number == general.edition:
        return general
    ask = general.ask
    found = editions.decider(number).decide(role=actor.role, ask=ask)
    if serves_the_person(actor.role, ask.operation):
        return found
    for passed in editions.between(max(number, agreed), general.edition):
        found = narrowed(found, editions.decider(passed).decide(role=actor.role, ask=ask))
    return narrowed(found, general)


def _reason(decision: Decision, *, has_consent: bool, held: Standing | None, subject: SubjectId) -> str:
    """Why not, or nothing."""
    if not decision.is_permitted:
        return decision.reason or "refused"
    return _unmet(decision, has_consent=has_consent, held=held, subject=subject)


def _unmet(decision: Decision, *, has_consent: bool, held: Standing | None = None, subject: SubjectId | None = None) -> str:
    """The sentence that says which obligation is not met, or nothing; a warrant meets some for the one person it speaks of, and adds its own."""
    if Obligation.CONSENT in decision.obligations and not has_consent:
        return f"the person has not consented to the purpose {decision.ask.purpose}"
    met = held.met if held and held.subject == subject else frozenset()
    missing = (decision.obligations | (held.added if held else frozenset())) - _CHECKED_HERE - met
    return f"this also needs: {', '.join(sorted(missing))}" if missing else ""
