"""A form drawn from an edition: its fields, its consents, what was typed, and a sentence beside each fault. Faces share it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict
from django.utils.translation import gettext

from camket.duties.intake import rules
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import ADVISE, EMAIL, FULL_NAME, PHONE, PurposeId
from camket.web.kit.faults import error_sentence

SURE = "sure"  # brings back the mail domain that was asked about, so that it is asked about once
_BESIDE = frozenset({"channel", "said_on"})  # what a colleague's sheet has beside the edition's fields
_DAMAGED = "\ufffd"
_SAID_OF_FILES = frozenset({"files_cut_short", "no_room_for_files"})  # faults whose sentence says what to do about the files
_TYPES = {"email": "email", "phone": "tel", "file": "file"}
_COMPLETES = {FULL_NAME: "name", EMAIL: "email", PHONE: "tel", "address": "street-address"}
_SPEAKS_TO_SOMEBODY = re.compile(r"\byou(?:r|rs)?\b", re.IGNORECASE)  # English turns whole sentences, where Vietnamese changes one word
_MODES = {"email": "email", "phone": "tel"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the page."""

    name: str
    id: str
    label: str
    why: str
    hint: str
    type: str
    autocomplete: str
    inputmode: str
    max_length: int
    required: bool
    must: bool  # whether it is marked as such: also where it is required only with the tick of a further purpose
    value: str = field(repr=False)
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Fields under one heading; `purpose` where they belong to a further purpose."""

    legend: str
    why: str
    purpose: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One tick box with its wording, in the language it is put to the person in."""

    purpose: str
    id: str
    label: str
    wording: str
    required: bool
    checked: bool
    error: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What was sent, to be shown again beside the faults."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    consents: frozenset[str] = frozenset()
    product: str = ""
    sure: str = ""
    has_files: bool = False  # a browser shows none that were chosen before: they have to be chosen again
    errors: Sequence[rules.FieldError] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a page asks by an edition: the shape of the form, the language of the page, and what was typed before."""

    policy: CompiledPolicy
    shape: rules.FormShape
    language: str
    typed: Typed
    # by the code of a fault, where a page says it in other words; `%(hint)s` stands for what the fault names
    sentences: Mapping[str, str] = field(default_factory=dict)

    def groups(self, *, legend: str, further: str, is_own: bool = True) -> tuple[Group, ...]:
        """
        Return the fields under their headings: the inquiry's own first, then those of each further purpose.

        Args:
            legend: The heading of the first.
            further: The sentence above the fields of a further purpose, with `%(purpose)s`.
            is_own: Whether people fill in their own details, so that the browser may offer what it knows of them.
        """
        language, policy = self.language, self.policy
        fields = {one.rule.name: self._field(one, is_own=is_own) for one in self.shape.fields}
        others = [one for one in self.shape.fields if ADVISE not in one.purposes]
        own = tuple(fields[one.rule.name] for one in self.shape.fields if ADVISE in one.purposes)
        groups = [Group(legend=legend, why="", purpose="", fields=own)]
        for purpose in dict.fromkeys(one.purposes[0] for one in others):
            mine = tuple(fields[one.rule.name] for one in others if one.purposes[0] == purpose)
            label = policy.label("purpose", purpose, language)
            groups.append(Group(legend=label, why=further % {"purpose": label}, purpose=purpose, fields=mine))
        return tuple(groups)

    def file(self) -> Field | None:
        """Return the field that files are given for, or None where the edition lets nobody give any here."""
        return self._field(self.shape.file, is_own=True) if self.shape.file else None

    def errors_of(self, name: str) -> tuple[str, ...]:
        """
        Return every sentence about one field, for one that can be wrong in more ways than one.

        Args:
            name: The field's.
        """
        return tuple(self._sentence(error) for error in self.typed.errors if error.field == name)

    def consents(self, *, wording: str) -> tuple[Consent, ...]:
        """
        Return a tick box for each purpose that rests on consent.

        Args:
            wording: The language in which the person reads or hears what they agree to.
        """
        return tuple(self._consent(purpose, wording) for purpose in self.shape.consents)

    def summary(self) -> tuple[tuple[str, str], ...]:
        """Return what is wrong in the order of the form, with the anchor that leads to it; what is wrong with one field in one line."""
        lines: dict[tuple[int, str, str], list[str]] = {}
        for error in self.typed.errors:
            is_field = error.field in self.policy.fields
            anchor = f"c-{ADVISE}" if error.field == "consents" else f"f-{error.field}" if is_field or error.field in _BESIDE else "main"
            label = self.policy.label("field", error.field, self.language) + ": " if is_field else ""
            lines.setdefault((self._place(error.field), anchor, label), []).append(self._sentence(error))
        ordered = sorted(lines.items(), key=lambda line: line[0][0])
        return tuple((anchor, label + text) for (_, anchor, label), texts in ordered for text in ([" ".join(texts)] if label else texts))

    def _place(self, name: str) -> int:
        """How far down the page something is asked: one's own details, what one agrees to, what serves a further purpose, and files."""
        own = [one.rule.name for one in self.shape.fields if ADVISE in one.purposes]
        further = [one.rule.name for one in self.shape.fields if ADVISE not in one.purposes]
        asked = [*own, "product", "consents", *further, *([self.shape.file.rule.name] if self.shape.file else [])]
        return asked.index(name) + 1 if name in asked else 0  # of the form as a whole

    def one_of(self, sentence: str) -> str:
        """
        Return the sentence about fields of which one is enough, or nothing where the edition has none.

        Args:
            sentence: With `%(fields)s`.
        """
        group = next((one.one_of for one in self.shape.fields if one.one_of), ())
        if not group:
            return ""
        names = [self.policy.label("field", name, self.language).lower() for name in group]
        return sentence % {"fields": gettext(" or ").join(names)}

    def _sentence(self, error: rules.FieldError) -> str:
        own = self.sentences.get(error.code)
        if own is None:
            return error_sentence(error, self.policy, self.language)
        is_purpose = error.hint in self.policy.purposes
        return own % {"hint": self.policy.label("purpose", error.hint, self.language) if is_purpose else error.hint}

    def _errors(self) -> dict[str, str]:
        return {error.field: self._sentence(error) for error in reversed(self.typed.errors)}

    def _field(self, one: rules.FormField, *, is_own: bool) -> Field:
        name = one.rule.name
        words = (self.policy.words.get(self.language) or self.policy.words[self.policy.authoritative]).of("field", name)
        return Field(
            name=name,
            id=f"f-{name}",
            label=getattr(words, "label", name),
            why=_told(getattr(words, "why", ""), is_own=is_own),
            hint=_told(getattr(words, "hint", ""), is_own=is_own),
            type="textarea" if one.rule.multiline else _TYPES.get(one.rule.kind, "text"),
            # "off" also forbids the browser to give a text back to its author who returns to the page
            autocomplete=_COMPLETES.get(name, "" if one.rule.multiline else "off") if is_own else "off",
            inputmode=_MODES.get(one.rule.kind, ""),
            max_length=one.rule.max_length,
            required=one.is_required and ADVISE in one.purposes,
            must=one.is_required,
            value=self.typed.values.get(name, ""),
            error=self._errors().get(name, ""),
        )

    def _consent(self, purpose: PurposeId, wording: str) -> Consent:
        is_own = purpose == ADVISE
        return Consent(
            purpose=purpose,
            id=f"c-{purpose}",
            label=self.policy.label("purpose", purpose, self.language),
            wording=self.policy.consent_wording(purpose, wording),
            required=is_own,
            checked=purpose in self.typed.consents,
            error=self._errors().get("consents", "") if is_own else "",
            clause=self.policy.purposes[purpose].clause,
        )


