"""Whoever is on the do-not-call list is shown without their number where it is for advertising, and the list tells nobody's number."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries as letters
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import read_regime
from camket.journal import queries as journal
from camket.policy.terms import ADVERTISE, THE_HOUSE, Actor, Ask, FieldName, Operation, PurposeId
from camket.vault import do_not_call, gate
from camket.vault.generations import CALL_LISTS
from camket.vault.keys.models import CallList, ListedNumber
from tests.advertising import write_edition
from tests.cast import AN, BINH, Person
from tests.duties.intake.conftest import Receive
from tests.duties.notices.conftest import HOUR
from tests.web.browsing import everything_written

EMAIL, PHONE = FieldName("email"), FieldName("phone")


@pytest.fixture
def people(house: None, receive: Receive, tmp_path: Path, now: datetime) -> dict[str, gate.SubjectId]:
    """An and Bình agreed to advertising under an edition that knows it."""
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    publishing.publish_edition(path=write_edition(tmp_path / "policies", number=2), regime=regime, actor=THE_HOUSE, now=now)
    found = {}
    for person in (AN, BINH):
        received = receive(person.values("full_name", "email", "phone", "message"), ("advise", "notify", "advertise"), nonce=person.email)
        found[person.email] = gate.SubjectId(Inquiry.objects.get(reference=received.reference).subject_id)
    return found


def dialled(person: Person) -> str:
    """The number as it is kept, and as it is dialled from abroad."""
    return "+84" + person.phone.lstrip("0").replace(" ", "")


def bring(now: datetime, *lines: str) -> gate.CallListImported:
    return notices.import_call_list(lines=lines, actor=THE_HOUSE, now=now)


def seen(people: dict[str, gate.SubjectId], who: Actor, now: datetime, *, purpose: str = ADVERTISE, field: FieldName = PHONE) -> dict[str, set[str]]:
    """What an adviser is shown of each for a purpose."""
    ask = Ask(operation=Operation.USE, fields=frozenset({field}), purpose=PurposeId(purpose))
    permit = gate.ask(ask, actor=who, subjects=list(people.values()), now=now, view=f"test-{now:%H%M}")
    shown = gate.show(permit, now=now)
    return {email: {value.reveal() for row in shown if row.subject == subject for value in row.fields.values()} for email, subject in people.items()}


class TestAListedNumber:
    def test_is_not_shown_for_advertising_and_whoever_is_not_listed_is(self, people: Any, chi: Actor, now: datetime) -> None:
        assert seen(people, chi, now) == {AN.email: {dialled(AN)}, BINH.email: {dialled(BINH)}}
        bring(now, BINH.phone)
        assert seen(people, chi, now + HOUR) == {AN.email: {dialled(AN)}, BINH.email: set()}

    @pytest.mark.parametrize("purpose", ["advise", "notify"])
    def test_is_shown_for_every_other_purpose(self, people: Any, chi: Actor, now: datetime, purpose: str) -> None:
        bring(now, BINH.phone)
        assert seen(people, chi, now, purpose=purpose)[BINH.email] == {dialled(BINH)}

    def test_takes_no_e_mail_address_away(self, people: Any, now: datetime) -> None:
        bring(now, BINH.phone)
        house = Actor(role=THE_HOUSE.role)
        assert seen(people, house, now, field=EMAIL)[BINH.email] == {BINH.email}

    @pytest.mark.parametrize("written", ["{0}", " {0} ", "+84 (912) 000-202", "{0},2026-01-01,x", "{0};x", '"{0}"', "{0}\tx"])
    def test_is_known_however_it_is_written(self, people: Any, chi: Actor, now: datetime, written: str) -> None:
        bring(now, written.format(dialled(BINH)))
        assert seen(people, chi, now)[BINH.email] == set()

    def test_costs_two_statements_however_many_people(self, people: Any, chi: Actor, now: datetime) -> None:
        bring(now, BINH.phone)
        with CaptureQueriesContext(connections["keys"]) as captured:
            do_not_call.among([AN.phone, BINH.phone, "0912 000 111", "0912 000 112"])
        assert len(captured) == 2


class TestAnImport:
    def test_replaces_the_list_and_destroys_its_key(self, people: Any, chi: Actor, now: datetime) -> None:
        assert bring(now, AN.phone, BINH.phone, AN.phone, "no number", "").numbers == 2
        first = CALL_LISTS.path(1)
        assert first.exists()
        done = bring(now + HOUR, AN.phone, "?")
        assert (done.numbers, done.unread) == (1, 1)
        assert (first.exists(), CALL_LISTS.path(2).exists()) == (False, True)
        assert seen(people, chi, now + 2 * HOUR) == {AN.email: set(), BINH.email: {dialled(BINH)}}
        assert ListedNumber.objects.count() == 1
        (told, told_again) = journal.of_act("call_list.imported")
        assert [one.facts["numbers"] for one in (told, told_again)] == [2, 1]

    def test_without_a_number_changes_nothing(self, people: Any, chi: Actor, now: datetime) -> None:
        bring(now, BINH.phone)
        with pytest.raises(notices.NoNumbers):
            bring(now + HOUR, "a list of nothing", "")
        assert seen(people, chi, now + HOUR)[BINH.email] == set()
        assert letters.call_list() == gate.CallListRow(numbers=1, imported_at=now)

    def test_broken_off_leaves_the_old_list_and_is_cleared_by_the_next(self, people: Any, chi: Actor, now: datetime) -> None:
        bring(now, BINH.phone)

        def torn() -> Any:
            yield AN.phone
            raise OSError("the medium is gone")

        with pytest.raises(OSError, match="medium"):
            notices.import_call_list(lines=torn(), actor=THE_HOUSE, now=now + HOUR)
        assert seen(people, chi, now + HOUR) == {AN.email: {dialled(AN)}, BINH.email: set()}
        bring(now + 2 * HOUR, AN.phone)
        assert seen(people, chi, now + 2 * HOUR) == {AN.email: set(), BINH.email: {dialled(BINH)}}
        assert CallList.objects.alive().count() == 1
        assert [CALL_LISTS.path(number).exists() for number in (1, 2, 3)] == [False, False, True]

    def test_keeps_no_number_anywhere(self, house: None, now: datetime) -> None:
        bring(now, BINH.phone)
        written = everything_written()
        assert not any(number in written for number in (BINH.phone, dialled(BINH), "0912000202", "912000202"))

    def test_of_many_holds_each_of_them(self, house: None, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(do_not_call, "_AT_ONCE", 7)
        numbers = [f"09120001{digits:02d}" for digits in range(40)]
        assert bring(now, *numbers, *numbers[:5]).numbers == 40
        assert do_not_call.among([*numbers, "0912000199"]) == frozenset(numbers)

    def test_whose_key_is_lost_keeps_the_house_from_opening(self, house: None, now: datetime) -> None:
        bring(now, BINH.phone)
        CALL_LISTS.path(1).unlink()
        with pytest.raises(gate.KeysLost, match="do-not-call"):
            gate.require_keys()


class TestWithoutAList:
    def test_everybody_who_agreed_is_shown(self, people: Any, chi: Actor, now: datetime) -> None:
        assert letters.call_list() is None
        assert seen(people, chi, now + timedelta(minutes=1)) == {AN.email: {dialled(AN)}, BINH.email: {dialled(BINH)}}
