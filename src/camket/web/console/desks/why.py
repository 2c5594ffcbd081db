"""Why an edition, or a draft of one, answers a question as it does: what permits it, what forbids it, and what comes nearest."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from camket.duties.publishing import queries as editions
from camket.policy.compiled import CompiledPolicy
from camket.policy.explain import Explanation, NearPermit, explain
from camket.policy.tables import is_identifier
from camket.policy.terms import CONTROLLER, ROLES, Ask, FieldName, Operation, PurposeId, RecipientId, RoleId
from camket.web.console.desks.drafts import checked
from camket.web.console.entrance import AtDesk, desk_page, staff_only
from camket.web.kit.policy_labels import Labels
from camket.web.kit.requests import number_in
from camket.web.kit.words import word

_MOST_FIELDS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the form asks; a word that is none is left out."""

    role: str = ""
    operation: str = ""
    purpose: str = ""
    recipient: str = CONTROLLER
    fields: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_whole(self) -> bool:
        """Whether it can be answered."""
        return bool(self.role and self.operation and self.purpose and self.fields)


@require_safe
@staff_only("policy")
def why(request: HttpRequest, desk: AtDesk, language: str) -> HttpResponse:
    """Show a form for a question to the policy and, where it is whole, the answer with its grounds."""
    of = request.GET.get("of", "")
    policy = _policy(of)
    asked = _asked(request)
    of = of or f"edition-{editions.edition_in_force()}"
    is_blank = not set(request.GET) - {"of"}  # a link from a draft says whom to ask, and asks nothing yet
    context: dict[str, Any] = {"nav": "policy", "of": of, "sources": _sources(of), "is_blank": is_blank}
    if policy is None:
        return desk_page(request, desk, "console/why.html", {**context, "has_errors": True})
    labels = Labels(policy, language)
    context |= {
        "choices": _choices(policy, labels, asked),
        "asked": asked,
        "policy_number": policy.number,
        "errors": {} if is_blank else _missing(asked),
    }
    if asked.is_whole:
        ask = Ask(
            operation=Operation(asked.operation),
            fields=frozenset(FieldName(name) for name in asked.fields),
            purpose=PurposeId(asked.purpose),
            recipient=RecipientId(asked.recipient),
        )
        context["answer"] = _answer(explain(policy, role=RoleId(asked.role), ask=ask), asked, labels)
    return desk_page(request, desk, "console/why.html", context)


def _policy(of: str) -> CompiledPolicy | None:
    """The edition or draft that is asked; None where a draft has errors."""
    kind, _, text = of.partition("-")
    if not of:
        return editions.policy_in_force()
    if kind == "draft":
        row = editions.draft(number_in(text))
        if row is None:
            raise Http404
        return checked(row.manifest, row.texts).policy
    try:
        return editions.compiled(editions.EditionNumber(number_in(text)))
    except editions.NoEdition:
        raise Http404 from None


def _sources(of: str) -> list[dict[str, Any]]:
    found = [{"value": f"edition-{line.number}", "number": line.number, "is_draft": False} for line in editions.edition_lines()]
    found += [{"value": f"draft-{line.id}", "number": line.number, "is_draft": True} for line in editions.draft_lines() if line.is_open]
    if of not in {one["value"] for one in found}:
        found.append({"value": of, "number": number_in(of.partition("-")[2]), "is_draft": True})
    return [{**one, "is_chosen": one["value"] == of} for one in found]


def _asked(request: HttpRequest) -> Asked:
    role, operation = request.GET.get("role", ""), request.GET.get("operation", "")
    purpose, recipient = request.GET.get("purpose", ""), request.GET.get("recipient", "") or CONTROLLER
    return Asked(
        role=role if role in ROLES else "",
        operation=operation if operation in list(Operation) else "",
        purpose=purpose if is_identifier(purpose) else "",
        recipient=recipient if is_identifier(recipient) else CONTROLLER,
        fields=frozenset(name for name in request.GET.getlist("fields")[:_MOST_FIELDS] if is_identifier(name)),
    )


def _missing(asked: Asked) -> dict[str, str]:
    """What is to be chosen still, beside each field in which nothing was."""
    sentences = {
        "role": gettext("Please choose who asks."),
        "operation": gettext("Please choose what they want to do."),
        "purpose": gettext("Please choose what it is for."),
        "fields": gettext("Please choose at least one detail."),
    }
    return {name: sentence for name, sentence in sentences.items() if not getattr(asked, name)}


def _choices(policy: CompiledPolicy, labels: Labels, asked: Asked) -> dict[str, list[tuple[str, str, bool]]]:
    return {
        "role": sorted(((role, word("role", role), role == asked.role) for role in ROLES), key=lambda one: one[1]),
        "operation": [(one.value, word("operation", one.value), one.value == asked.operation) for one in Operation],
        "purpose": _named(policy.purposes, "purpose", labels, {asked.purpose}),
        "recipient": _named(dict.fromkeys([CONTROLLER, *policy.recipients]), "recipient", labels, {asked.recipient}),
        "fields": _named(policy.fields, "field", labels, asked.fields),
    }


def _named(known: Iterable[str], kind: str, labels: Labels, chosen: Iterable[str]) -> list[tuple[str, str, bool]]:
    """What there is to choose from, and what was chosen although the edition does not know it: a gap may be just that."""
    wanted = {one for one in chosen if one}
    listed = list(dict.fromkeys([*known, *sorted(wanted)]))
    return [(name, _label(labels, kind, name), name in wanted) for name in listed]


def _label(labels: Labels, kind: str, name: str) -> str:
    return word("recipient_kind", "controller") if name == CONTROLLER else labels.label(kind, name)


def _answer(found: Explanation, asked: Asked, labels: Labels) -> dict[str, Any]:
    decision = found.decision
    parts = (
        word("role", asked.role),
        word("operation", asked.operation),
        labels.listed("field", asked.fields),
        labels.label("purpose", asked.purpose),
        _label(labels, "recipient", asked.recipient),
    )
    return {
        "outcome": decision.outcome.value,
        "clauses": decision.clauses,
        "asked": " · ".join(parts),
        "refused": labels.listed("field", decision.refused_fields) if decision.refused_fields else "",
        "obligations": [word("obligation_of_desk", one) for one in sorted(decision.obligations)],
        "fields": [
            {
                "label": labels.label("field", one.field),
                "is_declared": one.is_declared,
                "permitted_by": one.permitted_by,
                "forbidden_by": one.forbidden_by,
                "redaction": word("redaction", decision.redactions[one.field]) if one.field in decision.redactions else "",
                "nearest": [_near(near, labels) for near in one.nearest],
            }
            for one in found.fields
        ],
    }


def _near(near: NearPermit, labels: Labels) -> dict[str, Any]:
    words = {
        "role": word("role", near.role),
        "operation": word("operation", near.operation),
        "purpose": labels.label("purpose", near.purpose),
        "recipient": _label(labels, "recipient", near.recipient),
    }
    return {"parts": [(part, text, part in near.differs) for part, text in words.items()], "clauses": near.clauses}
