"""One product at a time: added, edited, moved, shown, hidden. Each change is journaled by slug and revision, never by its words."""

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F, Max

from camket.access.rules import staff_id_of
from camket.duties.catalogue.models import Product
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE, SLUG, product_faults, tidy
from camket.journal.actions import record
from camket.policy.faults import Overtaken, TextFault, Unfit
from camket.policy.terms import Actor

_EDITED = tuple(name for name in (*LONGEST, *LONGEST_MORE) if name != SLUG)


class ProductUnknown(LookupError):
    """There is no product of this slug."""


def add_product(*, words: Mapping[str, str], actor: Actor, now: datetime) -> str:
    """
    Put a new product at the end of the shelf, not yet shown, and return its slug.

    Args:
        words: The slug and the texts of `rules.LONGEST` and `rules.LONGEST_MORE`.
        actor: Who adds it.
        now: UTC instant.

    Raises:
        Unfit: Texts are missing or wrong, or another product has the slug.

    Source: the foot of the policy ("not found the right product?").
    """
    fit = _fit(words)
    try:
        with transaction.atomic():
            last = Product.objects.aggregate(last=Max("position"))["last"]
            Product.objects.create(**fit, position=0 if last is None else last + 1, is_shown=False, saved_by=staff_id_of(actor))
            record(act="product.added", actor=actor, at=now, facts={"product": fit[SLUG], "revision": 1})
    except IntegrityError:
        raise Unfit([TextFault(field=SLUG, code="taken")]) from None
    return fit[SLUG]


def edit_product(*, slug: str, revision: int, words: Mapping[str, str], actor: Actor, now: datetime) -> int:
    """
    Replace the texts of a product, and return its new revision; the same texts again change nothing.

    Args:
        slug: Which one; a slug never changes, for inquiries speak of it.
        revision: The one whose texts the editor had before them.
        words: The texts of `rules.LONGEST` and `rules.LONGEST_MORE`, without the slug.
        actor: Who edits.
        now: UTC instant.

    Raises:
        ProductUnknown: There is no such product.
        Unfit: Texts are missing or wrong.
        Overtaken: A colleague has changed it since; nothing was overwritten.

    Source: the foot of the policy ("not found the right product?").
    """
    fit = _fit({**words, SLUG: slug})
    with transaction.atomic():
        stored = Product.objects.filter(slug=slug).values("revision", *_EDITED).first()
        if stored is None:
            raise ProductUnknown(slug)
        if stored.pop("revision") == revision and stored == {name: fit[name] for name in _EDITED}:
            return revision
        _change(slug, revision, actor=actor, act="product.edited", now=now, **{name: fit[name] for name in _EDITED})
    return revision + 1


def show_product(*, slug: str, revision: int, actor: Actor, now: datetime) -> None:
    """
    Let the site offer a product.

    Args:
        slug: Which one.
        revision: The one that the colleague had before them.
        actor: Who decides so.
        now: UTC instant.

    Raises:
        ProductUnknown: There is no such product.
        Overtaken: A colleague has changed it since.
    """
    with transaction.atomic():
        _change(slug, revision, actor=actor, act="product.shown", now=now, is_shown=True)


def hide_product(*, slug: str, revision: int, actor: Actor, now: datetime) -> None:
    """
    Take a product down; it keeps its name, for inquiries of earlier days speak of it.

    Args:
        slug: Which one.
        revision: The one that the colleague had before them.
        actor: Who decides so.
        now: UTC instant.

    Raises:
        ProductUnknown: There is no such product.
        Overtaken: A colleague has changed it since.
    """
    with transaction.atomic():
        _change(slug, revision, actor=actor, act="product.hidden", now=now, is_shown=False)


def move_product(*, slug: str, is_up: bool, actor: Actor, now: datetime) -> None:
    """
    Move a product one place up or down the shelf; the first moved up and the last moved down stay where they are.

    Args:
        slug: Which one.
        is_up: Towards the top.
        actor: Who moves it.
        now: UTC instant.

    Raises:
        ProductUnknown: There is no such product.
    """
    with transaction.atomic():
        order = list(Product.objects.select_for_update().order_by("position", "slug").values_list("slug", flat=True))
        if slug not in order:
            raise ProductUnknown(slug)
        place = order.index(slug)
        other = place - 1 if is_up else place + 1
        if not 0 <= other < len(order):
            return
        order[place], order[other] = order[other], order[place]
        Product.objects.bulk_update([Product(slug=name, position=position) for position, name in enumerate(order)], ["position"])
        record(act="product.moved", actor=actor, at=now, facts={"product": slug, "place": other + 1})


def _change(slug: str, revision: int, *, actor: Actor, act: str, now: datetime, **values: object) -> None:
    """One statement both asks for the revision and raises it: of two who read the same one, the second finds nothing to change."""
    if not Product.objects.filter(slug=slug, revision=revision).update(**values, revision=F("revision") + 1, saved_by=staff_id_of(actor)):
        stands = Product.objects.filter(slug=slug).values_list("revision", flat=True).first()
        if stands is None:
            raise ProductUnknown(slug)
        raise Overtaken(stands)
    record(act=act, actor=actor, at=now, facts={"product": slug, "revision": revision + 1})


def _fit(words: Mapping[str, str]) -> dict[str, str]:
    tidied = tidy({name: words.get(name, "") for name in (*LONGEST, *LONGEST_MORE)})
    if faults := product_faults(tidied):
        raise Unfit(faults)
    return tidied
