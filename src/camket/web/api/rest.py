"""The REST door: routes, the token that each asks for, and one shape for every refusal."""

import json
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import override
from ninja import Status
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from camket.duties.catalogue import queries as catalogue
from camket.duties.intake import actions as intake
from camket.duties.intake.rules import FieldError, check, form_shape, largest_form, not_taken
from camket.duties.publishing import queries as editions
from camket.policy.terms import MESSAGE, VISITOR, Actor
from camket.web.api.described import DescribedApi
from camket.web.api.entrance import IDEMPOTENCY_KEY, REFUSALS, Scoped, TooMany, sending_key, token_of
from camket.web.api.notices import router as notices_router
from camket.web.api.schemas import InquiryIn, InquiryOut, NoticeIn, TonguesIn
from camket.web.kit.faults import error_sentence


class NotTaken(Exception):
    """A body that is not even read: `status` and `code` say why, and the message how to mend it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class OneJsonValue(Parser):
    """Reads a body that says it is JSON, is not too large, and names nothing twice."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the value, or raise NotTaken; the library answers what else goes wrong with 400."""
        if request.content_type != "application/json":
            raise NotTaken(415, "unsupported_media_type", "Send the body as application/json.")
        if len(request.body) > largest_form(form_shape(editions.policy_in_force(), role=VISITOR)):
            raise _too_large()
        value = json.loads(request.body, object_pairs_hook=_without_doubles)
        # \ud83d\ude00 is one character, however it was written down; what is no character is for the schema to refuse
        if len(json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")) > settings.CAMKET_FORM_LIMIT_BYTES:
            raise _too_large()
        return value


def _too_large() -> NotTaken:
    return NotTaken(413, "too_large", f"The body may say at most {settings.CAMKET_FORM_LIMIT_BYTES} bytes, as UTF-8.")


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotTaken(400, "doubled", "The body names something twice.")
    return found


api = DescribedApi(
    title="Camket",
    version="1",
    description="What programs may do, each under the published policy. Every answer that refuses says why and repeats nothing that was sent.",
    docs_url=None,
    openapi_url="openapi.json",
    urls_namespace="api-v1",
    parser=OneJsonValue(),
)
api.add_router("notices", notices_router)


@api.exception_handler(ValidationError)
def _malformed(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The library's own answer repeats the input; ours names the place and the kind of fault."""
    faults = [
        {"field": _place(one.get("loc", ())), "code": str(one.get("type", "invalid")), "message": "This is not of the right shape."}
        for one in error.errors
    ]
    return api.create_response(request, {"errors": faults}, status=422)


def _place(location: Any) -> str:
    """The way to a fault, as far as the schema and the edition know it: any other name was sent, and may be anybody's number."""
    known = {*InquiryIn.model_fields, *NoticeIn.model_fields, *TonguesIn.model_fields, *editions.policy_in_force().fields}
    parts = takewhile(lambda part: isinstance(part, int) or part in known, (part for part in location if part not in ("body", "payload")))
    return ".".join(str(part) for part in parts)


@api.exception_handler(HttpError)
def _problem(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    if isinstance(cause, NotTaken):
        return api.create_response(request, {"error": cause.code, "message": str(cause)}, status=cause.status)
    if isinstance(cause, editions.EditionTampered | editions.NoEdition | DatabaseError):
        raise cause  # a fault of ours that reading the body met is answered as everywhere
    message = "The body is not JSON." if error.status_code == 400 else "The request was not taken."
    return api.create_response(request, {"error": "bad_request", "message": message}, status=error.status_code)


@api.exception_handler(AuthenticationError)
def _not_known(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    answer = {"error": "unauthorized", "message": "Send a token of the scope that this address asks for: Authorization: Bearer …"}
    response = api.create_response(request, answer, status=401)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


@api.exception_handler(intake.Refused)
def _refused(request: HttpRequest, error: intake.Refused) -> HttpResponse:
    answer = {"outcome": error.decision.outcome, "clauses": list(error.decision.clauses), "reason": error.reason}
    return api.create_response(request, answer, status=403)


@api.exception_handler(TooMany)
def _too_many(request: HttpRequest, error: TooMany) -> HttpResponse:
    response = api.create_response(request, {"error": "too_many", "message": "Too many requests; try again in a minute."}, status=429)
    response.headers["Retry-After"] = "60"
    return response


@api.post(
    "inquiries", auth=Scoped("inquiries:write"), response={201: InquiryOut, **REFUSALS}, summary="Pass an inquiry on", openapi_extra=IDEMPOTENCY_KEY
)
def receive_inquiry(request: HttpRequest, payload: InquiryIn) -> Status[Any]:
    """
    Pass on what a person told you, with the purposes they agreed to.

    Send an `Idempotency-Key` header to be able to repeat a request safely: the same key with the same content is answered
    alike, with another content by 409.
    """
    now = timezone.now()
    token = token_of(request)
    values: dict[str, str] = payload.fields | ({MESSAGE: payload.message} if payload.message else {})
    own_faults = _own_faults(payload)
    if own_faults:
        return Status(422, _faults([*own_faults, *_field_faults(values, payload.consents)], payload.language))
    agreed_to = None if payload.edition is None else editions.EditionNumber(payload.edition)
    submission = intake.Submission(
        channel="api", language=payload.language, key=sending_key(request, token), product=payload.product or "", edition=agreed_to
    )
    try:
        actor = Actor(role=VISITOR, id=str(token.id))  # a visitor speaks; the journal knows through which program
        received = intake.receive_inquiry(submission=submission, values=values, consents=payload.consents, actor=actor, now=now)
    except intake.Malformed as malformed:
        return Status(422, _faults(list(malformed.errors), payload.language))
    except intake.WordingChanged:
        return Status(422, _faults([FieldError(field="edition", code="edition_superseded")], payload.language))
    except intake.SentDifferently:
        return Status(409, {"error": "sent_differently", "message": "This Idempotency-Key came before with another content."})
    return Status(201, {"reference": received.reference, "reading_code": received.reading_code})


def _own_faults(payload: InquiryIn) -> list[FieldError]:
    """What only this door can see: the intake knows no shelf, and gets one message."""
    is_unknown = bool(payload.product) and not catalogue.is_shown(payload.product or "")
    is_doubled = bool(payload.message) and MESSAGE in payload.fields
    faults = [FieldError(field="product", code="unknown_product")] if is_unknown else []
    return faults + ([FieldError(field=MESSAGE, code="doubled")] if is_doubled else [])


def _field_faults(values: Mapping[str, str], consents: Sequence[str]) -> list[FieldError]:
    """What the intake would refuse as well, so that a program learns of everything at once."""
    shape = form_shape(editions.policy_in_force(), role=VISITOR)
    _, errors = check(shape, values, consents)
    return [*not_taken(shape, values), *errors]


def _faults(errors: list[FieldError], language: str) -> dict[str, Any]:
    policy = editions.policy_in_force()
    known = {*policy.fields, "consents", "edition", "product"}
    with override(language):
        return {"errors": [{"field": _known_place(one, known), "code": one.code, "message": error_sentence(one, policy, language)} for one in errors]}


def _known_place(fault: FieldError, known: Collection[str]) -> str:
    """What the fault is about, in words of ours: a name that only the sender knows is not said back."""
    return fault.field if fault.field in known else "fields" if fault.code == "unknown_field" else ""
