"""Looking at campaigns: where each stands, what became of its letters, and how long the rest may take."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from camket.duties.notices.models import Campaign, Letter, Variant
from camket.duties.notices.rules import ANSWER_UNKNOWN, ENOUGH_TODAY, GIVEN_UP, HARD, NO_ADDRESS, SOFT, UNPROVEN, notice_hash, told_by
from camket.editions import queries as editions
from camket.journal.paging import ListPlace, Page, cut
from camket.outbox.models import LeaseState
from camket.policy.terms import EditionNumber

_MINUTES_LOOKED_BACK = 5
_FEWEST_TO_ESTIMATE = 10  # letters; from fewer nobody can tell how fast it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRow:
    """One campaign as the console shows it."""

    id: UUID
    kind: str
    state: str
    edition: int | None
    purpose: str
    words: Mapping[str, Any]
    audience: str
    created_at: datetime
    created_by: UUID | None
    saved_by: UUID | None  # who changed the draft last; None where nobody has since it was written
    starts_at: datetime | None
    planned_at: datetime | None
    began_at: datetime | None
    ended_at: datetime | None
    paused_for: str
    looked_at: int
    looked_last_at: datetime | None
    planned: int
    unproven: int
    doubled: int
    forgotten: Mapping[str, int]
    has_letters_left: bool  # somebody's letter waits or is in a worker's hand
    has_letters_told: bool  # somebody's letter went out, and they are not erased

    @property
    def seen(self) -> str:
        """What identifies it to whoever reads it before it goes out."""
        return notice_hash(self.words, self.audience)

    @property
    def stands(self) -> str:
        """
        The state as a person reads it: a draft that has a time is scheduled, what goes on only for whoever comes is open, and what has nothing
        left to send and reached nobody is untold.
        """
        if self.is_scheduled:
            return "scheduled"
        is_open = self.state == Campaign.State.RUNNING and self.is_looking_still and not self.has_letters_left
        if (is_open or self.state == Campaign.State.DONE) and not self.has_told:
            return "untold"
        return "open" if is_open else self.state

    @property
    def has_told(self) -> bool:
        """Whether anybody was told, also whoever was erased since."""
        return self.has_letters_told or bool(self.forgotten.get("told"))

    @property
    def is_scheduled(self) -> bool:
        """Whether it waits for its time."""
        return self.state == Campaign.State.DRAFT and self.starts_at is not None

    @property
    def is_looking_still(self) -> bool:
        """Whether whoever comes is told too: of a change, until its edition is in force."""
        return self.planned_at is not None and self.looked_last_at is None and not self.is_over

    @property
    def is_over(self) -> bool:
        """Whether nothing of it will ever go out any more."""
        return self.state in (Campaign.State.DONE, Campaign.State.STOPPED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What became of a campaign's letters: each of them is counted under one of the first eleven headings, and all that were planned under some.

    `unproven` are those for whom no letter was planned, because nobody has shown that the address they gave is theirs. `agreed` and `silent`
    are among those told who were asked for a new yes: silence is never consent.
    """

    told: int
    waiting: int
    deferred: int  # waits, and was tried before or came back for a while
    in_hand: int
    refused: int  # by the mail server; a person may look
    unknown: int  # left, and nobody knows whether it arrived: an answer was lost twice, or the campaign was stopped after the first time
    unsent: int  # never goes, for the campaign was stopped
    bounced: int  # came back for good
    unreachable: int  # no address, or one that is known to be dead
    cancelled: int  # a colleague gave it up
    dropped: int  # the person took a yes back, or was erased, before their letter went
    unproven: int
    planned: int
    doubled: int
    asked: int
    agreed: int
    limited: int  # of those that wait: for their address has had as much advertising as the law allows
    limited_until: datetime | None  # from when the first of them can go
    rate_a_minute: float | None  # of the last minutes; None until there is one
    seconds_left: int | None

    @property
    def silent(self) -> int:
        """Those who were asked for a new yes and have not given it."""
        return self.asked - self.agreed

    @property
    def untold(self) -> int:
        """Those who had to be told, and of whom nobody knows that they were."""
        return self.refused + self.unknown + self.bounced + self.unreachable + self.cancelled

    @property
    def settled(self) -> int:
        """Of whom it is known what became."""
        return self.planned - self.waiting - self.deferred - self.in_hand

    @property
    def dealt_with(self) -> int:
        """How far it came: what is settled, but for what was only settled by stopping it."""
        return self.settled - self.unsent


