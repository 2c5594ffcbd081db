"""The contact form as a page shows it: drawn from the edition, with what was typed and a sentence beside each fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import gettext, ngettext

from camket.duties.catalogue.queries import ProductRow
from camket.duties.intake import rules
from camket.policy.compiled import CompiledPolicy, RightId
from camket.policy.retain import Period
from camket.policy.terms import CONTROLLER, VISITOR, PurposeId
from camket.web.kit.faults import error_sentence
from camket.web.kit.words import within_sentence
from camket.web.site.tokens import DIFFICULTY_BITS

HONEYPOT = "website"
SURE = "sure"  # brings back the mail domain that was asked about, so that it is asked about once
KNOWN = frozenset({"token", "work", "product", "consents", HONEYPOT, SURE})
_TYPES = {"email": "email", "phone": "tel"}
_COMPLETES = {"full_name": "name", "email": "email", "phone": "tel", "address": "street-address"}
_MODES = {"email": "email", "phone": "tel"}
_TOLD_RIGHTS = frozenset({RightId.VIEW, RightId.CORRECT, RightId.COPY, RightId.ERASE, RightId.WITHDRAW, RightId.COMPLAIN})


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
    """One tick box with its wording."""

    purpose: str
    id: str
    label: str
    wording: str
    required: bool
    checked: bool
    error: str
    clause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem:
    """One line of the notice of collection."""

    term: str
    text: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactForm:
    """Everything the contact page shows."""

    action: str
    token: str = field(repr=False)
    difficulty: int
    summary_errors: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    one_of: str
    products: tuple[tuple[str, str, bool], ...]
    consents: tuple[Consent, ...]
    honeypot: str
    sure: str
    notice: tuple[NoticeItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the visitor sent, to be shown again beside the faults."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    consents: frozenset[str] = frozenset()
    product: str = ""
    sure: str = ""
    errors: Sequence[rules.FieldError] = ()


def build_form(policy: CompiledPolicy, *, language: str, token: str, products: Sequence[ProductRow], typed: Typed) -> ContactForm:
    """
    Return the form as the page shows it.

    Args:
        policy: The edition in force.
        language: `vi` or `en`.
        token: The form's token.
        products: What may be asked about.
        typed: What was sent before, with its faults; empty at first.
    """
    shape = rules.form_shape(policy, role=VISITOR)
    words = policy.words.get(language) or policy.words[policy.authoritative]
    errors = {error.field: error_sentence(error, policy, language) for error in reversed(typed.errors)}
    fields = {one.rule.name: _field(one, words.of("field", one.rule.name), typed, errors) for one in shape.fields}
    own = tuple(fields[one.rule.name] for one in shape.fields if rules.ADVISE in one.purposes)
    further = [one for one in shape.fields if rules.ADVISE not in one.purposes]
    groups = [Group(legend=gettext("Your details"), why="", purpose="", fields=own)]
    for purpose in dict.fromkeys(one.purposes[0] for one in further):
        mine = tuple(fields[one.rule.name] for one in further if one.purposes[0] == purpose)
        why = gettext("Fill this in only if you tick “%(purpose)s” above.") % {"purpose": policy.label("purpose", purpose, language)}
        groups.append(Group(legend=policy.label("purpose", purpose, language), why=why, purpose=purpose, fields=mine))
    return ContactForm(
        action="",
        token=token,
        difficulty=DIFFICULTY_BITS,
        summary_errors=_summary(typed.errors, policy, language),
        groups=tuple(groups),
        one_of=_one_of(shape, policy, language),
        products=tuple((product.slug, product.name, product.slug == typed.product) for product in products),
        consents=tuple(_consent(purpose, policy, language, typed, errors) for purpose in shape.consents),
        honeypot=HONEYPOT,
        sure=typed.sure,
        notice=notice_of_collection(policy, language),
    )


def _field(one: rules.FormField, words: object, typed: Typed, errors: Mapping[str, str]) -> Field:
    name = one.rule.name
    return Field(
        name=name,
        id=f"f-{name}",
        label=getattr(words, "label", name),
        why=getattr(words, "why", ""),
        hint=getattr(words, "hint", ""),
        type="textarea" if one.rule.multiline else _TYPES.get(one.rule.kind, "text"),
        autocomplete=_COMPLETES.get(name, "off"),
        inputmode=_MODES.get(one.rule.kind, ""),
        max_length=one.rule.max_length,
        required=one.is_required and rules.ADVISE in one.purposes,
        value=typed.values.get(name, ""),
        error=errors.get(name, ""),
    )


def _consent(purpose: PurposeId, policy: CompiledPolicy, language: str, typed: Typed, errors: Mapping[str, str]) -> Consent:
    is_own = purpose == rules.ADVISE
    return Consent(
        purpose=purpose,
        id=f"c-{purpose}",
        label=policy.label("purpose", purpose, language),
        wording=policy.consent_wording(purpose, language),
        required=is_own,
        checked=purpose in typed.consents,
        error=errors.get("consents", "") if is_own else "",
        clause=policy.purposes[purpose].clause,
    )


def _summary(errors: Sequence[rules.FieldError], policy: CompiledPolicy, language: str) -> tuple[tuple[str, str], ...]:
    lines = []
    for error in errors:
        anchor = f"c-{rules.ADVISE}" if error.field == "consents" else f"f-{error.field}" if error.field in policy.fields else "main"
        label = policy.label("field", error.field, language) + ": " if error.field in policy.fields else ""
        lines.append((anchor, label + error_sentence(error, policy, language)))
    return tuple(lines)


def _one_of(shape: rules.FormShape, policy: CompiledPolicy, language: str) -> str:
    group = next((one.one_of for one in shape.fields if one.one_of), ())
    if not group:
        return ""
    names = [policy.label("field", name, language).lower() for name in group]
    return gettext("One of these is enough: %(fields)s.") % {"fields": gettext(" or ").join(names)}


def period_words(period: Period) -> str:
    """Return a retention period in words of the active language."""
    parts = [
        (period.years, ngettext("%(n)d year", "%(n)d years", period.years)),
        (period.months, ngettext("%(n)d month", "%(n)d months", period.months)),
        (period.weeks, ngettext("%(n)d week", "%(n)d weeks", period.weeks)),
        (period.days, ngettext("%(n)d day", "%(n)d days", period.days)),
    ]
    return " ".join(text % {"n": number} for number, text in parts if number)


def notice_of_collection(policy: CompiledPolicy, language: str) -> tuple[NoticeItem, ...]:
    """
    Return the notice that stands before the button, told from the edition, each line with the clauses it comes from.

    Args:
        policy: The edition in force.
        language: `vi` or `en`.

    Source: Law 91/2025 art. 9.2; Decree 248/2026 art. 5.
    """
    items = []
    if policy.controller:
        email = settings.CAMKET_CONTROLLER_EMAIL
        missing = gettext("Our e-mail address is not published yet; please use the contact page.")
        who = f"{policy.controller.name}, {policy.controller.address}" + (f", {email}" if email else f". {missing}")
        items.append(NoticeItem(term=gettext("Who collects it"), text=who, clauses=(policy.controller.clause,)))
    purpose = policy.purposes[rules.ADVISE]
    items.append(NoticeItem(term=gettext("What for"), text=gettext("Only what you tick above, and nothing else."), clauses=(purpose.clause,)))
    items.append(_kept(policy, language))
    items.append(_recipients(policy, language))
    items.append(_rights(policy))
    return tuple(items)


def _kept(policy: CompiledPolicy, language: str) -> NoticeItem:
    """How long what serves the answer is kept, and what serves a further purpose where its period is another."""
    own = policy.retention.rule_for(rules.ADVISE, None)
    sentences = [gettext("While your inquiry is open and %(period)s after; then it is erased.") % {"period": period_words(own.keep)}]
    clauses = [own.clause]
    for purpose in rules.form_shape(policy, role=VISITOR).consents:
        rule = policy.retention.rule_for(purpose, None)
        if rule.keep != own.keep:
            facts = {"purpose": policy.label("purpose", purpose, language), "period": period_words(rule.keep)}
            sentences.append(gettext("For “%(purpose)s”: %(period)s after.") % facts)
            clauses.append(rule.clause)
    return NoticeItem(term=gettext("How long"), text=" ".join(sentences), clauses=tuple(clauses))


def _recipients(policy: CompiledPolicy, language: str) -> NoticeItem:
    others = [rule for id, rule in policy.recipients.items() if id != CONTROLLER]
    names = ", ".join(within_sentence(policy.label("recipient", rule.id, language)) for rule in others)
    text = gettext("Those of us who answer you. Besides: %(names)s, each only as far as the policy says.") % {"names": names}
    return NoticeItem(term=gettext("Who may see it"), text=text, clauses=tuple(dict.fromkeys(rule.clause for rule in others)))


def _rights(policy: CompiledPolicy) -> NoticeItem:
    clauses = tuple(dict.fromkeys(rule.clause for id, rule in policy.rights.items() if id in _TOLD_RIGHTS))
    text = gettext("You may see it, have it corrected, copied or erased, withdraw your consent at any time, and complain.")
    return NoticeItem(term=gettext("Your rights"), text=text, clauses=clauses)
