"""A second process for the letters of a large campaign: it sends beside the worker, and is there only as long as that goes well."""

import logging
import os
import secrets
import signal
import threading
import time

from django.conf import settings
from django.db import close_old_connections, connections
from django.utils import timezone

from camket.jobs import campaigns
from camket.jobs.pacing import Pace

log = logging.getLogger(__name__)

_PROCESSES = 2  # this one and the worker
_NICENESS = 5  # whoever waits for a page comes first


def send_along() -> None:
    """
    Hand letters of campaigns over until none is due, the carrier is to be left alone, or the process is asked to stop.

    Whatever goes wrong ends it: the worker finds out for itself what it was, and rings again when all is well.
    """
    os.nice(_NICENESS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    name, pace = f"sender-{secrets.token_hex(6)}", Pace(per_minute=settings.CAMKET_LETTERS_PER_DOMAIN)
    pace.share(_PROCESSES)
    try:
        while not stop.is_set() and not pace.does_carrier_wait(at=time.monotonic()):
            if not campaigns.send_due(worker=name, pace=pace, now=timezone.now(), is_stopping=stop.is_set):
                break
            close_old_connections()
    except Exception:  # whatever it is, the worker meets it too and goes on; the log keeps its kind and place
        log.exception("sender")
    finally:
        connections.close_all()
