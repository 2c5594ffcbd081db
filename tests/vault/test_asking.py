"""Nothing of a person without a yes, and no answer that the journal does not remember."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction

from camket.editions import queries as editions
from camket.policy.terms import ADVISER, AUDITOR, LEGAL, PRIVACY_OFFICER, VISITOR, Actor, CollectionId, FieldName, Operation, Outcome
from camket.vault import gate
from tests.cast import AN, BINH
from tests.vault.deeds import (
    ADVISE,
    CHI,
    LEGALLY,
    PROVIDE,
    ask_to,
    collect,
    consent,
    disclose,
    enact,
    erasing,
    find,
    journaled,
    prepared,
    revealed,
    somebody,
    use,
)

pytestmark = pytest.mark.usefixtures("vault")


class TestTheGate:
    def test_refuses_what_no_clause_covers(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused) as refused:
            gate.ask(ask_to("use", "full_name"), actor=Actor(role=LEGAL), subjects=[an.subject], now=now)
        assert refused.value.decision.outcome is Outcome.NOT_COVERED

    def test_refuses_what_a_clause_forbids(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused) as refused:
            gate.ask(ask_to("use", "full_name"), actor=Actor(role=AUDITOR), subjects=[an.subject], now=now)
        assert refused.value.decision.outcome is Outcome.PROHIBITED
        assert refused.value.decision.clauses == ("4.2",)

    @pytest.mark.clause("1.9")
    def test_refuses_a_field_the_edition_does_not_know_and_does_not_repeat_it(self, now: datetime) -> None:
        with pytest.raises(gate.Refused) as refused:
            gate.ask(ask_to("collect", "so nha 12"), actor=Actor(role=VISITOR), subjects=[gate.new_subject()], now=now)
        assert "so nha" not in str(refused.value)
        assert "so nha" not in str(journaled("data.refused"))

    def test_refuses_while_an_obligation_is_not_met(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused, match="second_person"):
            gate.ask(ask_to("use", "email", purpose=PROVIDE), actor=Actor(role=PRIVACY_OFFICER), subjects=[an.subject], now=now)

    def test_answers_for_each_person(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now, consents=False)
        permit = gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[an.subject, binh.subject], now=now)
        assert set(permit.subjects) == {an.subject}
        assert "not consented" in permit.refused[binh.subject]
        assert revealed(gate.show(permit, now=now)) == {"full_name": AN.full_name}

    def test_will_not_be_asked_inside_a_transaction(self, now: datetime) -> None:
        with transaction.atomic(), pytest.raises(gate.InsideTransaction):
            gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[gate.new_subject()], now=now)

    def test_takes_consent_on_the_spot_only_with_what_is_collected(self, now: datetime) -> None:
        an = collect(now=now, consents=False)
        with pytest.raises(ValueError, match="collecting"):
            gate.ask(ask_to("use", "full_name"), actor=CHI, subjects=[an.subject], given=frozenset({ADVISE}), now=now)

    def test_lets_nobody_use_the_data_of_the_erased(self, now: datetime) -> None:
        from_past = collect(now=now, consents=True)
        gate.close_needs(duty="intake", duty_id=from_past.matter, actor=CHI, now=now)
        gate.end_matters(erasing(from_past, now=now), matters=[from_past.matter], now=now)
        with pytest.raises(gate.Refused, match="erased"):
            use(from_past, now=now)


class TestConsent:
    @pytest.mark.clause("7.2")
    def test_opens_what_was_agreed_to(self, now: datetime) -> None:
        assert revealed(use(collect(now=now), now=now))["email"] == AN.email

    def test_withdrawn_closes_at_once(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, is_given=False, now=now)
        with pytest.raises(gate.Refused, match="not consented"):
            use(an, now=now)

    def test_withdrawn_by_a_clock_set_back_closes_all_the_same(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, is_given=False, now=now - timedelta(hours=2))
        with pytest.raises(gate.Refused):
            use(an, now=now)
        assert [row.is_given for row in gate.consents_of(an.subject)] == [False]

    def test_given_again_opens_again(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, is_given=False, now=now)
        consent(an.subject, now=now)
        assert use(an, now=now)

    def test_does_not_reach_another_purpose(self, now: datetime) -> None:
        an = collect(now=now, consents=False)
        consent(an.subject, purpose=PROVIDE, now=now)
        with pytest.raises(gate.Refused):
            use(an, now=now)

    def test_does_not_reach_a_later_edition(self, now: datetime) -> None:
        enact(2, now)
        an = collect(now=now, edition=1)
        with pytest.raises(gate.Refused, match="not consented"):
            use(an, now=now)

    def test_withdrawn_does_not_stop_a_legal_duty(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, is_given=False, now=now)
        assert revealed(disclose(an, now=now, names=["full_name"])) == {"full_name": AN.full_name}

    def test_is_kept_of_nobody_unknown(self, now: datetime) -> None:
        with pytest.raises(gate.UnknownSubject):
            consent(gate.SubjectId(somebody()), now=now)

    def test_is_journaled_both_ways(self, now: datetime) -> None:
        an = collect(now=now)
        consent(an.subject, is_given=False, now=now)
        assert [entry["act"] for entry in journaled() if entry["act"].startswith("consent.")] == ["consent.given", "consent.withdrawn"]


class TestTheEditionThatBinds:
    @pytest.mark.clause("8.5")
    def test_is_the_one_of_collection_where_the_person_agreed(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        (contact,) = use(an, names=["phone"], now=now)
        assert contact.edition == 1
        assert revealed([contact])["phone"] == "••••" + AN.phone[-4:]

    def test_is_the_one_in_force_for_what_is_collected_now(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        again = collect(now=now, subject=an.subject, edition=2)
        assert {shown.matter: revealed([shown])["phone"] for shown in use(again, names=["phone"], now=now)} == {
            an.matter: "••••" + AN.phone[-4:],
            again.matter: AN.phone,
        }

    def test_is_the_one_in_force_for_a_legal_duty(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused):
            disclose(an, now=now, names=["full_name", "phone"])
        enact(2, now)
        assert revealed(disclose(an, now=now, names=["full_name", "phone"]))["phone"] == AN.phone

    @pytest.mark.clause("8.5")
    def test_tells_which_fields_can_be_asked_for_at_all(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        binh = collect(BINH, now=now, edition=2)
        wanted = {"actor": CHI, "operation": Operation.FIND, "purpose": ADVISE}
        assert gate.askable(subject=an.subject, **wanted) == {"email", "phone"}
        assert gate.askable(subject=binh.subject, **wanted) == {"email", "phone", "full_name"}

    def test_is_named_line_by_line_in_the_journal(self, now: datetime) -> None:
        an = collect(AN, now=now)
        enact(2, now)
        binh = collect(BINH, now=now, edition=2)
        use(an, binh, names=["phone"], now=now)
        lines = {entry["decision"]["edition"]: entry["subjects"] for entry in journaled("data.shown")}
        assert lines == {1: [str(an.subject)], 2: [str(binh.subject)]}


class TestTheJournal:
    def test_names_each_person_once_in_fifteen_minutes(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        use(an, now=now)
        use(an, binh, now=now + timedelta(minutes=14))
        use(an, now=now + timedelta(minutes=15))
        assert [entry["subjects"] for entry in journaled("data.shown")] == [[str(an.subject)], [str(binh.subject)], [str(an.subject)]]

    def test_forgets_the_oldest_of_more_than_it_can_hold_and_only_writes_more(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("camket.vault.gate.remembering._Seen._MOST_SUBJECTS", 2)
        an, binh, chi = (collect(who, now=now) for who in (AN, BINH, AN))
        for one in (an, binh, chi, an, chi):
            use(one, now=now)
        assert [entry["subjects"] for entry in journaled("data.shown")] == [[str(one.subject)] for one in (an, binh, chi, an)]

    def test_tells_another_page_another_desk_and_another_field_apart(self, now: datetime) -> None:
        an = collect(now=now)
        use(an, now=now)
        use(an, now=now, view="letter")
        use(an, now=now, names=["email"])
        gate.ask(ask_to("use", *("full_name", "email", "phone", "message")), actor=Actor(role=ADVISER, id="another"), subjects=[an.subject], now=now)
        assert len(journaled("data.shown")) == 4

    def test_names_each_handing_over_however_soon_it_follows_another(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        for seconds in (0, 30):
            disclose(an, now=now + timedelta(seconds=seconds), names=["full_name"])
        assert [entry["subjects"] for entry in journaled("data.disclosed")] == [[str(an.subject)]] * 2

    @pytest.mark.clause("6.6")
    def test_names_of_a_handing_over_to_an_authority_which_for_what_which_details_and_when(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        disclose(an, now=now, names=["full_name"])
        (entry,) = journaled("data.disclosed")
        told = entry["decision"]
        assert (told["recipient"], told["purpose"], told["fields"]) == ("court", "legal_disclosure", ["full_name"])
        assert entry["at"] == "2026-11-23T02:00:00.000000Z"

    def test_remembers_whom_a_list_left_out(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now, consents=False)
        for minute in (0, 1):
            use(an, binh, now=now + timedelta(minutes=minute))
        assert [entry["subjects"] for entry in journaled("data.refused")] == [[str(binh.subject)]]

    def test_never_holds_a_value(self, now: datetime) -> None:
        an = collect(now=now)
        use(an, now=now)
        find(AN.email, now=now)
        text = str(journaled())
        assert str(an.subject) in text
        for value in AN.values().values():
            assert value not in text


class TestAPermit:
    def test_lasts_two_minutes(self, now: datetime) -> None:
        an = collect(now=now)
        permit = gate.ask(ask_to("use", "email"), actor=CHI, subjects=[an.subject], now=now)
        assert gate.show(permit, now=now + timedelta(minutes=1, seconds=59))
        for when in (now + timedelta(minutes=2), now - timedelta(seconds=1)):
            with pytest.raises(gate.PermitMisused):
                gate.show(permit, now=when)

    def test_cannot_be_made_outside_the_gate(self, now: datetime) -> None:
        an = collect(now=now)
        real = gate.ask(ask_to("use", "email"), actor=CHI, subjects=[an.subject], now=now)
        made = gate.Permit(ask=real.ask, actor=real.actor, issued_at=now, edition=real.edition, decision=real.decision, subjects=real.subjects)
        with pytest.raises(gate.PermitMisused):
            gate.show(made, now=now)

    def test_cannot_be_altered(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now, consents=False)
        real = gate.ask(ask_to("use", "email"), actor=CHI, subjects=[an.subject], now=now)
        wider = replace(real, subjects={**real.subjects, binh.subject: real.subjects[an.subject]})
        with pytest.raises(gate.PermitMisused):
            gate.show(wider, now=now)
        with pytest.raises(TypeError):
            real.subjects[binh.subject] = real.subjects[an.subject]  # type: ignore[index]  # what must not work

    def test_is_good_for_nothing_else(self, now: datetime) -> None:
        an = collect(now=now)
        reading = gate.ask(ask_to("use", "email"), actor=CHI, subjects=[an.subject], now=now)
        with pytest.raises(gate.PermitMisused):
            gate.find(reading, kind=FieldName("email"), value=AN.email, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.end_matters(reading, matters=[an.matter], now=now)
        with pytest.raises(gate.PermitMisused):
            gate.prepare(reading, subject=an.subject, collections={CollectionId("contact"): {FieldName("email"): AN.email}}, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.show(prepared(now=now).permit, now=now)

    def test_to_find_by_one_kind_finds_by_no_other(self, now: datetime) -> None:
        collect(now=now)
        permit = gate.ask(ask_to("find", "email"), actor=CHI, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.find(permit, kind=FieldName("phone"), value=AN.phone, now=now)

    def test_shows_only_what_was_asked_for(self, now: datetime) -> None:
        an = collect(now=now)
        assert set(revealed(use(an, names=["email"], now=now))) == {"email"}

    def test_shows_nothing_kept_for_another_purpose(self, now: datetime) -> None:
        an = collect(now=now, purpose=PROVIDE, consents=False)
        assert [shown.collection for shown in use(an, names=["email"], purpose=PROVIDE, now=now)] == ["contact"]
        asked = gate.ask(ask_to("use", "full_name", purpose=PROVIDE), actor=CHI, subjects=[collect(now=now).subject], now=now)
        assert "message" not in {shown.collection for shown in gate.show(asked, now=now)}

    def test_names_its_clauses_in_the_order_of_the_text(self, now: datetime) -> None:
        an = collect(now=now)
        permit = gate.ask(ask_to("use", "email", "phone"), actor=CHI, subjects=[an.subject], now=now)
        assert permit.clauses == ("2.1", "2.2")

    def test_of_a_legal_duty_covers_its_recipient_alone(self, now: datetime) -> None:
        an = collect(now=now)
        with pytest.raises(gate.Refused):
            gate.ask(ask_to("disclose", "full_name", purpose=LEGALLY), actor=Actor(role=LEGAL), subjects=[an.subject], now=now)


class TestAPageThatRemembersItsEdition:
    def test_is_answered_by_the_one_in_force_when_it_asks(self, now: datetime) -> None:
        an = collect(now=now)
        with editions.one_edition():
            assert editions.in_force() == 1
            enact(2, now)
            assert editions.in_force() == 1
            permit = gate.ask(ask_to("use", "email"), actor=CHI, subjects=[an.subject], now=now)
            assert (permit.edition, editions.in_force()) == (2, 2)

    def test_is_not_what_any_part_of_the_gate_goes_by(self) -> None:
        told = {path.name: path.read_text() for path in Path(gate.__file__).parent.glob("*.py")}
        assert any("in_force(anew=True)" in text for text in told.values())
        assert not [name for name, text in told.items() if "in_force()" in text]
