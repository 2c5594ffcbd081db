"""Edition 1 of the WeSoft policy, clause by clause: what each rule lets happen, and what it does not."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from camket.policy.compiled import MeasureId, RecipientKind, RightId
from camket.policy.compiler import compile_edition
from camket.policy.decide import decide
from camket.policy.retain import erase_after
from camket.policy.source import EditionSource
from camket.policy.terms import (
    ABUSE,
    ADVISER,
    LEGAL,
    PRIVACY_OFFICER,
    SUBJECT,
    SYSTEM,
    VISITOR,
    CollectionId,
    LegalBasis,
    Obligation,
    Operation,
    Outcome,
    PurposeId,
    RecipientId,
    RoleId,
)
from tests.house.papers import ruled_clauses
from tests.policy.sample import ask, policy_of
from tests.policy.test_editions import FOLDERS, compiled

(FOLDER,) = (folder for folder in FOLDERS if folder.parent.name == "wesoft" and folder.name == "edition-1")
POLICY = policy_of(compiled(FOLDER))
TEXT = (FOLDER / "policy.vi.md").read_text()
CONSENT, REASON, TWO = Obligation.CONSENT, Obligation.JUSTIFICATION, Obligation.SECOND_PERSON


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One ask that a clause lets happen, with what must also hold; and fields that the same ask may not have."""

    clause: str
    who: RoleId
    does: str
    what_for: str
    fields: str
    also: frozenset[Obligation] = frozenset()
    never: str = ""
    recipient: str = "controller"


def scene(
    clause: str, who: RoleId, does: str, what_for: str, fields: str, *also: Obligation, never: str = "", recipient: str = "controller"
) -> object:
    told = Scene(clause=clause, who=who, does=does, what_for=what_for, fields=fields, also=frozenset(also), never=never, recipient=recipient)
    return pytest.param(told, marks=pytest.mark.clause(clause), id=f"{clause} {who} {does} {what_for}")


def right(clause: str, granted: RightId) -> object:
    """Return one right with the clause that grants it, marked with it."""
    return pytest.param(granted, clause, marks=pytest.mark.clause(clause))


SCENES = (
    scene("1.6", VISITOR, "collect", "notify", "full_name email phone", CONSENT, never="address message"),
    scene("1.7", ADVISER, "collect", "advise", "full_name email phone message", CONSENT, never="address"),
    scene("1.7", ADVISER, "collect", "provide_service", "address", CONSENT, never="message"),
    scene("2.4", ABUSE, "use", "enforce_terms", "full_name email phone", REASON, never="address message"),
    scene("2.4", ABUSE, "find", "enforce_terms", "email phone", REASON, never="full_name"),
    scene("3.5", SYSTEM, "use", "advise", "full_name email", CONSENT, never="phone"),
    scene("3.6", SYSTEM, "use", "notify", "full_name email", CONSENT, never="phone"),
    scene("3.6", ADVISER, "use", "notify", "full_name phone", CONSENT, never="email"),
    scene("3.8", SYSTEM, "use", "special_case", "full_name email", never="phone"),
    scene("3.9", ADVISER, "use", "special_case", "full_name address phone email", REASON, TWO),
    scene("3.10", PRIVACY_OFFICER, "find", "special_case", "email phone", never="full_name"),
    scene("3.10", PRIVACY_OFFICER, "erase", "special_case", "full_name address phone email message"),
    scene("3.12", LEGAL, "use", "legal_disclosure", "full_name address phone email", REASON, never="message"),
    scene("6.3", SUBJECT, "use", "special_case", "full_name address phone email message"),
    scene("9.1", VISITOR, "collect", "special_case", "full_name email message", never="address"),
    scene("9.4", SUBJECT, "correct", "special_case", "full_name address phone email", never="message"),
    scene("10.1", SYSTEM, "store", "special_case", "full_name email message", never="phone"),
    scene("10.2", ADVISER, "use", "special_case", "message", REASON),
    scene("12.1", SYSTEM, "disclose", "advise", "full_name email message", CONSENT, never="phone", recipient="mail_carrier"),
    scene("12.2", SYSTEM, "disclose", "notify", "full_name email", CONSENT, never="message", recipient="mail_carrier"),
)


