"""What the company offers, and why it can be trusted with somebody's details."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from camket.duties.catalogue import queries as catalogue
from camket.duties.publishing import queries as editions
from camket.policy.compiled import CollectionRule, CompiledPolicy, SafeguardId
from camket.policy.terms import CONTACT, EMAIL, FULL_NAME, PHONE
from camket.web.site.contact_form import where_answered
from camket.web.site.facts import clauses_of_facts


@require_safe
def home(request: HttpRequest, language: str) -> HttpResponse:
    """Show what the company offers, what it commits to, and what of that can be counted."""
    edition = editions.policy_in_force()
    context = {
        "nav": "home",
        "products": catalogue.shown_products(language),
        "promises": [{"number": number, "text": text} for number, text in _promise_texts(edition).items()],
        "figures": editions.house_figures(now=timezone.now()),
        "clauses": clauses_of_facts(edition),
        **_ways(language),
    }
    return render(request, "site/home.html", context)


def _ways(language: str) -> dict[str, Any]:
    """How somebody reaches us, and where an answer goes."""
    return {"said": catalogue.site_texts(language), "answered": where_answered(editions.policy_in_force())}


def _promise_texts(policy: CompiledPolicy) -> dict[str, str]:
    """What the company commits to, each under the clause that carries its rule."""
    contact = policy.collections.get(CONTACT)
    promises = {
        contact.clause if contact else "": _asked_for(contact),
        clauses_of_facts(policy)["erased"]: gettext("When nothing needs your details any more, the system erases them by itself."),
        policy.controller.clause if policy.controller else "": gettext("You always see who is responsible for your details, and how to reach them."),
    }
    safeguard = policy.safeguards.get(SafeguardId.JOURNAL)
    if safeguard:
        promises[safeguard.clause] = gettext(
            "Every look at your details needs a clause and is recorded in a journal. "
            "Anyone who holds a later checkpoint of it can tell if it was changed."
        )
    return {number: text for number, text in promises.items() if number}


def _asked_for(contact: CollectionRule | None) -> str:
    """What the form asks of everybody; said in full only of an edition that asks for just that."""
    if contact is not None and (contact.required, contact.one_of) == ((FULL_NAME,), ((EMAIL, PHONE),)):
        return gettext("We ask only for what we need to answer you: your name, and an e-mail address or a phone number.")
    return gettext("We ask only for what we need to answer you, and say beside each question why.")


@require_safe
def products(request: HttpRequest, language: str) -> HttpResponse:
    """Show the products."""
    context = {"nav": "products", "products": catalogue.shown_products(language), **_ways(language)}
    return render(request, "site/products.html", context)


@require_safe
def product(request: HttpRequest, language: str, slug: str) -> HttpResponse:
    """Show one product: what it is for, what it includes, its price and its terms."""
    shown = catalogue.shown_products(language)
    found = next((row for row in shown if row.slug == slug), None)
    if found is None:
        raise Http404
    context = {
        "nav": "products",
        "product": found,
        "others": [row for row in shown if row.slug != slug],
        **_ways(language),
    }
    return render(request, "site/product.html", context)
