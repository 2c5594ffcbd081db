"""A receipt for a consent, as its holder keeps it: what was agreed to, when and how, in the terms of ISO/IEC TS 27560 and the W3C's DPV."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from camket.policy.compiled import CollectionRule, CompiledPolicy, RecipientRule
from camket.policy.dpv import CONTEXT as DPV_CONTEXT
from camket.policy.dpv import basis_term, data_term, named_in, purpose_term, recipient_term
from camket.policy.regimes import jurisdiction_of
from camket.policy.terms import CONTROLLER, FieldName, LegalBasis, PurposeId

FORMAT = "camket receipt v2"  # receipts of the first shape bear none
SCHEMA = "ISO/IEC TS 27560:2023"
# How long a yes holds, and how it is taken back: the words that are the receipt's own; where the language is neither, the first.
_OWN_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"validity": "until you take it back", "withdrawal": "by the link in our letters, or through an adviser"},
    "vi": {"validity": "cho đến khi quý khách rút lại", "withdrawal": "qua đường dẫn trong thư của chúng tôi, hoặc qua nhân viên tư vấn"},
}
CONTEXT: Mapping[str, object] = {
    "@vocab": "urn:camket:terms:",
    **DPV_CONTEXT,
    "loc": "https://w3id.org/dpv/loc#",
    "at": {"@id": "dcterms:date", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
    "said_on": {"@id": "urn:camket:terms:said_on", "@type": "http://www.w3.org/2001/XMLSchema#date"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a person said of a purpose: yes, or no longer."""

    id: UUID
    is_given: bool
    at: datetime  # from which it holds
    channel: str
    said_on: date | None = None  # of what a colleague took down: on which day it was said, and the reference of the inquiry in which it stands
    said_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """Everything that a receipt tells: who by an opaque id, to what, in which words, and what was said of it, oldest first."""

    subject: UUID
    reference: str
    purpose: PurposeId
    policy: CompiledPolicy
    edition_hash: str
    language: str
    wording_hash: str
    policy_address: str
    contact: str  # how to reach the controller: an e-mail address, or a page
    stored_in: tuple[str, ...]  # countries in which the data lies, by ISO 3166-1; empty where the house has not been told
    said: tuple[Said, ...]
    journaled: Mapping[str, object]  # what the journal's line about the last word says: its facts, act and instant


def receipt(agreed: Agreed) -> dict[str, Any]:
    """
    Return a receipt as a JSON-LD document of plain values, with no word about the person: their id is one that only this house can read.

    What the edition names stands there by its exact id, and beside it the vocabulary's term, as in the edition's own document.

    Args:
        agreed: What it tells; its last word decides the state.

    Source: ISO/IEC TS 27560:2023 (headings record, notice, processing, party, event); W3C DPV 2.
    """
    newest = agreed.said[-1]
    return {
        "@context": {**CONTEXT, **_spoken(agreed.language)},
        "@type": "dpv:ConsentRecord",
        "format": FORMAT,
        "dcterms:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "record": {"schema_version": SCHEMA, "record_id": str(newest.id), "pii_principal_id": str(agreed.subject), "reference": agreed.reference},
        "notice": {
            "@type": "dpv:ConsentNotice",
            "policy": agreed.policy_address,
            "edition": int(agreed.policy.number),
            "edition_hash": agreed.edition_hash,
            "language": agreed.language,
            "wording_hash": agreed.wording_hash,
            **_wording(agreed),
        },
        "processing": _processing(agreed),
        "party": _party(agreed),
        "event": [_event(one, agreed) for one in agreed.said],
        "said": dict(agreed.journaled),
    }


def wording_hash(wording: str) -> str:
    """
    Return what a consent keeps of the sentence that was agreed to: its SHA-256, as hexadecimal digits.

    Args:
        wording: The sentence in the language in which it was shown.
    """
    return hashlib.sha256(wording.encode()).hexdigest()


def _spoken(language: str) -> dict[str, dict[str, str]]:
    """In which language each member is that a person reads; a text without this stays a plain one."""
    said = {"label": language, "wording": language, **dict.fromkeys(("validity", "withdrawal"), _own_language(language))}
    return {name: {"@id": f"urn:camket:terms:{name}", "@language": one} for name, one in said.items()}


def _own_language(language: str) -> str:
    return language if language in _OWN_WORDS else next(iter(_OWN_WORDS))


def _wording(agreed: Agreed) -> dict[str, str]:
    """The sentence agreed to; nothing where what the edition holds is not what was agreed to."""
    wording = agreed.policy.consent_wording(agreed.purpose, agreed.language)
    return {"wording": wording} if wording_hash(wording) == agreed.wording_hash else {}


