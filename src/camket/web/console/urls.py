"""Addresses of the staff's desks, below the language."""

from django.urls import path, register_converter

from camket.web.console.desks import door, editions, find, inbox, inquiry, journal, letters, operations
from camket.web.console.references import Reference

register_converter(Reference, "reference")

urlpatterns = [
    path("", inbox.inbox, name="console"),
    path("sign-in", door.sign_in, name="console-sign-in"),
    path("sign-in/<str:token>", door.sign_in, name="console-sign-in-link"),
    path("sign-out", door.sign_out, name="console-sign-out"),
    path("inquiries/<reference:reference>", inquiry.inquiry, name="console-inquiry"),
    path("find", find.find, name="console-find"),
    path("letters", letters.letters, name="console-letters"),
    path("letters/<uuid:letter_id>", letters.letter, name="console-letter"),
    path("journal", journal.journal, name="console-journal"),
    path("operations", operations.operations, name="console-operations"),
    path("editions", editions.edition_list, name="console-editions"),
]
