"""What the words of a product, the site's texts and a file of products must look like, and what is wrong with those that do not."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from camket.policy.faults import TextFault
from camket.policy.languages import LANGUAGES, other
from camket.policy.writing import IN_PARAGRAPHS, has_unseen, paragraphs

SLUG = "slug"
LONGEST = {
    SLUG: 40,
    "name_vi": 80,
    "name_en": 80,
    "summary_vi": 240,
    "summary_en": 240,
    "description_vi": 4000,
    "description_en": 4000,
}  # characters; every product has all of these
LONGEST_MORE = {
    "includes_vi": 2000,
    "includes_en": 2000,
    "price_vi": 160,
    "price_en": 160,
    "terms_vi": 8000,
    "terms_en": 8000,
}  # characters; a product has each in both languages or in none
LONGEST_TEXTS = {
    "headline_vi": 120,
    "headline_en": 120,
    "introduction_vi": 400,
    "introduction_en": 400,
    "hours_vi": 160,
    "hours_en": 160,
    "answer_vi": 160,
    "answer_en": 160,
    "company_phone": 32,
    "messenger_url": 200,
    "messenger_label_vi": 60,
    "messenger_label_en": 60,
}  # characters; any may be empty, those in two languages both or neither
MULTILINE = frozenset({"description_vi", "description_en", "includes_vi", "includes_en", "terms_vi", "terms_en"})

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{4,30}")
_URL = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[A-Za-z0-9._~/?=&%+-]*)?")
_JOINERS = frozenset("\u200c\u200d")  # some scripts and emoji need them
_TOLD = {
    "missing": "a text is missing",
    "bad_slug": "a-z, 0-9 and single hyphens, such as web-hosting",
    "unpaired": "it is given in one language only",
    "unseen": "there is a character in it that cannot be seen",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfFault:
    """One fault of a file of products: its line, the field where there is one, and how to mend it."""

    line: int
    field: str
    message: str


def tidy(words: Mapping[str, str]) -> dict[str, str]:
    """Return texts in NFC, with line feeds for line ends and nothing around them."""
    return {name: paragraphs(text) for name, text in words.items()}


def is_slug(text: str) -> bool:
    """Return whether a text has the shape of a product's slug; nothing else is looked for in a table."""
    return _SLUG.fullmatch(text) is not None


def product_faults(words: Mapping[str, str]) -> list[TextFault]:
    """
    Return everything that is wrong with the words of a product, in the order of its fields: missing, too_long, unseen, bad_slug or unpaired.

    Args:
        words: Tidied; every field of `LONGEST`, and of `LONGEST_MORE` those that are not empty.
    """
    faults = [TextFault(field=name, code="missing") for name in LONGEST if not words.get(name)]
    faults += _shape_faults(words, {**LONGEST, **LONGEST_MORE})
    if words.get(SLUG) and not is_slug(words[SLUG]):
        faults.append(TextFault(field=SLUG, code="bad_slug"))
    return faults + _unpaired(words, LONGEST_MORE)


def site_faults(texts: Mapping[str, str]) -> list[TextFault]:
    """
    Return everything that is wrong with the site's texts: too_long, unseen, bad_phone, bad_url, missing or unpaired.

    Args:
        texts: Tidied; fields of `LONGEST_TEXTS`.
    """
    faults = _shape_faults(texts, LONGEST_TEXTS)
    phone, url = texts.get("company_phone", ""), texts.get("messenger_url", "")
    if phone and not _PHONE.fullmatch(phone):
        faults.append(TextFault(field="company_phone", code="bad_phone"))
    if url and not _URL.fullmatch(url):
        faults.append(TextFault(field="messenger_url", code="bad_url"))
    labels = [f"messenger_label_{language}" for language in LANGUAGES]
    if url:
        faults += [TextFault(field=name, code="missing") for name in labels if not texts.get(name)]
    return faults + _unpaired(texts, {name: limit for name, limit in LONGEST_TEXTS.items() if not (url and name in labels)})


def _shape_faults(words: Mapping[str, str], longest: Mapping[str, int]) -> list[TextFault]:
    faults = []
    for name, limit in longest.items():
        text = words.get(name, "")
        if len(text) > limit:
            faults.append(TextFault(field=name, code="too_long", limit=limit))
        elif has_unseen(text, allowed=_JOINERS | IN_PARAGRAPHS if name in MULTILINE else _JOINERS):
            faults.append(TextFault(field=name, code="unseen"))
    return faults


def _unpaired(words: Mapping[str, str], longest: Mapping[str, int]) -> list[TextFault]:
    stems = {name[:-3] for name in longest if name.endswith(("_vi", "_en"))}
    given = {stem: [language for language in LANGUAGES if words.get(f"{stem}_{language}")] for stem in stems}
    found = [TextFault(field=f"{stem}_{other(spoken[0])}", code="unpaired") for stem, spoken in given.items() if len(spoken) == 1]
    return sorted(found, key=lambda fault: list(longest).index(fault.field))


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
    whole = {**LONGEST, **LONGEST_MORE}
    return ([] if faults else [tidy({name: one.get(name, "") for name in whole}) for one in products]), faults


def _faults(product: Mapping[str, Any], slugs: set[Any]) -> list[tuple[str, str]]:
    faults = [(name, "there is no such field") for name in product if name not in LONGEST and name not in LONGEST_MORE]
    faults += [(name, "it must be a text") for name in LONGEST_MORE if not isinstance(product.get(name, ""), str)]
    words = tidy({name: text for name, text in product.items() if isinstance(text, str)})
    faults += [(fault.field, _TOLD.get(fault.code) or f"at most {fault.limit} characters") for fault in product_faults(words)]
    if words.get(SLUG) in slugs:
        faults.append((SLUG, "another product has it already"))
    return faults


def _placed(name: str, message: str, lines: list[str], start: int) -> ShelfFault:
    """With the line of the field in its product, or of the product where the field is missing."""
    for number in range(start + 1, len(lines)):
        if re.match(r"\s*\[", lines[number]):
            break
        if re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", lines[number]):
            return ShelfFault(line=number + 1, field=name, message=message)
    return ShelfFault(line=start + 1, field=name, message=message)
