"""The worker's part in campaigns: plan who is told, and hand letters over in batches, a second of each at a time."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from django.conf import settings

from camket.channels import mail_out
from camket.duties.custody import actions as custody
from camket.duties.intake import queries as intake
from camket.duties.notices import actions as notices
from camket.duties.notices.rules import RouteFault, dead_address
from camket.duties.publishing.queries import advertising_law_on
from camket.jobs.envelopes import domain_of, is_the_carriers, is_the_houses
from camket.jobs.pacing import FIRST_SIZE, Pace

log = logging.getLogger(__name__)

TURN_SECONDS = 1.0  # of a turn of the worker: whatever else is due does not wait longer behind a campaign than this and one batch
_PATIENCE = mail_out.Patience(batch_seconds=20)  # with the last letter's own time less than the lease of a batch
_FEWEST_TO_JUDGE = 5  # letters of a batch from which on a refusal of all of them says something of the carrier
_FEWEST_OF_THE_FIRST = 2  # where nobody was told yet: better that a person looks once too often than that all of a small campaign are given up
_ADVERTISING = "advertising"  # the kind of campaign
_NOT_BEGUN = "smtp.not_begun"  # the carrier's word for a letter of which nothing was tried

Outcomes = dict[UUID, tuple[str, str]]


class Carrier(Protocol):
    """What letters are handed to."""

    def send_all(self, letters: Sequence[mail_out.Sendable]) -> Sequence[mail_out.Delivery]:
        """Hand letters over."""


def plan_due(*, now: datetime) -> int:
    """
    Plan who is told by the campaigns that are due, for a second at most, and return how many letters were written.

    Args:
        now: UTC instant.
    """
    began, written = time.monotonic(), 0
    # the turn's own instant throughout: letters are due with it, and whoever sends them in the same turn finds them
    while time.monotonic() - began < TURN_SECONDS:
        looked_at = notices.look_ahead(now=now)
        if looked_at is None:
            break
        narrowed = intake.concerned(audience=looked_at.audience, matters=looked_at.matters) if looked_at.audience else None
        written += notices.plan_letters(looked_at=looked_at, now=now, concerned=narrowed)
    return written


def try_due(*, worker: str, pace: Pace, now: datetime) -> int:
    """
    Send the trial letters that colleagues asked for, and return how many were taken in hand.

    Args:
        worker: Id of the worker.
        pace: How fast letters may leave.
        now: UTC instant.

    Raises:
        RouteUnreadable: CAMKET_SMTP_URL cannot be understood.
    """
    if pace.route.is_on(at=time.monotonic()):
        return 0
    with mail_out.open_carrier(patience=_PATIENCE) as carrier:
        trials = notices.take_trials(worker=worker, now=now)
        if not trials:
            return 0
        letters = [
            _form(one.wording).fill(
                to=one.to.reveal(), message_id=one.message_id, sent_at=now, values={"link": f"{settings.CAMKET_URL}/{one.row.language}/"}
            )
            for one in trials
        ]
        answers = carrier.send_all(letters)
        hear_of_route(pace, [one.code for one in answers if one.code != _NOT_BEGUN], at=time.monotonic())
        for one, delivery in zip(trials, answers, strict=True):
            if delivery.code == _NOT_BEGUN:
                notices.put_trial_back(trial=one, worker=worker)
                continue
            notices.report_trial(trial=one, worker=worker, outcome=str(delivery.outcome), code=delivery.code, now=now)
    return len(trials)


def send_due(*, worker: str, pace: Pace, now: datetime, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """
    Hand letters of campaigns to the carrier, batch by batch, for a second at most, and return how many it was offered.

    Args:
        worker: Id of the worker.
        pace: How fast they may leave.
        now: UTC instant.
        is_stopping: Whether the worker was asked to stop: then no further letter is begun, and what was not is put back.

    Raises:
        RouteUnreadable: CAMKET_SMTP_URL cannot be understood.
    """
    began, offered = time.monotonic(), 0
    while (passed := time.monotonic() - began) < TURN_SECONDS and not pace.does_carrier_wait(at=time.monotonic()) and not is_stopping():
        at = now + timedelta(seconds=passed)
        with mail_out.open_carrier(patience=_PATIENCE, is_stopping=is_stopping) as carrier:
            batch = notices.take_batch(worker=worker, now=at, limit=pace.size)
            if batch is None:
                break
            offered += _send_batch(batch, carrier, pace, at)
    return offered


def _send_batch(batch: notices.Batch, carrier: Carrier, pace: Pace, now: datetime) -> int:
    began = time.monotonic()
    notices.open_batch(batch=batch, now=now)
    domains = {one.id: domain_of(batch.addresses[one.id]) for one in batch.letters}
    waits = {one: pace.seconds_to_wait(domain, at=began) for one, domain in domains.items()}
    later = {one: now + timedelta(seconds=seconds) for one, seconds in waits.items() if seconds}
    notices.put_back(batch=batch, letters=later, due_at=later)
    copies = notices.hand_over(batch=batch, now=now, law=advertising_law_on(now) if batch.campaign.kind == _ADVERTISING else None)
    outcomes = _deliver(batch, copies, carrier, now)
    untried = [one.id for one in copies if one.id not in outcomes]
    if untried:
        notices.put_back(batch=batch, letters=untried, due_at={}, is_handed_over=True)
    ended = time.monotonic()
    is_refused = _is_everybody("refused", outcomes, domains) or _is_refused_from_the_first(batch, outcomes)
    if is_refused:  # it says nothing of the people: they are tried again once a person has looked
        outcomes = {one: ("deferred", code) for one, (_, code) in outcomes.items()}
    done_at = now + timedelta(seconds=ended - began)
    counted = notices.report_batch(batch=batch, outcomes=outcomes, now=done_at)
    if counted < len(outcomes):
        log.warning("the lease of %d letters was lost; another worker has them", len(outcomes) - counted)
    if is_refused:
        _stand_still(batch, done_at)
    _learn(pace, outcomes, domains, ended=ended, seconds=ended - began)
    return len(outcomes)


def _deliver(batch: notices.Batch, copies: Sequence[notices.Copy], carrier: Carrier, now: datetime) -> Outcomes:
    """Hand copies over, and return what the carrier said of those that it was asked about; a wording is composed once for all who get it."""
    is_advertising = batch.campaign.kind == _ADVERTISING
    forms = {name: _form(wording, is_advertising=is_advertising) for name, wording in batch.wordings.items()}
    outcomes: Outcomes = {}
    written: dict[UUID, mail_out.Sendable] = {}
    for one in copies:
        try:
            values = {"link": one.link}
            written[one.id] = forms[one.variant].fill(to=one.to.reveal(), message_id=one.message_id, sent_at=now, values=values)
        except mail_out.LetterUnsendable as unsendable:
            outcomes[one.id] = ("refused", unsendable.code)
    answers = {
        name: delivery for name, delivery in zip(written, carrier.send_all(list(written.values())), strict=True) if delivery.code != _NOT_BEGUN
    }
    custody.count_letters(str(delivery.outcome) for delivery in answers.values())
    return outcomes | {name: (str(delivery.outcome), delivery.code) for name, delivery in answers.items()}


def _form(wording: notices.Wording, *, is_advertising: bool = False) -> mail_out.LetterForm:
    sender = {"from_email": settings.CAMKET_CONTROLLER_EMAIL, "from_name": settings.CAMKET_SITE_NAME}
    return _composed(wording, is_advertising=is_advertising, **sender)


@lru_cache(maxsize=32)  # batch after batch of a campaign has the same few; nothing of anybody's is in it
def _composed(wording: notices.Wording, *, is_advertising: bool, from_email: str, from_name: str) -> mail_out.LetterForm:
    """The wording with a blank for the link; that of advertising stops it, by one click in the mail program (RFC 8058)."""
    link = mail_out.blank("link")
    one_click = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return mail_out.LetterForm(
        subject=wording.subject,
        text=wording.with_link(link),
        headers={"Auto-Submitted": "auto-generated", **(one_click if is_advertising else {})},
        from_email=from_email,
        from_name=from_name,
    )


def _is_everybody(outcome: str, outcomes: Outcomes, domains: Mapping[UUID, str]) -> bool:
    """Whether all letters of a batch had the same fate, and there were enough of them, to more than one domain."""
    if len(outcomes) < _FEWEST_TO_JUDGE or any(found != outcome for found, _ in outcomes.values()):
        return False
    return len({domains[one] for one in outcomes}) > 1


def _is_refused_from_the_first(batch: notices.Batch, outcomes: Outcomes) -> bool:
    """Whether the carrier refused all of a campaign's first letters; that an address is no mailbox says nothing of the carrier."""
    if any(found != "refused" for found, _ in outcomes.values()):
        return False
    by_the_carrier = [code for _, code in outcomes.values() if code.startswith("smtp.") and not dead_address(code)]
    return len(by_the_carrier) >= _FEWEST_OF_THE_FIRST and notices.is_first_try(batch=batch)


