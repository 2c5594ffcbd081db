"""What programs send and get, written by hand: never a dump of a table."""

from typing import Annotated, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

Text = Annotated[str, Field(max_length=20_000)]
Slug = Annotated[str, Field(max_length=40, pattern=r"^[a-z0-9-]*$")]
Name = Annotated[str, Field(max_length=40, pattern=r"^[a-z_]+$")]


class InquiryIn(Schema):
    """An inquiry that a program passes on."""

    model_config = ConfigDict(extra="forbid")

    channel: Literal["api"] = "api"
    language: Literal["vi", "en"] = "vi"
    fields: Annotated[dict[Name, Text], Field(max_length=20)]
    message: Text = ""
    consents: Annotated[list[Name], Field(max_length=20)]
    product: Slug | None = None
    edition: Annotated[int, Field(ge=1, le=100_000)] | None = None  # whose wording the person agreed to; the one in force where it is left out


class InquiryOut(Schema):
    """What the person is to be told: their reference, and the code that opens our answers until their address is proven."""

    reference: str
    reading_code: str


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
