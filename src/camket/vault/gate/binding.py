"""Which edition binds whom: consent and contract stick to the edition of collection, legal duties follow the one in force (house.md §4)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from camket.editions import queries as editions
from camket.journal.statements import Statement, fetch
from camket.policy.narrowing import follows_in_force
from camket.policy.terms import Ask, EditionNumber, Operation, PurposeId
from camket.vault.gate.permit import SubjectId

# From one edition to the next in the index, matter by matter: ten thousand records of one edition cost one step.
# Facts about consent come oldest first; of two at one instant the withdrawal counts as the newer.
_BINDING = Statement(
    text="""
        WITH RECURSIVE step (subject_id, matter_id, edition) AS (
            SELECT m.subject_id, m.id, (SELECT min(r.edition) FROM vault_record r WHERE r.matter_id = m.id)
            FROM vault_matter m WHERE m.subject_id IN ({}) AND m.erased_at IS NULL
            UNION ALL
            SELECT subject_id, matter_id, (SELECT min(r.edition) FROM vault_record r WHERE r.matter_id = step.matter_id AND r.edition > step.edition)
            FROM step WHERE edition IS NOT NULL
        )
        SELECT kind, subject_id, edition, is_given FROM (
            SELECT 'agreed' AS kind, subject_id, edition, is_given, at, id FROM vault_consent WHERE subject_id IN ({}) AND purpose = %s
            UNION ALL SELECT 'kept', subject_id, edition, NULL, NULL, NULL FROM step WHERE edition IS NOT NULL
            UNION ALL SELECT 'erased', id, 0, NULL, NULL, NULL FROM vault_subject WHERE id IN ({}) AND erased_at IS NOT NULL
        ) AS bound ORDER BY kind, at, is_given DESC, id
    """,
    columns=(str, UUID, int, bool),
)
_Fact = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """
    What binds an ask, subject by subject.

    `agreed` holds the edition to whose wording somebody agreed; whoever withdrew, or was never asked, is absent from it. `keeping` are
    those of whom something is kept that is not erased; what is collected anew does not ask for it.
    """

    editions: Mapping[SubjectId, frozenset[EditionNumber]]
    agreed: Mapping[SubjectId, EditionNumber]
    erased: frozenset[SubjectId]
    keeping: frozenset[SubjectId]


_known: ContextVar[dict[tuple[PurposeId, SubjectId], list[_Fact]] | None] = ContextVar("what binds whom, within a look-up", default=None)


@contextmanager
def bound_once() -> Iterator[None]:
    """
    Remember what binds whom while somebody is looked up and shown: the same people are asked for twice, for the same purpose.

    Nothing that binds anybody is written within; whoever withdraws meanwhile does so after the look-up. Permits stand for longer than it takes.

    Source: docs/decisions/0027-one-commit-for-a-look-up.md.
    """
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def _facts(purpose: PurposeId, subjects: Sequence[SubjectId]) -> list[_Fact]:
    """What was agreed to, what is kept and who is erased, for each subject in the order of the statement."""
    known = _known.get()
    if known is None:
        return fetch(_BINDING, subjects, subjects, purpose, subjects)
    if any((purpose, subject) not in known for subject in subjects):
        known.update({(purpose, subject): [] for subject in subjects})
        for fact in fetch(_BINDING, subjects, subjects, purpose, subjects):
            known[purpose, fact[1]].append(fact)
    return [fact for subject in dict.fromkeys(subjects) for fact in known[purpose, subject]]


def governing(purpose: PurposeId, *, collected_under: EditionNumber, in_force: EditionNumber) -> EditionNumber:
    """
    Return the edition that says what may be done with a record for a purpose.

    Args:
        purpose: What it is to be used for; where both editions rest it on a duty of law, the one in force speaks alone.
        collected_under: The record's edition. Where that edition does not know the purpose, it still binds, and refuses.
        in_force: The edition in force.

    Source: policy §8 (8.5); house.md §4.
    """
    follows = follows_in_force(purpose, collected=editions.compiled(collected_under), in_force=editions.compiled(in_force))
    return in_force if follows else collected_under


def bindings(ask: Ask, subjects: Collection[SubjectId], in_force: EditionNumber) -> Bindings:
    """
    Return what binds an ask for each subject: editions, erasure, consent; somebody of whom nothing is kept yet is bound by the edition in force.

    Args:
        ask: What is asked; what is collected anew is always bound by the edition in force.
        subjects: Any number of people; costs one query, however much is kept of them.
        in_force: The edition in force.

    Source: policy §7 (7.2), §8 (8.5); Law 91/2025 art. 9.
    """
    named = list(subjects)
    found: dict[SubjectId, set[EditionNumber]] = {subject: set() for subject in named}
    agreed: dict[SubjectId, EditionNumber] = {}
    erased = set()
    governed: dict[EditionNumber, EditionNumber] = {}
    for kind, subject, edition, is_given in _facts(ask.purpose, named):
        match kind:
            case "kept" if ask.operation is not Operation.COLLECT:
                if edition not in governed:
                    governed[edition] = governing(ask.purpose, collected_under=edition, in_force=in_force)
                found[subject].add(governed[edition])
            case "agreed" if is_given:
                agreed[subject] = edition
            case "agreed":
                agreed.pop(subject, None)
            case "erased":
                erased.add(subject)
    keeping = frozenset(subject for subject, numbers in found.items() if numbers)
    binding = {subject: frozenset(numbers or {in_force}) for subject, numbers in found.items()}
    return Bindings(editions=binding, agreed=agreed, erased=frozenset(erased), keeping=keeping)
