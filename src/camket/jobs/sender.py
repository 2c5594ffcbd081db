"""A second process for the letters of a large campaign: it sends beside the worker, and is there only as long as that goes well."""

import logging
import os
import secrets
import signal
import sys
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
    Hand letters of campaigns over until none is due or the process is asked to stop.

    Raises:
        SystemExit: With 1, where the carrier is to be left alone or anything fails: the worker goes on by itself, and the supervisor sends no other
            sender for a while.
    """
    os.nice(_NICENESS)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    name, pace = f"sender-{secrets.token_hex(6)}", Pace(per_minute=settings.CAMKET_LETTERS_PER_DOMAIN, senders=lambda: _PROCESSES)
    try:
        while not stop.is_set() and campaigns.send_due(worker=name, pace=pace, now=timezone.now(), is_stopping=stop.is_set):
            close_old_connections()
        if pace.does_carrier_wait(at=time.monotonic()):
            sys.exit(1)
    except Exception:  # whatever it is, the worker goes on by itself; the log keeps its kind and place
        log.exception("sender")
        sys.exit(1)
    finally:
        connections.close_all()
