"""Whether people are told of an edition: what its pages at the desk say of it, and offer."""

from dataclasses import dataclass
from datetime import datetime

from camket.duties.notices import queries as campaigns
from camket.duties.publishing import queries as editions


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """An edition that weighs, as was found or as somebody raised it: the notice that tells of it and its report, or that nobody has begun to tell."""

    number: int
    due_at: datetime | None
    in_force_at: datetime | None  # None while it is to come
    notice: campaigns.CampaignRow | None
    report: campaigns.Report | None
    had_readers: bool  # whether anybody's details were held when it was published, so that somebody is to be told
    can_go: bool  # whether the edition in force lets its letters go out
    told_before: int  # letters that had gone out when an earlier notice of it was stopped: their readers get the new one too

    @property
    def is_offered(self) -> bool:
        """Whether somebody is to be told of it, and nobody has begun to: late too, for what binds people they should know."""
        return self.notice is None and self.had_readers


def telling_of(number: editions.EditionNumber, *, reported_at: datetime | None = None) -> Telling | None:
    """
    Return how it stands with telling people of an edition; None where it changes nothing that weighs and nobody raised it.

    Args:
        number: Of a published edition.
        reported_at: UTC instant for which what became of the letters is counted; it is not counted when None.
    """
    if number < 2 or not _weighs(number):
        return None
    line, notice = editions.edition_line(number), campaigns.campaign_of_edition(number)
    return Telling(
        number=number,
        due_at=line.due_at,
        notice=notice,
        report=campaigns.report_of(notice, now=reported_at) if notice and reported_at else None,
        in_force_at=line.in_force_at,
        had_readers=_had_readers(line),
        can_go=campaigns.change_can_go(),
        told_before=0 if notice else campaigns.told_by_stopped(number),
    )


def untold() -> tuple[Telling, ...]:
    """Return every edition, to come or in force already, that weighs and that nobody has begun to tell of, in their order."""
    numbers = [line.number for line in reversed(editions.edition_lines())]
    return tuple(found for found in map(telling_of, numbers) if found and found.is_offered)


def _had_readers(line: editions.EditionLine) -> bool:
    """What came into force at once although the edition before it promises notice was published while nobody's details were held."""
    promise = editions.compiled(editions.EditionNumber(line.number - 1)).change
    return line.due_at != line.published_at or promise is None or not promise.notice_days


def _weighs(number: editions.EditionNumber) -> bool:
    found = editions.difference(editions.EditionNumber(number - 1), number).is_significant
    return found or editions.raised_for(number) is not None
