"""A second reading of permits and prohibitions, in the plainest form: every combination written out, nothing looked up, nothing shared."""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

from camket.policy.compiled import AskKey, Grants
from camket.policy.terms import ROLES, Ask, FieldName, Operation, PurposeId, RecipientId, RoleId

Cell: TypeAlias = tuple[AskKey, FieldName]  # one role, operation, purpose and recipient, with one field
Demands: TypeAlias = tuple[frozenset[str], str]  # obligations and redaction
Row: TypeAlias = tuple[tuple[str, ...], Demands]  # the clauses that permit a combination, and what they ask for beside it

AXES = ("roles", "operations", "purposes", "recipients", "fields")
EVERY = ("*",)
STRANGE = "unheard_of"  # a word that no edition knows
CONSENTED = {"collect", "use", "find", "disclose"}

_CLAUSE_OR_RULE = re.compile(r"^(\d+\.\d+) |^```rule\n(.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One permit or prohibition; ("*",) stands for everything of its kind."""

    head: str
    clause: str = ""
    roles: tuple[str, ...]
    operations: tuple[str, ...]
    purposes: tuple[str, ...]
    fields: tuple[str, ...]
    recipients: tuple[str, ...] = ("controller",)
    obligations: tuple[str, ...] = ()
    redact: str = "full"

    def written(self) -> str:
        """Return the act as a rule's table."""
        lists = (*AXES, "obligations") if self.obligations else AXES
        written = f"[[{self.head}]]\n" + "".join(f"{name} = {[str(one) for one in getattr(self, name)]}\n" for name in lists)
        return written if self.redact == "full" else f'{written}redact = "{self.redact}"\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an edition's acts come to: purposes with what they rest on, and what is declared beside them."""

    purposes: Mapping[str, str]
    recipients: tuple[str, ...]
    fields: tuple[str, ...]
    acts: tuple[Act, ...] = ()

    def meant(self, act: Act) -> set[Cell]:
        """Return every single combination an act speaks of, wildcards written out."""
        known = (tuple(ROLES), tuple(Operation), tuple(self.purposes), self.recipients, self.fields)
        said = [getattr(act, name) for name in AXES]
        return {cell(*words) for words in product(*(every if words == EVERY else words for every, words in zip(known, said, strict=True)))}

    def demands(self, act: Act, one: Cell) -> Demands:
        """Return what a permit asks for beside itself: its obligations, and consent where the purpose rests on it."""
        (_, operation, purpose, _), _ = one
        needs_consent = self.purposes[purpose] == "consent" and operation in CONSENTED
        return frozenset(act.obligations) | ({"consent"} if needs_consent else frozenset()), act.redact

    def clauses(self, head: str) -> dict[Cell, tuple[str, ...]]:
        """Return the clauses that permit, or forbid, each combination."""
        found: dict[Cell, tuple[str, ...]] = {}
        for act in self.acts:
            for one in self.meant(act) if act.head == head else ():
                found[one] = (*found.get(one, ()), *(() if act.clause in found.get(one, ()) else (act.clause,)))
        return found

    def demanded(self) -> dict[Cell, set[Demands]]:
        """Return what the permits of each combination ask for: where they agree, one thing."""
        found: dict[Cell, set[Demands]] = {}
        for act in self.acts:
            for one in self.meant(act) if act.head == "permit" else ():
                found.setdefault(one, set()).add(self.demands(act, one))
        return found

    def rows(self) -> dict[Cell, Row]:
        """Return every combination that a clause permits, forbidden or not; for permits that agree."""
        demanded = {one: next(iter(demands)) for one, demands in self.demanded().items()}
        return {one: (clauses, demanded[one]) for one, clauses in self.clauses("permit").items()}

    @property
    def is_agreed(self) -> bool:
        """Whether all permits of the same thing ask for the same beside it."""
        return all(len(one) == 1 for one in self.demanded().values())


def cell(role: str, operation: str, purpose: str, recipient: str, name: str) -> Cell:
    """Return one combination; an operation that nobody knows stays the word it is."""
    known = Operation(operation) if operation in set(Operation) else operation
    return (RoleId(role), known, PurposeId(purpose), RecipientId(recipient)), FieldName(name)  # type: ignore[return-value]  # a stranger's word


def asked(key: AskKey, *names: FieldName) -> Ask:
    """Return the ask of a key with some fields."""
    return Ask(operation=key[1], fields=frozenset(names), purpose=key[2], recipient=key[3])


def rows(*tables: Mapping[AskKey, Grants]) -> dict[Cell, Row]:
    """Return what compiled tables hold, as plainly as a reading says it."""
    return {
        (key, name): (grant.clauses, (frozenset(grant.obligations), str(grant.redaction)))
        for table in tables
        for key, row in table.items()
        for name, grant in row.items()
    }


def differing(ours: Mapping[Cell, object], theirs: Mapping[Cell, object]) -> list[str]:
    """Return where two answers to the same combinations differ, one sentence each: a thousand rows side by side would help nobody."""
    return [f"{one}: {ours.get(one)} against {theirs.get(one)}" for one in ours.keys() | theirs.keys() if ours.get(one) != theirs.get(one)]


def read_text(markdown: str) -> Reading:
    """Return the reading of an edition's authoritative text; for sound texts only."""
    tables = list(_tables(markdown))
    return Reading(
        purposes={str(one["id"]): str(one["basis"]) for head, _, one in tables if head == "purpose"},
        recipients=_ids("recipient", tables),
        fields=_ids("field", tables),
        acts=tuple(_act(head, clause, one) for head, clause, one in tables if head in {"permit", "forbid"}),
    )


def _tables(markdown: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    clause = ""
    for found in _CLAUSE_OR_RULE.finditer(markdown):
        clause = found.group(1) or clause
        for head, tables in tomllib.loads(found.group(2) or "").items():
            yield from ((head, clause, one) for one in tables if isinstance(one, dict))


def _ids(kind: str, tables: Iterable[tuple[str, str, dict[str, Any]]]) -> tuple[str, ...]:
    return tuple(str(one["id"]) for head, _, one in tables if head == kind)


def _act(head: str, clause: str, one: Mapping[str, Any]) -> Act:
    lists = {axis: tuple(one.get(axis, ("controller",))) for axis in AXES}  # what may be left out is the recipient
    return Act(head=head, clause=clause, **lists, obligations=tuple(one.get("obligations", ())), redact=one.get("redact", "full"))
