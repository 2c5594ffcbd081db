"""A note of how many hold on to the live stream: for the doctor and the figures, and lost without harm."""

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from django.conf import settings


def stream_file() -> Path:
    """Return the file in which the live stream notes that it runs, and how many hold on to it."""
    return Path(settings.CAMKET_HOME) / "stream.json"


def note_stream(*, held: int, now: datetime) -> None:
    """
    Note that the live stream runs.

    Args:
        held: How many hold on to it.
        now: UTC instant.
    """
    # not in a database: it is written every few seconds, and nobody misses it
    with suppress(OSError):
        fresh = stream_file().with_suffix(".new")
        fresh.write_text(json.dumps({"at": now.isoformat(), "held": held}), "utf-8")
        fresh.replace(stream_file())
