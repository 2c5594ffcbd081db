"""Addresses of the public pages, below the language."""

from django.urls import path, re_path

from camket.web.site import consent_pages, offers, openness, policy_pages, stop_pages, views

urlpatterns = [
    path("", offers.home, name="home"),
    path("products", offers.products, name="products"),
    path("products/<slug:slug>", offers.product, name="product"),
    path("policy", policy_pages.policy, name="policy"),
    path("policy/editions", policy_pages.policy_editions, name="policy-editions"),
    path("policy/editions/<int:number>", policy_pages.policy, name="policy-edition"),
    path("policy/editions/<int:number>.json", policy_pages.policy_json, name="policy-edition-json"),
    path("policy/editions/<int:number>.dpv", policy_pages.policy_dpv, name="policy-edition-dpv"),
    path("policy/editions/<int:number>.pdf", policy_pages.policy_pdf, name="policy-edition-pdf"),
    path("policy/editions/<int:number>.md", policy_pages.policy_text, name="policy-edition-text"),
    path("policy/diff/<int:old>/<int:new>", policy_pages.policy_difference, name="policy-difference"),
    path("policy/policy-language.md", openness.paper, {"name": "policy-language.md"}, name="policy-language"),
    path("transparency", openness.transparency, name="transparency"),
    path("transparency/checkpoints.jsonl", openness.checkpoints, name="checkpoints"),
    path("transparency/checkpoints/<int:size>.json", openness.checkpoint, name="checkpoint"),
    path("transparency/verify_journal.py", openness.paper, {"name": "verify_journal.py"}, name="verifier"),
    path("transparency/journal.md", openness.paper, {"name": "journal.md"}, name="journal-rules"),
    path("transparency/verifying.md", openness.paper, {"name": "verifying.md"}, name="signature-rules"),
    path("contact", views.contact, name="contact"),
    path("read/<str:token>", views.reading, name="reading"),
    path("consents/<str:token>", consent_pages.consents, name="consents"),
    path("stop/<str:token>", stop_pages.stop, name="stop-advertising"),
    path("certificate", views.certificate, name="certificate"),
    re_path(
        r"^(?P<rest>products(?:/[a-z0-9-]+)?|policy|policy/editions(?:/[0-9]+)?|policy/diff/[0-9]+/[0-9]+|contact|certificate|transparency)/$",
        views.without_slash,
        name="without-slash",
    ),
]
