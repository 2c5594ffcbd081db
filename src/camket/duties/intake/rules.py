"""What an inquiry must look like, told from the edition: its fields, its purposes, what is missing and what is wrong."""

import dataclasses
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from camket.policy.compiled import CollectionRule, CompiledPolicy, FieldKind, FieldRule
from camket.policy.files import FileKind, kept_name, kind_of
from camket.policy.terms import ADVISE, CollectionId, FieldName, LegalBasis, PurposeId, RoleId
from camket.policy.values import BadValue, clean

DUTY = "intake"
LATE_AFTER = timedelta(hours=24)
MOST_AT_ONCE = 50  # inquiries in one act of the desk: a page of the inbox
SPOKEN = ("phone", "in_person")  # the channels by which a colleague takes down what somebody says
CHANNELS = ("form", "api", *SPOKEN)  # all by which an inquiry comes
TAKEN_BACK_BY = (*SPOKEN, "mail", "post")  # how somebody tells a colleague that they no longer agree
# How long ago a yes may have been said that is taken down today: as long as the text gives us to do all that follows from a no (9.9). Whoever
# waited longer with it on a slip of paper reads the wording out and asks once more.
TAKEN_DOWN_WITHIN = timedelta(days=15)
# How much later an inquiry is shown and acknowledged that came without proof of work, or quicker than a person fills in a form.
SLOW_LANE = timedelta(minutes=2)
SLOWER_LANE = timedelta(minutes=30)
# Without proof of work, in an hour, from one network prefix: behind it may be one household, a whole office, or a thousand phones of one
# carrier. So there is a longer delay before there is a wall, and the wall stands where no office with scripts switched off comes to: an
# inquiry a minute, for an hour. What climbs to it has cost a desk at most sixty rows, half an hour after they came.
SLOW_PER_PREFIX = 6
MOST_PER_PREFIX = 60
# Files of one inquiry: enough for a contract, a few photographs and a log; decision 25 says why no more.
MEGABYTE = 1024 * 1024
MOST_FILES = 3
MOST_FILE_BYTES = 5 * MEGABYTE  # of one
MOST_BYTES_OF_FILES = 8 * MEGABYTE  # of all that come with one inquiry
MOST_MEGABYTES_PER_PREFIX = 100  # in an hour, from one network prefix, with proof of work and without: some fifty photographs
# letters that people swap or drop in the mail domains they type most
_TYPOS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.co": "gmail.com",
    "gamil.com": "gmail.com",
    "gnail.com": "gmail.com",
    "gmail.com.vn": "gmail.com",
    "yaho.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "yahoo.co": "yahoo.com",
    "hotmial.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "outlok.com": "outlook.com",
    "outlook.con": "outlook.com",
}
# what may stand in a text that answers begin with, filled in on the page of the inquiry from what is opened there
TEXT_PLACES = frozenset({"name", "reference", "product", "adviser"})
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_REFERENCE = re.compile(r"CK-[0-9A-Z]{4}-[0-9A-Z]{4}")
_MOST_BYTES_OF_A_CHARACTER = 12  # %F0%9F%98%80; in JSON \ud83d\ude00 is as long
_BYTES_BESIDE_FIELDS = 8 * 1024  # names, consents, the form's own token


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """
    What is wrong with one field, as a code; `field` is empty where it is the whole form. `hint` is never the value itself; `name` is what its
    sender calls the file that it is about, for nobody but them.
    """

    field: str
    code: str
    limit: int = 0
    hint: str = ""
    name: str = dataclasses.field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field that the edition lets a visitor give."""

    rule: FieldRule
    purposes: tuple[PurposeId, ...]
    is_required: bool
    one_of: tuple[FieldName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FormShape:
    """
    The contact form as the edition draws it: the fields for the inquiry itself, and those of each further purpose; and apart from them the one
    that files are given for, where it lets this role give any. A door that takes no files passes over it.
    """

    fields: tuple[FormField, ...]
    consents: tuple[PurposeId, ...]
    file: FormField | None = None

    def names(self) -> frozenset[FieldName]:
        """Return the names of all fields that are filled in with text."""
        return frozenset(field.rule.name for field in self.fields)


def form_shape(policy: CompiledPolicy, *, role: RoleId) -> FormShape:
    """
    Return what the edition lets this role give, and what each purpose asks for.

    Args:
        policy: The edition in force.
        role: `visitor`, or `adviser` where somebody tells us by phone.

    Source: policy §1 (1.8, 1.9).
    """
    # purposes that rest on no consent are no choice, and so no part of a form
    purposes = [id for id, rule in policy.purposes.items() if rule.basis is LegalBasis.CONSENT and policy.collectable(role, id)]
    ordered = sorted(purposes, key=lambda purpose: purpose != ADVISE)
    names: dict[FieldName, list[PurposeId]] = {}
    for purpose in ordered:
        for name in policy.fields:
            if name in policy.collectable(role, purpose):
                names.setdefault(name, []).append(purpose)
    drawn = [_form_field(policy, name, tuple(found)) for name, found in names.items()]
    fields = tuple(one for one in drawn if one.rule.kind is not FieldKind.FILE)
    return FormShape(fields=fields, consents=tuple(ordered), file=_file_field(policy, drawn))


def _file_field(policy: CompiledPolicy, drawn: Sequence[FormField]) -> FormField | None:
    """The first field for files that the edition keeps for the inquiry itself: files come with what somebody asks, not with a further purpose."""
    given = (one for one in drawn if one.rule.kind is FieldKind.FILE and ADVISE in one.purposes)
    return next((one for one in given if collection_of(policy, one.rule.name, ADVISE) is not None), None)


def _form_field(policy: CompiledPolicy, name: FieldName, purposes: tuple[PurposeId, ...]) -> FormField:
    collection = collection_of(policy, name, purposes[0])
    groups = [group for group in collection.one_of if name in group] if collection else []
    required = collection is not None and name in collection.required
    return FormField(rule=policy.fields[name], purposes=purposes, is_required=required, one_of=groups[0] if groups else ())


def collection_of(policy: CompiledPolicy, name: FieldName, purpose: PurposeId) -> CollectionRule | None:
    """
    Return the first collection of the edition that holds this field for this purpose, or None.

    Args:
        policy: The edition.
        name: The field.
        purpose: What it is kept for.
    """
    return next((rule for rule in policy.collections_for(purpose) if name in rule.fields), None)


def is_asked(policy: CompiledPolicy, purpose: PurposeId) -> bool:
    """
    Return whether an edition asks for consent to a purpose at all.

    Args:
        policy: The edition.
        purpose: One of its purposes; of another it asks for nothing.
    """
    rule = policy.purposes.get(purpose)
    return rule is not None and rule.basis is LegalBasis.CONSENT


def check(shape: FormShape, values: Mapping[str, str], consents: Collection[str]) -> tuple[dict[FieldName, str], list[FieldError]]:
    """
    Return the cleaned values and everything that is wrong, all at once.

    Fields that the edition names but does not cover for the purposes agreed to are left for the gate to refuse.

    Args:
        shape: From `form_shape`.
        values: As typed, by field name.
        consents: Purposes agreed to.

    Source: policy §1 (1.3, 1.4, 1.5); Law 91/2025 art. 3.2, 9.
    """
    cleaned: dict[FieldName, str] = {}
    errors: list[FieldError] = []
    for field in shape.fields:
        rule = field.rule
        try:
            cleaned[rule.name] = clean(rule.kind, values.get(rule.name, ""), max_length=rule.max_length, is_multiline=rule.multiline)
        except BadValue as bad:
            cleaned[rule.name] = ""
            errors.append(FieldError(field=rule.name, code=bad.code, limit=rule.max_length))
    errors += _missing(shape, cleaned, consents, {error.field for error in errors})
    errors += _consent_errors(shape, consents)
    return {name: text for name, text in cleaned.items() if text}, errors


def _missing(shape: FormShape, cleaned: Mapping[FieldName, str], consents: Collection[str], faulty: Collection[str]) -> list[FieldError]:
    errors = []
    told: set[tuple[FieldName, ...]] = set()
    for field in shape.fields:
        name, is_asked = field.rule.name, any(purpose in consents for purpose in field.purposes) or ADVISE in field.purposes
        if not is_asked or name in faulty:
            continue
        if field.is_required and not cleaned[name]:
            errors.append(FieldError(field=name, code="required"))
        if field.one_of and field.one_of not in told and not any(cleaned.get(other) or other in faulty for other in field.one_of):
            told.add(field.one_of)
            errors.append(FieldError(field=name, code="one_of"))
    return errors


def _consent_errors(shape: FormShape, consents: Collection[str]) -> list[FieldError]:
    unknown = [FieldError(field="consents", code="unknown_consent") for purpose in consents if purpose not in shape.consents]
    missing = [FieldError(field="consents", code="consent_required")] if ADVISE in shape.consents and ADVISE not in consents else []
    return unknown + missing


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file as it came: what its sender calls it, and what is in it; nothing, where it is longer than any that is taken."""

    name: str = dataclasses.field(repr=False)
    content: bytes = dataclasses.field(repr=False)
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenFile:
    """A file that can be kept: the name it will have, what it really is, and what is in it."""

    name: str = dataclasses.field(repr=False)
    kind: FileKind
    content: bytes = dataclasses.field(repr=False)


