"""The acts by which colleagues change what the site says."""

from datetime import datetime

from camket.duties.catalogue import actions as catalogue
from camket.duties.catalogue.models import Product, SiteTexts
from camket.duties.catalogue.rules import LONGEST
from camket.journal.models import JournalEntry
from camket.policy.terms import THE_HOUSE
from tests.crashes.scenes import HOUR, NEVER, WHOLE, Act, settle_in


def _offer(now: datetime) -> None:
    settle_in(now)
    catalogue.add_product(words=dict.fromkeys(LONGEST, "vps"), actor=THE_HOUSE, now=now)


def _reword(now: datetime) -> None:
    revision = Product.objects.get().revision
    catalogue.edit_product(slug="vps", revision=revision, words=dict.fromkeys(LONGEST, "new"), actor=THE_HOUSE, now=now)


def _is_reworded() -> str:
    product, told = Product.objects.get(), JournalEntry.objects.filter(act="product.edited").count()
    found = (product.name_en, product.revision, told)
    return {("vps", 1, 0): NEVER, ("new", 2, 1): WHOLE}.get(found, f"name, revision, acts: {found}")


def _save_hours(now: datetime) -> None:
    version = SiteTexts.objects.count()
    catalogue.save_site_texts(texts={"hours_vi": "8", "hours_en": "8"}, version=version, actor=THE_HOUSE, now=now)


def _are_hours_saved() -> str:
    found = (SiteTexts.objects.count(), JournalEntry.objects.filter(act="site.edited").count())
    return {(0, 0): NEVER, (1, 1): WHOLE}.get(found, f"versions, acts: {found}")


SITE_ACTS = (
    Act(name="edit a product", prepare=_offer, perform=_reword, ended=_is_reworded, after=HOUR, is_taken_up=False),
    Act(name="save the site's texts", prepare=settle_in, perform=_save_hours, ended=_are_hours_saved, after=HOUR, is_taken_up=False),
)
