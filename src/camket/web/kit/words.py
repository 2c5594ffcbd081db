"""Codes of the house and what a person reads in their place, in the language of the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext, gettext_noop

from camket.web.kit.act_words import ACT_WORDS
from camket.web.kit.letter_words import CAMPAIGN_CAUSES, LETTER_ERRORS, LETTER_RETURNS
from camket.web.kit.mechanism_words import MECHANISM_WORDS
from camket.web.kit.sign_in_words import BROWSER_WORDS, FACTOR_WORDS, SYSTEM_WORDS, TRY_OUTCOME_WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorWords:
    """What an error page says: a heading, and one sentence on what to do next."""

    heading: str
    sentence: str


WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "act": ACT_WORDS,
        "basis": {
            "consent": gettext_noop("your consent"),
            "contract": gettext_noop("a contract with you"),
            "legal_obligation": gettext_noop("a duty that the law lays on us"),
            "protection": gettext_noop("defence against an infringement, as the law allows"),
        },
        "browser": BROWSER_WORDS,
        "campaign_cause": CAMPAIGN_CAUSES,
        "campaign_kind": {
            "change": gettext_noop("Change of the policy"),
            "service": gettext_noop("Service notice"),
            "advertising": gettext_noop("Advertising"),
        },
        "campaign_state": {
            "draft": gettext_noop("Draft"),
            "scheduled": gettext_noop("Scheduled"),
            "planning": gettext_noop("Working out whom it concerns"),
            "running": gettext_noop("Going out"),
            "open": gettext_noop("Gone out, still open"),
            "untold": gettext_noop("Nobody was told"),
            "halted": gettext_noop("Stands still"),
            "paused": gettext_noop("Paused"),
            "done": gettext_noop("Gone out"),
            "stopped": gettext_noop("Stopped"),
        },
        "case_ending": {
            "done": gettext_noop("Done"),
            "given_up": gettext_noop("Taken back"),
            "person_erased": gettext_noop("The person was erased"),
            "refused": gettext_noop("Not approved"),
        },
        "case_state": {
            "waiting": gettext_noop("Waiting for a second person"),
            "open": gettext_noop("Approved"),
            "expired": gettext_noop("Approval has run out"),
            "closed": gettext_noop("Closed"),
        },
        "case_writing": {
            "answer": gettext_noop("our answer"),
            "message": gettext_noop("message"),
            "note": gettext_noop("note"),
            "reason": gettext_noop("the reason"),
            "refusal": gettext_noop("why it was not approved"),
            "taken_back": gettext_noop("answer taken back, not sent"),
        },
        "channel": {
            "api": gettext_noop("Through a partner's software"),
            "chat": gettext_noop("Chat"),
            "desk": gettext_noop("Told an adviser"),
            "form": gettext_noop("Contact form"),
            "in_person": gettext_noop("In person"),
            "ledger": gettext_noop("Taken over from the ledger"),
            "link": gettext_noop("By the link in a letter"),
            "mail": gettext_noop("E-mail"),
            "messenger": "Messenger",
            "phone": gettext_noop("By phone"),
            "post": gettext_noop("By letter"),
            "zalo": "Zalo",
        },
        "closing_event": {
            "inquiry.closed": gettext_noop("the day on which your inquiry is settled"),
            "service.ended": gettext_noop("the day on which the service ends"),
            "case.closed": gettext_noop("the day on which the case is closed"),
            "log.written": gettext_noop("the day on which the line was written"),
            "request.closed": gettext_noop("the day on which your request is settled"),
        },
        "count": {
            "consents": gettext_noop("Consents"),
            "events": gettext_noop("Events"),
            "files": gettext_noop("Files"),
            "inquiries": gettext_noop("Inquiries"),
            "letters": gettext_noop("Letters"),
            "links": gettext_noop("Links in letters"),
            "records": gettext_noop("Sealed records"),
            "tokens": gettext_noop("Search tokens"),
        },
        "desk": {
            "abuse": gettext_noop("Abuse desk"),
            "access_review": gettext_noop("Access"),
            "inbox": gettext_noop("Inbox"),
            "journal": gettext_noop("Journal"),
            "legal": gettext_noop("Legal desk"),
            "operations": gettext_noop("Operations"),
            "policy": gettext_noop("Policy"),
            "privacy": gettext_noop("Privacy desk"),
            "sign_ins": gettext_noop("Sign-ins"),
            "staff": gettext_noop("Staff"),
        },
        "factor": FACTOR_WORDS,
        "field_kind": {
            "name": gettext_noop("a name"),
            "text": gettext_noop("text"),
            "phone": gettext_noop("a phone number"),
            "email": gettext_noop("an e-mail address"),
            "postal": gettext_noop("a postal address"),
            "file": gettext_noop("a file"),
            "technical": gettext_noop("a technical value"),
        },
        "file_kind": {
            "jpeg": gettext_noop("JPEG picture"),
            "pdf": "PDF",
            "png": gettext_noop("PNG picture"),
            "text": gettext_noop("plain text"),
            "webp": gettext_noop("WebP picture"),
        },
        # what kind of thing the compiler found, by the first word of the finding's code
        "finding": {
            "collection": gettext_noop("What is kept together"),
            "desk": gettext_noop("What the desks need"),
            "edition": gettext_noop("The edition's own details"),
            "field": gettext_noop("A detail that is named"),
            "law": gettext_noop("What the law asks of a policy"),
            "permit": gettext_noop("What is permitted"),
            "purpose": gettext_noop("A purpose"),
            "recipient": gettext_noop("A recipient"),
            "report": gettext_noop("More than can be listed"),
            "requires": gettext_noop("What the law asks of a policy"),
            "retain": gettext_noop("A period"),
            "right": gettext_noop("A right"),
            "rule": gettext_noop("A rule block"),
            "source": gettext_noop("The file itself"),
            "structure": gettext_noop("Title, sections and numbers"),
            "translation": gettext_noop("The translation"),
            "words": gettext_noop("Labels and wordings"),
        },
        "ground": {
            "a": gettext_noop("Their information or interests must be protected at once"),
            "b": gettext_noop("There is a complaint or a dispute between us"),
            "c": gettext_noop("They exercise a right, or the law or the policy obliges us to tell them"),
            "d": gettext_noop("They sent us something of their own accord"),
        },
        "language": {"en": gettext_noop("English"), "vi": gettext_noop("Vietnamese")},
        "letter": {
            "notices/letters/change": gettext_noop("Change of the policy"),
            "notices/letters/service": gettext_noop("Service notice"),
            "intake/letters/acknowledgement": gettext_noop("Acknowledgement"),
            "intake/letters/acknowledgement_spoken": gettext_noop("Acknowledgement of a call or visit"),
            "intake/letters/answer": gettext_noop("Answer"),
            "retention/letters/farewell": gettext_noop("Last letter before erasure"),
            "notices/letters/advertising": gettext_noop("Advertising"),
            "intake/letters/stopped": gettext_noop("Confirmation that advertising has stopped"),
        },
        "letter_error": LETTER_ERRORS,
        "letter_return": LETTER_RETURNS,
        "letter_state": {
            "due": gettext_noop("Letter waiting"),
            "sending": gettext_noop("Letter going out"),
            "sent": gettext_noop("Letter sent"),
            "parked": gettext_noop("Letter held for a person"),
            "dropped": gettext_noop("Letter not sent"),
        },
        "obligation": {
            "consent": gettext_noop("you have agreed to this purpose"),
            "justification": gettext_noop("the reason is written down each time"),
            "notice": gettext_noop("you are told of it"),
            "second_person": gettext_noop("a second person approves it"),
        },
        "obligation_of_desk": {  # said to a colleague, who is not the person it is about
            "consent": gettext_noop("the person has agreed to this purpose"),
            "justification": gettext_noop("the reason is written down each time"),
            "notice": gettext_noop("the person is told of it"),
            "second_person": gettext_noop("a second person approves it"),
        },
        "mechanism": MECHANISM_WORDS,
        "operation": {
            "collect": gettext_noop("collect them"),
            "use": gettext_noop("see and use them"),
            "find": gettext_noop("find someone by them"),
            "disclose": gettext_noop("pass them on"),
            "correct": gettext_noop("correct them"),
            "store": gettext_noop("keep them"),
            "erase": gettext_noop("erase them"),
        },
        "outcome": {
            "PERMITTED": gettext_noop("Permitted"),
            "PROHIBITED": gettext_noop("Prohibited"),
            "NOT_COVERED": gettext_noop("No clause covers it"),
            "UNMET": gettext_noop("Consent or approval missing"),
        },
        "recipient_kind": {
            "controller": gettext_noop("the company itself"),
            "authority": gettext_noop("an authority, when the law has it ask"),
            "processor": gettext_noop("works for us, and for nothing else"),
        },
        "redaction": {
            "full": gettext_noop("Shown in full"),
            "masked": gettext_noop("Partly hidden"),
            "last4": gettext_noop("Last four characters only"),
            "exists": gettext_noop("Only that there is one"),
        },
        # roles are the program's own; purposes, fields and recipients are named by the edition, in its words
        "role": {
            "abuse": gettext_noop("Abuse officer"),
            "adviser": gettext_noop("Adviser"),
            "auditor": gettext_noop("Auditor"),
            "legal": gettext_noop("Legal desk"),
            "operator": gettext_noop("System operator"),
            "privacy_officer": gettext_noop("Privacy officer"),
            "subject": gettext_noop("The person concerned"),
            "system": gettext_noop("Automated system"),
            "visitor": gettext_noop("Website visitor"),
        },
        "safeguard": {
            "access_by_role": gettext_noop("Lets nobody see more than their role needs"),
            "encryption_per_person": gettext_noop("Encrypts each person's details with a key of their own"),
            "epoch_keys": gettext_noop("Lets old copies die: their keys are destroyed"),
            "journal": gettext_noop("Writes every look and every act into the journal"),
        },
        "system": SYSTEM_WORDS,
        "try_outcome": TRY_OUTCOME_WORDS,
        "statement": {
            "breach_notice": gettext_noop("who is told, and by when, when data has been leaked or lost"),
            "measure_appeal": gettext_noop("how a measure can be challenged"),
            "measure_lifting": gettext_noop("when a measure is lifted and the service restored"),
            "measure_reasons": gettext_noop("that whoever a measure is taken against is told so, with the reasons"),
            "subject_duties": gettext_noop("what each person for their part has to do"),
        },
        "state": {
            "new": gettext_noop("New"),
            "answered": gettext_noop("Answered"),
            "resolved": gettext_noop("Resolved"),
            "erased": gettext_noop("Erased"),
        },
    }
)

ERRORS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        400: (
            gettext_noop("We could not read that request"),
            gettext_noop("Something in it was incomplete or damaged on the way. Please go back and try once more."),
        ),
        403: (
            gettext_noop("This is not open to you"),
            gettext_noop("No clause of our policy permits this request, so the system refused it. Nothing was read or changed."),
        ),
        404: (
            gettext_noop("There is no page here"),
            gettext_noop("The address may have been mistyped, or the page may have moved. The links above lead to everything we publish."),
        ),
        405: (
            gettext_noop("This page cannot be used that way"),
            gettext_noop("Please start again from the page itself instead of a saved or copied address."),
        ),
        408: (
            gettext_noop("The connection took too long"),
            gettext_noop("What you were sending did not reach us in full, so we kept none of it. Please try again."),
        ),
        413: (
            gettext_noop("That is more than we can take at once"),
            gettext_noop("Please shorten your message, then send it again."),
        ),
        415: (
            gettext_noop("We do not accept this kind of content"),
            gettext_noop("Please use the form on the page; we read nothing else."),
        ),
        429: (
            gettext_noop("A little too fast"),
            gettext_noop("We have received several requests from your connection within a short time. Please try again in about an hour."),
        ),
        500: (
            gettext_noop("Something went wrong on our side"),
            gettext_noop("This is our fault, not yours. Please try again in a few minutes."),
        ),
        503: (
            gettext_noop("We are briefly out of service"),
            gettext_noop("The site is under maintenance and will be back shortly. Please try again in a few minutes."),
        ),
    }
)

# What a colleague is told at the desk in place of the words above, which speak to a visitor.
DESK_ERRORS: Final[Mapping[int, tuple[str, str]]] = MappingProxyType(
    {
        403: (
            gettext_noop("Your role does not allow this"),
            gettext_noop("No clause of our policy permits this request, so the system refused it. Nothing was read or changed."),
        ),
        404: (
            gettext_noop("There is no page here"),
            gettext_noop("The address may have been mistyped, or what stood here is erased. The menu above leads to all your desks."),
        ),
        405: (
            gettext_noop("This page cannot be used that way"),
            gettext_noop("Go to the page itself and begin there, rather than from an address that was saved or copied."),
        ),
        409: (
            gettext_noop("That cannot be done any more"),
            gettext_noop("Something changed in the meantime. Go back and look at how it stands now."),
        ),
        413: (
            gettext_noop("That is more than we can take at once"),
            gettext_noop("Shorten the text, then send it again."),
        ),
        429: (gettext_noop("Too many requests"), gettext_noop("Wait a moment, then try again.")),
    }
)

# A form that came from nowhere, or from a page that is over: no clause has anything to do with it, so 403's own words would be untrue.
STRANGE_FORM: Final = (
    gettext_noop("We could not take this form"),
    gettext_noop(
        "The page it came from is no longer valid. Please load it again, sign in again if you are asked to, and repeat what you did. "
        "Nothing was changed."
    ),
)


def word(kind: str, code: str) -> str:
    """
    Return what a person reads in place of a code, in the active language; an unknown code is returned as it is.

    Args:
        kind: Which list the code belongs to: a key of `WORDS`, for example "channel" or "state".
        code: The code, for example "form".

    Raises:
        KeyError: `kind` is not a list of `WORDS`: a mistake in a template.
    """
    known = WORDS[kind].get(code)
    return code if known is None else gettext(known)


def within_sentence(name: str) -> str:
    """
    Return a name as it stands in the middle of a sentence: its first letter small, unless its first word has another capital.

    Args:
        name: For example "Viện kiểm sát"; an abbreviation such as "VPS" stays as it is.
    """
    first = name.split(" ", 1)[0]
    return name if first[1:] != first[1:].lower() or len(first) == 1 else name[:1].lower() + name[1:]


def error_words(status: int, *, at_desk: bool = False) -> ErrorWords:
    """
    Return the heading and the sentence of an error page, in the active language.

    Args:
        status: HTTP status code; one that has no words of its own gets those of 500, or of 400 below 500.
        at_desk: Whether a colleague reads it, rather than a visitor.
    """
    if at_desk and status in DESK_ERRORS:
        return _spoken(DESK_ERRORS[status])
    return _spoken(ERRORS.get(status) or ERRORS[500 if status >= 500 else 400])


def strange_form_words() -> ErrorWords:
    """Return what is said, in the active language, of a form that did not come from one of our pages."""
    return _spoken(STRANGE_FORM)


def _spoken(words: tuple[str, str]) -> ErrorWords:
    heading, sentence = words
    return ErrorWords(heading=gettext(heading), sentence=gettext(sentence))
