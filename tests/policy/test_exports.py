"""The compiled policy as bytes: the same for equal policies, read back exactly, and nothing else taken for one."""

import json
import re

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from camket.policy.compiler import compile_edition
from camket.policy.exports import as_json, edition_hash, from_json, translation_hash
from camket.policy.imports import ExportInvalid
from camket.policy.source import EditionSource
from tests.policy.drawn import Drawn, edition, editions
from tests.policy.sample import EN, FILES, VI, edited, policy_of, sample_policy

POLICY = sample_policy()
DATA = as_json(POLICY)


class TestTheJsonOfAPolicy:
    def test_is_read_back_to_an_equal_policy(self) -> None:
        assert from_json(DATA) == POLICY

    @given(editions())
    def test_is_read_back_exactly_whatever_the_policy(self, drawn: Drawn) -> None:
        data = as_json(drawn.policy)
        read = from_json(data)
        assert read == drawn.policy
        assert as_json(read) == data

    def test_has_no_key_for_what_no_clause_says(self) -> None:
        """So an edition that was published before any clause could say it keeps its bytes, its hash and its signature."""
        silent, saying = (edition([], says).policy for says in ([], [("breach_notice",)]))
        assert "statements" not in json.loads(as_json(silent))
        told = json.loads(as_json(saying))
        assert told["statements"] == [{"id": "breach_notice", "clauses": ["1.2"]}]
        del told["statements"]
        assert from_json(rfc8785.dumps(told)) == silent

    def test_is_canonical(self) -> None:
        assert rfc8785.dumps(json.loads(DATA)) == DATA

    def test_keeps_the_order_in_which_a_form_asks(self) -> None:
        assert list(from_json(DATA).fields) == list(POLICY.fields)
        assert list(from_json(DATA).purposes) == list(POLICY.purposes)

    def test_gives_back_a_policy_that_works_as_before(self) -> None:
        read = from_json(DATA)
        for role, _, purpose, _ in POLICY.table:
            assert read.collectable(role, purpose) == POLICY.collectable(role, purpose)
            assert read.prohibitions_for(role) == POLICY.prohibitions_for(role)
        assert read.consent_wording(next(iter(read.purposes)), "vi") == POLICY.consent_wording(next(iter(POLICY.purposes)), "vi")

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"camket-policy/1"', b'"camket-policy/2"'),
            (b'"max_length":120', b'"max_length":"120"'),
            (b'"max_length":120', b'"max_length":true'),
            (b'"max_length":120', b'"max_length":120.0'),
            (b'"multiline":false', b'"multiline":0'),
            (b'"number":1', b'"number": 1'),
            (b'"number":1', b'"number":1,"nothing":1'),
            (b'"keep":"P90D"', b'"keep":"P90"'),
            (b'"keep":"P90D"', b'"keep":"P090D"'),
            (b'"basis":"consent"', b'"basis":"whim"'),
            (b'"operations":["disclose","find","use"]', b'"operations":["use","find","disclose"]'),
            (b'"slug":"sample"', b'"slug":null'),
        ],
    )
    def test_is_refused_when_it_was_tampered_with(self, old: bytes, new: bytes) -> None:
        assert old in DATA
        with pytest.raises(ExportInvalid):
            from_json(DATA.replace(old, new, 1))

    @given(st.binary() | st.recursive(st.none() | st.booleans() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)).map(
        lambda value: json.dumps(value).encode()
    ))  # fmt: skip
    def test_is_refused_when_it_is_anything_else(self, data: bytes) -> None:
        with pytest.raises(ExportInvalid):
            from_json(data)

    def test_is_refused_when_it_is_nested_without_end(self) -> None:
        with pytest.raises(ExportInvalid):
            from_json(b"[" * 100_000)

    @given(st.integers(0, len(DATA) - 1), st.integers(0, 255))
    def test_with_one_byte_changed_is_refused_or_says_something_else(self, position: int, byte: int) -> None:
        changed = DATA[:position] + bytes([byte]) + DATA[position + 1 :]
        try:
            read = from_json(changed)
        except ExportInvalid:
            return
        assert (read == POLICY) is (changed == DATA)


class TestTheIdentityOfAnEdition:
    def test_is_a_sha_256(self) -> None:
        assert re.fullmatch(r"[0-9a-f]{64}", edition_hash(VI, POLICY))

    def test_changes_with_any_word_of_the_text(self) -> None:
        source = edited("không có thật", "có thật")
        assert edition_hash(source.files["policy.vi.md"], policy_of(compile_edition(source, None))) != edition_hash(VI, POLICY)

    def test_changes_with_the_rules_alone(self) -> None:
        other = policy_of(compile_edition(edited('"P90D"', '"P91D"'), None))
        assert edition_hash(VI, other) != edition_hash(VI, POLICY)

    def test_outlives_the_correction_of_a_translation(self) -> None:
        source = edited("E-mail", "Email", "policy.en.md")
        corrected = policy_of(compile_edition(source, None))
        assert corrected != POLICY
        assert edition_hash(source.files["policy.vi.md"], corrected) == edition_hash(VI, POLICY)

    def test_outlives_the_loss_of_a_translation(self) -> None:
        files = {name: text.replace('["en"]', "[]") for name, text in FILES.items() if name != "policy.en.md"}
        alone = EditionSource(files=files)
        assert edition_hash(VI, policy_of(compile_edition(alone, None))) == edition_hash(VI, POLICY)

    def test_does_not_depend_on_how_an_editor_ends_lines(self) -> None:
        assert edition_hash(VI.replace("\n", "\r\n"), POLICY) == edition_hash(VI, POLICY)
        assert translation_hash(EN.replace("\n", "\r\n")) == translation_hash(EN)

    def test_of_a_translation_changes_with_its_text(self) -> None:
        assert translation_hash(EN) != translation_hash(EN + "x")
