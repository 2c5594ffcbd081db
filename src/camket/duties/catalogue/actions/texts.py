"""The site's own texts: saved as a new version each time, and brought back from an older one."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max

from camket.access.rules import staff_id_of
from camket.duties.catalogue.models import SiteTexts
from camket.duties.catalogue.rules import LONGEST_TEXTS, site_faults, tidy
from camket.journal.actions import record
from camket.policy.faults import Overtaken, Unfit
from camket.policy.terms import Actor


class NoSuchVersion(LookupError):
    """There is no such version of the site's texts to go back to."""


def save_site_texts(*, texts: Mapping[str, str], version: int, actor: Actor, now: datetime) -> int:
    """
    Store the site's texts as a new version, and return its number; what stands already is not stored again.

    Args:
        texts: The texts of `rules.LONGEST_TEXTS`; an empty one lets the site use its own words, or leave the thing out.
        version: The one the editor had before them; 0 before the first.
        actor: Who saves them.
        now: UTC instant.

    Raises:
        Unfit: A text cannot be shown as it is.
        Overtaken: A colleague has saved another version since.

    Source: the foot of the policy (e-mail, messenger, call-back).
    """
    fit = tidy({name: texts.get(name, "") for name in LONGEST_TEXTS})
    if faults := site_faults(fit):
        raise Unfit(faults)
    stored = SiteTexts.objects.filter(version=version).values(*LONGEST_TEXTS).first()
    if stored == fit and _newest() == version:
        return version
    return _store(fit, version=version, restored_from=None, actor=actor, now=now)


def restore_site_texts(*, wanted: int, version: int, actor: Actor, now: datetime) -> int:
    """
    Bring an older version of the site's texts back, as a new version, and return its number.

    Args:
        wanted: The version to go back to.
        version: The one the editor had before them.
        actor: Who decides so.
        now: UTC instant.

    Raises:
        NoSuchVersion: It is not an older version than `version`.
        Overtaken: A colleague has saved another version since.
    """
    texts = SiteTexts.objects.filter(version=wanted, version__lt=version).values(*LONGEST_TEXTS).first()
    if texts is None:
        raise NoSuchVersion(wanted)
    return _store(texts, version=version, restored_from=wanted, actor=actor, now=now)


def _newest() -> int:
    return SiteTexts.objects.aggregate(newest=Max("version"))["newest"] or 0


def _store(texts: Mapping[str, str], *, version: int, restored_from: int | None, actor: Actor, now: datetime) -> int:
    """The number is the lock: of two who read the same version, the second finds the next number taken."""
    if (newest := _newest()) != version:
        raise Overtaken(newest)
    try:
        with transaction.atomic():
            saved_by = staff_id_of(actor)
            SiteTexts.objects.create(version=version + 1, restored_from=restored_from, saved_at=now, saved_by=saved_by, **texts)
            facts = {"version": version + 1} | ({"restored_from": restored_from} if restored_from else {})
            record(act="site.restored" if restored_from else "site.edited", actor=actor, at=now, facts=facts)
    except IntegrityError:
        raise Overtaken(_newest()) from None
    return version + 1
