"""What the desk keeps for itself: named filters and texts, with nothing of anybody in them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier
from uuid import UUID

import pytest
from django.db import connections

from camket.duties.intake import actions as intake
from camket.duties.intake import queries
from camket.duties.intake import rules as intake_rules
from camket.duties.intake.actions.own import MOST_TEXTS
from camket.duties.intake.models import CannedText
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import Actor
from camket.policy.values import looks_personal
from tests.cast import AN, BINH


def codes(refused: pytest.ExceptionInfo[intake.Malformed]) -> set[tuple[str, str]]:
    return {(fault.field, fault.code) for fault in refused.value.errors}


class TestASavedFilter:
    CHOSEN = queries.InboxFilter(show="new", language="en")

    def test_is_kept_for_its_owner_alone(self, chi: Actor, colleague: Actor) -> None:
        intake.keep_filter(name="  Tiếng   Anh ", chosen=self.CHOSEN, actor=chi)
        assert [(row.name, row.chosen) for row in queries.saved_filters(actor=chi)] == [("Tiếng Anh", self.CHOSEN)]
        assert queries.saved_filters(actor=colleague) == ()

    def test_of_the_same_name_takes_the_place_of_the_old_one_when_its_owner_says_so(self, chi: Actor) -> None:
        intake.keep_filter(name="Của tôi", chosen=self.CHOSEN, actor=chi)
        with pytest.raises(intake.Malformed) as refused:
            intake.keep_filter(name="Của tôi", chosen=queries.InboxFilter(overdue="1"), actor=chi)
        assert codes(refused) == {("name", "taken")}
        intake.keep_filter(name="Của tôi", chosen=queries.InboxFilter(overdue="1"), actor=chi, replaces=True)
        assert [row.chosen.overdue for row in queries.saved_filters(actor=chi)] == ["1"]

    def test_is_forgotten_by_its_owner_alone(self, chi: Actor, colleague: Actor) -> None:
        intake.keep_filter(name="Của tôi", chosen=self.CHOSEN, actor=chi)
        (row,) = queries.saved_filters(actor=chi)
        with pytest.raises(intake.TextUnknown):
            intake.forget_filter(filter_id=row.id, actor=colleague)
        intake.forget_filter(filter_id=row.id, actor=chi)
        assert queries.saved_filters(actor=chi) == ()

    @pytest.mark.parametrize(
        ("name", "code"),
        [
            ("", "required"),
            ("   ", "required"),
            ("x" * 41, "too_long"),
            ("a\u202eb", "control_character"),
            (AN.email, "personal"),
            (AN.phone, "personal"),
        ],
    )
    def test_needs_a_name_that_is_nobodys_details(self, chi: Actor, name: str, code: str) -> None:
        with pytest.raises(intake.Malformed) as refused:
            intake.keep_filter(name=name, chosen=self.CHOSEN, actor=chi)
        assert codes(refused) == {("name", code)}

    def test_is_one_of_eight_at_most(self, chi: Actor) -> None:
        for number in range(intake.MOST_FILTERS):
            intake.keep_filter(name=f"Bộ lọc {number}", chosen=self.CHOSEN, actor=chi)
        with pytest.raises(intake.Malformed) as refused:
            intake.keep_filter(name="Một cái nữa", chosen=self.CHOSEN, actor=chi)
        assert codes(refused) == {("name", "too_many")}
        intake.keep_filter(name="Bộ lọc 0", chosen=queries.InboxFilter(overdue="1"), actor=chi, replaces=True)

    @pytest.mark.django_db(transaction=True)
    def test_is_one_of_eight_at_most_however_many_are_kept_at_once(self, chi: Actor) -> None:
        hands = intake.MOST_FILTERS + 6
        start = Barrier(hands)

        def press(number: int) -> bool:
            start.wait(30)
            try:
                intake.keep_filter(name=f"Bộ lọc {number}", chosen=self.CHOSEN, actor=chi)
            except intake.Malformed:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(hands) as pool:
            assert sum(pool.map(press, range(hands))) == intake.MOST_FILTERS
        assert len(queries.saved_filters(actor=chi)) == intake.MOST_FILTERS


class TestAText:
    def keep(self, chi: Actor, now: datetime, *, text_id: int | None = None, is_ours: bool = False, seen: str | None = None, **words: str) -> None:
        given = {"language": "vi", "title": "Giờ làm việc", "body": "Chào {name}, chúng tôi làm việc từ 8 giờ.", **words}
        intake.keep_text(text_id=text_id, is_ours=is_ours, seen=seen, actor=chi, now=now, **given)

    def test_is_kept_changed_and_removed_and_the_journal_says_so(self, chi: Actor, now: datetime) -> None:
        self.keep(chi, now)
        (row,) = queries.canned_texts(language="vi")
        self.keep(chi, now, text_id=row.id, title="Giờ mở cửa")
        assert [(text.title, text.changed_by) for text in queries.canned_texts()] == [("Giờ mở cửa", "Chi")]
        assert queries.canned_texts(language="en") == ()
        intake.remove_text(text_id=row.id, actor=chi, now=now)
        assert queries.canned_texts() == ()
        sequence()
        assert [entry.act for entry in journal.recent(limit=3)] == ["text.removed", "text.kept", "text.kept"]

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ({"title": ""}, ("title", "required")),
            ({"title": "x" * 61}, ("title", "too_long")),
            ({"title": AN.phone}, ("title", "personal")),
            ({"body": " \n "}, ("body", "required")),
            ({"body": "x" * 4001}, ("body", "too_long")),
            ({"body": "a\x00b"}, ("body", "control_character")),
            ({"body": "Chào {ten}"}, ("body", "unknown_place")),
            ({"body": f"Gửi về {BINH.email}"}, ("body", "personal")),
            ({"body": f"Gọi {AN.phone}"}, ("body", "personal")),
            ({"language": "fr"}, ("language", "required")),
        ],
    )
    def test_is_refused_with_what_is_wrong(self, chi: Actor, now: datetime, words: dict[str, str], fault: tuple[str, str]) -> None:
        with pytest.raises(intake.Malformed) as refused:
            self.keep(chi, now, **words)
        assert fault in codes(refused)
        assert not CannedText.objects.exists()

    def test_is_refused_with_the_places_that_are_not_known(self, chi: Actor, now: datetime) -> None:
        with pytest.raises(intake.Malformed) as refused:
            self.keep(chi, now, body="Chào {ten} {name} {a} {ten} {b} {c}")
        assert [error.hint for error in refused.value.errors] == ["{ten}, {a}, {b}"]

    def test_may_hold_an_address_that_is_said_to_be_the_companys_own(self, chi: Actor, now: datetime) -> None:
        self.keep(chi, now, is_ours=True, body="Gọi 028 0000 0000 hoặc viết về lienhe@example.com.")
        assert len(queries.canned_texts()) == 1

    def test_has_a_title_of_its_own(self, chi: Actor, now: datetime) -> None:
        self.keep(chi, now)
        with pytest.raises(intake.Malformed) as refused:
            self.keep(chi, now)
        assert codes(refused) == {("title", "taken")}
        self.keep(chi, now, language="en")

    @pytest.mark.django_db(transaction=True)
    def test_is_one_of_two_hundred_at_most_however_many_are_kept_at_once(self, chi: Actor, colleague: Actor, now: datetime) -> None:
        words = {"language": "vi", "body": "Chào bạn.", "changed_at": now, "changed_by_id": UUID(chi.id)}
        CannedText.objects.bulk_create(CannedText(title=f"Câu {number}", **words) for number in range(MOST_TEXTS - 3))
        hands = 10
        start = Barrier(hands)

        def press(number: int) -> bool:
            start.wait(30)
            try:
                self.keep((chi, colleague)[number % 2], now, title=f"Mới {number}")
            except intake.Malformed:
                return False
            finally:
                connections.close_all()
            return True

        with ThreadPoolExecutor(hands) as pool:
            assert sum(pool.map(press, range(hands))) == 3
        assert CannedText.objects.count() == MOST_TEXTS

    def test_that_was_changed_since_it_was_read_stays_as_it_is(self, chi: Actor, now: datetime) -> None:
        self.keep(chi, now)
        (read,) = queries.canned_texts()
        self.keep(chi, now, text_id=read.id, seen=read.seen, body="Của người thứ nhất.")
        with pytest.raises(intake.ChangedSince):
            self.keep(chi, now, text_id=read.id, seen=read.seen, body="Của người thứ hai.")
        (stands,) = queries.canned_texts()
        assert stands.body == "Của người thứ nhất."
        for other in ({"language": "en"}, {"title": "Khác"}, {"body": "Khác."}):
            assert intake_rules.canned_hash(**{"language": stands.language, "title": stands.title, "body": stands.body, **other}) != stands.seen

    def test_that_is_gone_is_not_changed(self, chi: Actor, now: datetime) -> None:
        with pytest.raises(intake.TextUnknown):
            self.keep(chi, now, text_id=99)
        with pytest.raises(intake.TextUnknown):
            intake.remove_text(text_id=99, actor=chi, now=now)


class TestWhatLooksPersonal:
    @pytest.mark.parametrize("text", ["an@example.com", "0912 000 101", "+84 912.000.101", "(028) 0000 0000 tel 02800000000", "012345678901"])
    def test_is_an_address_or_a_number(self, text: str) -> None:
        assert looks_personal(text)

    @pytest.mark.parametrize(
        "text", ["Từ 8:00 đến 17:30, thứ 2 - thứ 6", "1.200.000 đồng", "CK-7Q2M-4XJD", "5 GB, 12 tháng", "@ công ty", "2026-11-23"]
    )
    def test_is_no_price_hour_or_day(self, text: str) -> None:
        assert not looks_personal(text)
