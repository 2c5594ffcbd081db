"""Which letters there are, what each may carry, when one may go out again, and what follows when one comes back."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from camket.policy.languages import LANGUAGES
from camket.policy.terms import (
    ADVISER,
    EMAIL,
    FULL_NAME,
    MAIL_CARRIER,
    MESSAGE,
    OPERATOR,
    PHONE,
    PRIVACY_OFFICER,
    SYSTEM,
    Ask,
    FieldName,
    Operation,
    PurposeId,
    RoleId,
)
from camket.policy.values import canonical_identity, looks_personal
from camket.policy.writing import paragraphs

MOST_UNANSWERED = 2  # the first sending and one resending with the same Message-ID (house.md §9.5)
MOST_TRIES = 25  # with the outbox's back-off about four days, as long as mail servers themselves keep trying (RFC 5321 §4.5.4.1)

ADDRESS_GONE = "address.gone"  # why a letter was dropped: the address is held no longer
HOUR_SPENT = "hour.spent"  # why a letter was dropped: its addressee has just had one like it
POLICY_REFUSED = "policy.refused"  # why a letter or a campaign waits for a person
ANSWER_UNKNOWN = "answer.unknown"  # why a letter waits for a person: it was sent twice, and nobody knows what became of it
UNPROVEN = "address.unproven"  # why a planned letter was dropped: nobody has shown that they read the mailbox
NO_ADDRESS = "no.address"  # why somebody concerned gets no letter: there is nowhere to send it
NOT_CONCERNED = "not.concerned"  # why a planned letter was dropped: the person took a yes back meanwhile, and nothing changes for them now
GIVEN_UP = "given.up"  # why a letter was closed: a colleague gave it up
INVENTED = "invented"  # why a letter to somebody who does not exist was dropped
TAKEN_BACK = "taken.back"  # why a letter was dropped whose writer thought better of it
UNWANTED = "advertising.stopped"  # why a letter of advertising was dropped: the person took their consent back
ENOUGH_TODAY = "address.enough"  # why a letter of advertising waits: its address has had as many as the law allows
RESTORED = "house.restored"  # why a letter that waited when the backup was made waits for a person
UNREACHABLE = "address.unreachable"  # why a letter waits for a person: an earlier one came back for good

UNTOLD = (NO_ADDRESS, GIVEN_UP)  # why a letter of a campaign was closed although the person had to be told

HARD, SOFT, AWAY, DELAYED = "hard", "soft", "away", "delayed"  # what another mail system said of a letter
BELIEVED_FOR = timedelta(days=14)  # what comes later is no answer to the letter: mail systems give up after four or five days (RFC 5321 §4.5.4.1)
TRIED_FOR = timedelta(days=4)  # as long as letters are tried anyway, see MOST_TRIES
LEAST_BEFORE_AGAIN = timedelta(hours=1)  # a mailbox that is full now is full in half a minute too

MOST_READINGS_OF_A_MAIL = 2  # a mail at which the reader died twice is not read a third time

_STATUS = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})")
# Permanent by their number, and yet not the fault of the address (RFC 3463): the mailbox is full or the letter too large, the other system or the way
# there is at fault, protocol and content, and what some rule of theirs refused. 5.1.7 and 5.1.8 speak of the sender.
_NOT_THE_ADDRESS = re.compile(r"5\.(1\.[78]|2\.[0234]|3\.\d+|4\.(?!4$)\d+|5\.\d+|6\.\d+|7\.\d+)")
_CARRIER_SAID = re.compile(r"smtp\.recipient\.5\d\d\.(5\.1\.(?:1|2|3|6|10)|5\.2\.1)")


class RouteFault(StrEnum):
    """The house's trouble and no letter's, so that none spends a try on it. A closed list: it may stand in a line of the log."""

    AUTH_REFUSED = "smtp.auth_refused"  # the mail server refuses our user name or password
    NO_NAME = "smtp.no_name"  # its name is unknown


ROUTE_FAULTS = frozenset(RouteFault)
# the carrier was asked and did not answer: the next letter would fare no better, whoever it is for
SILENCES = frozenset({"smtp.connection_lost", "smtp.no_connection", "smtp.timeout", "smtp.tls_refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterKind:
    """What one kind of letter is allowed to be."""

    template: str
    carries_content: bool  # its text goes only to an address that has been proven
    has_link: bool  # brings a link to the reading page
    has_consents_link: bool  # brings a link to the person's page of their consents: as long as there is something to take back
    is_once_an_hour: bool  # we are nobody's mail bomb
    can_be_taken_back: bool = False  # by who wrote it, until a worker takes it


ACKNOWLEDGEMENT = LetterKind(
    template="intake/letters/acknowledgement", carries_content=False, has_link=True, has_consents_link=True, is_once_an_hour=True
)
SPOKEN_ACKNOWLEDGEMENT = LetterKind(
    template="intake/letters/acknowledgement_spoken", carries_content=False, has_link=True, has_consents_link=True, is_once_an_hour=True
)
ANSWER = LetterKind(
    template="intake/letters/answer",
    carries_content=True,
    has_link=True,
    has_consents_link=True,
    is_once_an_hour=False,
    can_be_taken_back=True,
)
FAREWELL = LetterKind(template="retention/letters/farewell", carries_content=False, has_link=False, has_consents_link=False, is_once_an_hour=False)
CHANGE = LetterKind(template="notices/letters/change", carries_content=False, has_link=False, has_consents_link=True, is_once_an_hour=False)
SERVICE = LetterKind(template="notices/letters/service", carries_content=False, has_link=False, has_consents_link=True, is_once_an_hour=False)
ADVERTISING = LetterKind(
    template="notices/letters/advertising", carries_content=False, has_link=False, has_consents_link=False, is_once_an_hour=False
)
LETTER_OF = {"change": CHANGE, "service": SERVICE, "advertising": ADVERTISING}  # by the campaign's kind
# that advertising has stopped: once, without a word of advertising (Decree 91/2020; Decree 330/2026 art. 37.3(d))
STOPPED = LetterKind(template="intake/letters/stopped", carries_content=False, has_link=False, has_consents_link=True, is_once_an_hour=False)
KINDS = {kind.template: kind for kind in (ACKNOWLEDGEMENT, SPOKEN_ACKNOWLEDGEMENT, ANSWER, FAREWELL, CHANGE, SERVICE, ADVERTISING, STOPPED)}

CAMPAIGNERS: frozenset[RoleId] = frozenset({PRIVACY_OFFICER, OPERATOR})
# who may see whom a letter could not reach: whoever can look for another way to them, and whoever answers for it that they were told (clause 6.1)
FINDERS: frozenset[RoleId] = frozenset({ADVISER, PRIVACY_OFFICER})
# who keeps the do-not-call list: whoever runs the house, by hand too, and whoever answers for it that the law is kept
CALL_LIST_KEEPERS: frozenset[RoleId] = frozenset({OPERATOR, PRIVACY_OFFICER, SYSTEM})
TRIAL_MARKS = {"vi": "[Thử] ", "en": "[Test] "}  # with which the subject of a trial letter begins: nobody takes it for the real one

PURPOSES = "\x1e"  # stands in no text: in the words of a change, the place of the purposes for which each reader is told of it

BY_HAND = "by.hand"  # why a campaign stands still
CARRIER_REFUSES = "carrier.refuses"

PERSONAL = "personal"  # why a part of a notice is not kept: it seems to hold an address or a number, and nobody said that it is the company's
OPEN_INQUIRIES = "*open"  # an audience: those whose inquiry is open; no slug of a product begins so
LONGEST_TITLE, LONGEST_NOTICE = 120, 4_000  # characters

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def carrying(purpose: str) -> Ask:
    """
    Return the ask under which a campaign's letters go out: an address, to whoever carries letters.

    Args:
        purpose: The campaign's.
    """
    return Ask(operation=Operation.DISCLOSE, fields=frozenset({EMAIL}), purpose=PurposeId(purpose), recipient=MAIL_CARRIER)


def goes_to_the_unproven(kind: str) -> bool:
    """
    Return whether a campaign's letters go to addresses that nobody has proven: only what the law wants told to all whose details are held.

    Args:
        kind: The campaign's.

    Source: policy §8 (8.2); docs/decisions/0020-campaigns.md.
    """
    return kind == "change"


def fields_needed(kind: LetterKind, *, is_proven: bool) -> frozenset[FieldName]:
    """
    Return the fields a letter needs opened: the address, and name and text only where they may stand in it.

    Args:
        kind: Which letter.
        is_proven: Whether a round trip over the address has succeeded.

    Source: house.md §4 (a letter to an unproven address carries a reference and no content).
    """
    return frozenset({EMAIL, FULL_NAME, MESSAGE}) if kind.carries_content and is_proven else frozenset({EMAIL})


def kind_of_status(status: str) -> str | None:
    """
    Return what an enhanced status says of the address, HARD or SOFT; None where it speaks of no failure.

    Permanent is not hard: what is hard shuts an address until a person decides otherwise, so it must be the address that is at fault. What another
    system's rules refuse (5.7.x), a full mailbox (5.2.2) or a way that does not work (5.4.x, but not 5.4.4, no such domain) may be otherwise
    tomorrow.

    Args:
        status: Such as "5.1.1".

    Source: RFC 3463.
    """
    found = _STATUS.fullmatch(status)
    if found is None or found[1] == "2":
        return None
    return SOFT if found[1] == "4" or _NOT_THE_ADDRESS.fullmatch(status) else HARD


def dead_address(code: str) -> str:
    """
    Return the enhanced status with which our own carrier said at once that there is no such mailbox, or nothing.

    A bare 550 is not enough: many systems refuse with it what they take for spam, or a sender that they do not relay for.

    Args:
        code: What the carrier answered, such as "smtp.recipient.550.5.1.1".
    """
    found = _CARRIER_SAID.fullmatch(code)
    return found[1] if found else ""


def act_of(outcome: str) -> str:
    """
    Return what the journal calls what became of a letter.

    Args:
        outcome: What the carrier answered: accepted, refused, or anything that lets it be tried again.
    """
    return {"accepted": "letter.sent", "refused": "letter.bounced"}.get(outcome, "letter.deferred")


def told_by(due_at: datetime, *, days: int) -> datetime:
    """
    Return the last instant at which a change can be told as early as was promised.

    Args:
        due_at: UTC instant at which it comes into force.
        days: How many days before it is told.
    """
    return due_at - timedelta(days=days)


def outweighs(new: str, old: str) -> bool:
    """
    Return whether what is said of a letter now takes the place of what was said before: a note never hides a failure, nor does what may pass hide
    what is for good.

    Args:
        new: HARD, SOFT, AWAY or DELAYED.
        old: One of these, or nothing.
    """
    weights = {"": 0, DELAYED: 1, AWAY: 1, SOFT: 2, HARD: 3}
    return weights[new] >= weights[old]


def is_believable(*, left_at: datetime | None, now: datetime) -> bool:
    """
    Return whether a letter can have come back: it left, and not too long ago.

    Args:
        left_at: UTC instant at which it was last handed over; None where it never was.
        now: UTC instant.
    """
    return left_at is not None and now - left_at < BELIEVED_FOR


def again_at(*, attempt: int, backed_off: datetime, since: datetime, left_at: datetime, now: datetime) -> datetime | None:
    """
    Return when a letter that came back for a while goes out again, or None where it has been tried for as long as any letter is.

    Args:
        attempt: How often it was tried.
        backed_off: UTC instant that the outbox's back-off gives.
        since: UTC instant at which it came back for the first time.
        left_at: UTC instant at which it last left: whoever returns it after days has tried that long.
        now: UTC instant.
    """
    is_tried_out = attempt >= MOST_TRIES or now - min(since, left_at) >= TRIED_FOR
    return None if is_tried_out else max(backed_off, now + LEAST_BEFORE_AGAIN)


def letter_named(message_id: str, *, host: str) -> UUID | None:
    """
    Return the letter that a Message-ID names, or None where it is none of ours.

    Args:
        message_id: With its angle brackets.
        host: The name of the house in its own Message-IDs.
    """
    found = re.fullmatch(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@(.+)>", message_id.strip().lower())
    return UUID(found[1]) if found and found[2] == host.lower() else None


def split_letter(text: str) -> tuple[str, str]:
    """
    Return the subject and body of a rendered letter, whose first line is `Subject: …`.

    Raises:
        ValueError: It does not begin so.
    """
    head, _, body = text.lstrip().partition("\n")
    if not head.startswith("Subject: "):
        raise ValueError("a letter's first line is its subject")
    return head.removeprefix("Subject: ").strip(), body.strip() + "\n"


def written_day(day: date, language: str) -> str:
    """
    Return a day as a letter writes it.

    Args:
        day: The day, where the policy counts days.
        language: `vi` or `en`.
    """
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}" if language == "en" else f"{day.day}/{day.month}/{day.year}"


def written_instant(at: datetime, language: str) -> str:
    """
    Return an instant as a letter writes it, to the minute.

    Args:
        at: In the time zone of whoever reads it.
        language: `vi` or `en`.
    """
    if language == "en":
        return f"{written_day(at, language)} at {at:%H:%M}"
    return f"{at:%H:%M} ngày {written_day(at, language)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFault:
    """Why a part of a service notice cannot be kept; `code` is required, too_long, bad_character or PERSONAL."""

    language: str
    part: str  # title or text
    code: str
    limit: int = 0


def tidy_words(words: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """
    Return the words of a notice as they are kept: every part in every language of letters, and nothing else.

    Args:
        words: For each language a `title` and a `text`; what is missing is empty.
    """
    return {language: {part: paragraphs(words.get(language, {}).get(part, "")) for part in ("title", "text")} for language in LANGUAGES}


def notice_hash(words: Mapping[str, Any], audience: str) -> str:
    """
    Return what identifies a notice to whoever reads it before it goes out: SHA-256 in hex over its words and whom it concerns.

    Args:
        words: As they are kept.
        audience: As it is kept.
    """
    return hashlib.sha256(json.dumps([words, audience], sort_keys=True).encode()).hexdigest()


def notice_faults(words: Mapping[str, Mapping[str, str]], *, is_ours: bool = False) -> tuple[NoticeFault, ...]:
    """
    Return what keeps a service notice from being kept.

    Args:
        words: For each language of letters its `title` and its `text`, tidied.
        is_ours: Whether whoever wrote it said that an address or a number in it is the company's own.
    """
    limits = {"title": LONGEST_TITLE, "text": LONGEST_NOTICE}
    found = [
        NoticeFault(language=language, part=part, code=code, limit=limit)
        for language in LANGUAGES
        for part, limit in limits.items()
        if (code := _notice_fault(words.get(language, {}).get(part, ""), part, limit, is_ours=is_ours))
    ]
    return tuple(found)


def _notice_fault(text: str, part: str, limit: int, *, is_ours: bool) -> str:
    if not text:
        return "required"
    if len(text) > limit:
        return "too_long"
    is_plain = all(letter.isprintable() or (letter == "\n" and part == "text") for letter in text)
    if not is_plain:
        return "bad_character"
    return PERSONAL if not is_ours and looks_personal(text) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineFault:
    """Why a line of a list is no number; `code` is no_digits or no_number. What stands in it is not repeated."""

    line: int  # from 1
    code: str


def first_cell(line: str) -> str:
    """Return what stands before the first comma, semicolon or tab of a line."""
    for mark in (",", ";", "\t"):
        line = line.partition(mark)[0]
    return line.strip().strip('"')


def call_list_faults(lines: Sequence[str]) -> tuple[LineFault, ...]:
    """
    Return which lines hold no telephone number; an empty one is no fault.

    Args:
        lines: Of a list of numbers, a number each.
    """
    cells = ((number, first_cell(line)) for number, line in enumerate(lines, 1) if line.strip())
    return tuple(
        LineFault(line=number, code="no_number" if any(char.isdigit() for char in cell) else "no_digits")
        for number, cell in cells
        if canonical_identity(PHONE, cell) is None
    )
