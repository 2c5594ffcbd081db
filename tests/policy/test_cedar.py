"""The policy in Cedar: text that a person reads beside the clauses, that its own checker accepts, and that no name can break out of."""

from dataclasses import replace
from pathlib import Path

import cedarpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from camket.policy.cedar import LONGEST_LIST, as_cedar, cedar_schema
from camket.policy.compiled import CompiledPolicy, FieldKind, FieldRule, Prohibition, PurposeRule
from camket.policy.exports import as_json, from_json
from camket.policy.terms import ADVISER, CONTROLLER, ROLES, ClauseNumber, FieldGrant, FieldName, LegalBasis, Operation, PurposeId
from tests.policy.drawn import Drawn, editions
from tests.policy.sample import policy_of, sample_policy
from tests.policy.second_opinion import Cedar, Opinion
from tests.policy.test_editions import FOLDERS, compiled

POLICY = sample_policy()
TEXT, SCHEMA = as_cedar(POLICY), cedar_schema(POLICY)
PERMIT = """\
@clause("3.1")
@obligations("consent")
@redact("last4")
permit (
  principal == Role::"adviser",
  action == Action::"use",
  resource == Field::"phone"
)
when { context.purpose == Purpose::"advise" }
when { context.recipient == Recipient::"controller" };
"""
FORBID = """\
@clause("6.2")
forbid (
  principal == Role::"auditor",
  action in [Action::"use", Action::"find", Action::"disclose"],
  resource
)
when { [Field::"full_name", Field::"email", Field::"phone"].contains(resource) }
when { [Purpose::"advise", Purpose::"legal_disclosure"].contains(context.purpose) }
when { [Recipient::"controller", Recipient::"court", Recipient::"mail_carrier"].contains(context.recipient) };
"""
OPEN = """\
entity Purpose;
entity Recipient;
entity Field;
"""
HOSTILE = 'x" }; permit (principal, action, resource) when { "" == "'  # unescaped, a second permit for everything


def faults(text: str, schema: str) -> list[str]:
    """Return what Cedar's own checker finds wrong, or nothing."""
    checked = cedarpy.validate_policies(text, schema)
    assert checked.validation_passed is not bool(checked.errors)
    return [str(one) for one in checked.errors]


def bare(policy: CompiledPolicy) -> CompiledPolicy:
    """Return a policy that declares, permits and forbids nothing."""
    return replace(policy, fields={}, purposes={}, recipients={}, table={}, overruled={}, prohibitions=())


def about(name: str) -> CompiledPolicy:
    """Return a policy with one field of this name, which an adviser may use for a purpose of that name."""
    field, purpose, clause = FieldName(name), PurposeId(name), ClauseNumber("1.1")
    rule = FieldRule(name=field, kind=FieldKind.TEXT, max_length=9, multiline=False, clause=clause)
    purposes = {purpose: PurposeRule(id=purpose, basis=LegalBasis.CONTRACT, article="x", clause=clause)}
    table = {(ADVISER, Operation.USE, purpose, CONTROLLER): {field: FieldGrant(clauses=(clause,))}}
    return replace(bare(POLICY), slug=name, fields={field: rule}, purposes=purposes, recipients=POLICY.recipients, table=table)