def _stand_still(batch: notices.Batch, now: datetime) -> None:
    log.error("the mail server refuses every letter of a campaign: it stands still until somebody has looked")
    try:
        notices.stand_still(campaign_id=batch.campaign.id, now=now)
    except notices.CannotBeDone:
        return  # somebody was quicker


def hear_of_route(pace: Pace, codes: Iterable[str], *, at: float) -> None:
    """
    Let whatever goes out rest where our way to the carrier is at fault, a little longer each time; where it let us in, the next rest is short again.

    Args:
        pace: How fast letters may leave.
        codes: What the carrier answered, one after the other.
        at: Seconds of the monotonic clock.
    """
    told = list(codes)
    if fault := next(filter(is_the_houses, told), ""):
        pace.route.begin(at=at)
        log.error("no letter goes out (%s): they wait, and go on by themselves once that is mended", RouteFault(fault))
    elif any(not is_the_carriers(code) for code in told):
        pace.route.end()


def _learn(pace: Pace, outcomes: Outcomes, domains: Mapping[UUID, str], *, ended: float, seconds: float) -> None:
    hear_of_route(pace, [code for _, code in outcomes.values()], at=ended)
    is_silent = any(is_the_carriers(code) for _, code in outcomes.values())
    for one, (outcome, code) in outcomes.items():
        if outcome == "accepted":
            pace.accepted(domains[one])
        elif outcome == "deferred" and not is_the_carriers(code):
            pace.asked_to_wait(domains[one], at=ended)
    if is_silent or _is_everybody("deferred", outcomes, domains):
        pace.carrier_fell_silent(at=ended)
    elif outcomes:
        pace.batch_took(seconds)


__all__ = ["FIRST_SIZE", "Carrier", "hear_of_route", "plan_due", "send_due", "try_due"]
