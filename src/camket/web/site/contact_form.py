"""The contact form as a page shows it: drawn from the edition, with what was typed and a sentence beside each fault."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.utils.translation import gettext, gettext_noop

from camket.duties.catalogue.queries import ProductRow
from camket.duties.intake import rules
from camket.policy.changes import together
from camket.policy.compiled import CompiledPolicy, FieldKind, RightId
from camket.policy.files import ENDINGS
from camket.policy.terms import ADVISE, CONTROLLER, VISITOR
from camket.web.kit.edition_form import SURE, Asking, Consent, Field, Group, Typed
from camket.web.kit.policy_labels import period_words
from camket.web.kit.words import within_sentence
from camket.web.site.tokens import DIFFICULTY_BITS
from camket.web.site.uploads import AT_THE_END

HONEYPOT = "website"
SWITCH = "switch"  # that the form is wanted in another language, and not sent
FILES_LEFT = "files"  # its value where files were chosen, which stay behind
KNOWN = frozenset({"token", "work", "product", "consents", HONEYPOT, SURE, AT_THE_END, SWITCH})
# what somebody may do by each right, as it goes on from "You may"; in the order in which the notice tells them
_RIGHTS: Final[Mapping[RightId, str]] = MappingProxyType(
    {
        RightId.VIEW: gettext_noop("see it"),
        RightId.CORRECT: gettext_noop("have it corrected"),
        RightId.COPY: gettext_noop("have a copy of it"),
        RightId.ERASE: gettext_noop("have it erased"),
        RightId.RESTRICT: gettext_noop("have its use restricted"),
        RightId.OBJECT: gettext_noop("object to its use"),
        RightId.WITHDRAW: gettext_noop("withdraw your consent at any time"),
        RightId.PROTECT: gettext_noop("have it protected"),
        RightId.COMPLAIN: gettext_noop("complain"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeItem:
    """One line of the notice of collection."""

    term: str
    text: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesField:
    """Where files are chosen: the field of the edition, what may be chosen, and what was wrong with what was."""

    drawn: Field
    errors: tuple[str, ...]
    accept: str
    most: int = rules.MOST_FILES
    most_bytes: int = rules.MOST_FILE_BYTES
    most_together: int = rules.MOST_BYTES_OF_FILES

    @property
    def limits(self) -> str:
        """How many, how large and of what kind, for somebody who has not chosen yet."""
        sentence = gettext("At most %(most)d files of up to %(each)d MB, together up to %(together)d MB: PDF, PNG, JPEG, WebP or plain text (UTF-8).")
        return sentence % {"most": self.most, "each": self.most_bytes // rules.MEGABYTE, "together": self.most_together // rules.MEGABYTE}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactForm:
    """Everything the contact page shows."""

    action: str
    token: str = field(repr=False)
    difficulty: int
    answered: str
    take_back: str
    summary_errors: tuple[tuple[str, str], ...]
    groups: tuple[Group, ...]
    one_of: str
    products: tuple[tuple[str, str, bool], ...]
    consents: tuple[Consent, ...]
    honeypot: str
    sure: str
    files: FilesField | None
    at_the_end: str
    notice: tuple[NoticeItem, ...]


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
    asking = Asking(policy=policy, shape=rules.form_shape(policy, role=VISITOR), language=language, typed=typed)
    return ContactForm(
        action="",
        token=token,
        difficulty=DIFFICULTY_BITS,
        answered=where_answered(policy),
        take_back=_take_back(policy),
        summary_errors=asking.summary(),
        groups=asking.groups(legend=gettext("Your details"), further=gettext("Fill this in only if you tick “%(purpose)s” above.")),
        one_of=asking.one_of(gettext("One of these is enough: %(fields)s.")),
        products=tuple((product.slug, product.name, product.slug == typed.product) for product in products),
        consents=asking.consents(wording=language),
        honeypot=HONEYPOT,
        sure=typed.sure,
        files=_files(asking),
        at_the_end=AT_THE_END,
        notice=notice_of_collection(policy, language),
    )


def where_answered(policy: CompiledPolicy) -> str:
    """
    Return where an answer goes, told from the fields that the edition has for it; nothing where it has none.

    Args:
        policy: The edition in force.
    """
    sentences = {
        frozenset({FieldKind.EMAIL, FieldKind.PHONE}): gettext("We answer at the e-mail address or phone number you leave."),
        frozenset({FieldKind.EMAIL}): gettext("We answer at the e-mail address you leave."),
        frozenset({FieldKind.PHONE}): gettext("We ring the number you leave."),
    }
    return sentences.get(_reached_by(policy), "")


def _reached_by(policy: CompiledPolicy) -> frozenset[FieldKind]:
    """By what somebody can be answered who fills in the form."""
    own = (one.rule.kind for one in rules.form_shape(policy, role=VISITOR).fields if ADVISE in one.purposes)
    return frozenset(own) & {FieldKind.EMAIL, FieldKind.PHONE}


def _take_back(policy: CompiledPolicy) -> str:
    """How a consent is taken back by whoever leaves what the form asks for."""
    by_letter = gettext("Every letter of ours has a link for taking it back, in a few seconds and without giving a reason.")
    sentences = {
        frozenset({FieldKind.EMAIL, FieldKind.PHONE}): f"{by_letter} " + gettext("If you left no e-mail address, tell the adviser who rings you."),
        frozenset({FieldKind.EMAIL}): by_letter,
        frozenset({FieldKind.PHONE}): gettext("To take it back, tell the adviser who rings you; no reason is needed."),
    }
    return sentences.get(_reached_by(policy), "")


def _files(asking: Asking) -> FilesField | None:
    drawn = asking.file()
    if drawn is None:
        return None
    accept = ",".join(ending for endings in ENDINGS.values() for ending in endings)
    return FilesField(drawn=drawn, errors=asking.errors_of(drawn.name), accept=accept)


def notice_of_collection(policy: CompiledPolicy, language: str) -> tuple[NoticeItem, ...]:
    """
    Return the notice that stands before the button, told from the edition, each line with the clauses it comes from.

    Args:
        policy: The edition in force.
        language: `vi` or `en`.

    Source: policy §5 (5.1, 5.2); Law 91/2025 art. 9.2; Decree 248/2026 art. 5.
    """
    items = []
    if policy.controller:
        email = settings.CAMKET_CONTROLLER_EMAIL
        missing = gettext("Our e-mail address is not published yet; please use the contact page.")
        who = f"{policy.controller.name}, {policy.controller.address}" + (f", {email}" if email else f". {missing}")
        items.append(NoticeItem(term=gettext("Who collects it"), text=who, clauses=(policy.controller.clause,)))
    purpose = policy.purposes[ADVISE]
    items.append(NoticeItem(term=gettext("What for"), text=gettext("Only what you tick above, and nothing else."), clauses=(purpose.clause,)))
    items.append(_kept(policy, language))
    items.append(_recipients(policy, language))
    if policy.rights:
        items.append(_rights(policy, language))
    return tuple(items)


def _kept(policy: CompiledPolicy, language: str) -> NoticeItem:
    """How long what serves the answer is kept, and what serves a further purpose where its period is another."""
    own = policy.kept_longest(ADVISE)
    sentences = [gettext("While your inquiry is open and %(period)s after; then it is erased.") % {"period": period_words(own.keep)}]
    clauses = [own.clause]
    for purpose in rules.form_shape(policy, role=VISITOR).consents:
        rule = policy.kept_longest(purpose)
        if rule.keep != own.keep:
            facts = {"purpose": policy.label("purpose", purpose, language), "period": period_words(rule.keep)}
            sentences.append(gettext("For “%(purpose)s”: %(period)s after.") % facts)
            clauses.append(rule.clause)
    return NoticeItem(term=gettext("How long"), text=" ".join(sentences), clauses=tuple(clauses))


def _recipients(policy: CompiledPolicy, language: str) -> NoticeItem:
    others = [rule for id, rule in policy.recipients.items() if id != CONTROLLER]
    names = ", ".join(within_sentence(policy.label("recipient", rule.id, language)) for rule in others)
    besides = gettext("Those of us who answer you. Also: %(names)s, each only as far as the policy says.") % {"names": names}
    text = besides if names else gettext("Those of us who answer you, and nobody else.")
    return NoticeItem(term=gettext("Who may see it"), text=text, clauses=tuple(dict.fromkeys(rule.clause for rule in others)))


def _rights(policy: CompiledPolicy, language: str) -> NoticeItem:
    granted = [policy.rights[id] for id in _RIGHTS if id in policy.rights]
    text = gettext("You may %(rights)s.") % {"rights": together([gettext(_RIGHTS[rule.id]) for rule in granted], language)}
    return NoticeItem(term=gettext("Your rights"), text=text, clauses=tuple(dict.fromkeys(rule.clause for rule in granted)))
