"""Where no clause lets the letter about a change go out, the desks say so before anybody presses, and not after."""

import shutil
from pathlib import Path

import pytest
from django.conf import settings as configured

from camket.duties.publishing import actions as publishing
from camket.policy.regimes import Regime
from camket.policy.terms import THE_HOUSE
from tests.cast import AN
from tests.duties.notices.campaigning import ADVICE_LONGER, arrive, email
from tests.duties.publishing.conftest import change
from tests.web.browsing import Browser, Clock
from tests.web.console.test_policy_desk import DESK, draft, typed

pytestmark = [pytest.mark.clause("8.2"), pytest.mark.usefixtures("fresh_reaches")]
USES = 'roles = ["system"]\noperations = ["use"]\npurposes = ["special_case"]\nfields = ["full_name", "email"]'
SAID = "không điều khoản nào của phiên bản đang có hiệu lực cho phép gửi thư này"


def publish(folder: Path, number: int, regime: Regime, clock: Clock, *edits: tuple[str, str]) -> None:
    place = folder / "policies" / f"edition-{number}"
    shutil.copytree(Path(configured.CAMKET_POLICY) / "edition-1", place)
    change(place / "edition.toml", "number = 1", f"number = {number}")
    for old, new in edits:
        change(place / "policy.vi.md", old, new)
    publishing.publish_edition(path=place, regime=regime, actor=THE_HOUSE, now=clock.now)


def test_is_said_wherever_the_notice_is_offered(dung: Browser, tmp_path: Path, regime: Regime, clock: Clock) -> None:
    longer = (ADVICE_LONGER[0], ADVICE_LONGER[0].replace("P90D", "P180D"))
    silent = (USES, USES.replace('operations = ["use"]', 'operations = ["store"]'))
    publish(tmp_path, 2, regime, clock, silent)
    arrive(email(AN), now=clock.now, nonce="1")
    clock.wait(minutes=1)
    publish(tmp_path, 3, regime, clock, silent, longer)
    for path in (DESK, "/vi/console/notices"):
        assert SAID in dung.get(path).words(), path


def test_is_said_before_it_is_published(dung: Browser, tmp_path: Path, regime: Regime, clock: Clock) -> None:
    publish(tmp_path, 2, regime, clock, (USES, USES.replace('operations = ["use"]', 'operations = ["store"]')))
    where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
    dung.submit(dung.get(where), typed(act="save", text_vi=draft().texts["vi"].replace("P90D", "P120D")), where)
    assert SAID in dung.get(f"{where}/publish").words()
    assert "Thư báo thay đổi chính sách không gửi đi được" in dung.get(where).words()


def test_is_not_said_where_it_can_go(dung: Browser) -> None:
    where = dung.submit(dung.get(DESK), {"act": "start"}, DESK).headers["location"]
    dung.submit(dung.get(where), typed(act="save", text_vi=draft().texts["vi"].replace("P90D", "P120D")), where)
    assert SAID not in dung.get(f"{where}/publish").words()
