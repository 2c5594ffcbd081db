"""One press, or one click of a mail program, and no more advertising comes."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.access.actions import issue_link
from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices.models import Letter
from camket.duties.notices.rules import STOPPED, UNWANTED
from camket.duties.publishing import actions as publishing
from camket.journal import queries as journal
from camket.policy.regimes import Regime
from camket.policy.terms import ADVERTISE, THE_HOUSE
from camket.vault import gate
from camket.vault.models import Consent
from tests.advertising import WORDING, write_edition
from tests.cast import AN, BINH
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock, everything_kept

pytestmark = pytest.mark.clause("9.9")
ONE_CLICK = b"List-Unsubscribe=One-Click"


@pytest.fixture(autouse=True)
def advertising(tmp_path: Path, regime: Regime, clock: Clock, visitor: Browser) -> None:
    """An edition that knows advertising is in force."""
    # nobody's data is kept yet: it holds at once
    publishing.publish_edition(path=write_edition(tmp_path, number=2), regime=regime, actor=THE_HOUSE, now=clock.now)


def write(visitor: Browser, who: Any = AN, **more: Any) -> Inquiry:
    """Somebody writes, and agrees to advertising too."""
    visitor.contact(**who.values("full_name", "email", "phone", "message"), consents=["advise", "advertise"], **more)
    return Inquiry.objects.order_by("-received_at", "-id").first() or Inquiry()


def advertise(inquiry: Inquiry, clock: Clock) -> Letter:
    """A letter of advertising waits for them."""
    (matter,) = gate.matter_rows([gate.MatterId(inquiry.matter_id)])
    id = notices.write_letter(kind=STOPPED, language="vi", matter=matter, purpose=ADVERTISE, now=clock.now)
    return Letter.objects.get(id=id)


def link(inquiry: Inquiry, clock: Clock, language: str = "vi") -> str:
    token = issue_link(purpose=notices.STOP_ADVERTISING, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=clock.now)
    return f"/{language}/stop/{token}"


def agrees(inquiry: Inquiry) -> bool:
    return any(row.purpose == ADVERTISE and row.is_given for row in gate.consents_of(gate.SubjectId(inquiry.subject_id)))


def confirmations() -> list[Letter]:
    return list(Letter.objects.filter(template=STOPPED.template, purpose="special_case"))


def click(visitor: Browser, path: str, body: bytes = ONE_CLICK, kind: str = "application/x-www-form-urlencoded", **headers: str) -> Page:
    """As a mail program does: without a session, a cookie or an Origin."""
    return visitor.request("POST", path, body, kind, **headers)


class TestAdvertising:
    def test_has_a_box_of_its_own_that_nobody_ticked_and_nobody_must_tick(self, visitor: Browser) -> None:
        page = visitor.get("/vi/contact")
        (box,) = re.findall(r'<input[^>]*value="advertise"[^>]*>', page.text)
        assert WORDING in page.words()
        assert "checked" not in box
        assert "required" not in box

    @pytest.mark.parametrize("consents", [["advise"], ["advise", "notify"]])
    def test_is_agreed_to_by_no_other_yes(self, visitor: Browser, consents: list[str]) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"), consents=consents)
        assert not agrees(Inquiry.objects.get())


class TestTheLink:
    def test_shows_a_button_and_changes_nothing(self, visitor: Browser, clock: Clock) -> None:
        path = link(write(visitor), clock)
        before = everything_kept()
        page = visitor.get(path)
        assert (page.status, everything_kept()) == (200, before)
        assert 'method="post"' in page.text
        assert not any(value in page.text for value in AN.values().values())

    @pytest.mark.parametrize("token", ["no-such-token", "x" * 3000, "%00", "..", "ẩ", "a b"])
    def test_that_is_none_says_where_to_turn(self, visitor: Browser, token: str) -> None:
        for answer in (visitor.get(f"/vi/stop/{token}"), click(visitor, f"/vi/stop/{token}")):
            assert answer.status in (404, 410)

    def test_of_another_kind_stops_nothing(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        token = issue_link(purpose=notices.OWN_CONSENTS, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=clock.now)
        assert click(visitor, f"/vi/stop/{token}").status == 410
        assert agrees(inquiry)

    def test_ends_after_a_year(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        path = link(inquiry, clock)
        clock.wait(days=366)
        assert (visitor.get(path).status, click(visitor, path).status) == (410, 410)
        assert agrees(inquiry)


class TestOneClick:
    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            (ONE_CLICK, "application/x-www-form-urlencoded"),
            (b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n', "multipart/form-data; boundary=x"),
            (b"", "application/x-www-form-urlencoded"),
        ],
    )
    def test_stops_it_without_a_session_an_origin_or_a_redirect(self, visitor: Browser, clock: Clock, body: bytes, kind: str) -> None:
        inquiry = write(visitor)
        assert click(visitor, link(inquiry, clock), body, kind).status == 200
        assert not agrees(inquiry)

    def test_is_a_withdrawal_as_on_the_persons_page(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        click(visitor, link(inquiry, clock))
        (fact,) = Consent.objects.filter(is_given=False)
        assert (fact.purpose, fact.channel, fact.edition) == ("advertise", "link", 2)
        assert timedelta(0) <= fact.at - clock.now < timedelta(seconds=1)
        (line,) = journal.of_act("consent.withdrawn")
        assert line.facts["purpose"] == "advertise"

    def test_leaves_the_inquiry_and_every_other_yes_as_they_are(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        click(visitor, link(inquiry, clock))
        assert Inquiry.objects.get().state == "new"
        assert {row.purpose for row in gate.consents_of(gate.SubjectId(inquiry.subject_id)) if row.is_given} == {"advise"}

    def test_stops_what_waits_in_the_outbox_and_nothing_else(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        waiting = advertise(inquiry, clock)
        click(visitor, link(inquiry, clock))
        waiting.refresh_from_db()
        assert (waiting.state, waiting.dropped) == ("done", UNWANTED)
        assert Letter.objects.filter(template="intake/letters/acknowledgement", state="due").count() == 1

    def test_comes_too_late_for_no_letter_in_a_workers_hand(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        advertise(inquiry, clock)
        taken = [one for one in notices.take_letters(worker="here", now=inquiry.shown_from) if one.purpose == ADVERTISE]
        click(visitor, link(inquiry, clock))
        with pytest.raises(notices.LetterHeld) as held:
            notices.open_letter(letter=taken[0], now=clock.now)
        assert str(held.value.code) == "policy.refused"

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_confirmed_once_with_its_time_and_without_advertising(self, visitor: Browser, clock: Clock, language: str) -> None:
        visitor.contact(language, **AN.values("full_name", "email", "message"), consents=["advise", "advertise"])
        inquiry = Inquiry.objects.get()
        path = link(inquiry, clock)
        assert [click(visitor, path).status for _ in range(3)] == [200, 200, 200]
        (letter,) = confirmations()
        (taken,) = [one for one in notices.take_letters(worker="here", now=inquiry.shown_from) if one.id == letter.id]
        opened = notices.open_letter(letter=taken, now=inquiry.shown_from)
        assert {"vi": "09:00 ngày 23/11/2026", "en": "23 November 2026 at 09:00"}[language] in opened.text  # where the company is
        assert "[QC]" not in opened.subject + opened.text
        assert "[AD]" not in opened.subject + opened.text
        assert Consent.objects.filter(is_given=False).count() == 1

    def test_holds_for_everybody_who_gave_the_same_address(self, visitor: Browser, clock: Clock) -> None:
        first, other = write(visitor), write(visitor, BINH)
        again = write(visitor)
        waiting = advertise(again, clock)
        click(visitor, link(first, clock))
        waiting.refresh_from_db()
        assert [agrees(first), agrees(again), agrees(other)] == [False, False, True]
        assert waiting.dropped == UNWANTED
        assert len(confirmations()) == 1

    def test_of_an_old_letter_stops_what_was_agreed_to_later(self, visitor: Browser, clock: Clock) -> None:
        first = write(visitor)
        old = link(first, clock)
        click(visitor, old)
        clock.wait(days=1)
        again = write(visitor)
        assert click(visitor, old).status == 200
        assert not agrees(again)
        assert len(confirmations()) == 2

    def test_by_phone_alone_is_confirmed_by_no_letter(self, visitor: Browser, clock: Clock) -> None:
        visitor.contact(**AN.values("full_name", "phone", "message"), consents=["advise", "advertise"])
        assert click(visitor, link(Inquiry.objects.get(), clock)).status == 200
        assert confirmations() == []


class TestThePersonsPage:
    def test_stops_advertising_as_the_link_of_advertising_does(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        waiting = advertise(inquiry, clock)
        token = issue_link(purpose=notices.OWN_CONSENTS, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=clock.now)
        page = visitor.post(f"/vi/consents/{token}", {"act": "take_back", "purpose": "advertise"})
        waiting.refresh_from_db()
        assert (page.status, agrees(inquiry), waiting.dropped) == (200, False, UNWANTED)
        assert len(confirmations()) == 1

    def test_shows_the_agreement_to_advertising_with_its_wording(self, visitor: Browser, clock: Clock) -> None:
        inquiry = write(visitor)
        token = issue_link(purpose=notices.OWN_CONSENTS, matter_id=inquiry.matter_id, target_id=inquiry.subject_id, now=clock.now)
        page = visitor.post(f"/vi/consents/{token}", {"act": "show"})
        assert WORDING in page.words()
