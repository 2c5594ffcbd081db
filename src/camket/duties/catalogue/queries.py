"""Reading the catalogue."""

from dataclasses import dataclass

from camket.duties.catalogue.models import Product


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product in one language."""

    slug: str
    name: str
    summary: str
    description: str


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


def _row(product: Product, language: str) -> ProductRow:
    if language == "vi":
        return ProductRow(slug=product.slug, name=product.name_vi, summary=product.summary_vi, description=product.description_vi)
    return ProductRow(slug=product.slug, name=product.name_en, summary=product.summary_en, description=product.description_en)
