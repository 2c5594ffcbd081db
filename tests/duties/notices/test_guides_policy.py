"""A policy written from docs/write-your-own-policy.md keeps its own promise: the letter about a change goes out, from one edition to the next."""

import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from camket.duties.custody import actions as custody
from camket.duties.notices import actions as notices
from camket.duties.notices import queries
from camket.duties.publishing import actions as publishing
from camket.duties.publishing.queries import check_edition, read_regime
from camket.editions.queries import forget_cached
from camket.policy.terms import THE_HOUSE, EditionNumber
from camket.web.kit.change_lines import letter_words
from tests.cast import AN
from tests.duties.notices.campaigning import DUNG, TWO, arrive, plan, report, send, settled
from tests.journeys.post_office import PostOffice, text_of
from tests.journeys.test_write_your_own import BLOCKS, typed, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_reaches")]


@pytest.fixture
def bakery(settings: Any, tmp_path: Path, now: datetime) -> Path:
    """A house under the first edition of the guide; the second lies beside it, made as the guide says."""
    settings.CAMKET_SECRETS, settings.CAMKET_CHECKPOINTS = tmp_path / "secrets", tmp_path / "checkpoints"
    (tmp_path / "may" / "edition-1").mkdir(parents=True)
    forget_cached()
    custody.open_house(now=now)
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    for block in BLOCKS:
        if "edition-1/" in block.place:
            write(tmp_path, block)
        for command, _ in typed(block.text) if block.tongue == "console" else ():
            if command.startswith(("cp ", "sed ")):
                subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    publishing.publish_edition(path=tmp_path / "may" / "edition-1", regime=regime, actor=THE_HOUSE, now=now)
    return tmp_path / "may"


def test_its_letter_about_a_change_reaches_whoever_wrote(bakery: Path, post: PostOffice, now: datetime) -> None:
    arrive(dict(AN.values("full_name", "email", "message")), now=now, nonce="1", language="en")
    regime = read_regime(Path(configured.CAMKET_REGIME_FILE))
    publishing.publish_edition(path=bakery / "edition-2", regime=regime, actor=THE_HOUSE, now=now)
    settled(now)
    assert queries.change_can_go()
    campaign_id = notices.write_change(edition=TWO, words=letter_words(EditionNumber(1), TWO), actor=DUNG, now=now)
    notices.schedule_campaign(campaign_id=campaign_id, at=None, actor=DUNG, now=now)
    assert plan(now) == 1
    send(now)
    (letter,) = post.to(AN.email)
    assert "90 days" in text_of(letter)
    assert "clause 4.4" in text_of(letter)
    assert "contact; message" not in text_of(letter)
    assert "Name and address" in text_of(letter)
    assert report(campaign_id, now).told == 1


def test_no_desk_misses_anything_in_it(bakery: Path) -> None:
    for number in (1, 2):
        found = check_edition(path=bakery / f"edition-{number}", regime_file=Path(configured.CAMKET_REGIME_FILE))
        assert not [one for one in found.diagnostics if not one.code.startswith("law.")]
