"""A letter is opened through the gate when it goes out, or when a person looks at it while it waits."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.db import transaction

from camket.access.actions import issue_link, spend_budget
from camket.access.codes import claim_code
from camket.duties.notices.actions.composing import LetterFacts, compose
from camket.duties.notices.actions.facts import LETTER_LEASE, LetterHeld, letter_by_id
from camket.duties.notices.actions.wording import wording_of
from camket.duties.notices.models import Campaign, Letter
from camket.duties.notices.queries import clause_of, unreachable_among
from camket.duties.notices.rules import (
    ADDRESS_GONE,
    ANSWER_UNKNOWN,
    HOUR_SPENT,
    KINDS,
    MOST_UNANSWERED,
    POLICY_REFUSED,
    UNREACHABLE,
    LetterKind,
    fields_needed,
)
from camket.editions import queries as editions
from camket.journal import queries as journal
from camket.journal.actions import recorded_together
from camket.journal.statements import Value
from camket.outbox import actions as outbox
from camket.policy.terms import EMAIL, FULL_NAME, MAIL_CARRIER, MESSAGE, THE_HOUSE, Actor, Ask, Operation, PurposeId
from camket.policy.values import canonical_identity
from camket.vault import gate

READ_ANSWER = "read_answer"
OWN_CONSENTS = "own_consents"
STOP_ADVERTISING = "stop_advertising"
_PAGES = {READ_ANSWER: "read", OWN_CONSENTS: "consents", STOP_ADVERTISING: "stop"}
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedLetter:
    """A letter as it leaves: the address is sealed until the carrier takes it."""

    id: UUID
    message_id: str
    to: gate.Sealed
    subject: str
    text: str = field(repr=False)
    is_automatic: bool  # no person wrote it: mail systems must not answer it (RFC 3834)


def open_letter(*, letter: Letter, now: datetime) -> OpenedLetter:
    """
    Ask the gate for the address and, to a proven address, the text; commit the intent; return the rendered letter.

    The intent keeps the letter in its worker's hand for as long as one sending may take.

    Args:
        letter: A letter in this worker's hand.
        now: UTC instant.

    Raises:
        LetterHeld: The policy refuses, the data is gone, the hour's budget is spent, an earlier answer was lost twice, or an earlier letter to the
            addressee came back for good.
        LeaseLost: Another worker holds it by now: it must not go out from here.

    Source: policy §3 (3.5), §12 (12.1); house.md §9.4-5.
    """
    if letter.lease_until is None or letter.lease_until <= now:  # whoever has it by now opens it, and nothing is opened here
        outbox.extend(letter, worker=letter.leased_by, now=now, lease=LETTER_LEASE)
    if letter.unanswered >= MOST_UNANSWERED:
        raise LetterHeld(ANSWER_UNKNOWN, is_final=True)
    if unreachable_among([letter.subject_id]):
        raise LetterHeld(UNREACHABLE, is_final=True)
    kind = KINDS[letter.template]
    subject, matter = gate.SubjectId(letter.subject_id), gate.MatterId(letter.matter_id)
    is_proven = gate.is_proven(subject=subject, kind=EMAIL)
    ask = Ask(
        operation=Operation.DISCLOSE,
        fields=fields_needed(kind, is_proven=is_proven),
        purpose=PurposeId(letter.purpose),
        recipient=MAIL_CARRIER,
    )
    try:
        permit = gate.ask(ask, actor=THE_HOUSE, subjects=[subject], now=now, view="letter")
    except gate.Refused as refused:
        raise LetterHeld(POLICY_REFUSED, is_final=True) from refused
    shown = gate.show(permit, now=now, matters=[matter])
    address = _field(shown, EMAIL)
    if address is None:
        raise LetterHeld(ADDRESS_GONE, is_final=True)
    # the hour's budget is spent by the same commit as the intent: after a crash in between, the letter would be taken for a second one and dropped
    held = letter.lease_until, letter.intent_at, letter.unanswered
    try:
        with transaction.atomic(), recorded_together():
            _spend_hour(kind, address, letter, now)
            links = _links(kind, letter, now, is_proven=is_proven)
            subject_line, text = compose(_facts(letter, kind, shown, links, is_proven=is_proven))
            intended: dict[str, Value] = {"intent_at": now, "unanswered": letter.unanswered + 1}
            outbox.extend(letter, worker=letter.leased_by, now=now, lease=LETTER_LEASE, changes=intended)
    except Exception:
        # as they stand in the table: whoever says what became of it is known by its lease
        letter.lease_until, letter.intent_at, letter.unanswered = held
        raise
    return OpenedLetter(
        id=letter.id, message_id=message_id(letter.id), to=address, subject=subject_line, text=text, is_automatic=letter.record_id is None
    )


def preview_letter(*, letter_id: UUID, actor: Actor, now: datetime) -> tuple[str, str]:
    """
    Return the subject and text that a waiting letter would have, opened for a member of staff.

    Args:
        letter_id: A letter of the outbox.
        actor: Who looks.
        now: UTC instant.

    Raises:
        LetterUnknown: There is no such letter.
        Refused: The policy does not let this role see it.
    """
    letter = letter_by_id(letter_id)
    if letter.variant is not None and letter.campaign is not None:
        # nothing in it is anybody's but the link
        words = wording_of(letter.variant, letter.campaign, clause=clause_of(letter.campaign.purpose))
        return words.subject, words.with_link(link_address(link_purpose(letter.campaign), letter, "…"))
    kind = KINDS[letter.template]
    subject, matter = gate.SubjectId(letter.subject_id), gate.MatterId(letter.matter_id)
    is_proven = gate.is_proven(subject=subject, kind=EMAIL)
    ask = Ask(operation=Operation.USE, fields=fields_needed(kind, is_proven=is_proven), purpose=PurposeId(letter.purpose))
    permit = gate.ask(ask, actor=actor, subjects=[subject], now=now, view="console.letters")
    shown = gate.show(permit, now=now, matters=[matter])
    links = {READ_ANSWER: link_address(READ_ANSWER, letter, "…"), OWN_CONSENTS: link_address(OWN_CONSENTS, letter, "…")}
    facts = _facts(letter, kind, shown, links, is_proven=is_proven)
    # the person's own secrets: whoever holds the code fetches their certificate
    return compose(replace(facts, claim_code="••••-••••-••••-••••"))


def own_host() -> str:
    """Return the name of the house in its own Message-IDs."""
    return _host_of(settings.CAMKET_URL)


@lru_cache(maxsize=4)
def _host_of(url: str) -> str:
    return urlsplit(url).hostname or "localhost"


def message_id(letter_id: UUID) -> str:
    """Return the Message-ID of a letter: the same however often it is sent."""
    return f"<{letter_id}@{own_host()}>"


def _field(shown: Sequence[gate.Shown], name: Any) -> gate.Sealed | None:
    return next((row.fields[name] for row in shown if name in row.fields), None)


def _spend_hour(kind: LetterKind, address: gate.Sealed, letter: Letter, now: datetime) -> None:
    """At most one acknowledgement per recipient and hour; a letter already tried has spent its own."""
    if not kind.is_once_an_hour or letter.intent_at is not None:
        return
    kept = address.reveal()  # in the form in which it was taken in: of an ASCII one, two that are alike differ in capitals alone
    recipient = kept.lower() if kept.isascii() else canonical_identity(EMAIL, kept) or kept
    key = hashlib.sha256(b"acknowledgement|" + recipient.encode()).digest()
    if not spend_budget(key=key, limit=1, window=_HOUR, now=now):
        raise LetterHeld(HOUR_SPENT, is_final=True)


def _links(kind: LetterKind, letter: Letter, now: datetime, *, is_proven: bool) -> dict[str, str]:
    """The links that a letter brings, each for one thing; what is read in the letter itself needs none."""
    wanted = {READ_ANSWER: kind.has_link and not (kind.carries_content and is_proven), OWN_CONSENTS: kind.has_consents_link}
    named = [purpose for purpose, is_wanted in wanted.items() if is_wanted]
    tokens = {one: issue_link(purpose=one, matter_id=letter.matter_id, target_id=letter.subject_id, now=now) for one in named}
    return {purpose: link_address(purpose, letter, token) for purpose, token in tokens.items()}


def link_purpose(campaign: Campaign) -> str:
    """
    Return what the link in a campaign's letters is for: to stop advertising, else to see one's own consents.

    Args:
        campaign: Whose letters.
    """
    return STOP_ADVERTISING if campaign.kind == Campaign.Kind.ADVERTISING else OWN_CONSENTS


def link_address(purpose: str, letter: Letter, token: str) -> str:
    """
    Return a link of a letter as it stands in it.

    Args:
        purpose: What it is for.
        letter: Whose.
        token: Its secret.
    """
    return f"{settings.CAMKET_URL}/{letter.language}/{_PAGES[purpose]}/{token}"


def _facts(letter: Letter, kind: LetterKind, shown: Sequence[gate.Shown], links: Mapping[str, str], *, is_proven: bool) -> LetterFacts:
    carried = next((row for row in shown if row.record == letter.record_id and MESSAGE in row.fields), None)
    name, checkpoint = _field(shown, FULL_NAME), journal.latest_checkpoint()
    return LetterFacts(
        template=letter.template,
        language=letter.language,
        reference=letter.reference,
        claim_code=claim_code(letter.subject_id),
        link=links.get(READ_ANSWER, ""),
        consents_link=links.get(OWN_CONSENTS, ""),
        is_open=kind.carries_content and is_proven,
        name=name.reveal() if name is not None else "",
        text=carried.fields[MESSAGE].reveal() if carried is not None else "",
        edition=editions.policy_in_force(),
        written_at=letter.written_at,
        checkpoint=checkpoint.mark if checkpoint else "",
    )
