"""The whole shelf at once: the starter products, or those of a file."""

from collections.abc import Sequence
from datetime import datetime
from importlib import resources

from django.db import transaction
from django.db.models import F

from camket.duties.catalogue.models import Product
from camket.duties.catalogue.rules import ShelfFault, read_shelf
from camket.journal.actions import record
from camket.policy.terms import Actor


class ShelfUnreadable(ValueError):
    """A file of products has faults, and nothing was changed; `faults` holds them all."""

    def __init__(self, faults: Sequence[ShelfFault]) -> None:
        super().__init__("the file of products has faults")
        self.faults = tuple(faults)


def stock_if_empty() -> int:
    """
    Put the starter products on the shelf where there are none at all, and return how many were added.

    Source: the foot of the policy ("not found the right product?").
    """
    with transaction.atomic():
        if Product.objects.exists():
            return 0
        return _shelve(resources.files("camket.duties.catalogue").joinpath("starter.toml").read_text("utf-8"))


def load_shelf(*, text: str, actor: Actor, now: datetime) -> int:
    """
    Show exactly the products of a file, in its order, and return how many there are.

    A product that the file does not name is taken down and keeps its name: inquiries of earlier days still speak of it.

    Args:
        text: TOML, one `[[product]]` table a product.
        actor: Who changes the shelf; the journal keeps it.
        now: UTC instant.

    Raises:
        ShelfUnreadable: The file has faults.

    Source: the foot of the policy ("not found the right product?").
    """
    with transaction.atomic():
        count = _shelve(text)
        record(act="catalogue.loaded", actor=actor, at=now, facts={"products": count})
    return count


def _shelve(text: str) -> int:
    products, faults = read_shelf(text)
    if faults:
        raise ShelfUnreadable(faults)
    Product.objects.update(is_shown=False)
    for position, words in enumerate(products):
        shown = {**words, "position": position, "is_shown": True}
        # whoever edits one of them just now is told that it was changed
        if not Product.objects.filter(slug=words["slug"]).update(**shown, revision=F("revision") + 1, saved_by=None):
            Product.objects.create(**shown)
    return len(products)