class TestAClause:
    @pytest.mark.parametrize("told", SCENES)
    def test_lets_happen_what_it_says_and_no_more(self, told: Scene) -> None:
        given = decide(POLICY, role=told.who, ask=ask(told.does, told.what_for, *told.fields.split(), recipient=told.recipient))
        assert given.outcome is Outcome.PERMITTED, given.reason
        assert told.clause in given.clauses
        assert given.obligations == told.also
        for name in told.never.split():
            refused = decide(POLICY, role=told.who, ask=ask(told.does, told.what_for, *told.fields.split(), name, recipient=told.recipient))
            assert refused.outcome is Outcome.NOT_COVERED
            assert refused.refused_fields == {name}

    @pytest.mark.clause("1.2")
    def test_names_message_and_attachment_among_the_fields(self) -> None:
        assert POLICY.fields["message"].max_length == 8000
        assert POLICY.fields["attachment"].clause == "1.2"

    @pytest.mark.clause("2.1")
    def test_names_five_violations(self) -> None:
        assert "".join(rule.ref for rule in POLICY.violations.values()) == "abcde"

    @pytest.mark.parametrize(
        ("measure", "number"),
        [
            pytest.param(MeasureId.LOCK_SERVICE, "2.2", marks=pytest.mark.clause("2.2")),
            pytest.param(MeasureId.REFUSE_SERVICE, "2.3", marks=pytest.mark.clause("2.3")),
        ],
    )
    def test_allows_a_measure_against_each_violation(self, measure: MeasureId, number: str) -> None:
        (rule,) = [one for one in POLICY.measures if one.id == measure]
        assert rule.clause == number
        assert set(rule.violations) == set(POLICY.violations)

    @pytest.mark.parametrize(
        ("purpose", "collection", "gone"),
        [
            pytest.param("provide_service", "quotation", datetime(2026, 12, 23, 17, tzinfo=UTC), marks=pytest.mark.clause("4.3")),
            pytest.param("special_case", "contact", datetime(2027, 2, 21, 17, tzinfo=UTC), marks=pytest.mark.clause("4.4")),
            pytest.param("legal_disclosure", "contact", datetime(2027, 11, 23, 17, tzinfo=UTC), marks=pytest.mark.clause("4.5")),
            pytest.param("enforce_terms", "contact", datetime(2027, 11, 23, 17, tzinfo=UTC), marks=pytest.mark.clause("4.5")),
        ],
    )
    def test_says_how_long_after_its_purpose_has_closed(self, purpose: str, collection: str, gone: datetime, now: datetime) -> None:
        found = erase_after(purpose=PurposeId(purpose), collection=CollectionId(collection), closed_at=now, rules=POLICY.retention)
        assert found == gone

    @pytest.mark.clause("6.2")
    def test_names_three_authorities_and_no_fourth(self) -> None:
        authorities = {one.id for one in POLICY.recipients.values() if one.kind is RecipientKind.AUTHORITY}
        assert authorities == {RecipientId(name) for name in ("procuracy", "court", "police_investigation")}

    @pytest.mark.clause("6.5", "7.5")
    def test_lets_nothing_leave_but_to_an_authority_by_law_or_to_the_carrier_of_a_letter(self) -> None:
        leaves = {(str(what_for), str(recipient)) for _, does, what_for, recipient in POLICY.table if does is Operation.DISCLOSE}
        by_law = {("legal_disclosure", name) for name in ("procuracy", "court", "police_investigation")}
        letters = {(what_for, "mail_carrier") for what_for in ("advise", "notify", "special_case", "enforce_terms")}
        assert leaves == by_law | letters

    @pytest.mark.clause("8.2")
    def test_promises_notice_before_a_significant_change(self) -> None:
        assert POLICY.change is not None
        assert POLICY.change.notice_days == 15

    @pytest.mark.parametrize(
        ("granted", "number"),
        [
            right("9.3", RightId.VIEW),
            right("9.4", RightId.CORRECT),
            right("9.5", RightId.COPY),
            right("9.6", RightId.ERASE),
            right("9.7", RightId.RESTRICT),
            right("9.8", RightId.OBJECT),
            right("9.9", RightId.WITHDRAW),
            right("9.10", RightId.PROTECT),
            right("9.11", RightId.COMPLAIN),
        ],
    )
    def test_grants_a_right_with_a_clock(self, granted: RightId, number: str) -> None:
        assert POLICY.rights[granted].clause == number
        assert POLICY.rights[granted].deadline.startswith("dsr.")

    @pytest.mark.clause("11.1")
    def test_keeps_the_technical_log_by_duty_of_law_and_lets_nobody_into_it(self) -> None:
        assert POLICY.purposes[PurposeId("security_log")].basis is LegalBasis.LEGAL_OBLIGATION
        assert {(who, does) for who, does, what_for, _ in POLICY.table if what_for == "security_log"} == {(SYSTEM, Operation.ERASE)}


def without_rule(number: str) -> EditionSource:
    """Edition 1 with one clause's rule taken out and a reason put in its place."""
    start = re.search(rf"(?m)^{re.escape(number)} ", TEXT)
    assert start is not None
    fence = TEXT.index("```rule\n", start.end())
    end = TEXT.index("\n```", fence)
    text = TEXT[:fence] + '```rule\nrule = "none"\nwhy = "taken out"' + TEXT[end:]
    return EditionSource(files={path.name: path.read_text() for path in FOLDER.iterdir()} | {"policy.vi.md": text})


RULED = ruled_clauses(TEXT)


class TestARule:
    @pytest.mark.parametrize("number", RULED)
    def test_makes_a_difference(self, number: str) -> None:
        assert compile_edition(without_rule(number), None).policy != POLICY

    def test_is_found_under_its_clause_by_this_test(self) -> None:
        assert len(RULED) > 40
        assert "3.7" not in RULED
        assert sorted(set(RULED), key=lambda one: [int(part) for part in one.split(".")]) == RULED
