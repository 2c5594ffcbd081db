"""Notices to many, for programs: write one, and ask what became of it."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import override
from ninja import Router, Status

from camket.duties.notices import actions as notices
from camket.duties.notices import queries as campaigns
from camket.duties.notices.rules import NoticeFault
from camket.policy.languages import LANGUAGES
from camket.policy.terms import OPERATOR, Actor
from camket.web.api.entrance import IDEMPOTENCY_KEY, REFUSALS, Scoped, sending_key, token_of
from camket.web.api.schemas import NoticeCountsOut, NoticeIn, NoticeOut, NoticeReportOut, ProblemOut
from camket.web.kit.audiences import is_audience
from camket.web.kit.faults import notice_sentence

_SCOPE = "notices:write"
_LANGUAGE = "en"  # of what is said to whoever programs

router = Router()


@router.post("", auth=Scoped(_SCOPE), response={201: NoticeOut, **REFUSALS}, summary="Write a service notice", openapi_extra=IDEMPOTENCY_KEY)
def write_notice(request: HttpRequest, payload: NoticeIn) -> Status[Any]:
    """
    Write a service notice to those who agreed to be told, in every language of letters.

    Without `starts_at` it stays a draft until a person lets it go; an instant that has passed means at once. With an
    `Idempotency-Key` header it is written once, however often it is sent, and each answer says how it stands now.
    """
    now = timezone.now()
    token = token_of(request)
    faults = [] if is_audience(payload.audience) else [{"field": "audience", "code": "unknown_audience", "message": "There is no such audience."}]
    sent = notices.NoticeSent(
        submission=sending_key(request, token),
        words={one: {"title": getattr(payload.title, one), "text": getattr(payload.text, one)} for one in LANGUAGES},
        audience=payload.audience,
        starts_at=payload.starts_at,
        is_ours=payload.is_ours,
    )
    if faults:
        return Status(422, {"errors": [*faults, *_faults(sent.faults)]})
    try:
        actor = Actor(role=OPERATOR, id=str(token.id))  # the operators made the token; the journal knows through which program
        made = notices.write_from_program(sent=sent, actor=actor, now=now)
    except notices.Unwritable as unwritable:
        return Status(422, {"errors": _faults(unwritable.faults)})
    except notices.SentDifferently:
        return Status(409, {"error": "sent_differently", "message": "This Idempotency-Key came before with another content."})
    return Status(201, _standing(made))


@router.get(
    "/{uuid:campaign_id}",
    auth=Scoped(_SCOPE),
    response={200: NoticeReportOut, **{code: REFUSALS[code] for code in (401, 429)}, 404: ProblemOut},
    summary="What became of a service notice",
)
def read_notice(request: HttpRequest, campaign_id: UUID) -> Status[Any]:
    """Tell how a service notice stands and what became of its letters: counts, and nothing of anybody."""
    now = timezone.now()
    row = campaigns.campaign(campaign_id)
    if row is None or row.kind != "service":
        return Status(404, {"error": "not_found", "message": "There is no such notice."})
    report = campaigns.report_of(row, now=now)
    return Status(200, {**_standing(row.id), "counts": {name: getattr(report, name) for name in NoticeCountsOut.model_fields}})


def _standing(campaign_id: UUID) -> dict[str, Any]:
    row = campaigns.campaign(campaign_id)
    if row is None:
        raise notices.CampaignUnknown
    return {
        "id": row.id,
        "state": "scheduled" if row.is_scheduled else row.state,
        "starts_at": row.starts_at,
        "clauses": [str(one) for one in campaigns.service_decision().clauses],
        "page": f"{settings.CAMKET_URL}/console/notices/{row.id}",
    }


def _faults(faults: tuple[NoticeFault, ...]) -> list[dict[str, str]]:
    with override(_LANGUAGE):
        return [{"field": f"{one.part}.{one.language}", "code": one.code, "message": notice_sentence(one)} for one in faults]