_COLUMNS = tuple(CampaignRow.__dataclass_fields__)


def campaigns(*, older_than: ListPlace | None = None, limit: int = 100) -> Page[CampaignRow, ListPlace]:
    """
    Return a page of the campaigns, the newest first.

    Args:
        older_than: Where the page before ended; the first page when None.
        limit: At most so many.
    """
    rows = _rows()
    if older_than:
        rows = rows.filter(Q(created_at__lt=older_than.at) | Q(id__lt=older_than.id), created_at__lte=older_than.at)
    page, last = cut(list(rows.order_by("-created_at", "-id").values(*_COLUMNS)[: limit + 1]), limit=limit)
    older = ListPlace(at=last["created_at"], id=last["id"]) if last else None
    return Page(rows=tuple(CampaignRow(**row) for row in page), older=older)


def _rows() -> QuerySet[Campaign]:
    left = Letter.objects.filter(campaign_id=OuterRef("pk"), state__in=[LeaseState.DUE, LeaseState.CLAIMED])
    told = Letter.objects.filter(campaign_id=OuterRef("pk"), state=LeaseState.DONE, dropped="")
    return Campaign.objects.annotate(has_letters_left=Exists(left), has_letters_told=Exists(told))


def campaign(campaign_id: UUID) -> CampaignRow | None:
    """Return one campaign, or None where there is none of this id."""
    row = _rows().filter(id=campaign_id).values(*_COLUMNS).first()
    return CampaignRow(**row) if row else None


def campaign_of_edition(edition: EditionNumber) -> CampaignRow | None:
    """Return the campaign that tells of an edition and was not stopped, or None."""
    row = _rows().filter(edition=edition).exclude(state=Campaign.State.STOPPED).values(*_COLUMNS).first()
    return CampaignRow(**row) if row else None


def told_by_stopped(edition: EditionNumber) -> int:
    """Return how many letters that tell of an edition had gone out when a campaign of it was stopped; two queries."""
    stopped = Campaign.objects.filter(edition=edition, state=Campaign.State.STOPPED)
    gone = sum(int(one.get("told", 0)) for one in stopped.values_list("forgotten", flat=True))
    return gone + Letter.objects.filter(campaign__in=stopped, state=LeaseState.DONE, dropped="").count()


def deadline_of(edition: EditionNumber) -> datetime | None:
    """
    Return the last instant at which an edition can be told as early as the one before it promises; None where nothing is due.

    Args:
        edition: A published edition that follows another one.

    Source: policy §8 (8.2).
    """
    due_at, change = editions.edition(edition).due_at, editions.compiled(EditionNumber(edition - 1)).change
    return told_by(due_at, days=change.notice_days if change else 0) if due_at else None


def variants_of(campaign_id: UUID) -> tuple[tuple[int, str, tuple[str, ...], tuple[str, ...]], ...]:
    """Return what a campaign tells to whom the same changes: id, language, changes, and purposes that need a new yes."""
    rows = Variant.objects.filter(campaign_id=campaign_id).order_by("id").values_list("id", "language", "changes", "to_agree")
    return tuple((id, language, tuple(changes), tuple(to_agree)) for id, language, changes, to_agree in rows)


