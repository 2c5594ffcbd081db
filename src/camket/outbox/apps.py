"""Wiring of the outbox as a Django app."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """The lease that every duty's due rows carry, and the heartbeats of those who work them off."""

    name = "camket.outbox"
    label = "outbox"