def _told(sentence: str, *, is_own: bool) -> str:
    """A sentence of the edition beside a field; where a colleague fills it in for somebody, it speaks of them, or is theirs to say."""
    if is_own:
        return sentence
    if _SPEAKS_TO_SOMEBODY.search(sentence):
        return gettext("You can say: “%(sentence)s”") % {"sentence": sentence}
    return sentence.replace("quý khách", "khách").replace("Quý khách", "Khách")


def read_form(sent: QueryDict, shape: rules.FormShape, *, known: frozenset[str], has_files: bool) -> tuple[Typed, list[rules.FieldError]]:
    """
    Return what a form brought beside files, and what is wrong with its shape.

    Args:
        sent: As it came.
        shape: What the edition asks.
        known: Names that the page has beside the edition's fields.
        has_files: Whether files came with it that it has no place for.
    """
    names, lists = shape.names(), dict(sent.lists())
    faults = []
    if has_files or set(lists) - names - known:
        faults.append(rules.FieldError(field="", code="unknown_field"))
    faults += [rules.FieldError(field=name, code="doubled") for name in lists if name != "consents" and len(lists[name]) > 1]
    values = {name: str(lists[name][-1]) for name in names if name in lists}
    faults += [rules.FieldError(field=name, code="bad_encoding") for name, text in values.items() if _DAMAGED in text]
    consents = frozenset(lists.get("consents", []))
    faults += rules.uncovered(shape, values, consents)
    doubtful = _doubtful_domain(values.get(EMAIL, ""))
    if doubtful and sent.get(SURE) != doubtful:
        faults.append(rules.FieldError(field=EMAIL, code="likely_typo", hint=rules.likely_domain(values[EMAIL])))
    shown = {str(name): text for name, text in values.items()}
    return Typed(values=shown, consents=consents, product=str(sent.get("product", ""))[:40], sure=doubtful), faults


def mistakes(shape: rules.FormShape, typed: Typed) -> list[rules.FieldError]:
    """
    Return what is wrong with what was typed.

    Args:
        shape: What the edition asks.
        typed: What was sent.
    """
    return rules.check(shape, typed.values, typed.consents)[1]


def with_faults(shape: rules.FormShape, typed: Typed, faults: Sequence[rules.FieldError]) -> Typed:
    """
    Return what was typed with everything that is wrong with it at once, each fault told once.

    Args:
        shape: What the edition asks.
        typed: What was sent.
        faults: Those already known, which come first.
    """
    seen = {(fault.field, fault.code) for fault in faults}
    return replace(typed, errors=[*faults, *(fault for fault in mistakes(shape, typed) if (fault.field, fault.code) not in seen)])


def with_files_gone(typed: Typed, shape: rules.FormShape) -> Typed:
    """
    Return what was typed, with a sentence that files have to be chosen again where some came, also those that nothing was wrong with.

    Args:
        typed: What was sent.
        shape: What the edition asks.
    """
    if not typed.has_files or shape.file is None or any(error.code in _SAID_OF_FILES for error in typed.errors):
        return typed
    return replace(typed, errors=[*typed.errors, rules.FieldError(field=shape.file.rule.name, code="choose_again")])


def _doubtful_domain(address: str) -> str:
    """The mail domain that was typed, where it is one that people type when they mean another."""
    return address.strip().rpartition("@")[2].casefold() if rules.likely_domain(address.strip()) else ""
