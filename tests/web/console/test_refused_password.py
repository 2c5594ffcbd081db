"""A mail server that refuses our password is told of where somebody can mend it, and where somebody waits for letters."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from camket.jobs.campaigns import plan_due, send_due
from camket.jobs.pacing import Pace
from camket.jobs.worker import send_due_letters
from tests.cast import AN
from tests.channels.mail_out.conftest import open_office
from tests.channels.mail_out.post_office import Clerk
from tests.duties.notices.campaigning import publish_second
from tests.jobs.test_refused_password import Porter, clerk, porter
from tests.journeys.visitor import Page
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import DESK, people, send
from tests.web.console.test_operations import words

__all__ = ["clerk", "open_office", "porter"]
SAID = (
    ("en", "The mail server refuses our user name or password: no letter goes out (1 waiting)"),
    ("en", "all go out by themselves then"),
    ("vi", "Máy chủ thư không chấp nhận tên đăng nhập hoặc mật khẩu của chúng ta: không thư nào được gửi đi"),
    ("vi", "sau đó tất cả tự được gửi đi"),
)
SignIn = Callable[[str], Browser]


def begun(officer: Browser, clock: Clock, folder: Path) -> Page:
    """Write the notice that tells two people of a change."""
    people(clock)
    publish_second(folder, now=clock.now)
    return officer.get(officer.submit(officer.get(DESK), {"edition": "2"}).headers["location"])


class TestTheOperatorsPage:
    def test_says_so_plainly_until_the_password_is_right(self, sign_in: SignIn, visitor: Browser, clock: Clock, clerk: Clerk, porter: Porter) -> None:
        operator = sign_in("operator")
        visitor.contact(**AN.values("full_name", "email", "message"))
        assert not [one for language, one in SAID if one in words(operator, language)]
        send_due_letters(worker="w", now=clock.now)
        assert not [one for language, one in SAID if one not in words(operator, language)]
        porter.password = b"ours"
        send_due_letters(worker="w", now=clock.now)
        assert len(clerk.received) == 1
        assert not [one for language, one in SAID if one in words(operator, language)]

    def test_says_as_plainly_that_the_servers_name_is_not_known(self, sign_in: SignIn, visitor: Browser, clock: Clock, settings: Any) -> None:
        operator = sign_in("operator")
        settings.CAMKET_CONTROLLER_EMAIL, settings.CAMKET_SMTP_URL = "lienhe@example.vn", "smtp://mail.invalid:25?tls=none"
        visitor.contact(**AN.values("full_name", "email", "message"))
        send_due_letters(worker="w", now=clock.now)
        assert "The name of the mail server cannot be looked up: no letter goes out (1 waiting)" in words(operator)
        assert "Không tra được địa chỉ của máy chủ thư: không thư nào được gửi đi (1 thư đang chờ)" in words(operator, "vi")


class TestANotice:
    def test_stands_still_says_why_and_goes_on_by_itself(self, sign_in: SignIn, clock: Clock, tmp_path: Path, clerk: Clerk, porter: Porter) -> None:
        officer = sign_in("privacy_officer")
        page = begun(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        send(clock)
        shown = officer.get(page.url).words()
        assert "Đang bị gián đoạn" in shown
        assert "Máy chủ thư không chấp nhận tên đăng nhập hoặc mật khẩu của chúng ta." in shown
        in_english = officer.get(page.url.replace("/vi/", "/en/")).words()
        assert "Stands still" in in_english
        assert "Once it takes them, this goes on by itself." in in_english
        assert "Stands still" in officer.get("/en/console/notices").words()
        told = json.loads(officer.get(page.url, accept="application/json").text)
        assert (told["state"], told["estimate"]) == ("halted", "")
        porter.password = b"ours"
        send(clock)
        shown = officer.get(page.url).words()
        assert "Đang bị gián đoạn" not in shown
        assert "2 trên 2" in shown
        assert len(clerk.received) == 2

    def test_tells_the_same_where_only_the_desks_letters_were_tried(
        self, sign_in: SignIn, clock: Clock, tmp_path: Path, visitor: Browser, clerk: Clerk
    ) -> None:
        officer = sign_in("privacy_officer")
        page = begun(officer, clock, tmp_path)
        visitor.contact(**AN.values("full_name", "email", "message"))
        officer.submit(page, {"act": "begin"})
        pace = Pace(per_minute=0)
        send_due_letters(worker="w", now=clock.now, pace=pace)
        assert "Đang bị gián đoạn" not in officer.get(page.url).words(), "nobody is being told yet"
        plan_due(now=clock.now)
        assert send_due(worker="w", pace=pace, now=clock.now) == 0
        assert "Đang bị gián đoạn" in officer.get(page.url).words()