class TestTheCedarOfAPolicy:
    def test_reads_as_its_clauses_do(self) -> None:
        assert PERMIT in TEXT
        assert TEXT.endswith(FORBID)
        assert TEXT.startswith('// Edition 1 of "sample": what its clauses permit and forbid.\n\n@clause("1.1")\n')

    @pytest.mark.clause("6.4")
    def test_leaves_it_to_the_engine_that_a_prohibition_beats_a_permit(self) -> None:
        assert '@clause("3.2")\n@obligations("consent")\npermit (\n  principal == Role::"auditor",\n  action == Action::"use"' in TEXT

    def test_writes_a_permit_as_wide_as_its_author_did(self) -> None:
        (written,) = [one for one in TEXT.split("\n\n") if '"4.1"' in one]
        assert '[Field::"full_name", Field::"email", Field::"phone"].contains(resource)' in written

    def test_has_no_endless_line(self) -> None:
        for folder in FOLDERS:
            text = as_cedar(policy_of(compiled(folder)))
            assert max(len(line) for line in text.splitlines()) < LONGEST_LIST + 40

    @given(editions())
    @settings(max_examples=30)
    def test_is_the_same_text_whatever_made_the_policy(self, drawn: Drawn) -> None:
        read = from_json(as_json(drawn.policy))
        assert as_cedar(read) == as_cedar(drawn.policy)
        assert cedar_schema(read) == cedar_schema(drawn.policy)

    @given(editions())
    @settings(max_examples=30)
    def test_is_valid_under_its_schema(self, drawn: Drawn) -> None:
        assert faults(as_cedar(drawn.policy), cedar_schema(drawn.policy)) == []

    @pytest.mark.parametrize("folder", FOLDERS, ids=[folder.name for folder in FOLDERS])
    def test_of_a_published_edition_is_valid_under_its_schema(self, folder: Path) -> None:
        policy = policy_of(compiled(folder))
        assert faults(as_cedar(policy), cedar_schema(policy)) == []

    @given(st.text())
    @example(HOSTILE)
    @example("Nguyễn\u202eThị \\ \u2028\0")
    @settings(max_examples=50)
    def test_lets_no_name_out_of_its_quotes(self, name: str) -> None:
        policy = about(name)
        text = as_cedar(policy)
        assert faults(text, cedar_schema(policy)) == []
        assert text.isascii()
        cedar = Cedar(text)
        assert len(cedar) == 1
        key = (ADVISER, Operation.USE, PurposeId(name), CONTROLLER)
        yes, no = cedar.opinions([(key, FieldName(name)), (key, FieldName(name + "x"))])
        assert yes == Opinion(is_permitted=True, clauses=frozenset({"1.1"}), redactions=frozenset({"full"}))
        assert no == Opinion(is_permitted=False)

    def test_would_be_broken_out_of_without_them(self) -> None:
        text = as_cedar(about("advise"))
        assert len(Cedar(text)) == 1
        assert len(Cedar(text.replace('Purpose::"advise"', f'Purpose::"{HOSTILE}"'))) == 2


class TestTheSchema:
    @pytest.mark.parametrize(
        ("known", "unknown"),
        [
            ('Role::"adviser"', 'Role::"king"'),
            ('Action::"use"', 'Action::"sing"'),
            ('Purpose::"advise"', 'Purpose::"fun"'),
            ('Recipient::"controller"', 'Recipient::"press"'),
            ('Field::"phone"', 'Field::"fax"'),
            ("context.purpose", "context.reason"),
            ("contains(resource)", "contains(principal)"),
        ],
    )
    def test_accepts_no_word_that_the_edition_does_not_know(self, known: str, unknown: str) -> None:
        assert faults(TEXT, SCHEMA) == []
        assert known in TEXT
        assert faults(TEXT.replace(known, unknown), SCHEMA) != []

    def test_leaves_a_kind_open_of_which_nothing_is_declared(self) -> None:
        policy = bare(POLICY)
        assert OPEN in cedar_schema(policy)
        assert faults(as_cedar(policy), cedar_schema(policy)) == []

    def test_needs_no_prohibition_of_everything_where_nothing_is_declared(self) -> None:
        everything = Prohibition(
            roles=ROLES, operations=frozenset(Operation), purposes=frozenset(), recipients=frozenset(), fields=frozenset(), clause=ClauseNumber("1.1")
        )
        policy = replace(bare(POLICY), prohibitions=(everything,))
        assert faults(as_cedar(policy), cedar_schema(policy)) == []
        assert len(Cedar(as_cedar(policy))) == 0