def _processing(agreed: Agreed) -> dict[str, Any]:
    policy, rule = agreed.policy, agreed.policy.purposes[agreed.purpose]
    collections = policy.collections_for(agreed.purpose)
    fields = sorted({name for one in collections for name in one.fields})
    recipients = sorted({recipient for _, _, why, recipient in policy.table if why == agreed.purpose})
    country = jurisdiction_of(policy.regime)
    return {
        "@type": "dpv:Process",
        "purpose": str(agreed.purpose),
        "label": policy.label("purpose", agreed.purpose, agreed.language),
        "clause": str(rule.clause),
        "dpv:hasPurpose": {**_thing(agreed, "purpose", agreed.purpose, "dpv:Purpose"), "skos:broader": {"@id": purpose_term(rule)}},
        "lawful_basis": basis_term(LegalBasis.CONSENT),
        "pii_categories": [str(name) for name in fields],
        "dpv:hasPersonalData": [_field(agreed, name, collections) for name in fields],
        "recipients": [str(name) for name in recipients],
        "dpv:hasRecipient": [_recipient(agreed, policy.recipients[name]) for name in recipients if name in policy.recipients],
        "jurisdiction": country,
        **({"dpv:hasJurisdiction": {"@id": f"loc:{country}"}} if country else {}),
        "regime": policy.regime,
        "storage_locations": list(agreed.stored_in),
        **_stored(agreed),
        "rights": sorted(str(name) for name in policy.rights),
        **_OWN_WORDS[_own_language(agreed.language)],
    }


def _thing(agreed: Agreed, kind: str, name: str, of: str) -> dict[str, Any]:
    label = {"@value": agreed.policy.label(kind, name, agreed.language), "@language": agreed.language}
    return {"@id": named_in(agreed.policy_address, kind, name), "@type": of, "dcterms:identifier": str(name), "skos:prefLabel": label}


def _field(agreed: Agreed, name: FieldName, collections: tuple[CollectionRule, ...]) -> dict[str, Any]:
    is_required = any(name in one.required for one in collections)
    necessity = {"@id": "dpv:Required" if is_required else "dpv:Optional"}
    return {**_thing(agreed, "field", name, data_term(agreed.policy.fields[name].kind)), "dpv:hasNecessity": necessity}


def _recipient(agreed: Agreed, rule: RecipientRule) -> dict[str, Any]:
    return _thing(agreed, "recipient", rule.id, recipient_term(rule.kind))


def _stored(agreed: Agreed) -> dict[str, Any]:
    """Where and how long: the period as the retention rule has it, and the same once more in the vocabulary's terms."""
    policy, purpose = agreed.policy, agreed.purpose
    retention = policy.kept_longest(purpose) if any(purpose in rule.purposes for rule in policy.retention.rules) else None
    kept = {"after": str(retention.after), "keep": retention.keep.iso, "clause": str(retention.clause)} if retention else None
    conditions: list[dict[str, Any]] = [{"@type": "dpv:StorageLocation", "dpv:hasLocation": {"@id": f"loc:{one}"}} for one in agreed.stored_in]
    if kept:
        conditions.append({"@type": ["dpv:StorageDuration", "dpv:UntilEventDuration"], **kept})
    return {"storage_duration": kept, "dpv:hasStorageCondition": conditions}


def _party(agreed: Agreed) -> dict[str, str]:
    rule = agreed.policy.controller
    return {
        "@id": named_in(agreed.policy_address, "recipient", CONTROLLER),
        "@type": "dpv:DataController",
        "party_id": named_in(agreed.policy_address, "recipient", CONTROLLER),
        "name": rule.name if rule else "",
        "address": rule.address if rule else "",
        "contact": agreed.contact,
    }


def _event(said: Said, agreed: Agreed) -> dict[str, str]:
    return {
        "@type": "dpv:ConsentGiven" if said.is_given else "dpv:ConsentWithdrawn",
        "event_type": "dpv:ExpressedConsent",
        "id": str(said.id),
        "entity_id": str(agreed.subject),
        "at": said.at.astimezone(UTC).isoformat(),
        "channel": said.channel,
        # the standard has one instant for an event, that of the record; on which day a colleague was told is a term of ours
        **({"said_on": said.said_on.isoformat()} if said.said_on else {}),
        **({"said_in": said.said_in} if said.said_in else {}),
        **({"validity": _OWN_WORDS[_own_language(agreed.language)]["validity"]} if said.is_given else {}),
    }
