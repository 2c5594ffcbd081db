"""Every address of the house. Pages live below /vi/ and /en/; without a language, the browser's decides."""

from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter

from camket.access.providers import CALLBACK
from camket.policy.languages import LANGUAGES
from camket.web.api.rest import api
from camket.web.console.desks import company
from camket.web.kit.languages import Language
from camket.web.site import health, metrics, sitemap, views

register_converter(Language, "language")

_TAKEN = "|".join(f"{first}/" for first in ("static", "api", *LANGUAGES))  # what is known to begin so has a page, or none in any language

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("robots.txt", health.robots, name="robots"),
    path("sitemap.xml", sitemap.sitemap, name="sitemap"),
    path("favicon.ico", health.favicon, name="favicon"),
    path(".well-known/security.txt", health.security, name="security-txt"),
    path("api/v1/", api.urls),
    # without a language: the company's sign-in service is told one address to lead back to
    path(CALLBACK.removeprefix("/"), company.callback, name="console-company-back"),
    path("<language:language>/console/", include("camket.web.console.urls")),
    path("<language:language>/console", views.to_slash, name="console-bare"),
    path("<language:language>/", include("camket.web.site.urls")),
    re_path(rf"^(?P<rest>(?!{_TAKEN})[A-Za-z0-9/._-]*)$", views.to_language, name="to-language"),
]

handler400 = "camket.web.kit.errors.bad_request"
handler403 = "camket.web.kit.errors.permission_denied"
handler404 = "camket.web.kit.errors.page_not_found"
handler500 = "camket.web.kit.errors.last_answer"
