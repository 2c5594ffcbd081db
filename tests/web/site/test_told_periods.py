"""How long something is kept is told as it is kept: by the longest of the periods that bind, whether the policy has a general one or not."""

import json
from pathlib import Path

import pytest

from camket.duties.custody import actions as custody
from camket.editions import actions as enacting
from camket.editions import queries as editions
from camket.policy.terms import EditionNumber, PurposeId
from tests.cast import AN
from tests.duties.notices.campaigning import publish_second
from tests.web.browsing import Browser, Clock
from tests.web.site.test_consents import link, press, prove, says

pytestmark = pytest.mark.clause("4.2", "4.3")
ADVISE = PurposeId("advise")
GENERAL = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"\nthen = "erase"'


def collections() -> list[str]:
    return sorted(one.id for one in editions.compiled(EditionNumber(1)).collections_for(ADVISE))


def named(keep: str, *, of: list[str]) -> str:
    return f'[[retain]]\npurposes = ["advise"]\ncollections = {json.dumps(of)}\nafter = "inquiry.closed"\nkeep = "{keep}"\nthen = "erase"'


@pytest.fixture(params=["none", "shorter"])
def second(request: pytest.FixtureRequest, visitor: Browser, clock: Clock, tmp_path: Path) -> None:
    """Edition 2: of advice every collection has a rule of its own, one of them of five years; or one has, beside a general rule of ninety days."""
    longest, *others = collections()
    if request.param == "none":
        rules = f"{GENERAL.replace(chr(34) + 'advise' + chr(34) + ', ', '')}\n\n{named('P90D', of=others)}\n\n{named('P5Y', of=[longest])}"
    else:
        rules = f"{GENERAL}\n\n{named('P5Y', of=[longest])}"
    publish_second(tmp_path, now=clock.now, changes=((GENERAL, GENERAL, rules),))
    if editions.in_force() < 2:
        enacting.enact(number=EditionNumber(2), now=clock.now)


@pytest.mark.usefixtures("second")
class TestThePeriodThatIsTold:
    def test_is_the_longest_on_the_form_and_on_the_page_of_consents_and_in_the_receipt(self, visitor: Browser, clock: Clock) -> None:
        form = visitor.get("/vi/contact")
        assert form.status == 200
        assert says(form, "5 năm")
        visitor.contact(**AN.values(), consents=["advise", "provide_service"])
        place = link()
        prove(clock)
        clock.wait(minutes=2)
        custody.keep_journal(now=clock.now)
        receipt = json.loads(press(visitor, place, "receipt").text)["receipt"]
        assert receipt["processing"]["storage_duration"]["keep"] == "P5Y"
        assert says(press(visitor, place, "ask_back"), "5 năm")
