"""Contacting someone outside an inquiry: with the reason written down, and a second person who agrees."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from camket.access.actions import change_role, dismiss_staff
from camket.duties.intake import actions as intake
from camket.duties.retention import actions as retention
from camket.duties.retention import queries as retaining
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import queries, rules
from camket.duties.special_cases.models import SpecialCase, Writing
from camket.editions import queries as editions
from camket.jobs.worker import collect_erased, erase_due
from camket.journal.models import JournalEntry
from camket.policy.terms import ABUSE, AUDITOR, LEGAL, OPERATOR, THE_HOUSE, Actor, FieldName, RoleId
from camket.vault import gate
from camket.vault.models import Matter
from tests.access.entwining import entwine
from tests.cast import AN
from tests.duties.special_cases.conftest import REASON, OpenCase, sending, staff
from tests.vault.deeds import journaled

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EMAIL = FieldName("email")


def page(reference: str, actor: Actor, now: datetime, opened: str = "") -> queries.CasePage:
    return queries.case_page(reference=reference, actor=actor, now=now, opened=opened)


def shown(reference: str, actor: Actor, now: datetime) -> dict[str, str]:
    """What the page shows of the person, after its button was pressed."""
    details = page(reference, actor, now, "details").details
    return {row.name: row.value.reveal() for row in details.fields} if details else {}


def read(reference: str, actor: Actor, now: datetime) -> list[str]:
    return [text.text.reveal() for text in page(reference, actor, now).texts]


def needs_of(case: SpecialCase) -> dict[str, list[tuple[str, bool]]]:
    """The needs of the person's matters, as purpose and whether it is open, by the matter's name."""
    rows = gate.matters_of([gate.SubjectId(case.subject_id)])
    return {row.reference: [(need.purpose, need.closed_at is None) for need in row.needs] for row in rows}


@pytest.mark.clause("3.9")
class TestACase:
    def test_shows_the_details_once_somebody_else_agreed(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        assert page(case, chi, now, "details").shut == "waiting"
        assert shown(case, chi, now) == {}
        special_cases.approve(reference=case, actor=mai, now=now)
        assert shown(case, chi, now) == {"full_name": AN.full_name, "phone": "+84912000101"}

    def test_shows_no_field_that_was_not_asked_for(self, open_case: OpenCase, chi: Actor, dung: Actor, now: datetime) -> None:
        case = open_case("phone")
        special_cases.approve(reference=case, actor=dung, now=now)
        assert set(shown(case, chi, now)) == {"phone"}

    def test_keeps_its_reason_sealed_and_lets_the_second_person_read_it(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        assert read(case, chi, now) == read(case, mai, now) == [REASON]
        assert {name for row in gate.matters_of([gate.SubjectId(SpecialCase.objects.get().subject_id)]) for name, _ in row.records} >= {"note"}

    def test_shows_the_second_person_nothing_of_the_person(self, open_case: OpenCase, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        assert page(case, mai, now, "details").shut == "not_yours"
        assert shown(case, mai, now) == {}
        assert page(case, mai, now, "messages").messages is None

    def test_opens_what_was_said_before_for_its_reason_alone(self, open_case: OpenCase, chi: Actor, now: datetime) -> None:
        messages = page(open_case(), chi, now, "messages").messages
        assert messages is not None
        assert [text.text.reveal() for text in messages.messages] == [AN.message]
        assert messages.clauses == ("3.9", "10.2")

    @pytest.mark.clause("4.4")
    def test_keeps_the_persons_data_while_it_lasts_and_ninety_days_more(
        self, open_case: OpenCase, about: str, chi: Actor, mai: Actor, now: datetime
    ) -> None:
        reference = open_case()
        case = SpecialCase.objects.get()
        intake.resolve_inquiry(reference=about, actor=chi, now=now)
        assert needs_of(case) == {about: [("advise", False), ("special_case", True)], reference: [("special_case", True)]}
        special_cases.approve(reference=reference, actor=mai, now=now)
        special_cases.close_case(reference=reference, sending=sending("Đã gọi, chị An đã biết."), actor=chi, now=now + DAY)
        assert not any(is_open for needs in needs_of(case).values() for _, is_open in needs)
        for row in gate.matters_of([gate.SubjectId(case.subject_id)]):
            until, clauses = retaining.gone_after(row, editions.in_force())
            assert until is not None
            assert until - now > 90 * DAY
            assert "4.4" in clauses

    def test_shows_nothing_after_its_end(self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        special_cases.close_case(reference=case, sending=sending("Xong."), actor=chi, now=now)
        assert (page(case, chi, now, "details").shut, shown(case, chi, now), read(case, chi, now)) == ("closed", {}, [])
        assert read(case, dung, now) == [REASON, "Xong."]

    def test_is_not_closed_before_something_says_what_was_done(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        with pytest.raises(special_cases.Malformed):
            special_cases.close_case(reference=case, sending=sending("  "), actor=chi, now=now)
        special_cases.add_note(reference=case, sending=sending("Đã gọi."), actor=chi, now=now)
        special_cases.close_case(reference=case, sending=sending(" "), actor=chi, now=now)
        assert SpecialCase.objects.get().ending == "done"

    def test_sent_twice_is_one(self, open_case: OpenCase) -> None:
        assert open_case() == open_case()
        assert SpecialCase.objects.count() == Writing.objects.count() == 1
        with pytest.raises(special_cases.SentDifferently):
            open_case(reason="Lý do khác.")

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"ground": "e"}, "ground"),
            ({"ground": ""}, "ground"),
            ({"reason": " "}, "text"),
            ({"reason": "x" * 9000}, "text"),
            ({"reason": "a\x00"}, "text"),
        ],
    )
    def test_with_a_fault_keeps_nothing(self, open_case: OpenCase, change: dict[str, str], fault: str) -> None:
        before = (Matter.objects.count(), JournalEntry.objects.count())
        with pytest.raises(special_cases.Malformed) as malformed:
            open_case(**change)
        assert set(malformed.value.faults) == {fault}
        assert (Matter.objects.count(), JournalEntry.objects.count()) == before

    @pytest.mark.parametrize("name", ["message", "attachment", "unknown"])
    def test_asks_for_no_field_that_is_not_tied_to_a_second_person(self, open_case: OpenCase, name: str) -> None:
        with pytest.raises(special_cases.Malformed):
            open_case(name)

    def test_is_remembered_step_by_step(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        shown(case, chi, now)
        shown(case, chi, now)
        special_cases.close_case(reference=case, sending=sending("Xong."), actor=chi, now=now)
        acts = [entry["act"] for entry in journaled() if entry["act"].split(".")[0] in ("special_case", "reason", "approval")]
        assert acts == ["reason.given", "special_case.opened", "approval.given", "special_case.approved", "special_case.noted", "special_case.closed"]
        looks = [entry for entry in journaled("data.shown") if entry["facts"]["view"] == "console.case.details"]
        assert [look["facts"]["second"] for look in looks] == [mai.id] * 2
        assert all(look["decision"]["clauses"] == ["3.9"] for look in looks)
        assert AN.phone not in str(journaled())


@pytest.mark.clause("3.9")
class TestAnApproval:
    def test_is_never_ones_own(self, open_case: OpenCase, chi: Actor, now: datetime) -> None:
        case = open_case()
        for act in (special_cases.approve, lambda **told: special_cases.refuse(sending=sending("x"), **told)):
            with pytest.raises(special_cases.OwnCase):
                act(reference=case, actor=chi, now=now)
        assert SpecialCase.objects.get().state == "waiting"

    @pytest.mark.parametrize("is_the_first", [True, False])
    def test_is_nobodys_who_may_be_whoever_opened_the_case(
        self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime, *, is_the_first: bool
    ) -> None:
        """One let the other in: whoever made the link may have used it."""
        case = open_case()
        one, other = (chi, mai) if is_the_first else (mai, chi)
        entwine(one.id, by=other.id, now=now)
        for act in (special_cases.approve, lambda **told: special_cases.refuse(sending=sending("x"), **told)):
            with pytest.raises(special_cases.NotApart):
                act(reference=case, actor=mai, now=now)
        page = queries.case_page(reference=case, actor=mai, now=now)
        assert (page.may_decide, page.is_entwined) == (False, True)
        page = queries.case_page(reference=case, actor=dung, now=now)
        assert (page.may_decide, page.is_entwined) == (True, False)
        special_cases.approve(reference=case, actor=dung, now=now)

    def test_is_not_ones_own_in_the_database_either(self, open_case: OpenCase, chi: Actor) -> None:
        open_case()
        with pytest.raises(IntegrityError), transaction.atomic():
            SpecialCase.objects.update(decided_by_id=UUID(chi.id))

    def test_runs_out_and_can_be_asked_for_again(self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        later = now + rules.APPROVAL_LASTS
        assert shown(case, chi, later - HOUR)
        assert (page(case, chi, later, "details").shut, shown(case, chi, later)) == ("expired", {})
        special_cases.ask_again(reference=case, actor=chi, now=later)
        assert page(case, chi, later, "details").shut == "waiting"
        special_cases.approve(reference=case, actor=dung, now=later)
        assert shown(case, chi, later)

    def test_of_a_colleague_who_was_dismissed_opens_nothing(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        dismiss_staff(staff_id=UUID(mai.id), actor=THE_HOUSE, now=now)
        assert (page(case, chi, now, "details").shut, shown(case, chi, now)) == ("approver_left", {})

    def test_of_a_colleague_who_was_moved_opens_nothing(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        change_role(staff_id=UUID(mai.id), role=OPERATOR, actor=THE_HOUSE, now=now)
        assert shown(case, chi, now) == {}

    def test_is_not_given_by_who_was_dismissed_or_moved(self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        dismiss_staff(staff_id=UUID(mai.id), actor=THE_HOUSE, now=now)
        change_role(staff_id=UUID(dung.id), role=AUDITOR, actor=THE_HOUSE, now=now)
        for actor in (mai, dung):
            with pytest.raises(special_cases.NotAtWork):
                special_cases.approve(reference=case, actor=actor, now=now)

    def test_is_needed_by_the_privacy_officer_too(self, open_case: OpenCase, chi: Actor, dung: Actor, now: datetime) -> None:
        case = open_case(actor=dung)
        assert shown(case, dung, now) == {}
        special_cases.approve(reference=case, actor=chi, now=now)
        assert set(shown(case, dung, now)) == {"full_name", "phone"}

    def test_is_given_once(self, open_case: OpenCase, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        with pytest.raises((special_cases.AlreadyDecided, special_cases.CaseUnknown)):
            special_cases.approve(reference=case, actor=dung, now=now)
        assert len(journaled("approval.given")) == 1

    def test_can_be_refused_with_a_reason_that_ends_the_case(self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        with pytest.raises(special_cases.Malformed):
            special_cases.refuse(reference=case, sending=sending(" "), actor=mai, now=now)
        special_cases.refuse(reference=case, sending=sending("Không thuộc 3.8."), actor=mai, now=now)
        assert read(case, dung, now) == [REASON, "Không thuộc 3.8."]
        assert read(case, chi, now) == [REASON, "Không thuộc 3.8."], "whoever asked learns why not"
        assert (shown(case, chi, now), page(case, chi, now, "messages").messages) == ({}, None)
        row = SpecialCase.objects.get()
        assert (row.state, row.ending) == ("closed", "refused")
        assert not any(is_open for name, needs in needs_of(row).items() for purpose, is_open in needs if purpose == "special_case")

    def test_can_be_spared_by_taking_the_case_back(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.give_up(reference=case, actor=chi, now=now)
        with pytest.raises(special_cases.CaseUnknown):
            special_cases.approve(reference=case, actor=mai, now=now)


@pytest.mark.clause("6.1")
class TestWhoComesAcrossACase:
    @pytest.mark.parametrize("role", [ABUSE, LEGAL, OPERATOR, AUDITOR])
    def test_is_nobody_without_a_part_in_it(self, open_case: OpenCase, about: str, role: RoleId, now: datetime) -> None:
        case, somebody = open_case(), staff("x@staff.example.vn", role, now)
        with pytest.raises(queries.NotFound):
            page(case, somebody, now)
        assert not any(queries.case_list(actor=somebody, chosen="open", page=1, now=now).counts.values())
        with pytest.raises(special_cases.CaseUnknown):
            special_cases.approve(reference=case, actor=somebody, now=now)
        with pytest.raises(special_cases.CaseUnknown):
            open_case(actor=somebody, nonce="2")
        with pytest.raises(queries.NotFound):
            queries.somebody(reference=about, actor=somebody, now=now)

    def test_is_an_adviser_while_it_waits_or_is_theirs(self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime) -> None:
        case = open_case()
        third = staff("ba@staff.example.vn", mai.role, now)
        assert page(case, third, now).may_decide
        special_cases.approve(reference=case, actor=mai, now=now)
        with pytest.raises(queries.NotFound):
            page(case, third, now)
        assert [queries.case_list(actor=who, chosen="open", page=1, now=now).counts["open"] for who in (chi, mai, dung, third)] == [1, 1, 1, 0]

    def test_finds_people_only_as_privacy_officer(self, about: str, chi: Actor, dung: Actor, now: datetime) -> None:
        (found,) = queries.people_found(kind=EMAIL, value=AN.email, actor=dung, now=now).rows
        assert (found.reference, found.purposes) == (about, ("advise",))
        with pytest.raises(gate.Refused):
            queries.people_found(kind=EMAIL, value=AN.email, actor=chi, now=now)

    def test_works_in_nobody_elses(self, open_case: OpenCase, mai: Actor, now: datetime) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        for act in (special_cases.add_note, special_cases.close_case):
            with pytest.raises(special_cases.OwnCase):
                act(reference=case, sending=sending("x"), actor=mai, now=now)
        with pytest.raises(special_cases.OwnCase):
            special_cases.ask_again(reference=case, actor=mai, now=now)

    def test_ends_the_case_of_a_colleague_who_left_as_privacy_officer(
        self, open_case: OpenCase, chi: Actor, mai: Actor, dung: Actor, now: datetime
    ) -> None:
        case = open_case()
        special_cases.approve(reference=case, actor=mai, now=now)
        dismiss_staff(staff_id=UUID(chi.id), actor=THE_HOUSE, now=now)
        special_cases.close_case(reference=case, sending=sending("Chị Chi đã nghỉ việc."), actor=dung, now=now)
        assert SpecialCase.objects.get().closed_by_id == UUID(dung.id)


class TestAnErasure:
    @pytest.mark.clause("4.4")
    def test_takes_the_case_and_what_was_written_with_it(self, open_case: OpenCase, about: str, chi: Actor, mai: Actor, now: datetime) -> None:
        reference = open_case()
        special_cases.approve(reference=reference, actor=mai, now=now)
        special_cases.close_case(reference=reference, sending=sending("Xong."), actor=chi, now=now)
        intake.resolve_inquiry(reference=about, actor=chi, now=now)
        erase_due(worker="w", now=now + HOUR)
        erase_due(worker="w", now=now + 100 * DAY)
        collect_erased(now=now + 100 * DAY)
        row = SpecialCase.objects.get()
        assert (row.state, row.about, row.ground, row.field_names) == ("erased", "", "", [])
        assert not Writing.objects.exists()
        with pytest.raises(queries.NotFound):
            page(reference, chi, now + 100 * DAY)

    def test_waits_while_a_case_needs_the_person(self, open_case: OpenCase, about: str, chi: Actor, now: datetime) -> None:
        open_case()
        intake.resolve_inquiry(reference=about, actor=chi, now=now)
        retention.plan(now=now)
        assert erase_due(worker="w", now=now + 4000 * DAY) == 0
        assert not Matter.objects.filter(erased_at__isnull=False).exists()

    def test_of_the_person_all_the_same_ends_the_case(self, open_case: OpenCase, chi: Actor, mai: Actor, now: datetime) -> None:
        """As the ledger demands it after a restore: the inquiry's matter is gone, and the case's own is still here."""
        reference = open_case()
        special_cases.approve(reference=reference, actor=mai, now=now)
        case = SpecialCase.objects.get()
        Matter.objects.filter(id=case.about_matter_id).update(erased_at=now)
        special_cases.bury_cases(matters=[gate.MatterId(case.about_matter_id)], now=now)
        case.refresh_from_db()
        assert (case.state, case.ending) == ("closed", "person_erased")
        assert shown(reference, chi, now) == {}
        assert [need.closed_at is not None for row in gate.matter_rows([gate.MatterId(case.matter_id)]) for need in row.needs] == [True]

    def test_of_somebody_leaves_nobody_to_open_a_case_about(self, open_case: OpenCase, about: str, chi: Actor, now: datetime) -> None:
        intake.resolve_inquiry(reference=about, actor=chi, now=now)
        erase_due(worker="w", now=now + HOUR)
        erase_due(worker="w", now=now + 100 * DAY)
        collect_erased(now=now + 100 * DAY)
        with pytest.raises(special_cases.CaseUnknown):
            open_case()


class TestTheEdition:
    def test_says_which_fields_a_case_can_be_opened_for(self, house: None, chi: Actor, dung: Actor) -> None:
        assert queries.askable(chi.role) == queries.askable(dung.role) == ("full_name", "address", "phone", "email")
        assert queries.guarding_clauses() == ("3.9",)

    def test_lets_an_adviser_keep_words_by_one_clause_and_the_privacy_officer_by_another(
        self, open_case: OpenCase, chi: Actor, dung: Actor, now: datetime
    ) -> None:
        open_case()
        open_case(actor=dung, nonce="2", reason="Lý do khác.")
        told = [
            (entry["actor"]["id"], entry["act"], entry["decision"]["clauses"])
            for entry in journaled()
            if entry["act"].startswith(("data.collected", "data.stored"))
        ]
        assert told[-2:] == [(chi.id, "data.collected", ["9.1"]), (dung.id, "data.stored", ["3.10"])]
