"""An adviser writes down what somebody says by phone or in person, once they have said yes to the wording."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from camket.duties.intake import actions as intake
from camket.duties.intake import queries, rules
from camket.duties.intake.models import Inquiry, Message
from camket.duties.notices.actions import open_letter, take_letters
from camket.duties.notices.models import Letter
from camket.editions import queries as editions
from camket.policy.terms import ABUSE, ADVISE, AUDITOR, LEGAL, OPERATOR, PRIVACY_OFFICER, Actor, PurposeId, RoleId
from camket.vault import gate
from camket.vault.models import Consent, Matter, Record
from tests.cast import AN
from tests.duties.intake.conftest import Receive
from tests.vault.deeds import journaled

DAY = timedelta(days=1)
Hear = Callable[..., intake.Received]


@pytest.fixture
def hear(house: None, chi: Actor, now: datetime) -> Hear:
    """Offer a function that writes down what somebody says, by default An to Chi by phone."""

    def write_down(
        values: dict[str, str] | None = None,
        consents: tuple[str, ...] = ("advise",),
        nonce: str = "1",
        *,
        channel: str = "phone",
        language: str = "vi",
        actor: Actor = chi,
    ) -> intake.Received:
        submission = intake.Submission(channel=channel, language=language, key=hashlib.sha256(nonce.encode()).digest())
        given = AN.values("full_name", "email", "phone", "message") if values is None else values
        return intake.receive_inquiry(submission=submission, values=given, consents=consents, actor=actor, now=now)

    return write_down


def taken(*, at: datetime) -> Letter:
    """The acknowledgement, in a worker's hand."""
    return next(one for one in take_letters(worker="here", now=at + DAY) if one.template.startswith("intake/letters/acknowledgement"))


@pytest.mark.clause("1.7")
class TestACall:
    def test_is_kept_under_the_clause_that_lets_an_adviser_write_it_down(self, hear: Hear, chi: Actor) -> None:
        hear()
        (collected,) = journaled("data.collected")
        assert (collected["decision"]["clauses"], collected["actor"]) == (["1.7"], {"id": chi.id, "role": "adviser"})

    @pytest.mark.parametrize("channel", rules.SPOKEN)
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_keeps_the_hash_of_the_wording_that_was_read_out_and_who_took_the_yes(self, hear: Hear, chi: Actor, channel: str, language: str) -> None:
        hear(consents=("advise", "notify"), channel=channel, language=language)
        policy = editions.policy_in_force()
        for fact in Consent.objects.all():
            wording = policy.consent_wording(PurposeId(fact.purpose), language)
            assert (fact.wording_hash, fact.language) == (hashlib.sha256(wording.encode()).hexdigest(), language)
            assert (fact.channel, fact.taken_by, fact.is_given) == (channel, UUID(chi.id), True)
        told = journaled("consent.given")
        assert [(entry["actor"]["id"], entry["facts"]["channel"]) for entry in told] == [(chi.id, channel)] * 2

    def test_without_a_yes_keeps_nothing(self, hear: Hear) -> None:
        with pytest.raises(intake.Malformed) as malformed:
            hear(consents=())
        assert [error.code for error in malformed.value.errors] == ["consent_required"]
        assert not Matter.objects.exists()
        assert not Inquiry.objects.exists()
        assert not journaled("data.collected")

    @pytest.mark.clause("1.4")
    @pytest.mark.parametrize("names", [("full_name", "message"), ("email", "message"), ("full_name", "email")])
    def test_asks_for_what_the_edition_asks_for(self, hear: Hear, names: tuple[str, ...]) -> None:
        with pytest.raises(intake.Malformed):
            hear(AN.values(*names))

    @pytest.mark.clause("1.5")
    def test_takes_an_address_only_for_its_own_purpose(self, hear: Hear) -> None:
        with pytest.raises(intake.Refused):
            hear(AN.values(), nonce="2")
        hear(AN.values(), ("advise", "provide_service"))
        assert sorted(Record.objects.values_list("collection", flat=True)) == ["contact", "delivery", "message"]

    @pytest.mark.parametrize("role", [PRIVACY_OFFICER, LEGAL, ABUSE, OPERATOR, AUDITOR])
    def test_is_written_down_by_nobody_else_of_staff(self, hear: Hear, chi: Actor, role: RoleId) -> None:
        with pytest.raises((intake.Refused, intake.Malformed)):
            hear(actor=Actor(role=role, id=chi.id))
        assert not Matter.objects.exists()

    def test_sent_twice_is_one(self, hear: Hear) -> None:
        assert hear().reference == hear().reference
        with pytest.raises(intake.SentDifferently):
            hear({**AN.values("full_name", "email"), "message": "Điều khác."})
        assert Inquiry.objects.count() == 1

    def test_is_acknowledged_without_a_word_of_it(self, hear: Hear, now: datetime) -> None:
        received = hear()
        letter = open_letter(letter=taken(at=now), now=now)
        assert received.reference in letter.text
        assert "/read/" in letter.text
        assert "nhân viên tư vấn đã đọc cho quý khách" in letter.text
        assert not any(text in letter.text for text in (AN.message, AN.full_name, AN.email, received.reading_code))

    def test_of_somebody_without_an_email_address_brings_no_letter(self, hear: Hear) -> None:
        assert not hear(AN.values("full_name", "phone", "message")).letter_expected
        assert not Letter.objects.exists()

    def test_opens_our_answers_with_the_code_that_was_told(self, hear: Hear, chi: Actor, now: datetime) -> None:
        received = hear()
        intake.answer_inquiry(reference=received.reference, text="Gói Cơ bản.", key=b"k" * 32, actor=chi, now=now)
        letter = open_letter(letter=taken(at=now), now=now)
        token = letter.text.partition("/read/")[2].split()[0]
        read = intake.read_answers(token=token, code=received.reading_code, now=now)
        assert [text.reveal() for _, text in read.answers] == ["Gói Cơ bản."]

    def test_stands_on_its_page_as_the_persons_word_and_who_took_it_down(self, hear: Hear, chi: Actor, now: datetime) -> None:
        page = queries.inquiry_page(reference=hear(channel="in_person").reference, actor=chi, now=now)
        (line,) = page.timeline
        assert (line.kind, line.by, line.channel, line.text.reveal()) == ("message", "Chi", "in_person", AN.message)
        assert page.row.channel == "in_person"


