"""Reading what the site says."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from camket.duties.catalogue.models import Product, SiteTexts
from camket.duties.catalogue.rules import LONGEST, LONGEST_MORE, LONGEST_TEXTS
from camket.journal.statements import Statement, fetch
from camket.policy.languages import LANGUAGES, spoken

_WORDS = (*LONGEST, *LONGEST_MORE)
_MOST_VERSIONS = 12
# the columns of each language, as the rows below name them; only names of our own stand in the texts
_STEMS = ("name", "summary", "description", "price", "terms")
_SHOWN = {
    one: Statement(
        text=f"SELECT slug, includes_{one}, {', '.join(f'{stem}_{one}' for stem in _STEMS)} "  # noqa: S608  # see above
        "FROM catalogue_product WHERE is_shown ORDER BY position, slug",
    )
    for one in LANGUAGES
}
_SHOWN_SLUGS = Statement(text="SELECT slug FROM catalogue_product WHERE is_shown")
_NAMES = {one: Statement(text=f"SELECT slug, name_{one} FROM catalogue_product") for one in LANGUAGES}  # noqa: S608  # see above
_SITE_STEMS = ("headline", "introduction", "hours", "answer", "messenger_label", "phone", "messenger_url")
_NEWEST_TEXTS = {
    one: Statement(
        text=f"SELECT headline_{one}, introduction_{one}, hours_{one}, answer_{one}, messenger_label_{one}, company_phone, messenger_url "  # noqa: S608  # see above
        "FROM catalogue_sitetexts ORDER BY version DESC LIMIT 1",
    )
    for one in LANGUAGES
}


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
    saved_by: UUID | None


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
    rows = fetch(_SHOWN[_spoken(language)])
    return tuple(ProductRow(slug=slug, includes=_lines(includes), **dict(zip(_STEMS, texts, strict=True))) for slug, includes, *texts in rows)


def product_names(language: str) -> dict[str, str]:
    """Return the name of every product in one language, by slug, the ones no longer shown too."""
    return dict(fetch(_NAMES[_spoken(language)]))


def is_shown(slug: str) -> bool:
    """Return whether the site offers a product of this slug."""
    return slug in {shown for (shown,) in fetch(_SHOWN_SLUGS)}  # compared here: what a visitor's form says may be text that no database takes


def shelf() -> tuple[ShelfRow, ...]:
    """Return every product in its order, the ones no longer shown too, in both languages."""
    return tuple(_shelf_row(product) for product in Product.objects.order_by("position", "slug"))


def on_shelf(slug: str) -> ShelfRow | None:
    """Return one product as its editors see it, or None where there is none of this slug."""
    product = Product.objects.filter(slug=slug).first()
    return None if product is None else _shelf_row(product)


def site_texts(language: str) -> SiteTextsRow:
    """Return the site's own texts in one language (`vi`, else English)."""
    newest = fetch(_NEWEST_TEXTS[_spoken(language)])
    return SiteTextsRow(**dict(zip(_SITE_STEMS, newest[0], strict=True))) if newest else SiteTextsRow()


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


def _spoken(language: str) -> str:
    return spoken(language, otherwise="en")  # whoever reads neither


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _shelf_row(product: Product) -> ShelfRow:
    words = {name: getattr(product, name) for name in _WORDS}
    return ShelfRow(slug=product.slug, revision=product.revision, is_shown=product.is_shown, words=words, saved_by=product.saved_by)
