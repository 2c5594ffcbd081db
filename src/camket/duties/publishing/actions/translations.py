"""Correcting a translation of a published edition: another revision of it, dated and journaled. The text that binds never changes."""

from datetime import datetime

from django.db import IntegrityError, transaction

from camket.access.rules import require_role
from camket.duties.publishing.actions.editions import Unpublishable
from camket.duties.publishing.queries.drafts import manifest_of
from camket.duties.publishing.queries.translations import translation
from camket.duties.publishing.rules import WRITERS, draft_faults, source_of, tidy
from camket.editions import actions as editions
from camket.editions import queries
from camket.editions.queries import Correction
from camket.journal import published
from camket.journal.actions import record
from camket.policy.compiler import compile_edition
from camket.policy.exports import translation_hash
from camket.policy.faults import Overtaken, Unfit
from camket.policy.terms import Actor, EditionNumber


class NoTranslation(LookupError):
    """The edition is not published, or has no translation in this language; the text that binds is none."""


class WordsChanged(Exception):
    """The labels and wordings of a translation are part of what people agreed to: they change with the next edition."""


def correct_translation(*, number: EditionNumber, language: str, revision: int, text: str, actor: Actor, now: datetime) -> int:
    """
    Correct a translation of a published edition, and return its new revision; the same text again changes nothing.

    Args:
        number: The edition.
        language: Of the translation.
        revision: The one that the corrector had before them.
        text: The corrected text, whole.
        actor: A privacy officer.
        now: UTC instant.

    Raises:
        NotForThisRole: Somebody else asks.
        NoTranslation: There is no such translation.
        Unfit: The text cannot be kept.
        Unpublishable: It does not fit the text that binds: a clause is missing or carries a rule.
        WordsChanged: It changes labels or wordings.
        Overtaken: A colleague has corrected it since.

    Source: policy §8 (8.1).
    """
    require_role(actor, WRITERS)
    stands = translation(number, language)
    if stands is None:
        raise NoTranslation
    fit = tidy(text)
    if faults := draft_faults("", {language: fit}):
        raise Unfit(faults)
    if revision == stands.revision and translation_hash(fit) == translation_hash(stands.text):
        return revision
    _require_fitting(number, language, fit)
    made = Correction(language=language, revision=revision + 1, hash=translation_hash(fit), at=now)
    try:
        with transaction.atomic():
            editions.correct(number=number, language=language, revision=revision, text=fit, now=now)
            record(act=published.CORRECTED, actor=actor, at=now, facts=published.facts_of_correction(number, made))
    except (editions.AlreadyPublished, IntegrityError):
        raise Overtaken(stands.revision) from None
    return made.revision


def _require_fitting(number: EditionNumber, language: str, text: str) -> None:
    policy, row = queries.compiled(number), queries.edition(number)
    found = compile_edition(source_of(manifest_of(policy, number), {**row.texts, language: text}), None)
    if found.policy is None:
        raise Unpublishable([one for one in found.diagnostics if one.severity == "error"])
    if found.policy.words[language] != policy.words[language]:
        raise WordsChanged
