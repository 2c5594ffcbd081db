"""What the house says of itself: its figures, where each comes from, and the signed heads of its journal for whoever wants to hold it to them."""

import base64

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.web.kit.requests import number_in
from camket.web.site.facts import clauses_of_facts

_LISTED = 1000  # lines of one list: a quarter of a megabyte
_LONGEST_SIZE = 18  # digits


@require_safe
def transparency(request: HttpRequest, language: str) -> HttpResponse:
    """Show every figure with what is counted, since when and from where, and how to check the journal without us."""
    context = {
        "nav": "transparency",
        "figures": editions.house_figures(now=timezone.now()),
        "clauses": clauses_of_facts(editions.policy_in_force()),
        "fewest": editions.FEWEST_TOLD,
        "checkpoints": editions.checkpoint_lines(),
        "public_key": editions.public_key(),
        "verifier": editions.paper("verify_journal.py"),
        "rules": editions.paper("journal.md"),
    }
    return render(request, "site/transparency.html", context)


@require_safe
def checkpoints(request: HttpRequest, language: str) -> HttpResponse:
    """Return the newest signed heads of the journal, one line of JSON each; `?before=SIZE` goes on from the last line of a list."""
    text = request.GET.get("before", "")
    before = number_in(text, digits=_LONGEST_SIZE) if text.isdigit() else None
    lines = editions.checkpoint_files(limit=_LISTED, before=before)
    return HttpResponse(b"".join(line + b"\n" for line in lines), content_type="application/jsonl")


@require_safe
def checkpoint(request: HttpRequest, language: str, size: int) -> HttpResponse:
    """Return one signed head of the journal, byte for byte as its file on the second medium."""
    found = editions.checkpoint_file(size) if size < 10**_LONGEST_SIZE else None
    if found is None:
        raise Http404
    answer = HttpResponse(found, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{size}.json"'
    return answer


@require_safe
def paper(request: HttpRequest, language: str, name: str) -> HttpResponse:
    """Return as plain text the program that checks the journal without us, its rules, those of a signature, or those of the policy's language."""
    found = editions.paper(name)
    if found is None:
        raise Http404
    answer = HttpResponse(found.content, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{found.name}"'
    answer.headers["Content-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(found.hash)).decode()}:"  # RFC 9530
    return answer
