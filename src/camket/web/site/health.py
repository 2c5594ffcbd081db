"""What machines ask: alive, ready, what to crawl, where to report a weakness."""

from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.custody import queries as custody

_TEXT = "text/plain; charset=utf-8"


@require_safe
def alive(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return HttpResponse("ok\n", content_type=_TEXT)


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Say which parts are ready to serve; 503 where one is not."""
    parts = dict(custody.is_ready(now=timezone.now()))
    return JsonResponse({"ready": all(parts.values()), **parts}, status=200 if all(parts.values()) else 503)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Keep crawlers off the desks, the links of letters and the programs' door."""
    lines = ["User-agent: *"] + [f"Disallow: /{place}" for place in ("vi/console", "en/console", "vi/read", "en/read", "api")]
    return HttpResponse("\n".join(lines) + "\n", content_type=_TEXT)


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Say where to report a weakness (RFC 9116)."""
    email = settings.CAMKET_CONTROLLER_EMAIL
    contact = f"mailto:{email}" if email else f"{settings.CAMKET_URL}/en/contact"
    expires = (timezone.now() + timedelta(days=180)).strftime("%Y-%m-%dT00:00:00Z")
    text = f"Contact: {contact}\nExpires: {expires}\nPreferred-Languages: vi, en\nCanonical: {settings.CAMKET_URL}/.well-known/security.txt\n"
    return HttpResponse(text, content_type=_TEXT)
