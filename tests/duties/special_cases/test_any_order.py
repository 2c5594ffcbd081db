"""Whatever colleagues do, in whatever order: details are never shown without a living approval by somebody else."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from camket.access.actions import StaffLeft, add_staff, change_role, dismiss_staff
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import queries, rules
from camket.duties.special_cases.models import SpecialCase
from camket.duties.special_cases.queries import cases
from camket.policy.terms import ADVISER, AUDITOR, PRIVACY_OFFICER, SPECIAL_CASE, THE_HOUSE, Actor, Ask, FieldName, Operation
from camket.vault import gate
from tests.duties.intake.conftest import Receive
from tests.duties.special_cases.conftest import key

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ROLES = (ADVISER, ADVISER, PRIVACY_OFFICER, PRIVACY_OFFICER, AUDITOR)
WHO = st.sampled_from(range(len(ROLES)))
FIELDS = st.sets(st.sampled_from(["full_name", "phone", "email"]), min_size=1)
_NUMBERS = count()
_REFUSED = (
    special_cases.AlreadyDecided,
    special_cases.CaseUnknown,
    special_cases.Malformed,
    special_cases.NotAtWork,
    special_cases.OpenerLeft,
    special_cases.OwnCase,
    special_cases.Refused,
)


@dataclass(kw_only=True)
class Expected:
    """What a case must be, told by a model that knows no database."""

    opener: int
    fields: frozenset[str]
    state: str = "waiting"
    second: int | None = None
    until: datetime = START


class Colleagues(RuleBasedStateMachine):
    """Two advisers, two privacy officers, an auditor, and a clock."""

    receive: Receive  # set by the test
    cases = Bundle("cases")

    @initialize()
    def come_to_work(self) -> None:
        self.now, self.number = START, next(_NUMBERS)
        rows = [
            add_staff(email=f"c{self.number}.{index}@staff.example.vn", role=role, actor=THE_HOUSE, now=START, display_name=f"C{index}")
            for index, role in enumerate(ROLES)
        ]
        self.actors = [Actor(role=row.role, id=str(row.id)) for row in rows]
        self.has_part = [role != AUDITOR for role in ROLES]
        self.about = self.receive(nonce=f"any order {self.number}").reference
        self.expected: dict[str, Expected] = {}

    def sending(self) -> special_cases.Sending:
        return special_cases.Sending(text="Đã làm.", key=key(f"any order {next(_NUMBERS)}"))

    def attempt(self, act: Callable[[], object], *, may: bool) -> None:
        """Do something that works exactly when the model says so."""
        if may:
            act()
            return
        with pytest.raises(_REFUSED):
            act()

    @rule(target=cases, who=WHO, fields=FIELDS)
    def somebody_opens(self, who: int, fields: set[str]) -> str:
        wanted = frozenset(FieldName(name) for name in fields)
        opening = rules.Opening(about=self.about, ground="b", fields=wanted, reason="Có tranh chấp.")
        name = ""

        def open_it() -> None:
            nonlocal name
            name = special_cases.open_case(opening=opening, key=key(f"any order {next(_NUMBERS)}"), actor=self.actors[who], now=self.now)

        self.attempt(open_it, may=self.has_part[who])
        if name:
            self.expected[name] = Expected(opener=who, fields=frozenset(fields))
        return name

    @rule(case=cases, who=WHO)
    def somebody_agrees(self, case: str, who: int) -> None:
        expected = self.expected.get(case)
        may = expected is not None and expected.state == "waiting" and who != expected.opener and self.has_part[who]
        may = may and expected is not None and self.has_part[expected.opener]
        self.attempt(lambda: special_cases.approve(reference=case, actor=self.actors[who], now=self.now), may=may)
        if expected is not None and may:
            expected.state, expected.second, expected.until = "open", who, self.now + rules.APPROVAL_LASTS

    @rule(case=cases, who=WHO)
    def somebody_does_not_agree(self, case: str, who: int) -> None:
        expected = self.expected.get(case)
        may = expected is not None and expected.state == "waiting" and who != expected.opener and self.has_part[who]
        self.attempt(lambda: special_cases.refuse(reference=case, sending=self.sending(), actor=self.actors[who], now=self.now), may=may)
        if expected is not None and may:
            expected.state = "closed"

    @rule(case=cases, who=WHO)
    def somebody_closes(self, case: str, who: int) -> None:
        expected = self.expected.get(case)
        is_theirs = expected is not None and (who == expected.opener or ROLES[who] == PRIVACY_OFFICER)
        may = expected is not None and expected.state == "open" and is_theirs and self.has_part[who]
        self.attempt(lambda: special_cases.close_case(reference=case, sending=self.sending(), actor=self.actors[who], now=self.now), may=may)
        if expected is not None and may:
            expected.state = "closed"

    @rule(case=cases, who=WHO)
    def somebody_asks_again(self, case: str, who: int) -> None:
        expected = self.expected.get(case)
        may = expected is not None and expected.state == "open" and who == expected.opener and self.has_part[who]
        self.attempt(lambda: special_cases.ask_again(reference=case, actor=self.actors[who], now=self.now), may=may)
        if expected is not None and may:
            expected.state, expected.second = "waiting", None

    @rule(case=cases, who=WHO)
    def somebody_takes_over(self, case: str, who: int) -> None:
        expected = self.expected.get(case)
        may = expected is not None and expected.state != "closed" and not self.has_part[expected.opener] and self.has_part[who]
        self.attempt(lambda: special_cases.take_over(reference=case, actor=self.actors[who], now=self.now), may=may)
        if expected is not None and may:
            expected.opener, expected.state, expected.second = who, "waiting", None

    @rule(hours=st.sampled_from([-2, 1, 23, 24, 30]))
    def time_passes(self, hours: int) -> None:
        """Sometimes the clock is set back, but never before the day began."""
        self.now = max(START, self.now + timedelta(hours=hours))

    @rule(who=WHO)
    def somebody_is_dismissed(self, who: int) -> None:
        with suppress(StaffLeft):
            dismiss_staff(staff_id=UUID(self.actors[who].id), actor=THE_HOUSE, now=self.now)
        self.has_part[who] = False

    @rule(who=WHO)
    def somebody_is_moved(self, who: int) -> None:
        with suppress(StaffLeft):
            change_role(staff_id=UUID(self.actors[who].id), role=AUDITOR, actor=THE_HOUSE, now=self.now)
        self.has_part[who] = False

    def lives(self, expected: Expected) -> bool:
        """Whether the case rests on an approval by somebody else that is given, not over, and by a colleague who is still here."""
        second = expected.second
        if expected.state != "open" or second is None or second == expected.opener or not self.has_part[second]:
            return False
        return expected.until - rules.APPROVAL_LASTS <= self.now < expected.until

    def pages(self, case: str) -> dict[int, frozenset[str]]:
        """What the page shows of the person, to each whom the door would let in."""
        found = {}
        for who, actor in enumerate(self.actors):
            with suppress(queries.NotFound):
                details = queries.case_page(reference=case, actor=actor, now=self.now, opened="details").details
                found[who] = frozenset(row.name for row in details.fields) if details else frozenset()
        return found

    @invariant()
    def details_are_shown_only_under_a_living_approval_by_somebody_else(self) -> None:
        for case, expected in getattr(self, "expected", {}).items():
            for who, fields in self.pages(case).items():
                assert fields == (expected.fields if who == expected.opener and self.lives(expected) else frozenset()), (case, who)

    @rule(case=cases, who=WHO)
    def somebody_goes_past_the_page(self, case: str, who: int) -> None:
        """The gate itself refuses whoever comes with the case's warrant and no approval by another that is not over."""
        expected = self.expected.get(case)
        if expected is None:
            return
        row = SpecialCase.objects.get(reference=case)
        ask = Ask(operation=Operation.USE, fields=frozenset(FieldName(name) for name in expected.fields), purpose=SPECIAL_CASE)
        warrant, subject = gate.WarrantId(row.warrant_id), gate.SubjectId(row.subject_id)
        is_agreed = expected.state == "open" and expected.until - rules.APPROVAL_LASTS <= self.now < expected.until
        if who == expected.opener and is_agreed:
            return
        with pytest.raises(gate.Refused):
            gate.ask(ask, actor=self.actors[who], subjects=[subject], now=self.now, warrant=warrant)


@pytest.mark.slow
@pytest.mark.whatever_database
@pytest.mark.clause("3.9")
class TestColleagues:
    def test_never_see_details_without_a_living_approval_by_somebody_else(self, receive: Receive) -> None:
        machine = type("ColleaguesHere", (Colleagues,), {"receive": staticmethod(receive)})
        quick = settings(max_examples=10, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck))
        run_state_machine_as_test(machine, settings=quick)

    def test_would_be_caught_by_this_machine(self, receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
        """A page that forgets whether the approval lives is noticed."""
        monkeypatch.setattr(cases, "_shut", lambda case, row, policy: "" if case.state == SpecialCase.State.OPEN else "waiting")
        machine = type("ColleaguesHere", (Colleagues,), {"receive": staticmethod(receive)})
        quick = settings(
            max_examples=200,
            stateful_step_count=16,
            phases=[Phase.generate],
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        with pytest.raises((AssertionError, gate.Refused)):
            run_state_machine_as_test(machine, settings=quick)
