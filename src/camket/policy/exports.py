"""Writes the compiled policy as canonical JSON (RFC 8785) and reads it back; an edition's identity is a hash over it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import cast

import rfc8785

from camket.policy.compiled import AskKey, CompiledPolicy, Grants
from camket.policy.imports import FORMAT, ExportInvalid, read_policy
from camket.policy.retain import Period
from camket.policy.writing import normalised


def as_json(policy: CompiledPolicy) -> bytes:
    """
    Return the policy as canonical JSON: equal policies give equal bytes, whatever made them.

    Args:
        policy: Any compiled policy.

    Returns:
        UTF-8 bytes; `from_json` reads them back to an equal value.

    Source: RFC 8785.
    """
    return rfc8785.dumps(cast("dict[str, rfc8785._impl._Value]", _document(policy, policy.languages)))


def from_json(data: bytes) -> CompiledPolicy:
    """
    Return the policy that `as_json` wrote.

    Args:
        data: Canonical JSON of a compiled policy.

    Raises:
        ExportInvalid: The bytes are not JSON, not a policy, or not in the canonical form.
    """
    try:
        policy = read_policy(json.loads(data))
        is_canonical = as_json(policy) == data
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        raise ExportInvalid(f"this is no compiled policy: {type(problem).__name__}") from None
    if not is_canonical:
        raise ExportInvalid("this is no canonical form of a compiled policy")
    return policy


def edition_hash(text: str, policy: CompiledPolicy) -> str:
    """
    Return an edition's identity: a hash over the authoritative text and what it compiles to.

    Translations are left out, so that correcting one does not make another edition of it.

    Args:
        text: The whole file of the authoritative language.
        policy: What the edition compiled to.

    Returns:
        SHA-256 over RFC 8785, as 64 hexadecimal digits.
    """
    whole = {"text": normalised(text), "compiled": _document(policy, (policy.authoritative,))}
    return hashlib.sha256(rfc8785.dumps(cast("dict[str, rfc8785._impl._Value]", whole))).hexdigest()


def translation_hash(text: str) -> str:
    """
    Return the identity of a translation.

    Args:
        text: The whole file of one language.

    Returns:
        SHA-256 over the text in UTF-8 with line feeds, as 64 hexadecimal digits.
    """
    return hashlib.sha256(normalised(text).encode()).hexdigest()


def plain(value: object) -> object:
    """
    Return a rule as plain values. Sets are sorted, because they have no order of their own; lists keep theirs, because it is the order of the text.

    Args:
        value: A rule of a compiled policy, or a part of one.
    """
    if isinstance(value, Period):
        return value.iso
    if is_dataclass(value):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, frozenset):
        return sorted(str(one) for one in value)
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | int):
        return value
    return [plain(one) for one in cast("Iterable[object]", value)]


def _document(policy: CompiledPolicy, languages: tuple[str, ...]) -> dict[str, object]:
    return {
        "format": FORMAT,
        "number": policy.number,
        "slug": policy.slug,
        "authoritative": policy.authoritative,
        "languages": list(languages),
        "timezone": policy.timezone,
        "regime": policy.regime,
        "fields": plain(policy.fields.values()),
        "purposes": plain(policy.purposes.values()),
        "collections": plain(policy.collections.values()),
        "recipients": plain(policy.recipients.values()),
        "retention": plain(policy.retention.rules),
        "rights": plain(policy.rights.values()),
        "violations": plain(policy.violations.values()),
        "measures": plain(policy.measures),
        "controller": plain(policy.controller),
        "safeguards": plain(policy.safeguards.values()),
        "change": plain(policy.change),
        **(
            {"statements": plain(policy.statements.values())} if policy.statements else {}
        ),  # an edition that says nothing of the kind has no such key
        "words": {language: _words(policy, language) for language in languages},
        "table": _rows(policy.table),
        "overruled": _rows(policy.overruled),
        "prohibitions": plain(policy.prohibitions),
    }


def _rows(rows: Mapping[AskKey, Grants]) -> list[object]:
    return [[*(str(part) for part in key), {name: plain(grant) for name, grant in rows[key].items()}] for key in sorted(rows)]


def _words(policy: CompiledPolicy, language: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for (kind, thing), wording in policy.words[language].entries.items():
        found.setdefault(kind, {})[thing] = plain(wording)
    return found
