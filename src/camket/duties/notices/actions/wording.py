"""A campaign's letter is put into words once for all who are told the same; only the link is each person's own."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context

from camket.duties.notices.actions.composing import letter_engine
from camket.duties.notices.actions.concerning import reach_for
from camket.duties.notices.models import Campaign, Variant
from camket.duties.notices.rules import LETTER_OF, PURPOSES, split_letter, written_day
from camket.editions import queries as editions
from camket.policy.changes import When, filled
from camket.policy.terms import ClauseNumber, EditionNumber, PurposeId

_LINK = "\x1f"  # stands in no text: a place that the person's own link takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Subject and text of a variant's letter, with a place for the link."""

    subject: str
    text: str = field(repr=False)

    def with_link(self, link: str) -> str:
        """Return the text as one person gets it."""
        return self.text.replace(_LINK, link)


def wording_of(variant: Variant, campaign: Campaign, *, clause: ClauseNumber | str = "") -> Wording:
    """
    Return what a variant's letter says.

    Args:
        variant: Which; it need not be kept, for a preview.
        campaign: Whose.
        clause: Under which a service notice goes out.

    Source: policy §8 (8.2); docs/decisions/0020-campaigns.md.
    """
    policy = editions.policy_in_force()
    controller = policy.controller
    own = _change(variant, campaign) if campaign.kind == Campaign.Kind.CHANGE else _service(variant, campaign, clause)
    template = LETTER_OF[campaign.kind].template
    words = {
        **own,
        "link": _LINK,
        "consents_link": _LINK,
        "site_name": settings.CAMKET_SITE_NAME,
        "controller_name": controller.name if controller else "",
        "controller_address": controller.address if controller else "",
        "controller_email": settings.CAMKET_CONTROLLER_EMAIL,
    }
    rendered = letter_engine().get_template(f"{template}.{variant.language}.txt").render(Context(words, autoescape=False))
    subject, text = split_letter(rendered)
    return Wording(subject=subject, text=text)


def _change(variant: Variant, campaign: Campaign) -> dict[str, object]:
    number = EditionNumber(campaign.edition or 0)
    before = editions.compiled(EditionNumber(number - 1))
    told, language = campaign.words[variant.language], variant.language
    return {
        "number": int(number),
        "day": written_day(_day(number, before.timezone, campaign), language),
        "clause": before.change.clause if before.change else "",
        "why": told.get("why", ""),  # of a letter that was written before it said why, nothing
        **_parts(variant, campaign),
        "before": int(before.number),
        # what it is compared with may be to come itself
        "before_day": "" if _is_in_force(before.number) else written_day(_day(before.number, before.timezone, campaign), language),
        "to_agree": "; ".join(told["purposes"].get(name, name) for name in variant.to_agree),
        "edition_url": f"{settings.CAMKET_URL}/{language}/policy/editions/{int(number)}",
    }


def _day(number: EditionNumber, zone: str, campaign: Campaign) -> date:
    """On which day an edition comes, or came, into force, where the policy counts days."""
    row = editions.edition(number)
    return (row.in_force_at or row.due_at or campaign.created_at).astimezone(ZoneInfo(zone)).date()


def _is_in_force(number: EditionNumber) -> bool:
    return editions.edition(number).in_force_at is not None


def _parts(variant: Variant, campaign: Campaign) -> dict[str, str]:
    """The changes put together by when they hold; all in one place where nobody has asked when, as of letters planned before it was."""
    if variant.standings is None:
        return {"changes": "\n\n".join(_told(name, variant, campaign, variant.purposes) for name in variant.changes)}
    parts: dict[str, list[str]] = {when: [] for when in When}
    for name, when, purposes in variant.standings:
        parts[when].append(_told(name, variant, campaign, purposes or variant.purposes))
    return {str(when): "\n\n".join(some) for when, some in parts.items()}


def _told(name: str, variant: Variant, campaign: Campaign, purposes: Collection[str] | None) -> str:
    """The words of a change, with those purposes and details that touch what is held of the reader: of none that they took back is anything said."""
    told = campaign.words[variant.language]
    own = {"purpose": purposes, "field": variant.fields, "collection": variant.collections}
    words = filled(told["changes"][name], own={kind: ids for kind, ids in own.items() if ids is not None}, language=variant.language)
    if PURPOSES not in words:
        return words
    # as words were written before they had places: what the privacy officer saw goes out
    reach = reach_for(campaign)
    spoken_of = reach.changes[name].scope.purposes if reach and name in reach.changes else frozenset[PurposeId]()
    shown = sorted(spoken_of if purposes is None else spoken_of & set(purposes)) or sorted(spoken_of)
    return words.replace(PURPOSES, "; ".join(told["purposes"].get(one, one) for one in shown))


def _service(variant: Variant, campaign: Campaign, clause: str) -> dict[str, object]:
    told = campaign.words[variant.language]
    return {"title": told["title"], "text": told["text"], "clause": clause}
