"""Keys first, then data: what is kept is sealed under its matter, its person and its edition, or is not kept."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from camket.policy.terms import VISITOR, Actor, CollectionId
from camket.vault import gate
from camket.vault.keys.models import IdentityToken, MatterKey, SubjectKey
from camket.vault.models import Matter, Record
from tests.cast import AN, BINH
from tests.vault.deeds import (
    ADVISE,
    CHI,
    PROVIDE,
    Kept,
    ask_to,
    close,
    collect,
    enact,
    end,
    find,
    journaled,
    prepared,
    revealed,
    use,
    values,
)

pytestmark = pytest.mark.usefixtures("vault")

CONTACT, MESSAGE = CollectionId("contact"), CollectionId("message")
AN_HOUR = timedelta(hours=1)


def collecting(*names: str, subject: gate.SubjectId, now: datetime) -> gate.Permit:
    return gate.ask(ask_to("collect", *names), actor=Actor(role=VISITOR), subjects=[subject], given=frozenset({ADVISE}), now=now)


def storing(kept: Kept, *, now: datetime) -> gate.Permit:
    return gate.ask(ask_to("store", "message"), actor=CHI, subjects=[kept.subject], now=now)


class TestAKey:
    def test_is_there_before_the_data(self, now: datetime) -> None:
        parcel = prepared(now=now)
        assert MatterKey.objects.filter(matter_id=parcel.matter).exists()
        assert not Matter.objects.filter(id=parcel.matter).exists()

    def test_without_data_goes_after_an_hour_and_its_tokens_with_it(self, now: datetime) -> None:
        parcel = prepared(now=now)
        with pytest.raises(RuntimeError), transaction.atomic():
            gate.keep(parcel, now=now)
            raise RuntimeError
        assert gate.reconcile(now=now + AN_HOUR) == 0
        assert gate.reconcile(now=now + AN_HOUR + timedelta(seconds=1)) == 2
        assert not MatterKey.objects.filter(matter_id=parcel.matter).exists()
        assert not SubjectKey.objects.filter(subject_id=parcel.subject).exists()
        assert not IdentityToken.objects.filter(subject_id=parcel.subject).exists()

    def test_with_data_stays(self, now: datetime) -> None:
        an = collect(now=now)
        assert gate.reconcile(now=now + timedelta(days=40)) == 0
        assert use(an, now=now)

    def test_of_a_person_whose_second_matter_never_came_stays(self, now: datetime) -> None:
        an = collect(now=now)
        orphan = prepared(now=now, subject=an.subject)
        assert gate.reconcile(now=now + 2 * AN_HOUR) == 1
        assert not MatterKey.objects.filter(matter_id=orphan.matter).exists()
        assert use(an, now=now)

    def test_waits_while_another_keeps_the_keys(self, now: datetime) -> None:
        prepared(now=now)
        with gate.keeping_keys(waits=True):
            assert gate.reconcile(now=now + 2 * AN_HOUR) == 0
        assert gate.reconcile(now=now + 2 * AN_HOUR) == 2

    def test_older_than_the_window_waits_for_the_next_start(self, now: datetime) -> None:
        prepared(now=now)
        later = now + timedelta(days=3)
        assert gate.reconcile(now=later, since=later - timedelta(days=2)) == 0
        assert gate.reconcile(now=later) == 2


class TestNobody:
    def test_is_found_by_what_was_never_kept(self, now: datetime) -> None:
        prepared(now=now)
        assert find(AN.email, now=now) == ()


class TestKeeping:
    def test_is_journaled_under_its_clause_and_edition(self, now: datetime) -> None:
        an = collect(now=now)
        (line,) = journaled("data.collected")
        assert (line["matter"], line["subjects"]) == (str(an.matter), [str(an.subject)])
        assert (line["decision"]["clauses"], line["decision"]["edition"]) == (["1.1"], 1)
        assert line["facts"] == {"collections": ["contact", "message"]}

    def test_leaves_empty_values_out(self, now: datetime) -> None:
        subject = gate.new_subject()
        permit = collecting("full_name", "email", "message", subject=subject, now=now)
        given = {
            CONTACT: {**values(AN, "full_name"), **dict.fromkeys(values(AN, "email"), "")},
            MESSAGE: dict.fromkeys(values(AN, "message"), ""),
        }
        parcel = gate.prepare(permit, subject=subject, collections=given, now=now)
        with transaction.atomic():
            assert len(gate.keep(parcel, now=now)) == 1

    def test_of_nothing_at_all_is_refused(self, now: datetime) -> None:
        subject = gate.new_subject()
        permit = collecting("message", subject=subject, now=now)
        with pytest.raises(gate.PermitMisused, match="nothing to keep"):
            gate.prepare(permit, subject=subject, collections={MESSAGE: dict.fromkeys(values(AN, "message"), "")}, now=now)
        assert not MatterKey.objects.exists()

    def test_takes_no_field_that_was_not_asked_for(self, now: datetime) -> None:
        subject = gate.new_subject()
        permit = collecting("full_name", subject=subject, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.prepare(permit, subject=subject, collections={CONTACT: values(AN, "full_name", "email")}, now=now)
        assert not MatterKey.objects.exists()

    def test_takes_no_field_into_a_collection_that_has_no_place_for_it(self, now: datetime) -> None:
        subject = gate.new_subject()
        permit = collecting("full_name", "message", subject=subject, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.prepare(permit, subject=subject, collections={CONTACT: values(AN, "message")}, now=now)

    def test_takes_no_collection_that_serves_another_purpose(self, now: datetime) -> None:
        subject = gate.new_subject()
        asked = ask_to("collect", "full_name", "email", "phone", purpose=PROVIDE)
        permit = gate.ask(asked, actor=Actor(role=VISITOR), subjects=[subject], now=now)
        with pytest.raises(gate.PermitMisused, match="does not serve"):
            gate.prepare(permit, subject=subject, collections={MESSAGE: values(AN, "message")}, now=now)

    def test_takes_no_unknown_collection(self, now: datetime) -> None:
        subject = gate.new_subject()
        permit = collecting("full_name", subject=subject, now=now)
        with pytest.raises(gate.PermitMisused):
            gate.prepare(permit, subject=subject, collections={CollectionId("drawer"): values(AN, "full_name")}, now=now)

    def test_takes_nobody_whom_the_permit_does_not_name(self, now: datetime) -> None:
        permit = collecting("full_name", subject=gate.new_subject(), now=now)
        with pytest.raises(gate.PermitMisused):
            gate.prepare(permit, subject=gate.new_subject(), collections={CONTACT: values(AN, "full_name")}, now=now)

    def test_ends_with_the_permit(self, now: datetime) -> None:
        parcel = prepared(now=now)
        with pytest.raises(gate.PermitMisused), transaction.atomic():
            gate.keep(parcel, now=now + timedelta(minutes=2))

    def test_seals_under_the_edition_in_force(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        again = collect(now=now, subject=an.subject, edition=2)
        assert set(Record.objects.filter(matter_id=again.matter).values_list("edition", flat=True)) == {2}

    def test_prepares_no_key_inside_a_transaction(self, now: datetime) -> None:
        permit = collecting("full_name", subject=(subject := gate.new_subject()), now=now)
        with transaction.atomic(), pytest.raises(gate.InsideTransaction):
            gate.prepare(permit, subject=subject, collections={CONTACT: values(AN, "full_name")}, now=now)


class TestAFurtherRecord:
    def test_joins_its_matter(self, now: datetime) -> None:
        an = collect(now=now)
        parcel = gate.prepare(storing(an, now=now), subject=an.subject, collections={MESSAGE: values(BINH, "message")}, matter=an.matter, now=now)
        with transaction.atomic():
            gate.keep(parcel, now=now)
        assert [revealed([shown])["message"] for shown in use(an, names=["message"], now=now)] == [AN.message, BINH.message]

    def test_never_joins_somebody_elses_matter(self, now: datetime) -> None:
        an, binh = collect(AN, now=now), collect(BINH, now=now)
        with pytest.raises(gate.UnknownMatter):
            gate.prepare(storing(an, now=now), subject=an.subject, collections={MESSAGE: values(AN, "message")}, matter=binh.matter, now=now)

    def test_never_joins_an_erased_matter(self, now: datetime) -> None:
        an = collect(now=now)
        collect(now=now, subject=an.subject)
        permit = storing(an, now=now)
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownMatter):
            gate.prepare(permit, subject=an.subject, collections={MESSAGE: values(AN, "message")}, matter=an.matter, now=now)

    def test_that_was_sealed_before_the_erasure_is_not_kept_after_it(self, now: datetime) -> None:
        an = collect(now=now)
        parcel = gate.prepare(storing(an, now=now), subject=an.subject, collections={MESSAGE: values(AN, "message")}, matter=an.matter, now=now)
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownMatter), transaction.atomic():
            gate.keep(parcel, now=now)

    def test_of_somebody_erased_meanwhile_begins_no_new_matter(self, now: datetime) -> None:
        an = collect(now=now)
        parcel = prepared(now=now, subject=an.subject)
        close(an, now=now)
        end(an, now=now)
        with pytest.raises(gate.UnknownSubject), transaction.atomic():
            gate.keep(parcel, now=now)

    def test_makes_its_address_findable(self, now: datetime) -> None:
        an = collect(now=now)
        permit = collecting("full_name", "email", subject=an.subject, now=now)
        parcel = gate.prepare(permit, subject=an.subject, collections={CONTACT: values(BINH, "full_name", "email")}, matter=an.matter, now=now)
        with transaction.atomic():
            gate.keep(parcel, now=now)
        assert find(BINH.email, now=now) == (an.subject,)
        assert IdentityToken.objects.filter(matter_id=an.matter).count() == 3
