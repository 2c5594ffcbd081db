"""Writes the compiled policy in the W3C's Data Privacy Vocabulary (DPV 2), as JSON-LD that any reader of linked data understands."""

import json
from collections.abc import Mapping
from typing import TypeAlias

from camket.policy.compiled import CompiledPolicy, FieldKind, PurposeRule, RecipientKind, SafeguardId
from camket.policy.terms import FieldName, LegalBasis, Operation, PurposeId

Node: TypeAlias = dict[str, object]

# Whatever DPV has no word for stands under a name of our own: obligations, redactions, what is forbidden, measures.
CONTEXT: Mapping[str, object] = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "dcterms": "http://purl.org/dc/terms/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "camket": "urn:camket:terms:",
}
_OPERATIONS = {
    Operation.COLLECT: "dpv:Collect",
    Operation.USE: "dpv:Use",
    Operation.FIND: "dpv:Query",
    Operation.DISCLOSE: "dpv:Disclose",
    Operation.CORRECT: "dpv:Modify",
    Operation.STORE: "dpv:Store",
    Operation.ERASE: "dpv:Erase",
}
_BASES = {
    LegalBasis.CONSENT: "dpv:Consent",
    LegalBasis.CONTRACT: "dpv:ContractPerformance",
    LegalBasis.LEGAL_OBLIGATION: "dpv:LegalObligation",
    LegalBasis.PROTECTION: "dpv:LegalBasis",  # Vietnam's own ground: DPV names none like it
}
# Names are an author's choice; these are the ones that the desks know, or that say of themselves what they are for.
_PURPOSES = {
    "advise": "dpv:CommunicationForCustomerCare",
    "provide_service": "dpv:ServiceProvision",
    "notify": "dpv:CommunicationManagement",
    "advertise": "dpv:DirectMarketing",
    "special_case": "dpv:CustomerCare",
    "enforce_terms": "dpv:MisusePreventionAndDetection",
}
_PURPOSES_BY_BASIS = {LegalBasis.CONTRACT: "dpv:ServiceProvision", LegalBasis.LEGAL_OBLIGATION: "dpv:LegalCompliance"}
_DATA = {
    FieldKind.NAME: "pd:Name",
    FieldKind.PHONE: "pd:TelephoneNumber",
    FieldKind.EMAIL: "pd:EmailAddress",
    FieldKind.POSTAL: "pd:PhysicalAddress",
    FieldKind.TEXT: "dpv:PersonalData",
    FieldKind.FILE: "dpv:PersonalData",
    FieldKind.TECHNICAL: "dpv:PersonalData",
}
_RECIPIENTS = {
    RecipientKind.CONTROLLER: "dpv:DataController",
    RecipientKind.AUTHORITY: "dpv:Authority",
    RecipientKind.PROCESSOR: "dpv:DataProcessor",
}
_SAFEGUARDS = {
    SafeguardId.ENCRYPTION_PER_PERSON: "dpv:EncryptionAtRest",
    SafeguardId.JOURNAL: "dpv:ActivityMonitoring",
    SafeguardId.ACCESS_BY_ROLE: "dpv:AccessControlMethod",
    SafeguardId.EPOCH_KEYS: "dpv:CryptographicKeyManagement",
}


def as_dpv(policy: CompiledPolicy, *, address: str = "") -> str:
    """
    Return the policy as a JSON-LD document: a process for each purpose, with its basis, data, recipients, what is done by whom, and how long.

    Args:
        policy: Any compiled policy; equal policies give equal texts.
        address: Where the edition is published, which then names it; a name that is good for this policy alone where empty.

    Source: W3C Data Privacy Vocabulary 2; JSON-LD 1.1.
    """
    return json.dumps(_Writer(policy, address).document(), ensure_ascii=False, indent=2) + "\n"


def purpose_term(rule: PurposeRule) -> str:
    """Return the term of the vocabulary that a purpose falls under; where none is known, the one that stands for any purpose."""
    return _PURPOSES.get(str(rule.id)) or _PURPOSES_BY_BASIS.get(rule.basis, "dpv:Purpose")


def basis_term(basis: LegalBasis) -> str:
    """Return the term for what makes a purpose lawful."""
    return _BASES[basis]


def data_term(kind: FieldKind) -> str:
    """Return the term for what a field holds, from the vocabulary of personal data where that has one."""
    return _DATA[kind]


def recipient_term(kind: RecipientKind) -> str:
    """Return the term for what a recipient is to the controller."""
    return _RECIPIENTS[kind]


def named_in(address: str, kind: str, name: str) -> str:
    """
    Return by which address a thing of an edition is known: the same in every document that speaks of it.

    Args:
        address: Where the edition is published.
        kind: For example "field".
        name: The thing's id.
    """
    return f"{address}#{kind}-{name}"


