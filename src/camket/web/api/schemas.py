"""What programs send and get, written by hand: never a dump of a table."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field

Text = Annotated[str, Field(max_length=20_000)]
Slug = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]*$")]
Name = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]


_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_LAST_YEAR = 9998  # whoever reads it lives east or west of Greenwich, and there is no year 10000


def _written_instant(value: Any) -> Any:
    """An instant is written as a text: a number would be taken for seconds since 1970."""
    if value is not None and not (isinstance(value, str) and _INSTANT.fullmatch(value)):
        raise ValueError("an instant is written as 2026-12-01T20:00:00+07:00")
    return value


def _in_greenwich(at: datetime) -> datetime:
    try:
        found = at.astimezone(UTC)
    except OverflowError:
        raise ValueError("there is no such instant") from None
    if found.year > _LAST_YEAR:
        raise ValueError("there is no such instant")
    return found


Instant = Annotated[AwareDatetime, BeforeValidator(_written_instant), AfterValidator(_in_greenwich)]


Spoken = Literal["vi", "en"]  # `policy/languages`, written out: a type is read before anything runs


class InquiryIn(Schema):
    """An inquiry that a program passes on."""

    model_config = ConfigDict(extra="forbid")

    channel: Literal["api"] = "api"
    language: Spoken = "vi"
    fields: Annotated[dict[Name, Text], Field(max_length=20)]
    message: Text = ""
    consents: Annotated[list[Name], Field(max_length=20)]
    product: Slug | None = None
    # whose wording the person agreed to; the one in force where it is left out
    edition: Annotated[int, Field(ge=1, le=100_000, strict=True)] | None = None


class InquiryOut(Schema):
    """What the person is to be told: their reference, and the code that opens our answers until their address is proven."""

    reference: str
    reading_code: str


class TonguesIn(Schema):
    """A text of a notice in every language in which there are letters."""

    model_config = ConfigDict(extra="forbid")

    vi: Text
    en: Text


class NoticeIn(Schema):
    """A service notice that a program writes to those who agreed to be told."""

    model_config = ConfigDict(extra="forbid")

    title: TonguesIn
    text: TonguesIn
    audience: Annotated[str, Field(max_length=60)]
    starts_at: Instant | None = None
    is_ours: Annotated[bool, Field(strict=True)] = False  # that an address or a number in it is the company's, and nobody's


class NoticeOut(Schema):
    """A notice as it stands: under which clauses it goes out, and where a person looks at it."""

    id: UUID
    state: str
    starts_at: datetime | None
    clauses: list[str]
    page: str


class NoticeCountsOut(Schema):
    """
    How many letters became what; each is counted under one heading but `planned` and `doubled`.

    `unproven` are people left out, for nobody has shown that the address they gave is theirs.
    """

    planned: int
    told: int
    waiting: int
    deferred: int
    in_hand: int
    refused: int
    unknown: int
    bounced: int
    unreachable: int
    cancelled: int
    dropped: int
    unsent: int
    doubled: int
    unproven: int


class NoticeReportOut(NoticeOut):
    """A notice as it stands, with what became of its letters: counts, and nothing of anybody."""

    counts: NoticeCountsOut


class FaultOut(Schema):
    """What is wrong with one field; the value is not repeated."""

    field: str
    code: str
    message: str


class FaultsOut(Schema):
    """Everything that is wrong, at once."""

    errors: list[FaultOut]


class RefusalOut(Schema):
    """The policy's answer to a well-formed ask that it does not permit."""

    outcome: str
    clauses: list[str]
    reason: str


class ProblemOut(Schema):
    """Why a request was not taken."""

    error: str
    message: str