@pytest.mark.clause("1.7")
class TestACallAboutAnInquiry:
    def take_down(self, reference: str, actor: Actor, now: datetime, *, text: str = "Chị hỏi thêm về tên miền.", nonce: str = "1") -> None:
        key = hashlib.sha256(f"call {nonce}".encode()).digest()
        intake.take_down(reference=reference, text=text, channel="phone", key=key, actor=actor, now=now)

    def test_is_collected_into_it_under_the_consent_they_gave(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        self.take_down(reference, chi, now)
        timeline = queries.inquiry_page(reference=reference, actor=chi, now=now).timeline
        assert [(line.kind, line.channel, line.by) for line in timeline] == [("message", "", ""), ("message", "phone", "Chi")]
        assert journaled("data.collected")[-1]["decision"]["clauses"] == ["1.7"]
        assert journaled("message.taken_down")[-1]["facts"] == {"reference": reference, "channel": "phone"}

    def test_is_kept_once_however_often_it_is_sent(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        self.take_down(reference, chi, now)
        self.take_down(reference, chi, now)
        with pytest.raises(intake.SentDifferently):
            self.take_down(reference, chi, now, text="Điều khác.")
        assert Message.objects.count() == 2

    def test_is_refused_once_they_took_their_consent_back(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.withdraw_consent(reference=reference, purpose=ADVISE, channel="phone", actor=chi, now=now)
        with pytest.raises(intake.AlreadyResolved):
            self.take_down(reference, chi, now)
        assert Consent.objects.get(is_given=False).taken_by == UUID(chi.id)

    def test_is_refused_without_a_consent_to_the_edition_in_force(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        Consent.objects.all().delete()
        with pytest.raises(intake.Refused):
            self.take_down(reference, chi, now)
        assert Message.objects.count() == 1

    @pytest.mark.parametrize(("text", "channel"), [("", "phone"), ("x" * 9000, "phone"), ("a\x00", "phone"), ("Chị hỏi.", ""), ("Chị hỏi.", "form")])
    def test_with_a_fault_keeps_nothing(self, receive: Receive, chi: Actor, now: datetime, text: str, channel: str) -> None:
        reference = receive().reference
        with pytest.raises(intake.Malformed):
            intake.take_down(reference=reference, text=text, channel=channel, key=b"k" * 32, actor=chi, now=now)
        assert Message.objects.count() == 1

    def test_is_refused_once_the_inquiry_is_resolved(self, receive: Receive, chi: Actor, now: datetime) -> None:
        reference = receive().reference
        intake.resolve_inquiry(reference=reference, actor=chi, now=now)
        with pytest.raises(intake.AlreadyResolved):
            self.take_down(reference, chi, now)

    def test_is_refused_of_one_that_nobody_knows(self, house: None, chi: Actor, now: datetime) -> None:
        with pytest.raises(intake.InquiryUnknown):
            self.take_down("CK-0000-0000", chi, now)


@pytest.mark.clause("3.9")
class TestASpecialCaseAboutAnInquiry:
    def test_opens_no_card_on_its_page(self, receive: Receive, chi: Actor, now: datetime) -> None:
        """What a case needs is no further purpose of the inquiry: its details open on the case's own page, or nowhere."""
        inquiry = Inquiry.objects.get(reference=receive(AN.values(), ("advise", "provide_service")).reference)
        for matter in [inquiry.matter_id, *map(UUID, inquiry.extra_matter_ids)]:
            gate.open_need(matter=gate.MatterId(matter), purpose=PurposeId("special_case"), duty="special_cases", duty_id=inquiry.id, now=now)
        page = queries.inquiry_page(reference=inquiry.reference, actor=chi, now=now, opened="special_case")
        assert [card.purpose for card in page.further] == ["provide_service"]


class TestWhatAColleagueDid:
    def test_has_no_row_of_noughts_for_whoever_only_took_a_call_down(self, hear: Hear, chi: Actor, now: datetime) -> None:
        hear()
        assert queries.activity(actor=chi, now=now).staff == ()
