"""Addresses of the public pages, below the language."""

from django.urls import path, re_path

from camket.web.site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("products", views.products, name="products"),
    path("policy", views.policy, name="policy"),
    path("policy/editions", views.policy_editions, name="policy-editions"),
    path("policy/editions/<int:number>", views.policy, name="policy-edition"),
    path("policy/editions/<int:number>.json", views.policy_json, name="policy-edition-json"),
    path("policy/editions/<int:number>.md", views.policy_text, name="policy-edition-text"),
    path("contact", views.contact, name="contact"),
    path("read/<str:token>", views.reading, name="reading"),
    path("certificate", views.certificate, name="certificate"),
    re_path(r"^(?P<rest>products|policy|policy/editions(?:/[0-9]+)?|contact|certificate)/$", views.without_slash, name="without-slash"),
]
