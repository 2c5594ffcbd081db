"""What carries out the rules of any policy, told by their kind alone: no clause number is read, and no word of its text."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from camket.policy.clauses import ClauseRules
from camket.policy.compiled import RightId, SafeguardId


class MechanismId(StrEnum):
    """A part of the program that carries out every rule of a kind, whichever policy wrote it; the last two are what no part carries out."""

    SHAPE = "shape"
    GATE = "gate"
    SEAL = "seal"
    RETENTION = "retention"
    CONSENTS = "consents"
    EPOCHS = "epochs"
    JOURNAL = "journal"
    NOTICE = "notice"
    CONTROLLER = "controller"
    RIGHTS = "rights"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism:
    """What carries out some of a clause's rules: of which kinds they are (`field`, `permit` … as in the text), and the functions that do it."""

    id: MechanismId
    kinds: tuple[str, ...]
    code: tuple[str, ...]


_CODE = {
    MechanismId.SHAPE: ("camket.policy.values.clean", "camket.duties.intake.rules.check"),
    MechanismId.GATE: ("camket.policy.decide.decide", "camket.vault.gate.asking.ask"),
    MechanismId.SEAL: ("camket.vault.gate.keeping.keep", "camket.vault.seal.seal_record"),
    MechanismId.RETENTION: ("camket.policy.retain.erase_after", "camket.duties.retention.actions.plan", "camket.duties.retention.actions.carry_out"),
    MechanismId.CONSENTS: ("camket.duties.intake.actions.withdrawing.take_back", "camket.vault.gate.consents.record_consents"),
    MechanismId.EPOCHS: ("camket.policy.epochs.promised_days", "camket.vault.epochs.keep_epochs"),
    MechanismId.JOURNAL: ("camket.journal.actions.record", "camket.journal.actions.checkpoint"),
    MechanismId.NOTICE: ("camket.duties.publishing.queries.coming.earliest_due",),
    MechanismId.CONTROLLER: ("camket.duties.notices.actions.composing.compose", "camket.web.site.contact_form.notice_of_collection"),
    MechanismId.RIGHTS: ("camket.policy.deadlines.dues",),
    MechanismId.PEOPLE: (),
}
_SAFEGUARDS = {
    SafeguardId.ENCRYPTION_PER_PERSON: MechanismId.SEAL,
    SafeguardId.JOURNAL: MechanismId.JOURNAL,
    SafeguardId.ACCESS_BY_ROLE: MechanismId.GATE,
    SafeguardId.EPOCH_KEYS: MechanismId.EPOCHS,
}


def mechanisms_of(rules: ClauseRules) -> tuple[Mechanism, ...]:
    """
    Return what carries out the rules of a clause, whichever policy it is of; nothing where it has none.

    Args:
        rules: From `rules_of`.
    """
    kinds: dict[MechanismId, dict[str, None]] = {}
    for mechanism, kind in _carried(rules):
        kinds.setdefault(mechanism, {})[kind] = None
    return tuple(Mechanism(id=one, kinds=tuple(kinds[one]), code=_CODE[one]) for one in MechanismId if one in kinds)


def _carried(rules: ClauseRules) -> Iterator[tuple[MechanismId, str]]:
    plain = (
        (rules.fields, MechanismId.SHAPE, "field"),
        (rules.purposes, MechanismId.GATE, "purpose"),
        (rules.recipients, MechanismId.GATE, "recipient"),
        (rules.collections, MechanismId.SEAL, "collection"),
        (rules.grants, MechanismId.GATE, "permit"),
        (rules.prohibitions, MechanismId.GATE, "forbid"),
        (rules.retains, MechanismId.RETENTION, "retain"),
        (rules.violations, MechanismId.PEOPLE, "violation"),
        (rules.measures, MechanismId.PEOPLE, "measure"),
    )
    yield from ((mechanism, kind) for found, mechanism, kind in plain if found)
    yield from ((_SAFEGUARDS[one.id], "safeguard") for one in rules.safeguards)
    yield from ((MechanismId.CONSENTS if one.id is RightId.WITHDRAW else MechanismId.RIGHTS, "right") for one in rules.rights)
    if rules.controller:
        yield MechanismId.CONTROLLER, "controller"
    if rules.change:
        yield MechanismId.NOTICE, "change"
