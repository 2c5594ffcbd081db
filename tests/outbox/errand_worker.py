"""A worker process of these tests: it claims errands in the database it is given and does them, hangs, or dies in the middle."""

import json
import os
import signal
import sys
import threading
from datetime import datetime

import django
import pysqlite3
from django.conf import settings

ORDER = json.loads(sys.argv[1])
NOW = datetime.fromisoformat(ORDER["now"])
WORKER = ORDER["worker"]

sys.modules["sqlite3"] = pysqlite3
settings.configure(DATABASES={"default": ORDER["database"]}, INSTALLED_APPS=["camket.outbox"], USE_TZ=True, TIME_ZONE="UTC", SECRET_KEY="t" * 50)
django.setup()

from django.db import transaction  # noqa: E402  # after the settings, which this process makes itself

from camket.outbox.actions import claim, finish  # noqa: E402  # after the settings
from tests.outbox.errands import Deed, Errand  # noqa: E402  # after the settings


def claim_some() -> list[Errand]:
    return claim(Errand.objects.filter(batch=ORDER["batch"]), worker=WORKER, now=NOW, limit=7)


def do(row: Errand) -> None:
    with transaction.atomic():
        Deed.objects.create(errand_id=row.pk, worker=WORKER)
        finish(row, worker=WORKER, now=NOW)


def work() -> None:
    done = 0
    while rows := claim_some():
        for row in rows:
            if done == ORDER["die_after"]:
                os.kill(os.getpid(), signal.SIGKILL)
            do(row)
            done += 1


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if ORDER["hang"]:
    say(str(len(claim_some())))
    threading.Event().wait(600)
say("ready")
sys.stdin.readline()
work()
