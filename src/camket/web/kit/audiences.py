"""Whom a notice to many can concern, as the shelf stands now: one answer for the desk and for programs."""

from camket.duties.catalogue import queries as catalogue
from camket.duties.notices.rules import OPEN_INQUIRIES

_LANGUAGE = "en"  # any: the names are of no interest here


def is_audience(audience: str) -> bool:
    """
    Return whether a word names those whom a notice can concern: nothing for all who agreed, those with an open inquiry, who asked about a product.

    Args:
        audience: As the form or a program sends it.
    """
    return audience in ("", OPEN_INQUIRIES) or audience in catalogue.product_names(_LANGUAGE)
