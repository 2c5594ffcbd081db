"""Whom a service notice concerns: by the product that they asked about, or because their inquiry is open."""

from collections.abc import Collection

from camket.duties.intake.models import Inquiry
from camket.duties.notices.rules import OPEN_INQUIRIES
from camket.vault.gate import MatterId

_AT_ONCE = 500  # ids in one statement


def concerned(*, audience: str, matters: Collection[MatterId]) -> frozenset[MatterId]:
    """
    Return which of these matters a notice concerns; a query for each 500 of them.

    Args:
        audience: `OPEN_INQUIRIES`, or the slug of a product.
        matters: Ids of matters, however many.
    """
    wanted, found = list(matters), set[MatterId]()
    own = Inquiry.objects.exclude(state=Inquiry.State.ERASED)
    own = own.exclude(state=Inquiry.State.RESOLVED) if audience == OPEN_INQUIRIES else own.filter(product=audience)
    for start in range(0, len(wanted), _AT_ONCE):
        found.update(MatterId(id) for id in own.filter(matter_id__in=wanted[start : start + _AT_ONCE]).values_list("matter_id", flat=True))
    return frozenset(found)
