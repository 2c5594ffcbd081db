"""Whom a notice could not tell: named by reference, to those who may look for another way to them, and to nobody else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest

from camket.duties.intake.models import Inquiry
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.notices.models import Letter
from camket.policy.terms import AUDITOR, OPERATOR, PRIVACY_OFFICER, Actor
from camket.vault import gate
from camket.web.console.desks import unreachable as desk
from tests.cast import AN
from tests.duties.notices.campaigning import arrive, plan, publish_second, write
from tests.web.browsing import Browser, Clock

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.2"), pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]
SignIn = Callable[[str], Browser]


def told(clock: Clock, folder: Path, many: int) -> UUID:
    """A change that concerns some people who left a number and no address, and one who left an address."""
    for number in range(many):
        arrive({**AN.values("full_name", "message"), "phone": f"09120001{number:02}"}, now=clock.now, nonce=f"p{number}")
    arrive(dict(AN.values("full_name", "message", "email")), now=clock.now, nonce="mail")
    publish_second(folder, now=clock.now)
    campaign_id = write(clock.now)
    plan(clock.now)
    return campaign_id


def references() -> set[str]:
    """Of those who left no address."""
    matters = Letter.objects.filter(dropped="no.address").values_list("matter_id", flat=True)
    return set(Inquiry.objects.filter(matter_id__in=matters).values_list("reference", flat=True))


class TestWhoCouldNotBeTold:
    def test_is_named_by_the_reference_of_their_inquiry_and_by_nothing_else(self, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
        campaign_id = told(clock, tmp_path, 3)
        officer = sign_in("privacy_officer")
        report = officer.get(f"/vi/console/notices/{campaign_id}")
        assert f"/vi/console/notices/{campaign_id}/unreachable" in report.text
        page = officer.get(f"/vi/console/notices/{campaign_id}/unreachable")
        assert len(references()) == 3
        assert all(one in page.words() for one in references())
        assert "không có địa chỉ" in page.words()
        assert "0912" not in page.text
        assert AN.full_name not in page.text
        assert "/console/inquiries/CK-" not in page.text, "the privacy officer does not work at the inbox"

    def test_is_found_by_an_adviser_from_the_letters(self, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
        campaign_id = told(clock, tmp_path, 1)
        adviser = sign_in("adviser")
        assert f"/vi/console/notices/{campaign_id}/unreachable" in adviser.get("/vi/console/letters").text
        (reference,) = references()
        assert f"/vi/console/inquiries/{reference}" in adviser.get(f"/vi/console/notices/{campaign_id}/unreachable").text

    @pytest.mark.clause("6.1")
    def test_is_not_told_to_an_operator_or_an_auditor(self, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
        campaign_id = told(clock, tmp_path, 1)
        for role in (OPERATOR, AUDITOR):
            assert "/unreachable" not in sign_in(role).get(f"/vi/console/notices/{campaign_id}").text
            assert not queries.unreachable(campaign_id, actor=Actor(role=role, id=str(uuid4()))).rows
            assert queries.last_with_unreachable(actor=Actor(role=role, id=str(uuid4()))) is None

    def test_comes_page_by_page_and_each_once(self, sign_in: SignIn, clock: Clock, tmp_path: Path, django_assert_max_num_queries: Any) -> None:
        campaign_id = told(clock, tmp_path, 60)
        officer = sign_in("privacy_officer")
        place = f"/vi/console/notices/{campaign_id}/unreachable"
        with django_assert_max_num_queries(12):
            first = officer.get(place)
        after = first.text.partition("unreachable?after=")[2][:36]
        second = officer.get(f"{place}?after={after}")
        on_first, on_second = ({one for one in references() if one in page.words()} for page in (first, second))
        assert (len(on_first), len(on_second), on_first & on_second) == (50, 10, set())
        for odd in ("", "x", "0" * 36, "' OR 1=1"):
            assert officer.get(f"{place}?after={odd}").status == 200

    def test_stands_in_a_table_that_says_where_it_goes_on(
        self, sign_in: SignIn, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        campaign_id = told(clock, tmp_path, 5)
        officer = sign_in("privacy_officer")
        place = f"/vi/console/notices/{campaign_id}/unreachable.csv"
        whole = officer.get(place)
        assert whole.headers["content-type"].startswith("text/csv")
        lines = whole.text.splitlines()
        assert lines[0] == "reference,cause,language,looked_at"
        assert {one.partition(",")[0] for one in lines[1:]} == references()
        monkeypatch.setattr(desk, "MOST_IN_A_TABLE", 3)
        begun = officer.get(place).text.splitlines()
        assert begun[:4] == lines[:4]
        assert begun[4].startswith("more,?after=")
        assert officer.get(place + begun[4].split(",")[1]).text.splitlines()[1:] == lines[4:]

    def test_is_said_to_be_nobody_where_everybody_has_an_address(self, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
        campaign_id = told(clock, tmp_path, 0)
        officer = sign_in("privacy_officer")
        assert "Không còn ai chưa báo được" in officer.get(f"/vi/console/notices/{campaign_id}/unreachable").words()
        assert officer.get(f"/vi/console/notices/{uuid4()}/unreachable").status == 404
        assert officer.get(f"/vi/console/notices/{uuid4()}/unreachable.csv").status == 404

    def test_is_known_by_an_earlier_letter_that_came_back(self, sign_in: SignIn, clock: Clock, tmp_path: Path) -> None:
        received = arrive(dict(AN.values("full_name", "message", "email")), now=clock.now, nonce="1")
        Letter.objects.update(state="parked", parked_at=clock.now, bounce_kind="hard", bounce="5.1.1", bounced_at=clock.now)
        publish_second(tmp_path, now=clock.now)
        campaign_id = write(clock.now)
        plan(clock.now)
        (row,) = queries.unreachable(campaign_id, actor=Actor(role=PRIVACY_OFFICER, id=str(uuid4()))).rows
        assert (row.reference, row.cause) == (received.reference, "address.unreachable")

    def test_is_named_too_where_the_mail_server_refused_or_a_colleague_gave_up(
        self, sign_in: SignIn, clock: Clock, tmp_path: Path, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(4):
            arrive({**AN.values("full_name", "message"), "email": f"khach.{number}@mau.example.vn"}, now=clock.now, nonce=str(number))
        publish_second(tmp_path, now=clock.now)
        campaign_id = write(clock.now)
        plan(clock.now)
        refused, given_up, came_back, waiting = Letter.objects.filter(campaign_id=campaign_id).order_by("id")
        parked = {"state": "parked", "parked_at": clock.now}
        Letter.objects.filter(id__in=[refused.id, given_up.id]).update(**parked, last_error="smtp.recipient.550.5.7.1")
        Letter.objects.filter(id=came_back.id).update(**parked, bounce_kind="hard", bounce="5.1.1", bounced_at=clock.now)
        officer = Actor(role=PRIVACY_OFFICER, id=str(uuid4()))
        notices.give_up_letter(letter_id=given_up.id, actor=Actor(role=OPERATOR, id=str(uuid4())), now=clock.now)
        with django_assert_max_num_queries(3):
            rows = queries.unreachable(campaign_id, actor=officer).rows
        assert {row.reference: row.cause for row in rows} == {
            refused.reference: "smtp.recipient.550.5.7.1",
            given_up.reference: "given.up",
            came_back.reference: "bounce.hard.5.1.1",
        }
        assert waiting.reference not in {row.reference for row in rows}
        assert queries.last_with_unreachable(actor=officer) == campaign_id
        row = queries.campaign(campaign_id)
        assert row is not None
        found = queries.report_of(row, now=clock.now)
        assert (found.refused, found.bounced, found.cancelled, found.dropped, found.waiting) == (1, 1, 1, 0, 1)
        page = sign_in("privacy_officer").get(f"/vi/console/notices/{campaign_id}")
        assert ("Đã hủy gửi" in page.words(), f"/notices/{campaign_id}/unreachable" in page.text) == (True, True)
        after = forget_and_count(given_up.matter_id, campaign_id, clock)
        assert (after.cancelled, after.dropped) == (1, 0)


def forget_and_count(matter: UUID, campaign_id: UUID, clock: Clock) -> queries.Report:
    """The report after somebody was erased."""
    notices.forget_letters(matters=[gate.MatterId(matter)])
    row = queries.campaign(campaign_id)
    assert row is not None
    return queries.report_of(row, now=clock.now)
