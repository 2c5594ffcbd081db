"""Which edition binds whom: consent and contract stick to the edition of collection, legal duties follow the one in force (house.md §4)."""

from collections.abc import Collection, Mapping

from camket.editions import queries as editions
from camket.policy.terms import Ask, EditionNumber, Operation, PurposeId
from camket.vault.gate.permit import SubjectId
from camket.vault.models import Consent, Record, Subject


def governing(purpose: PurposeId, *, collected_under: EditionNumber, in_force: EditionNumber) -> EditionNumber:
    """
    Return the edition that says what may be done with a record for a purpose.

    Args:
        purpose: What it is to be used for.
        collected_under: The record's edition. Where that edition does not know the purpose, it still binds, and refuses.
        in_force: The edition in force.

    Source: policy §8; house.md §4.
    """
    rule = editions.compiled(collected_under).purposes.get(purpose)
    return collected_under if rule is None or rule.basis.is_sticky else in_force


def binding_editions(ask: Ask, subjects: Collection[SubjectId], in_force: EditionNumber) -> Mapping[SubjectId, frozenset[EditionNumber]]:
    """
    Return, for each subject, the editions that bind what is asked; somebody of whom nothing is kept yet is bound by the one in force.

    Args:
        ask: What is asked; what is collected anew is always bound by the edition in force.
        subjects: Any number of people; costs one query.
        in_force: The edition in force.
    """
    found: dict[SubjectId, set[EditionNumber]] = {subject: set() for subject in subjects}
    if ask.operation is not Operation.COLLECT:
        kept = Record.objects.filter(subject_id__in=list(subjects), matter__erased_at__isnull=True)
        for subject, edition in kept.values_list("subject_id", "edition").distinct():
            found[SubjectId(subject)].add(governing(ask.purpose, collected_under=EditionNumber(edition), in_force=in_force))
    return {subject: frozenset(numbers or {in_force}) for subject, numbers in found.items()}


def erased_among(subjects: Collection[SubjectId]) -> frozenset[SubjectId]:
    """Return those of these subjects whose data has been erased."""
    erased = Subject.objects.filter(id__in=list(subjects), erased_at__isnull=False)
    return frozenset(SubjectId(id) for id in erased.values_list("id", flat=True))


def agreed_editions(purpose: PurposeId, subjects: Collection[SubjectId]) -> Mapping[SubjectId, EditionNumber]:
    """
    Return, for each subject whose newest fact about a purpose is an agreement, the edition whose wording they agreed to.

    Whoever withdrew, or was never asked, is absent.

    Args:
        purpose: What they were asked about.
        subjects: Any number of people; costs one query.

    Source: policy §7; Law 91/2025 art. 9.
    """
    newest: dict[SubjectId, EditionNumber | None] = {}
    facts = Consent.objects.filter(subject_id__in=list(subjects), purpose=purpose).in_order()
    for subject, is_given, edition in facts.values_list("subject_id", "is_given", "edition"):
        newest[SubjectId(subject)] = EditionNumber(edition) if is_given else None
    return {subject: edition for subject, edition in newest.items() if edition is not None}
