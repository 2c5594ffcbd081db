"""What a clause ties to a reason and a second person opens only to whoever gave the one and got the other."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from camket.policy.terms import AUDITOR, LEGAL, PRIVACY_OFFICER, Actor, FieldName, RoleId
from camket.vault import gate
from camket.vault.models import Warrant
from tests.cast import BINH
from tests.vault.deeds import PROVIDE, Kept, ask_to, collect, end, journaled, revealed

pytestmark = pytest.mark.usefixtures("vault")
DUNG, ANOTHER = (Actor(role=PRIVACY_OFFICER, id=str(UUID(int=number))) for number in (1, 2))
DAY = timedelta(days=1)

Give = Callable[..., gate.WarrantId]


def look(whose: Kept, warrant: gate.WarrantId | None, *, actor: Actor = DUNG, names: tuple[str, ...] = ("email",), now: datetime) -> dict[str, str]:
    """Use a field that a clause of the tiny edition ties to a second person."""
    ask = ask_to("use", *names, purpose=PROVIDE)
    permit = gate.ask(ask, actor=actor, subjects=[whose.subject], now=now, view="case", warrant=warrant)
    return revealed(gate.show(permit, now=now))


@pytest.fixture
def an(now: datetime) -> Kept:
    """An, who was asked for her details to have something provided."""
    return collect(now=now, purpose=PROVIDE)


@pytest.fixture
def give(an: Kept, now: datetime) -> Give:
    """Offer a function by which somebody gives a reason to use An's e-mail address."""

    def make(*names: str, actor: Actor = DUNG, record: gate.RecordId | None = None) -> gate.WarrantId:
        fields = [FieldName(name) for name in names or ("email",)]
        reason = gate.Justification(subject=an.subject, matter=an.matter, record=record or an.records[0], purpose=PROVIDE, fields=fields)
        return gate.give_reason(reason=reason, actor=actor, now=now)

    return make


@pytest.mark.clause("3.9")
class TestAWarrant:
    def test_opens_nothing_before_somebody_else_agreed(self, an: Kept, give: Give, now: datetime) -> None:
        with pytest.raises(gate.Refused, match="second_person"):
            look(an, give(), now=now)

    def test_opens_what_was_agreed_to(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        assert set(look(an, warrant, now=now)) == {"email"}

    def test_is_needed_also_where_it_was_not_brought(self, an: Kept, give: Give, now: datetime) -> None:
        gate.approve(warrant=give(), actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.Refused, match="second_person"):
            look(an, None, now=now)

    def test_opens_nothing_once_its_time_is_over(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        look(an, warrant, now=now + DAY - timedelta(microseconds=1))
        with pytest.raises(gate.Refused, match="second_person"):
            look(an, warrant, now=now + DAY)

    def test_opens_nothing_when_the_clock_is_set_back_before_the_approval(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.Refused):
            look(an, warrant, now=now - DAY)

    def test_opens_nothing_once_it_has_ended(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        gate.end_warrant(warrant=warrant, now=now)
        with pytest.raises(gate.Refused, match="justification"):
            look(an, warrant, now=now)

    def test_opens_no_field_that_was_not_asked_for(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give("email")
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.Refused, match="second_person"):
            look(an, warrant, names=("email", "phone"), now=now)

    def test_opens_nothing_to_the_second_person(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.Refused, match="second_person"):
            look(an, warrant, actor=ANOTHER, now=now)

    def test_opens_nothing_of_somebody_else(self, give: Give, now: datetime) -> None:
        binh, warrant = collect(BINH, now=now, purpose=PROVIDE), give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.Refused):
            look(binh, warrant, now=now)

    def test_of_an_erased_matter_opens_nothing(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        gate.close_needs(duty="intake", duty_id=an.matter, actor=DUNG, now=now)
        end(an, now=now)
        with pytest.raises(gate.Refused):
            look(an, warrant, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        assert not Warrant.objects.exists()

    def test_is_written_at_each_look_with_the_second_person(self, an: Kept, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        for _ in range(3):
            look(an, warrant, now=now)
        told = [entry["facts"] for entry in journaled("data.shown")]
        assert told == [{"view": "case", "warrant": str(warrant), "second": ANOTHER.id}] * 3

    def test_needs_a_reason_that_is_kept_of_the_same_person(self, give: Give, now: datetime) -> None:
        binh = collect(BINH, now=now)
        with pytest.raises(gate.UnknownMatter):
            give(record=binh.records[0])


@pytest.mark.clause("3.9")
class TestASecondPerson:
    def test_is_never_the_first(self, give: Give, now: datetime) -> None:
        with pytest.raises(gate.SamePerson):
            gate.approve(warrant=give(), actor=DUNG, until=now + DAY, now=now)

    def test_is_not_the_first_in_the_database_either(self, give: Give, now: datetime) -> None:
        warrant = give()
        with pytest.raises(IntegrityError), transaction.atomic():
            Warrant.objects.filter(id=warrant).update(approved_by=UUID(DUNG.id), approved_at=now, expires_at=now + DAY)

    @pytest.mark.parametrize("role", [LEGAL, AUDITOR])
    def test_is_nobody_whose_role_could_not_use_the_fields(self, give: Give, role: RoleId, now: datetime) -> None:
        with pytest.raises(gate.Refused):
            gate.approve(warrant=give(), actor=Actor(role=role, id=str(UUID(int=3))), until=now + DAY, now=now)

    def test_agrees_once(self, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        with pytest.raises(gate.AlreadyApproved):
            gate.approve(warrant=warrant, actor=Actor(role=PRIVACY_OFFICER, id=str(UUID(int=3))), until=now + DAY, now=now)

    def test_cannot_agree_to_what_has_ended(self, give: Give, now: datetime) -> None:
        warrant = give()
        gate.end_warrant(warrant=warrant, now=now)
        with pytest.raises(gate.UnknownWarrant):
            gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)

    def test_is_remembered_with_whose_reason_it_was(self, give: Give, now: datetime) -> None:
        warrant = give()
        gate.approve(warrant=warrant, actor=ANOTHER, until=now + DAY, now=now)
        (entry,) = journaled("approval.given")
        assert entry["actor"]["id"] == ANOTHER.id
        assert entry["facts"] == {"warrant": str(warrant), "asked_by": DUNG.id}
        assert entry["decision"]["obligations"] == ["second_person"]
