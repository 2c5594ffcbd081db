"""The policy in the W3C's vocabulary, read by a library of linked data that is none of ours; and its JSON under a schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from pyld import jsonld

from camket.policy.compiled import CompiledPolicy
from camket.policy.dpv import CONTEXT, as_dpv
from camket.policy.exports import as_json
from camket.policy.terms import Operation
from tests.house.tree import ROOT
from tests.policy.drawn import Drawn, editions
from tests.policy.pairs import two_policies
from tests.policy.sample import sample_policy
from tests.policy.test_edition_1 import POLICY
from tests.stage import TIMES

DPV = "https://w3id.org/dpv#"
SCHEMA = json.loads((ROOT / "docs" / "compiled.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def no_network(url: str, _options: Any) -> Any:
    """Refuse to fetch a context: a document brings its own."""
    raise AssertionError(f"a reader would fetch {url}")


def expanded(policy: CompiledPolicy) -> dict[str, Any]:
    """Return what a reader of linked data makes of the export."""
    (found,) = jsonld.expand(json.loads(as_dpv(policy)), {"documentLoader": no_network})
    return dict(found)


def count(found: Any, of: str) -> int:
    if isinstance(found, list):
        return sum(count(one, of) for one in found)
    if isinstance(found, dict):
        return (of in found.get("@type", [])) + sum(count(one, of) for one in found.values())
    return 0


class TestTheVocabulary:
    def test_is_expanded_without_error_and_without_the_network(self) -> None:
        found = expanded(POLICY)
        assert found["@type"] == [f"{DPV}PrivacyNotice"]
        assert len(found[f"{DPV}hasProcess"]) == len(POLICY.purposes)

    @given(editions())
    @settings(max_examples=30 * TIMES)
    def test_takes_any_edition_and_loses_no_permission(self, drawn: Drawn) -> None:
        found = expanded(drawn.policy)
        grants = list(drawn.policy.table.values())
        kinds = {Operation.COLLECT: "Collect", Operation.USE: "Use", Operation.FIND: "Query", Operation.DISCLOSE: "Disclose"}
        kinds |= {Operation.CORRECT: "Modify", Operation.STORE: "Store", Operation.ERASE: "Erase"}
        assert sum(count(found, DPV + kind) for kind in kinds.values()) == sum(len(one) for one in grants)

    def test_knows_every_word_it_uses(self) -> None:
        """Whatever has no prefix of the context would be dropped by a reader, and so lost."""

        def words(found: Any) -> set[str]:
            if isinstance(found, list):
                return set().union(*map(words, found)) if found else set()
            if not isinstance(found, dict):
                return set()
            return {key for key in found if not key.startswith("@")}.union(*map(words, found.values()))

        document = json.loads(as_dpv(POLICY))
        document.pop("@context")
        assert {word.partition(":")[0] for word in words(document)} <= set(CONTEXT)

    def test_names_what_it_speaks_of_by_where_it_is_published(self) -> None:
        address = "https://example.com/vi/policy/editions/1"
        assert json.loads(as_dpv(POLICY, address=address))["@id"] == address
        assert json.loads(as_dpv(sample_policy()))["@id"].startswith("urn:camket:policy:")

    def test_speaks_every_language_of_the_edition(self) -> None:
        (purpose,) = expanded(POLICY)[f"{DPV}hasProcess"][0][f"{DPV}hasPurpose"]
        labels = purpose["http://www.w3.org/2004/02/skos/core#prefLabel"]
        assert {one["@language"] for one in labels} == set(POLICY.languages)

    @pytest.mark.parametrize("kind", ["Consent", "LegalObligation", "EncryptionAtRest", "DataProcessor", "Authority", "StorageDuration"])
    def test_says_of_edition_1_what_its_clauses_say(self, kind: str) -> None:
        assert count(expanded(POLICY), DPV + kind) >= 1


class TestTheSchema:
    def test_is_one(self) -> None:
        jsonschema.Draft202012Validator.check_schema(SCHEMA)

    def test_fits_edition_1(self) -> None:
        VALIDATOR.validate(json.loads(as_json(POLICY)))

    @given(editions())
    @settings(max_examples=30 * TIMES)
    def test_fits_any_edition(self, drawn: Drawn) -> None:
        VALIDATOR.validate(json.loads(as_json(drawn.policy)))

    @given(two_policies())
    @settings(max_examples=30 * TIMES)
    def test_fits_whatever_may_differ_between_editions(self, both: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        for policy in both:
            VALIDATOR.validate(json.loads(as_json(policy)))

    @pytest.mark.parametrize("member", sorted(SCHEMA["properties"]))
    def test_misses_what_is_left_out_and_finds_what_is_strange(self, member: str) -> None:
        found = json.loads(as_json(POLICY))
        without = {name: value for name, value in found.items() if name != member}
        assert VALIDATOR.is_valid(without) is (member == "statements")  # which is left out where no clause says anything of the kind
        assert not VALIDATOR.is_valid({**found, member: 7.5})
        assert not VALIDATOR.is_valid({**found, "more": 1})

    def test_is_named_where_the_export_is_documented(self) -> None:
        assert "compiled.schema.json" in Path(ROOT / "docs" / "policy-language.md").read_text("utf-8")
