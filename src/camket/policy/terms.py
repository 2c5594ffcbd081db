"""The words the whole house shares: who asks, what for, and what the policy answers. One word, one thing (docs/glossary.md)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NewType, NoReturn

ClauseNumber = NewType("ClauseNumber", str)  # "4.1": section, dot, clause
CollectionId = NewType("CollectionId", str)  # fields kept together in one sealed record
EditionNumber = NewType("EditionNumber", int)  # 1, 2, 3 … in the order of publishing
FieldName = NewType("FieldName", str)
PurposeId = NewType("PurposeId", str)
RecipientId = NewType("RecipientId", str)
RoleId = NewType("RoleId", str)

# What the desks of this house work for, with whom, and with what: names of an edition's own, which the house knows. `policy/desks` says what nobody
# could do under an edition that has none of that name.
ADVISE = PurposeId("advise")
NOTIFY = PurposeId("notify")  # clause 3.6
SPECIAL_CASE = PurposeId("special_case")  # clause 3.8; its letter c: what this policy obliges us to tell
ADVERTISE = PurposeId("advertise")  # never implied by another purpose

CONTROLLER = RecipientId("controller")
MAIL_CARRIER = RecipientId("mail_carrier")

FULL_NAME = FieldName("full_name")
EMAIL = FieldName("email")
PHONE = FieldName("phone")
MESSAGE = FieldName("message")

CONTACT = CollectionId("contact")
SENT = CollectionId("message")  # what a person wrote to us; its text is the field of the same name
ANSWERED = CollectionId("answer")
NOTE = CollectionId("note")

VISITOR = RoleId("visitor")
SUBJECT = RoleId("subject")
ADVISER = RoleId("adviser")
ABUSE = RoleId("abuse")
LEGAL = RoleId("legal")
PRIVACY_OFFICER = RoleId("privacy_officer")
OPERATOR = RoleId("operator")
AUDITOR = RoleId("auditor")
SYSTEM = RoleId("system")
ROLES = frozenset({VISITOR, SUBJECT, ADVISER, ABUSE, LEGAL, PRIVACY_OFFICER, OPERATOR, AUDITOR, SYSTEM})
STAFF_ROLES = frozenset({ADVISER, ABUSE, LEGAL, PRIVACY_OFFICER, OPERATOR, AUDITOR})


class Operation(StrEnum):
    """What is done with a field (W3C DPV processing operations)."""

    COLLECT = "collect"
    USE = "use"
    FIND = "find"
    DISCLOSE = "disclose"
    CORRECT = "correct"
    STORE = "store"
    ERASE = "erase"


class Outcome(StrEnum):
    """What the policy answers: a clause permits, a clause forbids, or no clause speaks."""

    PERMITTED = "PERMITTED"
    PROHIBITED = "PROHIBITED"
    NOT_COVERED = "NOT_COVERED"


class LegalBasis(StrEnum):
    """What makes a purpose lawful (Law 91/2025 art. 9 and 19.1: consent, or one of a closed list)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    PROTECTION = "protection"  # necessary defence against an infringement, Law 91/2025 art. 19.1(a)

    @property
    def is_sticky(self) -> bool:
        """Whether the edition a record was collected under binds its use, rather than the edition in force."""
        return self in (LegalBasis.CONSENT, LegalBasis.CONTRACT)


class Obligation(StrEnum):
    """What must also hold before a permitted ask may go ahead; the gate checks it, the core only returns it."""

    CONSENT = "consent"
    SECOND_PERSON = "second_person"
    NOTICE = "notice"
    JUSTIFICATION = "justification"


class Redaction(StrEnum):
    """How much of a field leaves the vault, from everything to a bare 'there is one'."""

    FULL = "full"
    MASKED = "masked"
    LAST4 = "last4"
    EXISTS = "exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who asks: a role, and the opaque id of the member of staff, the token or the process where there is one."""

    role: RoleId
    id: str = ""

    @property
    def is_house(self) -> bool:
        """Whether it is the house itself, which has no account: the program, or whoever is at the server's command line."""
        return self.role == SYSTEM


THE_HOUSE: Final = Actor(role=SYSTEM)  # the program by itself: its worker, and what a start does
# Whoever is at the server's command line. Who that is, the journal does not learn: docs/decisions/0029-the-command-line-in-the-journal.md
COMMAND_LINE: Final = Actor(role=SYSTEM, id="command-line")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to the policy: may this be done with these fields, for this purpose, for this recipient?"""

    operation: Operation
    fields: frozenset[FieldName]
    purpose: PurposeId
    recipient: RecipientId = CONTROLLER


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldGrant:
    """What the clauses say of one field under one key of the table."""

    clauses: tuple[ClauseNumber, ...]
    obligations: frozenset[Obligation] = frozenset()
    redaction: Redaction = Redaction.FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The policy's answer to one ask: an outcome, the clauses that gave it, and what else must hold."""

    outcome: Outcome
    edition: EditionNumber
    ask: Ask
    clauses: tuple[ClauseNumber, ...] = ()
    obligations: frozenset[Obligation] = frozenset()
    redactions: Mapping[FieldName, Redaction] = field(default_factory=lambda: MappingProxyType({}))
    refused_fields: frozenset[FieldName] = frozenset()
    reason: str = ""

    @property
    def is_permitted(self) -> bool:
        """Whether the outcome is PERMITTED; its obligations still have to be met."""
        return self.outcome is Outcome.PERMITTED

    def __bool__(self) -> NoReturn:
        raise TypeError("a Decision is not a truth value: read .outcome")
