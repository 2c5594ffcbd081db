"""Turning a letter's facts into its subject and text."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context, Engine

from camket.duties.notices.rules import split_letter, written_instant
from camket.policy.compiled import CompiledPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """Everything a letter may say. `name` and `text` are empty unless the address is proven."""

    template: str
    language: str
    reference: str
    claim_code: str = field(repr=False)
    link: str = field(repr=False)
    consents_link: str = field(repr=False)
    is_open: bool
    name: str = field(repr=False)
    text: str = field(repr=False)
    edition: CompiledPolicy
    written_at: datetime
    checkpoint: str = ""  # the mark of the journal's latest, where there is one


@lru_cache(maxsize=1)
def letter_engine() -> Engine:
    """Return the engine that puts letters into words: the duties' own templates, and nothing that a template could call."""
    # plain text: nothing to escape, and no tag library that could reach anything
    return Engine(dirs=[str(Path(__file__).resolve().parents[2])], autoescape=False, libraries={}, builtins=[])


def compose(facts: LetterFacts) -> tuple[str, str]:
    """
    Return the subject line and the text of a letter.

    Args:
        facts: What it may say.

    Raises:
        TemplateDoesNotExist: There is no such letter in this language.
    """
    template = letter_engine().get_template(f"{facts.template}.{facts.language}.txt")
    controller = facts.edition.controller
    words = {
        "reference": facts.reference,
        "claim_code": facts.claim_code,
        "link": facts.link,
        "consents_link": facts.consents_link,
        "is_open": facts.is_open,
        "name": facts.name,
        "text": facts.text,
        "checkpoint": facts.checkpoint,
        "written_at": written_instant(facts.written_at.astimezone(ZoneInfo(facts.edition.timezone)), facts.language),
        "site_name": settings.CAMKET_SITE_NAME,
        "policy_url": f"{settings.CAMKET_URL}/{facts.language}/policy",
        "certificate_url": f"{settings.CAMKET_URL}/{facts.language}/certificate",
        "edition": facts.edition.number,
        "controller_name": controller.name if controller else "",
        "controller_address": controller.address if controller else "",
        "controller_email": settings.CAMKET_CONTROLLER_EMAIL,
    }
    # the engine's autoescape does not reach a context of its own: a letter is plain text and must say "R&D", not "R&amp;D"
    return split_letter(template.render(Context(words, autoescape=False)))
