"""Django as a WSGI application."""

from django.core.handlers.wsgi import WSGIHandler

from camket.config.boot import start

start()
application = WSGIHandler()
