"""What one yes moves, and what it must leave: a purpose that was taken back, a wider edition after a narrower one, a duty of law that ends."""

from datetime import datetime

import pytest

from camket.duties.retention.rules import gone_after
from camket.editions import queries
from camket.policy.terms import EditionNumber, PurposeId
from camket.vault import gate
from camket.vault.models import Record
from tests.vault.deeds import ADVISE, CHI, DUTY, Kept, collect, consent, enact, revealed, somebody, use
from tests.vault.test_editions_that_follow import KEEP, NO_PHONE, PHONE, READ, bind, follow

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("8.5")]
NEWS = PurposeId("news")
CONTACT = '[[collection]]\nid = "contact"'
SERVES = 'purposes = ["advise", "provide_service", "legal_disclosure"]'
KEPT_FOR = f'{SERVES}\nafter = "inquiry.closed"\n{KEEP}\nthen = "erase"'
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
    needs = [(need.purpose, need.closed_at) for need in row.needs if need.closed_at]
    found, _ = gone_after(needs, row.records, queries.compiled, queries.in_force())
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
