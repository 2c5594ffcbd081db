"""Addresses of the staff's desks, below the language."""

from django.urls import path, register_converter

from camket.web.console import views
from camket.web.console.references import Reference

register_converter(Reference, "reference")

urlpatterns = [
    path("", views.inbox, name="console"),
    path("sign-in", views.sign_in, name="console-sign-in"),
    path("sign-in/<str:token>", views.sign_in, name="console-sign-in-link"),
    path("sign-out", views.sign_out, name="console-sign-out"),
    path("inquiries/<reference:reference>", views.inquiry, name="console-inquiry"),
    path("find", views.find, name="console-find"),
    path("letters", views.letters, name="console-letters"),
    path("letters/<uuid:letter_id>", views.letter, name="console-letter"),
    path("journal", views.journal, name="console-journal"),
    path("editions", views.edition_list, name="console-editions"),
]
