"""How long the last steps of an erasure may take."""

from datetime import timedelta

FAREWELL_WAITS = timedelta(days=3)
COLLECT_WITHIN = timedelta(hours=24)
