"""The entry of the live stream, in a process that was forked from one in which everything is set up: its names, and its patience with a database."""

import multiprocessing

from django.conf import settings

from camket.config.databases import suit_pages
from camket.jobs.lifeline import die_with
from camket.jobs.listening import Listeners
from camket.jobs.stream import LiveStream
from camket.web.kit.requests import our_hosts

_PARENT = multiprocessing.parent_process()
if _PARENT is not None and _PARENT.pid is not None:
    # as with the pages: the server forks a process that must not outlive it and keep the port
    die_with(_PARENT.pid)
    suit_pages(settings.DATABASES)

application = LiveStream(hosts=our_hosts(), listeners=Listeners())
