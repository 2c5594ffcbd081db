"""What machines ask: alive, ready, what to crawl, where to report a weakness."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.custody import queries as custody
from camket.policy.languages import LANGUAGES
from camket.web.kit.templatetags.kit import STATIC_FOLDER

_TEXT = "text/plain; charset=utf-8"
_HOLDS_FOR = timedelta(days=180)


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type=_TEXT)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say which parts are ready to serve; 503 where one is not."""
    parts = dict(custody.readiness(now=timezone.now()))
    return JsonResponse({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep crawlers off the desks, the links of letters and the programs' door, and show them the list of pages."""
    places = [f"{language}/{place}" for place in ("console", "read", "consents", "stop") for language in LANGUAGES]
    lines = ["User-agent: *"] + [f"Disallow: /{place}" for place in (*places, "api")]
    return HttpResponse("\n".join([*lines, "", f"Sitemap: {settings.CAMKET_URL}/sitemap.xml"]) + "\n", content_type=_TEXT)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Say where to report a weakness (RFC 9116); a site that is not served over TLS has no address that the RFC lets it name."""
    is_secure = settings.CAMKET_URL.startswith("https://")
    lines = [f"Contact: mailto:{settings.CAMKET_CONTROLLER_EMAIL}"] if settings.CAMKET_CONTROLLER_EMAIL else []
    if is_secure or not lines:
        lines.append(f"Contact: {settings.CAMKET_URL}/en/contact")
    # midnight: the same for everybody who asks on a day; the RFC recommends less than a year
    lines.append(f"Expires: {timezone.now() + _HOLDS_FOR:%Y-%m-%dT00:00:00Z}")
    lines.append("Preferred-Languages: vi, en")
    if is_secure:
        lines.append(f"Canonical: {settings.CAMKET_URL}/.well-known/security.txt")
    return HttpResponse("\n".join(lines) + "\n", content_type=_TEXT)


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Return the small picture of the site for what asks for it without having read a page."""
    return HttpResponse((STATIC_FOLDER / "kit" / "favicon.ico").read_bytes(), content_type="image/x-icon", headers={"Cache-Control": "max-age=86400"})