class _Writer:
    """Writes one policy; what it names is named below the edition's own address."""

    def __init__(self, policy: CompiledPolicy, address: str) -> None:
        self._policy = policy
        self._home = address or f"urn:camket:policy:{policy.slug}:{policy.number}"

    def document(self) -> Node:
        """Return the whole document."""
        policy = self._policy
        return {
            "@context": dict(CONTEXT),
            "@id": self._home,
            "@type": "dpv:PrivacyNotice",
            "dcterms:identifier": f"{policy.slug}/{policy.number}",
            "dcterms:language": list(policy.languages),
            "camket:regime": policy.regime,
            "camket:timezone": policy.timezone,
            "dpv:hasDataController": self._controller(),
            "dpv:hasProcess": [self._process(purpose) for purpose in policy.purposes],
            "dpv:hasPersonalData": [self._field(name) for name in policy.fields],
            "dpv:hasRecipient": [self._recipient(name) for name in policy.recipients],
            "dpv:hasRight": [self._named("right", one.id, "dpv:DataSubjectRight", one.clause) for one in policy.rights.values()],
            "dpv:hasTechnicalMeasure": [self._safeguard(one) for one in policy.safeguards],
            "camket:prohibition": [_plain(one) for one in policy.prohibitions],
            "camket:measure": [
                {"@type": "camket:Measure", **_listed(one.id, one.clause), "camket:for": list(one.violations)} for one in policy.measures
            ],
        }

    def _id(self, kind: str, name: str) -> str:
        return named_in(self._home, kind, name)

    def _named(self, kind: str, name: str, of: str, clause: str) -> Node:
        policy = self._policy
        labels = [{"@value": policy.label(kind, name, language), "@language": language} for language in policy.languages]
        return {"@id": self._id(kind, name), "@type": of, "skos:prefLabel": labels, **_listed(name, clause)}

    def _controller(self) -> Node:
        rule = self._policy.controller
        if rule is None:
            return {"@type": "dpv:DataController"}
        return {"@type": "dpv:DataController", "dpv:hasName": rule.name, "dpv:hasAddress": rule.address, "camket:clause": rule.clause}

    def _field(self, name: FieldName) -> Node:
        rule = self._policy.fields[name]
        return self._named("field", name, data_term(rule.kind), rule.clause)

    def _recipient(self, name: str) -> Node:
        rule = next(one for one in self._policy.recipients.values() if one.id == name)
        return self._named("recipient", name, recipient_term(rule.kind), rule.clause)

    def _safeguard(self, name: SafeguardId) -> Node:
        rule = self._policy.safeguards[name]
        days: Node = {} if rule.days is None else {"camket:days": rule.days}
        return {"@id": self._id("safeguard", name), "@type": _SAFEGUARDS[name], **_listed(name, rule.clause), **days}

    def _process(self, purpose: PurposeId) -> Node:
        policy, rule = self._policy, self._policy.purposes[purpose]
        collections = policy.collections_for(purpose)
        required = {name for one in collections for name in one.required}
        rows = [(key, grants) for key, grants in sorted(policy.table.items()) if key[2] == purpose]
        basis: Node = {"@type": basis_term(rule.basis), "camket:basis": str(rule.basis)}
        return {
            "@id": self._id("process", purpose),
            "@type": "dpv:Process",
            "dpv:hasPurpose": {**self._named("purpose", purpose, "dpv:Purpose", rule.clause), "skos:broader": {"@id": purpose_term(rule)}},
            "dpv:hasLegalBasis": {**basis, **({"camket:article": rule.article} if rule.article else {})},
            "dpv:hasPersonalData": [
                self._needed(name, is_required=name in required) for name in dict.fromkeys(n for one in collections for n in one.fields)
            ],
            "dpv:hasRecipient": [{"@id": self._id("recipient", one)} for one in sorted({key[3] for key, _ in rows})],
            "dpv:hasProcessing": [
                self._processing(str(role), operation, recipient, name, grants[name])
                for (role, operation, _, recipient), grants in rows
                for name in grants
            ],
            "dpv:hasStorageCondition": [self._kept(one) for one in policy.retention.rules if purpose in one.purposes],
        }

    def _needed(self, name: FieldName, *, is_required: bool) -> Node:
        return {"@id": self._id("field", name), "dpv:hasNecessity": {"@id": "dpv:Required" if is_required else "dpv:Optional"}}

    def _processing(self, role: str, operation: Operation, recipient: str, name: FieldName, grant: object) -> Node:
        return {
            "@type": _OPERATIONS[operation],
            "camket:role": role,
            "dpv:hasPersonalData": {"@id": self._id("field", name)},
            "dpv:hasRecipient": {"@id": self._id("recipient", recipient)},
            **_plain(grant),
        }

    def _kept(self, rule: object) -> Node:
        told = _plain(rule)
        return {"@type": ["dpv:StorageDuration", "dpv:UntilEventDuration"], **told, "dpv:hasProcessing": {"@type": "dpv:StorageDeletion"}}


def _listed(name: str, clause: str) -> Node:
    return {"dcterms:identifier": str(name), "camket:clause": str(clause)}


def _plain(rule: object) -> Node:
    """A rule's own words under names of ours; sets are sorted, because they have no order of their own."""
    found: Node = {}
    for name in getattr(type(rule), "__slots__", ()):
        value = getattr(rule, name)
        if isinstance(value, frozenset):
            found[f"camket:{name}"] = sorted(str(one) for one in value)
        elif isinstance(value, tuple):
            found[f"camket:{name}"] = [str(one) for one in value]
        else:
            found[f"camket:{name}"] = getattr(value, "iso", None) or str(value)
    return found
