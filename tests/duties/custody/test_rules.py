"""How clocks stand beside each other, in a sentence, what a policy says of mail servers, and why a database was not opened."""

from datetime import datetime, timedelta

import pytest

from camket.duties.custody.rules import clause_on_mail_servers, judge_clocks, why_refused
from camket.policy.manifest import text_file
from camket.policy.source import parse_document
from tests.house.tree import ROOT

MINUTE = timedelta(minutes=1)


class TestTheClocks:
    @pytest.mark.parametrize("apart", [timedelta(), MINUTE, -MINUTE])
    def test_agree_within_a_minute(self, now: datetime, apart: timedelta) -> None:
        assert judge_clocks(now=now, databases={"default": now + apart}, newest=now + apart).level == "ok"

    def test_of_a_house_that_has_done_nothing_yet_agree(self, now: datetime) -> None:
        assert judge_clocks(now=now, databases={}, newest=None).level == "ok"

    def test_do_not_mind_how_long_ago_the_newest_act_was(self, now: datetime) -> None:
        assert judge_clocks(now=now, databases={"default": now}, newest=now - timedelta(days=900)).level == "ok"

    @pytest.mark.parametrize(
        ("behind", "said"), [(2 * MINUTE, "2 min"), (timedelta(hours=3), "3 h"), (timedelta(hours=47), "47 h"), (timedelta(days=40), "40 days")]
    )
    def test_are_an_error_where_this_one_is_behind_what_was_done(self, now: datetime, behind: timedelta, said: str) -> None:
        found = judge_clocks(now=now, databases={"default": now}, newest=now + behind)
        assert (found.level, bool(found.hint)) == ("error", True)
        assert f"{said} behind" in found.sentence

    @pytest.mark.parametrize(("apart", "said"), [(2 * MINUTE, "2 min ahead of"), (-90 * MINUTE, "1 h behind")])
    def test_are_a_warning_where_a_database_goes_by_another(self, now: datetime, apart: timedelta, said: str) -> None:
        found = judge_clocks(now=now, databases={"default": now, "keys": now + apart}, newest=None)
        assert (found.level, bool(found.hint)) == ("warning", True)
        assert f"database keys is {said}" in found.sentence


class TestAClauseOnMailServers:
    @pytest.mark.clause("12.4")
    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_is_found_by_what_it_says_in_the_language_that_binds(self, language: str) -> None:
        text = (ROOT / "policies" / "wesoft" / "edition-1" / text_file(language)).read_text("utf-8")
        assert clause_on_mail_servers(parse_document(language, text_file(language), text).document) == "12.4"

    @pytest.mark.parametrize(
        "sentence", ["Our servers stand in Vietnam.", "A mail carrier has servers. We work in Vietnam.", "Máy chủ dữ liệu đặt tại Việt Nam."]
    )
    def test_is_none_that_speaks_of_something_else(self, sentence: str) -> None:
        text = f"# A policy\n\n## 1. Servers\n\n1.1 {sentence}\n"
        document = parse_document("en", "policy.en.md", text).document
        assert [one.paragraphs_markdown for one in document.clauses] == [sentence]
        assert clause_on_mail_servers(document) == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ('connection to server at "10.0.0.5", port 5432 failed: FATAL:  password authentication failed for user "camket"', "shut"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.4", user "camket", database "camket", SSL off', "shut"),
        ("fe_sendauth: no password supplied", "shut"),
        ('FATAL:  database "camket" does not exist', "nameless"),
        ("FATAL:  sorry, too many clients already", "crowded"),
        ("server does not support SSL, but SSL was required", "miswritten"),
        ('invalid connection option "sslmod"', "miswritten"),
        ('root certificate file "/var/lib/camket/.postgresql/root.crt" does not exist', "miswritten"),
        ('connection to server at "10.0.0.5", port 5432 failed: Connection refused', "away"),
        ("SSL SYSCALL error: EOF detected", "away"),
        ("FATAL:  the database system is starting up", "away"),
        ("", "away"),
    ],
)
def test_a_refusal_is_known_by_the_words_of_the_server(words: str, why: str) -> None:
    assert why_refused(words) == why