def check_files(shape: FormShape, sent: Sequence[SentFile]) -> tuple[tuple[TakenFile, ...], list[FieldError]]:
    """
    Return the files as they can be kept and everything that is wrong with them, all at once.

    Args:
        shape: From `form_shape`.
        sent: In the order in which they came.

    Source: policy §1 (1.2).
    """
    if shape.file is None:
        return (), [FieldError(field="", code="unknown_field")] if sent else []
    rule = shape.file.rule
    if not sent:
        return (), [FieldError(field=rule.name, code="required")] if shape.file.is_required else []
    if len(sent) > MOST_FILES:
        return (), [FieldError(field=rule.name, code="too_many_files", limit=MOST_FILES)]
    large = [FieldError(field=rule.name, code="file_too_large", limit=MOST_FILE_BYTES // MEGABYTE, name=one.name) for one in sent if _is_large(one)]
    if not large and sum(one.size for one in sent) > MOST_BYTES_OF_FILES:
        large = [FieldError(field=rule.name, code="files_too_large", limit=MOST_BYTES_OF_FILES // MEGABYTE)]
    kinds = [(one, kind_of(one.content, name=one.name)) for one in sent if one.content or not one.size]
    taken = (
        TakenFile(name=kept_name(one.name, kind=kind, max_length=rule.max_length), kind=kind, content=one.content) for one, kind in kinds if kind
    )
    wrong = [
        FieldError(field=rule.name, code="file_kind" if one.size else "file_empty", name=one.name)
        for one, kind in kinds
        if kind is None or not one.size
    ]
    return tuple(taken), [*large, *wrong]


def _is_large(one: SentFile) -> bool:
    return one.size > MOST_FILE_BYTES


def megabytes_of(files: Iterable[SentFile]) -> int:
    """Return how many megabytes some files have together, each begun one counted whole."""
    return -(-sum(one.size for one in files) // MEGABYTE)


def not_taken(shape: FormShape, names: Iterable[str]) -> list[FieldError]:
    """
    Return a fault for each text that the form has no place for: the edition may name its field for others, for files, or for later.

    Args:
        shape: From `form_shape`.
        names: What was given.

    Source: policy §1 (1.9).
    """
    known = shape.names()
    return [FieldError(field=name[:40], code="unknown_field") for name in names if name not in known]


def largest_form(shape: FormShape) -> int:
    """
    Return how many bytes a browser may need to send the form with every field full: twelve for a character outside the basic plane.

    Args:
        shape: From `form_shape`.

    Source: WHATWG URL §5.2 (application/x-www-form-urlencoded).
    """
    return _BYTES_BESIDE_FIELDS + _MOST_BYTES_OF_A_CHARACTER * sum(field.rule.max_length for field in shape.fields)


def uncovered(shape: FormShape, values: Mapping[FieldName, str], consents: Collection[str]) -> list[FieldError]:
    """
    Return the given fields that serve only purposes not agreed to, for a form to explain before the gate refuses.

    Args:
        shape: The form of the edition in force.
        values: What was given, by field; an empty text is nothing.
        consents: The purposes agreed to.
    """
    return [
        FieldError(field=field.rule.name, code="not_for_this", hint=field.purposes[0])
        for field in shape.fields
        if values.get(field.rule.name) and ADVISE not in field.purposes and not any(purpose in consents for purpose in field.purposes)
    ]


def is_reference(text: str) -> bool:
    """
    Return whether a text has the shape of an inquiry's public name: whatever else is typed could be a person's.

    Args:
        text: As it was typed.
    """
    return _REFERENCE.fullmatch(text) is not None


def places_in(text: str) -> tuple[str, ...]:
    """
    Return what stands in braces in a text, in its order and each once, whether it is one of `TEXT_PLACES` or not.

    Args:
        text: That answers begin with, or an answer.
    """
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def canned_hash(*, language: str, title: str, body: str) -> str:
    """
    Return what identifies a text that answers begin with to whoever reads it before they change it: SHA-256 in hex.

    Args:
        language: As it is kept.
        title: As it is kept.
        body: As it is kept.
    """
    return hashlib.sha256(json.dumps([language, title, body]).encode()).hexdigest()


def likely_domain(address: str) -> str:
    """Return the mail domain that was probably meant where a well-known one is misspelt, or nothing."""
    return _TYPOS.get(address.rpartition("@")[2].casefold(), "")


def parcels(
    policy: CompiledPolicy, given: Collection[FieldName], consents: Collection[str], *, role: RoleId
) -> dict[PurposeId, frozenset[FieldName]]:
    """
    Return which fields are collected for which purpose: the inquiry's own first, then each further purpose agreed to.

    A field that no agreed purpose covers stays with the inquiry's own purpose, so that the gate can refuse it with its reason.

    Args:
        policy: The edition in force.
        given: The names of the fields given.
        consents: Purposes agreed to.
        role: Who gives them.

    Source: policy §1 (1.5, 1.6, 1.8).
    """
    own = policy.collectable(role, ADVISE)
    split: dict[PurposeId, frozenset[FieldName]] = {ADVISE: frozenset(given) & own}
    left = frozenset(given) - own
    for purpose in policy.purposes:
        if purpose != ADVISE and purpose in consents:
            covered = policy.collectable(role, purpose) & frozenset(given)
            split[purpose] = covered
            left -= covered
    split[ADVISE] |= left
    return split


def by_collection(
    policy: CompiledPolicy, purpose: PurposeId, names: Collection[FieldName], values: Mapping[FieldName, str]
) -> dict[CollectionId, dict[FieldName, str]]:
    """
    Return the values sorted into the collections that hold them for a purpose, in the order of the text.

    Args:
        policy: The edition they are kept under.
        purpose: What they are kept for.
        names: The fields to be kept for it; each goes into the first collection that holds it.
        values: Cleaned, by field; at least those of `names` that a collection holds.
    """
    sorted_values: dict[CollectionId, dict[FieldName, str]] = {}
    for rule in policy.collections_for(purpose):
        for name in rule.fields:
            if name in names and not any(name in given for given in sorted_values.values()):
                sorted_values.setdefault(rule.id, {})[name] = values[name]
    return sorted_values
