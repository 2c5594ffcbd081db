"""Reading what the site says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from camket.duties.catalogue.models import Product, SiteTexts
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE, LONGEST_TEXTS

_WORDS = (*LONGEST, *LONGEST_MORE)
_MOST_VERSIONS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product in one language; `includes` is what one gets, thing by thing."""

    slug: str
    name: str
    summary: str
    description: str
    includes: tuple[str, ...] = ()
    price: str = ""
    terms: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfRow:
    """A product as its editors see it: the texts of both languages by field, and which revision they are."""

    slug: str
    revision: int
    is_shown: bool
    words: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTextsRow:
    """The site's own texts in one language; one that is empty was never written."""

    headline: str = ""
    introduction: str = ""
    answer: str = ""  # within what time the company promises an answer; empty where it promises none
    hours: str = ""
    phone: str = ""
    messenger_url: str = ""
    messenger_label: str = ""

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it."""
        return "".join(char for char in self.phone if char.isdigit() or char == "+")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of the site's texts: by whom and when it was saved, and which version it brought back."""

    version: int
    saved_at: datetime
    saved_by: UUID | None
    restored_from: int | None
    texts: Mapping[str, str]


def shown_products(language: str) -> tuple[ProductRow, ...]:
    """Return the products that the site shows, in their order, in one language (`vi`, else English)."""
    rows = Product.objects.filter(is_shown=True).order_by("position", "slug")
    return tuple(_row(product, language) for product in rows)


def product_names(language: str) -> dict[str, str]:
    """Return the name of every product in one language, by slug, the ones no longer shown too."""
    return {product.slug: _row(product, language).name for product in Product.objects.all()}


def is_shown(slug: str) -> bool:
    """Return whether the site offers a product of this slug."""
    return Product.objects.filter(slug=slug, is_shown=True).exists()


def shelf() -> tuple[ShelfRow, ...]:
    """Return every product in its order, the ones no longer shown too, in both languages."""
    return tuple(_shelf_row(product) for product in Product.objects.order_by("position", "slug"))


def on_shelf(slug: str) -> ShelfRow | None:
    """Return one product as its editors see it, or None where there is none of this slug."""
    product = Product.objects.filter(slug=slug).first()
    return None if product is None else _shelf_row(product)


def site_texts(language: str) -> SiteTextsRow:
    """Return the site's own texts in one language (`vi`, else English)."""
    newest = SiteTexts.objects.order_by("-version").first()
    if newest is None:
        return SiteTextsRow()
    spoken = "vi" if language == "vi" else "en"
    return SiteTextsRow(
        headline=getattr(newest, f"headline_{spoken}"),
        introduction=getattr(newest, f"introduction_{spoken}"),
        hours=getattr(newest, f"hours_{spoken}"),
        answer=getattr(newest, f"answer_{spoken}"),
        phone=newest.company_phone,
        messenger_url=newest.messenger_url,
        messenger_label=getattr(newest, f"messenger_label_{spoken}"),
    )


def site_versions() -> tuple[VersionRow, ...]:
    """Return the newest versions of the site's texts, newest first."""
    return tuple(
        VersionRow(
            version=row.version,
            saved_at=row.saved_at,
            saved_by=row.saved_by,
            restored_from=row.restored_from,
            texts={name: getattr(row, name) for name in LONGEST_TEXTS},
        )
        for row in SiteTexts.objects.order_by("-version")[:_MOST_VERSIONS]
    )


def _row(product: Product, language: str) -> ProductRow:
    spoken = "vi" if language == "vi" else "en"
    texts = {stem: getattr(product, f"{stem}_{spoken}") for stem in ("name", "summary", "description", "price", "terms")}
    includes = tuple(line.strip() for line in getattr(product, f"includes_{spoken}").splitlines() if line.strip())
    return ProductRow(slug=product.slug, includes=includes, **texts)


def _shelf_row(product: Product) -> ShelfRow:
    words = {name: getattr(product, name) for name in _WORDS}
    return ShelfRow(slug=product.slug, revision=product.revision, is_shown=product.is_shown, words=words)
