"""A program writes a service notice: once, however often it sends it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from camket.duties.notices.actions.campaigns import schedule_campaign, write_service
from camket.duties.notices.models import Campaign
from camket.duties.notices.queries import service_decision
from camket.duties.notices.rules import NoticeFault, notice_faults, tidy_words
from camket.policy.terms import Actor
from camket.vault import gate


class SentDifferently(Exception):
    """The same sending came before with another content; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSent:
    """A service notice as a program sends it."""

    submission: bytes  # what makes the sending unique: 32 bytes, a hash of the program's own key
    words: Mapping[str, Mapping[str, str]]
    audience: str
    starts_at: datetime | None  # None leaves it a draft, for a person to let go
    is_ours: bool

    @property
    def faults(self) -> tuple[NoticeFault, ...]:
        """What keeps it from being kept."""
        return notice_faults(tidy_words(self.words), is_ours=self.is_ours)

    @property
    def body(self) -> bytes:
        """What tells a repetition from another notice; it is about nobody, so that a plain hash says nothing of anybody."""
        at = self.starts_at.astimezone(UTC).isoformat() if self.starts_at else None
        return hashlib.sha256(json.dumps([tidy_words(self.words), self.audience, at, self.is_ours], sort_keys=True).encode()).digest()


def write_from_program(*, sent: NoticeSent, actor: Actor, now: datetime) -> UUID:
    """
    Write a service notice that a program sends, say from when it goes out where the program says so, and return its id.

    What came before in the same words is not written again.

    Args:
        sent: What it sends.
        actor: An operator, by the id of the token that the operators made for the program.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        Refused: The edition in force lets nobody be written to for this.
        Unwritable: A text is missing, too long, or holds what cannot stand in a letter, or what seems to be somebody's.
        SentDifferently: The same sending came before with another content.

    Source: policy §3 (3.6).
    """
    decision = service_decision()
    if not decision.is_permitted:
        raise gate.Refused(decision, decision.reason)
    known = _known(sent)
    if known:
        return known
    try:
        with transaction.atomic():
            made = write_service(words=sent.words, audience=sent.audience, actor=actor, now=now, is_ours=sent.is_ours)
            if sent.starts_at:
                schedule_campaign(campaign_id=made, at=sent.starts_at, actor=actor, now=now)
            Campaign.objects.filter(id=made).update(submission=sent.submission, submission_body=sent.body)
    except IntegrityError:
        if known := _known(sent):  # the same came at the same moment, and was quicker
            return known
        raise
    return made


def _known(sent: NoticeSent) -> UUID | None:
    row = Campaign.objects.filter(submission=sent.submission).values_list("id", "submission_body").first()
    if row and bytes(row[1]) != sent.body:
        raise SentDifferently
    return row[0] if row else None
