"""A mail server that does not answer is told of on the page of a notice, where somebody would wait for figures that do not move."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.journeys.post_office import PostOffice
from tests.ports import free_port
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import send
from tests.web.console.test_refused_password import begun

SignIn = Callable[[str], Browser]
SAID = "Không kết nối được với máy chủ thư. Thư đang chờ và sẽ tự được gửi khi kết nối được."


class TestANoticeWhoseMailServerIsSilent:
    def test_stands_still_says_why_and_goes_on_by_itself(self, sign_in: SignIn, clock: Clock, tmp_path: Path, settings: Any) -> None:
        settings.CAMKET_CONTROLLER_EMAIL, settings.CAMKET_SMTP_URL = "lienhe@example.vn", f"smtp://127.0.0.1:{free_port()}?tls=none"
        officer = sign_in("privacy_officer")
        page = begun(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        assert SAID not in officer.get(page.url).words()
        send(clock)
        assert SAID in officer.get(page.url).words()
        assert "Đang bị gián đoạn" in officer.get("/vi/console/notices").words()
        told = json.loads(officer.get(page.url, accept="application/json").text)
        assert (told["state"], told["estimate"]) == ("halted", "")
        with PostOffice() as office:
            settings.CAMKET_SMTP_URL = office.url
            clock.now += timedelta(hours=1)
            send(clock)
            assert len(office.letters) == 2
        shown = officer.get(page.url).words()
        assert SAID not in shown
        assert "2 trên 2" in shown

    def test_goes_on_once_the_server_answers_though_only_to_have_us_come_again(
        self, sign_in: SignIn, clock: Clock, tmp_path: Path, settings: Any
    ) -> None:
        officer = sign_in("privacy_officer")
        page = begun(officer, clock, tmp_path)
        officer.submit(page, {"act": "begin"})
        settings.CAMKET_CONTROLLER_EMAIL, settings.CAMKET_SMTP_URL = "lienhe@example.vn", f"smtp://127.0.0.1:{free_port()}?tls=none"
        send(clock)
        with PostOffice() as office:
            office.answer = "451 4.2.1 later"
            settings.CAMKET_SMTP_URL = office.url
            clock.now += timedelta(hours=1)
            send(clock)
        shown = officer.get(page.url).words()
        assert SAID not in shown
        assert "Đang bị gián đoạn" not in shown
