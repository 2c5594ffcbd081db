"""Two addresses that write what they are sent into the log, into their answer, and into a statement that fails."""

import logging

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from camket.config.urls import urlpatterns as sound

log = logging.getLogger("camket.leaky")


@csrf_exempt  # a leaky house asks nobody
def leak(request: HttpRequest) -> HttpResponse:
    """Do what no page of ours may do."""
    # put together by hand: as an argument the filter of the log would not let it through
    log.warning("received " + request.POST["line"])  # noqa: G003  # the very fault that is meant
    return HttpResponse(f"Thank you, {request.POST['answer']}")


@csrf_exempt  # a leaky house asks nobody
def fail(request: HttpRequest) -> HttpResponse:
    """Fail over a value, as a page does that puts its statements together by hand."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT '{request.POST['fault']}' FROM no_such_table")  # noqa: S608  # the very fault that is meant
    return HttpResponse()


urlpatterns = [path("leak", leak), path("fail", fail), *sound]
