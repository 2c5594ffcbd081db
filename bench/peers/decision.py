"""Three policy engines, each set up the quickest way its documentation offers: parsed once, indexed where it can be."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import casbin
import cedarpy
import hobofan_regorus as regorus
from casbin.model import FastModel

from bench.peers.answering import answer
from bench.sample import whole

Row = Mapping[str, Any]
Tuple = Sequence[str]
Decide = Callable[[Any], bool]

_KEYS = (0, 1, 2, 3, 4)
_MODEL = """
[request_definition]
r = role, operation, purpose, recipient, field

[policy_definition]
p = role, operation, purpose, recipient, field

[policy_effect]
e = some(where (p.eft == allow))

[matchers]
m = r.role == p.role && r.operation == p.operation && r.purpose == p.purpose && r.recipient == p.recipient && r.field == p.field
"""
_REGO = """
package bench

import rego.v1

default allow := "no"

allow := data.allowed[input.role][input.operation][input.purpose][input.recipient][input.field]
"""


def cedar(rows: Sequence[Row]) -> tuple[Decide, Callable[[Tuple], Any]]:
    """One permit for each key, parsed once; the fields are the resources it names."""
    policies, entities = cedarpy.PolicySet.from_str("\n".join(_permit(row) for row in rows)), cedarpy.Entities.from_json_str("[]")

    def request(one: Tuple) -> Any:
        role, operation, purpose, recipient, field = one
        return {
            "principal": f'Role::"{role}"',
            "action": f'Action::"{operation}"',
            "resource": f'Field::"{field}"',
            "context": {"purpose": purpose, "recipient": recipient},
        }

    return lambda asked: bool(cedarpy.is_authorized(asked, policies, entities).allowed), request


def _permit(row: Row) -> str:
    fields = ", ".join(f'Field::"{name}"' for name in row["fields"])
    scope = f'principal == Role::"{row["role"]}", action == Action::"{row["operation"]}", resource'
    terms = f'context.purpose == "{row["purpose"]}" && context.recipient == "{row["recipient"]}" && [{fields}].contains(resource)'
    return f"permit({scope}) when {{ {terms} }};"


def fast_casbin(rows: Sequence[Row]) -> tuple[Decide, Callable[[Tuple], Any]]:
    """The fast enforcer, keyed by every part of a request, so that its matcher sees at most one rule."""
    model = FastModel(_KEYS)
    model.load_model_from_text(_MODEL)
    enforcer = casbin.FastEnforcer(model, cache_key_order=_KEYS)
    for row in rows:
        for name in row["fields"]:
            enforcer.add_policy(row["role"], row["operation"], row["purpose"], row["recipient"], name)
    return lambda asked: bool(enforcer.enforce(*asked)), tuple


def rego(rows: Sequence[Row]) -> tuple[Decide, Callable[[Tuple], Any]]:
    """The rules as data, indexed by every part of a request."""
    allowed: dict[str, Any] = {}
    for row in rows:
        place = allowed.setdefault(row["role"], {}).setdefault(row["operation"], {}).setdefault(row["purpose"], {}).setdefault(row["recipient"], {})
        place.update(dict.fromkeys(row["fields"], "yes"))
    engine = regorus.Engine()
    engine.add_policy("bench.rego", _REGO)
    engine.add_data({"allowed": allowed})

    def decide(asked: Any) -> bool:
        engine.set_input(asked)
        return bool(engine.eval_rule("data.bench.allow") == "yes")

    return decide, lambda one: dict(zip(("role", "operation", "purpose", "recipient", "field"), one, strict=True))


ENGINES = {"cedarpy": cedar, "casbin": fast_casbin, "regorus": rego}


def prepare(settings: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """Load the rules into the engine that was named, and build every request beforehand."""
    decide, request = ENGINES[settings["engine"]](settings["table"])
    asked = [request(one) for one in settings["asked"]]

    def reply(*, do: str, repeats: int = 1) -> Mapping[str, Any]:
        if do == "answers":
            return {"answers": [decide(one) for one in asked]}

        def run() -> None:
            for _ in range(repeats):
                for one in asked:
                    decide(one)

        return whole(len(asked) * repeats, run).as_dict()

    return reply


if __name__ == "__main__":
    answer(prepare)