def report_of(row: CampaignRow, *, now: datetime) -> Report:
    """
    Return what became of a campaign's letters; ten queries at most, each of which an index answers.

    Args:
        row: The campaign.
        now: UTC instant.
    """
    letters = Letter.objects.filter(campaign_id=row.id)
    gone = Counter[str](Campaign.objects.values_list("forgotten", flat=True).get(id=row.id))
    open_states = [LeaseState.DUE, LeaseState.CLAIMED, LeaseState.PARKED]
    by_state = Counter(dict(letters.filter(state__in=open_states).order_by().values_list("state").annotate(many=Count("*"))))
    came_back = letters.filter(bounced_at__isnull=False, bounce_kind__in=[HARD, SOFT])
    bounced = came_back.filter(state=LeaseState.PARKED).count()
    unknown = letters.filter(state=LeaseState.PARKED, last_error=ANSWER_UNKNOWN).count() if by_state[LeaseState.PARKED] else 0
    given_up = _given_up(letters, now) if row.state == Campaign.State.STOPPED else Counter[str]()
    is_waiting = row.state != Campaign.State.STOPPED and by_state[LeaseState.DUE] > 0
    limits = is_waiting and row.kind == Campaign.Kind.ADVERTISING
    deferred = letters.filter(state=LeaseState.DUE, attempt__gt=0).count() if is_waiting else 0
    ended = list(letters.filter(state=LeaseState.DONE).order_by().values_list("dropped", "variant").annotate(many=Count("*")))
    asking = set(Variant.objects.filter(campaign_id=row.id).exclude(to_agree=[]).values_list("id", flat=True))
    told = sum(many for dropped, _, many in ended if not dropped)
    unreachable = sum(many for dropped, _, many in ended if dropped == NO_ADDRESS)
    cancelled = sum(many for dropped, _, many in ended if dropped == GIVEN_UP)
    # what else they must be is asked of the few: with it a database takes the index of all who were told
    held_back = sum(many for dropped, _, many in ended if dropped == UNPROVEN)  # planned before the house asked whether an address is proven
    yes = letters.filter(agreed_at__isnull=False).order_by().values_list("variant", "dropped", "state").annotate(many=Count("*")) if asking else ()
    agreed = sum(many for variant, dropped, state, many in yes if variant in asking and not dropped and state == LeaseState.DONE)
    lately = letters.filter(dropped="", done_at__gt=now - timedelta(minutes=_MINUTES_LOOKED_BACK), done_at__lte=now)
    rate = _rate(row, lately.count(), now) if row.state == Campaign.State.RUNNING else None
    held_up = letters.filter(state=LeaseState.DUE, last_error=ENOUGH_TODAY).aggregate(many=Count("*"), until=Min("due_at")) if limits else {}
    left = by_state[LeaseState.DUE] + by_state[LeaseState.CLAIMED]
    return Report(
        planned=row.planned - held_back,
        unproven=row.unproven + held_back,
        told=told + gone["told"],
        waiting=by_state[LeaseState.DUE] - deferred if is_waiting else 0,
        deferred=deferred,
        in_hand=by_state[LeaseState.CLAIMED] - given_up["dead"],
        refused=by_state[LeaseState.PARKED] - bounced - unknown + gone["refused"],
        unknown=unknown + given_up["doubtful"] + gone["unknown"],
        unsent=given_up["all"] - given_up["doubtful"],
        unreachable=unreachable + gone[NO_ADDRESS],
        cancelled=cancelled + gone[GIVEN_UP],
        dropped=sum(many for _, _, many in ended) - told - unreachable - cancelled - held_back + gone["dropped"] + gone["let_go"],
        bounced=bounced,
        doubled=row.doubled,
        asked=sum(many for dropped, variant, many in ended if not dropped and variant in asking) + gone["asked"],
        agreed=agreed + gone["agreed"],
        limited=held_up.get("many", 0),
        limited_until=held_up.get("until"),
        rate_a_minute=rate,
        seconds_left=round(left / rate * 60) if rate else None,
    )


def _given_up(letters: QuerySet[Letter], now: datetime) -> Counter[str]:
    """What a campaign that was stopped left: all of it, what of that a worker held that died, and what may have gone out all the same."""
    dead = Q(state=LeaseState.CLAIMED, lease_until__lte=now)
    counts = {"all": Count("*"), "dead": Count("pk", filter=dead), "doubtful": Count("pk", filter=Q(unanswered__gt=0))}
    return Counter(letters.filter(Q(state=LeaseState.DUE) | dead).aggregate(**counts))


def _rate(row: CampaignRow, lately: int, now: datetime) -> float | None:
    """Letters a minute over the last minutes, or over as many as it has run; None while too few have gone to tell."""
    began = row.began_at or now
    seconds = min((now - began).total_seconds(), _MINUTES_LOOKED_BACK * 60)
    return lately / seconds * 60 if lately >= _FEWEST_TO_ESTIMATE and seconds > 0 else None


__all__ = ["CampaignRow", "Report", "campaign", "campaign_of_edition", "campaigns", "deadline_of", "report_of", "told_by_stopped", "variants_of"]
