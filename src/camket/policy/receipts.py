"""A receipt for a consent, as its holder keeps it: what was agreed to, when and how, in the terms of ISO/IEC TS 27560 and the W3C's DPV."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import PurposeId

SCHEMA = "ISO/IEC TS 27560:2023"
CONTEXT: Mapping[str, object] = {
    "@vocab": "urn:camket:terms:",
    "dpv": "https://w3id.org/dpv#",
    "dcterms": "http://purl.org/dc/terms/",
    "at": {"@id": "dcterms:date", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that a person said of a purpose: yes, or no longer."""

    id: UUID
    is_given: bool
    at: datetime
    channel: str


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
    contact: str  # the controller's e-mail address, or nothing
    said: tuple[Said, ...]
    journaled: Mapping[str, object]  # what the journal's line about the last word says: its facts, act and instant


def receipt(agreed: Agreed) -> dict[str, Any]:
    """
    Return a receipt as a JSON-LD document of plain values, with no word about the person: their id is one that only this house can read.

    Args:
        agreed: What it tells; its last word decides the state.

    Source: ISO/IEC TS 27560:2023 (headings record, notice, processing, party, event); W3C DPV 2.
    """
    policy, newest = agreed.policy, agreed.said[-1]
    return {
        "@context": dict(CONTEXT),
        "@type": "dpv:ConsentRecord",
        "dcterms:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
        "record": {"schema_version": SCHEMA, "record_id": str(newest.id), "pii_principal_id": str(agreed.subject), "reference": agreed.reference},
        "notice": {
            "@type": "dpv:ConsentNotice",
            "policy": agreed.policy_address,
            "edition": int(policy.number),
            "edition_hash": agreed.edition_hash,
            "language": agreed.language,
            "wording_hash": agreed.wording_hash,
            **_wording(agreed),
        },
        "processing": _processing(agreed),
        "party": {"@type": "dpv:DataController", "name": policy.controller.name if policy.controller else "", "contact": agreed.contact},
        "event": [_event(one) for one in agreed.said],
        "said": dict(agreed.journaled),
    }


def _wording(agreed: Agreed) -> dict[str, str]:
    """The sentence agreed to; nothing where a translation has been corrected since, and its words are others now."""
    wording = agreed.policy.consent_wording(agreed.purpose, agreed.language)
    return {"wording": wording} if hashlib.sha256(wording.encode()).hexdigest() == agreed.wording_hash else {}


def _processing(agreed: Agreed) -> dict[str, Any]:
    policy, purpose = agreed.policy, agreed.purpose
    collections = policy.collections_for(purpose)
    retention = policy.kept_longest(purpose) if any(purpose in rule.purposes for rule in policy.retention.rules) else None
    recipients = sorted({str(recipient) for _, _, why, recipient in policy.table if why == purpose})
    return {
        "@type": "dpv:Purpose",
        "purpose": str(purpose),
        "label": policy.label("purpose", purpose, agreed.language),
        "clause": policy.purposes[purpose].clause if purpose in policy.purposes else "",
        "lawful_basis": "dpv:Consent",
        "pii_categories": sorted({str(name) for one in collections for name in one.fields}),
        "recipients": recipients,
        "jurisdiction": policy.regime,
        "storage_duration": {"after": str(retention.after), "keep": retention.keep.iso, "clause": retention.clause} if retention else None,
        "validity": "until it is taken back",
        "withdrawal": "the link of a letter, or an adviser",
    }


def _event(said: Said) -> dict[str, str]:
    return {
        "@type": "dpv:ConsentGiven" if said.is_given else "dpv:ConsentWithdrawn",
        "id": str(said.id),
        "at": said.at.astimezone(UTC).isoformat(),
        "channel": said.channel,
    }
