"""django-helpdesk with many tickets: its list and its search asked for in this process, and its public form served by gunicorn."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from django.conf import settings as configured
from django.db import connection
from django.utils import timezone

from bench.peers import djangohome
from bench.peers.answering import answer
from bench.people import person
from bench.sample import timed

_BATCH = 1000
_OPEN = [1, 2]  # its statuses "open" and "reopened"
_numbers = count(1)

_APPS = (
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sites",
    "django.contrib.admin",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "rest_framework",
    "helpdesk",
)
_MIDDLEWARE = (
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
)
_CONTEXT = (
    "django.template.context_processors.request",
    "django.contrib.auth.context_processors.auth",
    "django.contrib.messages.context_processors.messages",
)


def settle(words: Mapping[str, Any]) -> None:
    """Set it up as its own documentation says, mail written and thrown away."""
    loaders = [
        ("django.template.loaders.cached.Loader", ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"])
    ]
    djangohome.configure(
        words,
        apps=_APPS,
        MIDDLEWARE=_MIDDLEWARE,
        ROOT_URLCONF="bench.peers.helpdeskurls",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {"context_processors": _CONTEXT, "loaders": loaders},
            }
        ],
        STATIC_URL="/static/",
        SITE_ID=1,
        ALLOWED_HOSTS=["localhost", "127.0.0.1", "testserver"],
        EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
        LANGUAGE_CODE="en-us",
        HELPDESK_TEAMS_MODE_ENABLED=False,
        LOGGING_CONFIG=None,
    )


def fill(tickets: int) -> None:
    """Make the queue, its letters, and so many open tickets; the planner knows the tables afterwards."""
    from django.core.management import call_command  # noqa: PLC0415  # Django has to be set up before
    from helpdesk.models import Queue, Ticket  # noqa: PLC0415  # the same

    call_command("loaddata", "emailtemplate.json", verbosity=0)
    queue, _ = Queue.objects.get_or_create(slug="support", defaults={"title": "Support", "allow_public_submission": True})
    now = timezone.now()
    for start in range(0, tickets, _BATCH):
        people = [person(number) for number in range(start, min(start + _BATCH, tickets))]
        Ticket.objects.bulk_create(
            Ticket(
                title=one.message[:80],
                queue=queue,
                submitter_email=one.email,
                description=f"{one.full_name} {one.phone}\n{one.message}",
                created=now,
                modified=now,
                status=1,
                priority=3,
                secret_key=f"{start:036d}",
            )
            for one in people
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def serve(words: Mapping[str, Any], *, port: int) -> Mapping[str, Any]:
    """Serve what was set up, by two processes, until whoever asked ends them; return the process to end."""
    name = str(configured.DATABASES["default"]["NAME"])
    environment = {**os.environ, "HELPDESK": json.dumps({**words, "file": name})}
    command = [sys.executable, "-m", "gunicorn", "-w", "2", "-b", f"127.0.0.1:{port}", "--log-level", "error", "bench.peers.helpdeskwsgi:application"]
    return {"pid": subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL).pid}


def prepare(settings: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """Set it up with many tickets, and sign a member of staff in."""
    settle(settings)
    fill(settings["tickets"])
    from django.contrib.auth.models import User  # noqa: PLC0415  # Django has to be set up before
    from django.test import Client  # noqa: PLC0415  # the same

    client = Client()
    client.force_login(User.objects.create_superuser("chi", "chi@example.com", "invented"))

    def listed(search: str = "") -> None:
        asked = {"filtering": {"status__in": _OPEN}, "sorting": "created", "sortreverse": True, "search_string": search}
        query = base64.b64encode(json.dumps(asked).encode()).decode()
        answered = client.get(f"/datatables_ticket_list/{query}", {"draw": "1", "start": "0", "length": "25"})
        found = answered.json()["data"]
        assert len(found) == (1 if search else 25), (answered.status_code, len(found))

    def reply(*, do: str, operations: int) -> Mapping[str, Any]:
        if do == "serve":
            return serve(settings, port=operations)
        deeds: dict[str, Callable[[], None]] = {
            "list": listed,
            "search": lambda: listed(person(next(_numbers) * 7919 % settings["tickets"]).email),
        }
        return timed(((do, deeds[do]) for _ in range(operations)), postmaster=settings["postmaster"]).as_dict()

    return reply


if __name__ == "__main__":
    answer(prepare)
