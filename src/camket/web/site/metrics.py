"""/metrics: the house's figures as OpenMetrics text, for a program on this machine or one that holds a token."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket import __version__
from camket.access.actions import TokenRefused, check_token
from camket.duties.custody import actions as counting
from camket.duties.custody import queries as custody
from camket.duties.notices import queries as outbox
from camket.duties.retention import queries as retention
from camket.web.kit.requests import is_from_this_machine

SCOPE = "metrics:read"
CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_TEXT = "text/plain; charset=utf-8"
_NAME = re.compile(r"(?P<metric>[a-z_]+)(?:\{(?P<labels>.*)\})?")
_BOUND = re.compile(r',le="(?P<bound>[^"]*)"')
_COUNTED = {
    "camket_http_requests": "Answered requests by route, method and status.",
    "camket_gate_asks": "Asks that the gate answered, by outcome; UNMET is a clause that permits and a consent that is missing.",
    "camket_letters_handed_over": "Letters handed to the carrier, by what came of it.",
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Print the figures for a program of this machine, or for one with a token of the scope metrics:read."""
    now = timezone.now()
    if not (is_from_this_machine(request) or _has_token(request, now)):
        sentence = "Ask from this machine, without a proxy between, or send a token of the scope metrics:read: Authorization: Bearer …\n"
        return HttpResponse(sentence, status=401, content_type=_TEXT, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse("\n".join([*_lines(now), "# EOF", ""]), content_type=CONTENT_TYPE)


def _has_token(request: HttpRequest, now: datetime) -> bool:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        return False
    try:
        check_token(secret=secret.strip(), scope=SCOPE, now=now)
    except TokenRefused:
        return False
    return True


def _lines(now: datetime) -> Iterator[str]:
    counts = counting.counted()
    yield from _family("camket_build", "info", "The program that answers.", [f'camket_build_info{{version="{__version__}"}} 1'])
    for metric, meaning in _COUNTED.items():
        yield from _family(metric, "counter", meaning, [f"{name} {count:g}" for name, count in counts.items() if name.startswith(f"{metric}_total")])
    yield from _family("camket_http_request_seconds", "histogram", "How long answers took, by route.", _histogram(counts), unit="seconds")
    yield from _of_duties(now)
    yield from _of_custody(now)


def _family(name: str, kind: str, meaning: str, samples: Iterable[str], *, unit: str = "") -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {meaning}"
    yield from samples


def _gauge(name: str, meaning: str, value: float | None, *, unit: str = "") -> Iterator[str]:
    """One figure; what is not known is left out, as a family without a sample."""
    yield from _family(name, "gauge", meaning, [] if value is None else [f"{name} {value:.15g}"], unit=unit)


def _gauges(name: str, meaning: str, label: str, values: Iterable[tuple[str, float]], *, unit: str = "") -> Iterator[str]:
    yield from _family(name, "gauge", meaning, [f'{name}{{{label}="{which}"}} {value:.15g}' for which, value in values], unit=unit)


def _histogram(counts: Mapping[str, float]) -> Iterator[str]:
    """The classes, each with all below it, as the format wants them."""
    base = "camket_http_request_seconds"
    classes: dict[str, dict[str, float]] = defaultdict(dict)
    for name, count in counts.items():
        found = _NAME.fullmatch(name)
        if found is not None and found["metric"] == f"{base}_bucket":
            bound = _BOUND.search(found["labels"])
            if bound is not None:
                classes[_BOUND.sub("", found["labels"])][bound["bound"]] = count
    for labels, filled in sorted(classes.items()):
        below = 0.0
        for upper in (*counting.BOUNDS, "+Inf"):
            below += filled.get(upper, 0)
            yield f'{base}_bucket{{{labels},le="{upper}"}} {below:g}'
        yield f"{base}_count{{{labels}}} {below:g}"
        yield f"{base}_sum{{{labels}}} {counts.get(f'{base}_sum{{{labels}}}', 0):.9g}"


def _of_duties(now: datetime) -> Iterator[str]:
    letters, erasures = outbox.unfinished(now=now), retention.due(now=now)
    yield from _gauges("camket_letters", "Letters that have not gone out, by state.", "state", letters.items())
    yield from _gauge("camket_erasures_due", "Erasures that are due and not done.", erasures.due)
    yield from _gauge("camket_erasures_overdue", "Erasures that have been due for more than a day.", erasures.overdue)


def _of_custody(now: datetime) -> Iterator[str]:
    found = custody.figures()
    yield from _gauge("camket_journal_entries", "Entries of the journal that have their place.", found.journal_size)
    yield from _gauge("camket_journal_unsequenced", "Entries that wait for their place.", found.unsequenced)
    yield from _gauge("camket_checkpoint_entries", "Entries that the latest checkpoint covers.", found.checkpoint_size)
    yield from _gauge("camket_checkpoint_age_seconds", "Age of the latest checkpoint.", _age(found.checkpoint_at, now), unit="seconds")
    yield from _gauge("camket_worker_heartbeat_age_seconds", "Age of a worker's last sign of life.", _age(found.beat_at, now), unit="seconds")
    listening = custody.streaming(now=now)
    yield from _gauge("camket_stream_running", "Whether the live stream gave a sign of life of late.", 1.0 if listening else 0.0)
    yield from _gauge("camket_stream_listeners", "Open pages that hold on to the live stream.", listening.held if listening else None)
    yield from _gauges("camket_database_bytes", "Size of each database.", "database", found.database_bytes.items(), unit="bytes")
    backups = [(kind, _age(at, now) or 0.0) for kind, at in custody.last_backup_at().items()]
    yield from _gauges("camket_backup_age_seconds", "Age of the last backup made from this home.", "kind", backups, unit="seconds")
    totals: dict[str, float] = defaultdict(float)
    for process in custody.occupancy():
        totals[re.sub(r"[^a-z0-9-]", "_", process.name.lower())] += process.bytes
    yield from _gauges("camket_memory_pss_bytes", "Memory (PSS) of the processes that serve, by name.", "process", totals.items(), unit="bytes")


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else (now - at).total_seconds()
