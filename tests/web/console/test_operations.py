"""The operator's page: how the house stands, in both languages, and nothing about anybody."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from camket.duties.custody import actions as custody
from camket.duties.custody import queries, rules
from camket.duties.notices import actions as notices
from camket.policy.terms import SYSTEM, Actor
from camket.web.console.desks.operations import CLOCK_WORDS, TOPICS
from tests.cast import AN
from tests.web.browsing import Browser, Clock

SignIn = Callable[[str], Browser]


@pytest.fixture
def operator(sign_in: SignIn) -> Browser:
    return sign_in("operator")


def words(browser: Browser, language: str = "en") -> str:
    page = browser.get(f"/{language}/console/operations")
    assert page.status == 200
    return page.words()


class TestTheOperatorsPage:
    def test_says_what_is_to_be_mended_and_how(self, operator: Browser) -> None:
        said = words(operator)
        assert "Mail carrier" in said
        assert "No carrier is set: letters wait" in said
        assert "None is running: letters and erasures wait" in said
        assert "camket serve" in said
        assert "Không có tiến trình nào đang chạy: thư và việc xóa phải chờ" in words(operator, "vi")

    def test_names_an_error_before_everything_else(self, operator: Browser, settings: Any) -> None:
        assert "Needs fixing now" not in words(operator)
        Path(settings.CAMKET_SECRETS).chmod(0o755)
        said = words(operator)
        assert said.index("Needs fixing now") < said.index("Other users of this machine can read the key files") < said.index("Needs a look")

    def test_tells_when_the_last_backup_was_made(self, operator: Browser, clock: Clock, settings: Any, tmp_path: Path) -> None:
        assert "None was ever made from this home" in words(operator)
        note = Path(settings.CAMKET_HOME) / "last-backup.json"
        note.write_text(json.dumps({"data": (clock.now - timedelta(hours=35)).isoformat()}))
        assert "The last one is less than a day and a half old" in words(operator)
        note.write_text(json.dumps({"data": (clock.now - timedelta(hours=37)).isoformat()}))
        assert "The last one is more than a day and a half old" in words(operator)
        custody.back_up_keys(path=tmp_path / "keys", recipient="", actor=Actor(role=SYSTEM), now=clock.now)
        assert queries.last_backup_at() == {"data": clock.now - timedelta(hours=37), "keys": clock.now}

    def test_tells_how_the_mailbox_is_read_that_letters_come_back_to(self, operator: Browser, clock: Clock, settings: Any) -> None:
        assert "Mailbox for returned letters" not in words(operator)
        settings.CAMKET_IMAP_URL = "imaps://hotro:geheim@mail.example.vn"
        mailbox = notices.take_mailbox(place="a", worker="w", now=clock.now)
        assert mailbox is not None
        notices.put_mailbox_back(mailbox=mailbox, worker="w", error="imap.auth_refused", is_at_its_end=False, now=clock.now)
        assert "It cannot be read (imap.auth_refused)" in words(operator)
        mailbox = notices.take_mailbox(place="a", worker="w", now=clock.now + timedelta(minutes=5))
        assert mailbox is not None
        notices.note_odd_mail(mailbox=mailbox, uid=4711, mark="", now=clock.now)
        notices.put_mailbox_back(mailbox=mailbox, worker="w", error="", is_at_its_end=True, now=clock.now)
        assert "their numbers there (UID): 4711" in words(operator)
        assert "có 1 thư trong hộp thư không đọc được" in words(operator, "vi").lower()
        notices.forget_odd_mails(older_than=clock.now + timedelta(seconds=1))
        assert "0 letters that came back were noticed" in words(operator)
        assert "geheim" not in words(operator)

    @pytest.mark.parametrize("told", ["", "[]", "{", '{"data": 3}', '{"data": "yesterday"}'])
    def test_goes_on_where_the_note_of_the_last_backup_is_damaged(self, operator: Browser, settings: Any, told: str) -> None:
        (Path(settings.CAMKET_HOME) / "last-backup.json").write_text(told)
        assert "None was ever made from this home" in words(operator)

    def test_tells_what_waits_what_is_held_and_what_it_stands_on(self, operator: Browser, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "message"))
        said = words(operator)
        assert "Letters that wait 1" in said
        assert "Key epoch 1" in said
        assert all(name in said for name in ("Main database", "Memory in all", "Disk, where the home is", "Camket", "Django", "Python"))

    @pytest.mark.clause("6.1")
    def test_holds_no_word_about_anybody(self, operator: Browser, visitor: Browser) -> None:
        visitor.contact(**AN.values("full_name", "email", "phone", "message"))
        page = operator.get("/vi/console/operations")
        assert not [word for word in (AN.full_name, AN.email, "912000101", AN.message[:12], "CK-") if word in page.text]

    def test_is_where_an_operator_arrives(self, operator: Browser) -> None:
        assert operator.get("/vi/console/").headers["location"] == "/vi/console/operations"


class TestAFinding:
    def test_has_a_name_for_its_topic(self, clock: Clock, house: None) -> None:
        assert {finding.topic for finding in queries.look_around(now=clock.now)} <= set(TOPICS)

    def test_of_the_clocks_has_its_sentences_where_they_are_translated(self) -> None:
        assert set(CLOCK_WORDS) == {rules.AGREE, rules.BEHIND, rules.BEHIND_HINT, rules.AHEAD, rules.AFTER, rules.APART_HINT}

    def test_is_the_same_before_and_after_its_facts_stand_in_it(self, clock: Clock, house: None) -> None:
        for finding in queries.look_around(now=clock.now):
            assert finding.words[0] % finding.facts == finding.sentence
            assert finding.words[1] % finding.facts == finding.hint
