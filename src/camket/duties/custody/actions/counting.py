"""Counting what the doors do, by the program's own words: which route, which status, how long; never who."""

from collections import Counter
from collections.abc import Iterable, Mapping

from camket.journal.tally import THE_TALLY, name_of

BOUNDS = ("0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0")
"""Upper bounds in seconds, inclusive, of the classes that the spans of requests are sorted into; as OpenMetrics writes them."""


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """
    Count one answered request.

    Args:
        route: The route's pattern, never the path.
        method: One of HTTP's own.
        status: HTTP status code.
        seconds: How long the answer took.
    """
    bound = next((one for one in BOUNDS if seconds <= float(one)), "+Inf")
    THE_TALLY.add(
        {
            name_of("camket_http_requests_total", {"method": method, "route": route, "status": str(status)}): 1,
            # each class by itself: they are added up when they are read
            name_of("camket_http_request_seconds_bucket", {"route": route, "le": bound}): 1,
            name_of("camket_http_request_seconds_sum", {"route": route}): seconds,
        }
    )


def count_letters(outcomes: Iterable[str]) -> None:
    """
    Count letters that the worker took in hand.

    Args:
        outcomes: What came of each, in one word of the program.
    """
    THE_TALLY.add({name_of("camket_letters_handed_over_total", {"outcome": outcome}): many for outcome, many in Counter(outcomes).items()})


def counted() -> Mapping[str, float]:
    """Return every count of this house's processes, by its name with its labels."""
    return THE_TALLY.read()
