"""Addresses of the staff's desks, below the language."""

from django.urls import path, register_converter

from camket.web.console.desks import (
    access_review,
    account,
    call,
    cases,
    colleagues,
    door,
    editions,
    find,
    inbox,
    inquiry,
    journal,
    kit,
    letters,
    open_case,
    operations,
    products,
    record,
    site,
    special_case,
)
from camket.web.console.references import Reference

register_converter(Reference, "reference")

urlpatterns = [
    path("", inbox.inbox, name="console"),
    path("sign-in", door.sign_in, name="console-sign-in"),
    path("sign-in/<str:token>", door.sign_in_link, name="console-sign-in-link"),
    path("invitation/<str:token>", door.invitation, name="console-invitation"),
    path("sign-out", door.sign_out, name="console-sign-out"),
    path("account", account.account, name="console-account"),
    path("account/codes", account.codes, name="console-account-codes"),
    path("account/confirm", account.confirm, name="console-account-confirm"),
    path("staff", colleagues.colleagues, name="console-staff"),
    path("staff/<uuid:staff_id>", colleagues.colleague, name="console-colleague"),
    path("access", access_review.review, name="console-access"),
    path("sign-ins", access_review.sign_ins, name="console-sign-ins"),
    path("inquiries/<reference:reference>", inquiry.inquiry, name="console-inquiry"),
    path("inquiries/<reference:reference>/call", call.call, name="console-call"),
    path("record", record.record, name="console-record"),
    path("cases", cases.cases, name="console-cases"),
    path("cases/about/<reference:reference>", open_case.open_case, name="console-open-case"),
    path("cases/<reference:reference>", special_case.special_case, name="console-case"),
    path("find", find.find, name="console-find"),
    path("letters", letters.letters, name="console-letters"),
    path("letters/<uuid:letter_id>", letters.letter, name="console-letter"),
    path("journal", journal.journal, name="console-journal"),
    path("operations", operations.operations, name="console-operations"),
    path("products", products.products, name="console-products"),
    path("products/<slug:slug>", products.product, name="console-product"),
    path("add-product", products.add_product, name="console-add-product"),
    path("site", site.site, name="console-site"),
    path("kit", kit.kit, name="console-kit"),
    path("editions", editions.edition_list, name="console-editions"),
]
