"""What a file of products must look like, and what is wrong with one that does not."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SLUG = "slug"
LONGEST = {
    SLUG: 40,
    "name_vi": 80,
    "name_en": 80,
    "summary_vi": 240,
    "summary_en": 240,
    "description_vi": 4000,
    "description_en": 4000,
}  # characters; every product has exactly these


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfFault:
    """One fault of a file of products: its line, the field where there is one, and how to mend it."""

    line: int
    field: str
    message: str


def read_shelf(text: str) -> tuple[list[dict[str, str]], list[ShelfFault]]:
    """
    Return the products of a file in their order, and everything that is wrong with it.

    Args:
        text: TOML, one `[[product]]` table a product.
    """
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        return [], [ShelfFault(line=int(line[1]) if line else len(text.splitlines()), field="", message=f"this is not TOML: {error}")]
    products = found.get("product")
    faults = [ShelfFault(line=1, field=name, message="only [[product]] may stand here") for name in found if name != "product"]
    if not isinstance(products, list) or not products or not all(isinstance(one, dict) for one in products):
        return [], [*faults, ShelfFault(line=1, field="product", message="there must be at least one [[product]]")]
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if re.match(r"\s*\[\[\s*product\s*\]\]", line)] or [0]
    slugs: set[Any] = set()
    for index, product in enumerate(products):
        start = starts[min(index, len(starts) - 1)]
        faults += [_placed(name, message, lines, start) for name, message in _faults(product, slugs)]
        slugs.add(str(product.get(SLUG)))
    return ([] if faults else [{name: one[name].strip() for name in LONGEST} for one in products]), faults


def _faults(product: Mapping[str, Any], slugs: set[Any]) -> list[tuple[str, str]]:
    faults = [(name, "there is no such field") for name in product if name not in LONGEST]
    for name, longest in LONGEST.items():
        value = product.get(name)
        if not isinstance(value, str) or not value.strip():
            faults.append((name, "a text is missing"))
        elif len(value) > longest:
            faults.append((name, f"at most {longest} characters"))
        elif name == SLUG and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
            faults.append((name, "a-z, 0-9 and single hyphens, such as web-hosting"))
        elif name == SLUG and value in slugs:
            faults.append((name, "another product has it already"))
    return faults


def _placed(name: str, message: str, lines: list[str], start: int) -> ShelfFault:
    """With the line of the field in its product, or of the product where the field is missing."""
    for number in range(start + 1, len(lines)):
        if re.match(r"\s*\[", lines[number]):
            break
        if re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", lines[number]):
            return ShelfFault(line=number + 1, field=name, message=message)
    return ShelfFault(line=start + 1, field=name, message=message)
