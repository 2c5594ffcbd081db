"""What one yes moves, and what it must leave: a purpose that was taken back, a wider edition after a narrower one, a duty of law that ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from camket.duties.retention import actions as retention
from camket.duties.retention.models import Erasure
from camket.duties.retention.queries import gone_after
from camket.editions import queries
from camket.policy.retain import RuleMissing
from camket.policy.terms import EditionNumber, Operation, PurposeId
from camket.vault import gate
from camket.vault.models import Record
from tests.vault.deeds import ADVISE, CHI, DUTY, PROVIDE, Kept, close, collect, consent, enact, end, journaled, revealed, somebody, use
from tests.vault.test_editions_that_follow import KEEP, NO_PHONE, PHONE, READ, bind, follow

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("8.5")]
NEWS = PurposeId("news")
MESSAGES = 'fields = ["message"]\npurposes = ["advise"]'
CONTACT = '[[collection]]\nid = "contact"'
SERVES = 'purposes = ["advise", "provide_service", "legal_disclosure"]'
KEPT_FOR = f'{SERVES}\nafter = "inquiry.closed"\n{KEEP}\nthen = "erase"'
OF_THE_CONTRACT = '[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["provide_service"]\nfields = ["phone"]'
VISITOR = '[[permit]]\nroles = ["visitor"]\noperations = ["collect"]\npurposes = ["provide_service"]\nfields = ["full_name", "email", "phone"]\n'
EACH = 'fields = ["full_name", "email", "phone"]'
LAST = 'obligations = ["second_person"]\n```'
WHOLE_PHONE = PHONE.replace('redact = "last4"\n', "").replace("they see the end", "they see all")


def with_news(basis: str, *, fields: str = '"full_name", "email"', keep: str = "P90D") -> dict[str, str]:
    """Words of an edition in which contact details serve news too."""
    article = "" if basis == "consent" else '\narticle = "Sample Act art. 9"'
    asked = '\nconsent = "Send me news."' if basis == "consent" else ""
    return {
        CONTACT: f'[[purpose]]\nid = "news"\nbasis = "{basis}"{article}\n\n{CONTACT}',
        f"{SERVES}\nrequired": f'{SERVES[:-1]}, "news"]\nrequired',
        KEPT_FOR: f'{KEPT_FOR}\n\n[[retain]]\npurposes = ["news"]\nafter = "inquiry.closed"\nkeep = "{keep}"\nthen = "erase"',
        "[recipient.controller]": f'[purpose.news]\nlabel = "News"{asked}\n[recipient.controller]',
        LAST: f'{LAST[:-4]}\n\n[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["news"]\nfields = [{fields}]\n```',
    }


def may_send_news(kept: Kept, now: datetime) -> bool:
    """Whether an address comes out of the vault for news."""
    try:
        return "email" in revealed(use(kept, names=["email"], purpose=NEWS, now=now))
    except gate.Refused:
        return False


def gone(kept: Kept) -> datetime:
    """When what is kept of a person goes."""
    (row,) = gate.matter_rows([kept.matter])
    found, _ = gone_after(row, queries.in_force())
    assert found is not None
    return found


class TestAPurposeThatWasTakenBack:
    @pytest.mark.parametrize("basis", ["contract", "legal_obligation", "protection"])
    def test_is_not_opened_by_a_yes_to_another_where_it_needs_no_yes_any_more(self, now: datetime, basis: str) -> None:
        follow(3, with_news("consent"), now)
        an = collect(now=now, edition=3)
        consent(an.subject, now=now, edition=3, purpose=NEWS)
        assert may_send_news(an, now)
        consent(an.subject, now=now, edition=3, purpose=NEWS, is_given=False)
        follow(4, with_news(basis), now)
        assert not may_send_news(an, now)
        consent(an.subject, now=now, edition=4)
        assert bind(an, now) == 1  # the message, which serves advice alone
        assert not may_send_news(an, now)

    def test_is_not_kept_for_longer_by_a_yes_to_another(self, now: datetime) -> None:
        follow(3, with_news("consent", keep="P30D"), now)
        an = collect(now=now, edition=3)
        consent(an.subject, now=now, edition=3, purpose=NEWS)
        duty = somebody()
        gate.open_need(matter=an.matter, purpose=NEWS, duty=DUTY, duty_id=duty, now=now)
        consent(an.subject, now=now, edition=3, purpose=NEWS, is_given=False)
        gate.close_needs(duty=DUTY, duty_id=duty, actor=CHI, now=now)
        gate.close_needs(duty=DUTY, duty_id=an.matter, actor=CHI, now=now)
        promised = gone(an)
        follow(4, with_news("consent", keep="P5Y"), now)
        consent(an.subject, now=now, edition=4)
        bind(an, now)
        assert gone(an) == promised

    def test_lets_a_record_move_where_nothing_of_it_is_kept_longer(self, now: datetime) -> None:
        follow(3, with_news("consent"), now)
        an = collect(now=now, edition=3)
        consent(an.subject, now=now, edition=3, purpose=NEWS, is_given=False)
        follow(4, with_news("consent", fields='"full_name", "email", "phone"'), now)
        consent(an.subject, now=now, edition=4)
        assert bind(an, now) == 2
        assert not may_send_news(an, now)

    def test_that_nobody_ever_agreed_to_stands_in_no_way(self, now: datetime) -> None:
        follow(3, with_news("consent", keep="P30D"), now)
        an = collect(now=now, edition=3)
        follow(4, with_news("consent", keep="P5Y"), now)
        consent(an.subject, now=now, edition=4)
        assert bind(an, now) == 2


class TestADutyOfLawThatIsNew:
    def test_reaches_what_comes_under_its_edition_by_a_yes_and_nothing_else(self, now: datetime) -> None:
        follow(3, {}, now)
        an, binh = collect(now=now, edition=3), collect(now=now, edition=3)
        duty = with_news("legal_obligation", fields='"message"')
        del duty[f"{SERVES}\nrequired"]
        follow(4, {**duty, MESSAGES: f'{MESSAGES[:-1]}, "news"]'}, now)
        consent(an.subject, now=now, edition=4)
        bind(an, now)
        assert revealed(use(an, names=["message"], purpose=NEWS, now=now))
        with pytest.raises(gate.Refused):
            use(binh, names=["message"], purpose=NEWS, now=now)


class TestAYesToANarrowerEdition:
    def agreed_to_less(self, now: datetime) -> Kept:
        """Who agreed to see the end of their number alone, while a contract keeps their details under the edition that shows all of it."""
        enact(2, now)
        an = collect(now=now, edition=2)
        wider_contract = {
            READ: READ.replace('fields = ["full_name", "email"]', 'fields = ["full_name", "email", "phone"]').replace('"advise", ', "")
            + '\n\n[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email"]'
        }
        follow(3, wider_contract, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        assert dict(Record.objects.values_list("collection", "edition")) == {"contact": 2, "message": 3}
        follow(4, {**wider_contract, PHONE: WHOLE_PHONE}, now)
        return an

    def test_does_not_open_what_a_later_one_adds_again(self, now: datetime) -> None:
        an = self.agreed_to_less(now)
        assert ADVISE in queries.widened(EditionNumber(3), EditionNumber(4))
        assert revealed(use(an, names=["phone"], now=now))["phone"].startswith("••••")

    def test_opens_it_once_it_is_said_anew(self, now: datetime) -> None:
        an = self.agreed_to_less(now)
        consent(an.subject, now=now, edition=4)
        assert not revealed(use(an, names=["phone"], now=now))["phone"].startswith("••••")

    def test_is_asked_for_no_more_than_it_opens(self, now: datetime) -> None:
        """A page asks for what can be had: asked for more, the gate would refuse all of it."""
        enact(2, now)
        an = collect(now=now, edition=2)
        wider_contract = {
            READ: f'{READ}\n\n[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["provide_service"]\nfields = ["phone"]'
        }
        follow(3, {**wider_contract, PHONE: NO_PHONE}, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        follow(4, wider_contract, now)
        offered = gate.askable(actor=CHI, operation=Operation.USE, purpose=ADVISE, subject=an.subject)
        assert "phone" not in offered
        assert "full_name" in revealed(use(an, names=sorted(offered), now=now))

    @pytest.mark.parametrize("then", ["nothing", "taken back", "agreed to the longer"])
    def test_keeps_a_record_that_could_not_move_no_longer_than_was_agreed(self, now: datetime, then: str) -> None:
        enact(2, now)
        an = collect(now=now, edition=2)
        held = {READ: f'{READ}\n\n[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["provide_service"]\nfields = ["phone"]'}
        follow(3, {**held, KEEP: 'keep = "P30D"'}, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        assert Record.objects.get(collection="contact").edition == 2
        gate.close_needs(duty=DUTY, duty_id=an.matter, actor=CHI, now=now)
        promised = gone(an)
        follow(4, held, now)
        if then == "agreed to the longer":
            consent(an.subject, now=now, edition=4)
        elif then == "taken back":
            consent(an.subject, now=now, edition=3, is_given=False)
        longer = gone(an) - promised
        assert longer == (timedelta(days=60) if then == "agreed to the longer" else timedelta(0))

    def test_takes_nothing_from_the_persons_own_hand(self, now: datetime) -> None:
        an = self.agreed_to_less(now)
        gate.close_needs(duty=DUTY, duty_id=an.matter, actor=CHI, now=now)
        assert end(an, now=now).subjects == (an.subject,)

    def test_keeps_what_the_edition_in_force_takes_away_taken_away(self, now: datetime) -> None:
        enact(2, now)
        an = collect(now=now, edition=2)
        wider_contract = {
            READ: f'{READ}\n\n[[permit]]\nroles = ["adviser"]\noperations = ["use"]\npurposes = ["provide_service"]\nfields = ["phone"]'
        }
        follow(3, wider_contract, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        follow(4, {**wider_contract, PHONE: NO_PHONE}, now)
        with pytest.raises(gate.Refused):
            use(an, names=["phone"], now=now)


class TestALookAfterAYes:
    def test_that_opens_more_is_written_down_although_the_last_was_a_minute_ago(self, now: datetime) -> None:
        an = collect(now=now)
        enact(2, now)
        use(an, names=["phone"], now=now)
        consent(an.subject, now=now, edition=2)
        bind(an, now)
        use(an, names=["phone"], now=now)
        use(an, names=["phone"], now=now)
        assert [line["decision"]["edition"] for line in journaled("data.shown")] == [1, 2]

    def test_of_several_by_equal_answers_is_one_line(self, now: datetime) -> None:
        people = [collect(now=now) for _ in range(3)]
        use(*people, names=["phone"], now=now)
        (line,) = journaled("data.shown")
        assert len(line["subjects"]) == 3


class TestARecord:
    def test_stays_where_the_newer_edition_keeps_it_no_more_for_all_that_it_was_kept_for(self, now: datetime) -> None:
        """Moved, nothing would say how long it is kept for what it served, and nobody's erasure would be planned."""
        an = collect(now=now)
        more = collect(now=now, subject=an.subject, purpose=PROVIDE, consents=False)
        other = collect(now=now)
        close(other, now=now)
        follow(3, {f"{SERVES}\nrequired": 'purposes = ["advise", "legal_disclosure"]\nrequired', VISITOR: ""}, now)
        consent(an.subject, now=now, edition=3)
        bind(an, now)
        assert set(Record.objects.filter(collection="contact").values_list("edition", flat=True)) == {1}
        gate.close_needs(duty=DUTY, duty_id=more.matter, actor=CHI, now=now)
        assert retention.plan(now=now) == 2
        assert Erasure.objects.count() == 2

    def test_stays_where_the_newer_edition_keeps_less_of_it_together(self, now: datetime) -> None:
        """Moved, a number that the newer edition keeps elsewhere would be kept by no rule at all."""
        for_advice = {f"{SERVES}\nrequired": 'purposes = ["advise"]\nrequired', VISITOR: ""}
        follow(3, for_advice, now)
        an = collect(now=now, edition=3)
        apart = '[[collection]]\nid = "numbers"\nfields = ["phone"]\npurposes = ["advise"]'
        follow(4, {**for_advice, f"{EACH}\npurposes": 'fields = ["full_name", "email"]\npurposes', MESSAGES: f"{MESSAGES}\n\n{apart}"}, now)
        consent(an.subject, now=now, edition=4)
        assert bind(an, now) == 1
        assert dict(Record.objects.values_list("collection", "edition")) == {"contact": 3, "message": 4}

    def test_of_which_no_edition_says_how_long_keeps_nobody_elses_from_being_planned(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        for one in (collect(now=now), collect(now=now)):
            close(one, now=now)
        asked: list[int] = []

        def once_missing(*given: Any) -> Any:
            asked.append(1)
            if len(asked) == 1:
                raise RuleMissing(purpose=ADVISE, collection=None)
            return gone_after(*given)

        monkeypatch.setattr(retention, "gone_after", once_missing)
        retention.plan(now=now)
        assert Erasure.objects.count() == 1

    def test_moves_though_what_was_taken_back_is_kept_longer_elsewhere(self, now: datetime) -> None:
        follow(3, with_news("consent"), now)
        an = collect(now=now, edition=3)
        consent(an.subject, now=now, edition=3, purpose=NEWS, is_given=False)
        longer = with_news("consent")
        kept = longer[KEPT_FOR]
        longer[KEPT_FOR] = (
            f'{kept}\n\n[[retain]]\npurposes = ["advise"]\ncollections = ["message"]\nafter = "inquiry.closed"\nkeep = "P5Y"\nthen = "erase"'
        )
        follow(4, longer, now)
        consent(an.subject, now=now, edition=4)
        assert bind(an, now) == 2

    def test_moves_though_an_old_yes_is_to_what_needs_none_any_more(self, now: datetime) -> None:
        follow(3, with_news("consent"), now)
        follow(4, with_news("contract"), now)
        an = collect(now=now, edition=4)
        consent(an.subject, now=now, edition=3, purpose=NEWS)
        follow(5, {**with_news("contract"), PHONE: WHOLE_PHONE}, now)
        consent(an.subject, now=now, edition=5)
        assert bind(an, now) == 2


class TestADutyOfLawThatEnds:
    @pytest.mark.parametrize("basis", ["legal_obligation", "protection"])
    def test_opens_no_more_by_becoming_a_contract(self, now: datetime, basis: str) -> None:
        follow(3, with_news(basis, fields='"full_name"'), now)
        an = collect(now=now, edition=3)
        assert not may_send_news(an, now)
        follow(4, with_news("contract", fields='"full_name", "email", "phone"'), now)
        assert not may_send_news(an, now)

    def test_that_goes_on_follows_the_edition_in_force(self, now: datetime) -> None:
        follow(3, with_news("legal_obligation", fields='"full_name"'), now)
        an = collect(now=now, edition=3)
        follow(4, with_news("legal_obligation", fields='"full_name", "email"'), now)
        assert may_send_news(an, now)

    def test_keeps_nothing_longer_by_becoming_a_contract(self, now: datetime) -> None:
        follow(3, with_news("legal_obligation", keep="P30D"), now)
        an = collect(now=now, edition=3)
        duty = somebody()
        gate.open_need(matter=an.matter, purpose=NEWS, duty=DUTY, duty_id=duty, now=now)
        for one in (duty, an.matter):
            gate.close_needs(duty=DUTY, duty_id=one, actor=CHI, now=now)
        before = gone(an)
        follow(4, with_news("contract", keep="P5Y"), now)
        assert gone(an) == before

    def test_and_a_purpose_without_a_number_is_refused_still(self, now: datetime) -> None:
        follow(3, {PHONE: NO_PHONE}, now)
        an = collect(now=now, edition=3)
        assert not may_send_news(an, now)
