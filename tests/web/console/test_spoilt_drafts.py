"""Whatever is typed at the draft desk, the desk answers with sentences that lead to their lines, keeps what was typed, and publishes nothing."""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings as configured
from hypothesis import HealthCheck, given, settings

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import draft_hash, tidy
from camket.editions.queries import newest
from camket.policy.terms import PRIVACY_OFFICER, Actor
from tests.policy.sample import FILES
from tests.policy.spoilt import Files, spoilt
from tests.stage import TIMES
from tests.web.browsing import Browser, Clock

DESK = "/vi/console/policy"
OFFICER = Actor(role=PRIVACY_OFFICER, id="5b0f0a4e-6d0e-4ae2-9a5c-6f2f2c7f1d11")
TEXTS = {"vi": "policy.vi.md", "en": "policy.en.md"}


@pytest.fixture
def dung(sign_in: Callable[[str], Browser]) -> Browser:
    """A privacy officer at her desk, with a draft of the next edition."""
    browser = sign_in("privacy_officer")
    browser.submit(browser.get(DESK), {"act": "start"}, DESK)
    return browser


class TestASpoiltDraft:
    def test_is_told_line_by_line_and_never_published(self, dung: Browser, clock: Clock) -> None:
        (line,) = editions.draft_lines()
        place = f"{DESK}/drafts/{line.id}"
        hidden = dung.get(place).hidden()
        regime = editions.read_regime(Path(configured.CAMKET_REGIME_FILE))

        @given(spoilt({**FILES, "edition.toml": FILES["edition.toml"].replace("number = 1", "number = 2")}))
        @settings(max_examples=8 * TIMES, database=None, suppress_health_check=[HealthCheck.too_slow])
        def is_told(files: Files) -> None:
            typed = {"manifest": files["edition.toml"], **{f"text_{language}": files[name] for language, name in TEXTS.items()}}
            sent = {name: text.encode("utf-8", "replace").decode() for name, text in typed.items()}
            answer = dung.post(f"{place}/check", {**hidden, **sent})
            told = json.loads(answer.text)
            page = dung.post(place, {**hidden, **sent, "act": "check"})
            assert answer.status == page.status
            assert 'class="draft' in page.text or 'name="text_vi"' in page.text
            if answer.status != 200:
                assert told["faults"]
                return
            assert all(one["line"] >= 1 and one["message"] and one["hint"] for one in told["findings"]), told["findings"]
            self._refused(line.id, sent, regime, clock.now)

        is_told()

    def _refused(self, draft_id: int, sent: dict[str, str], regime: object, now: datetime) -> None:
        """The draft is kept as it is typed; proposing it is refused, for it bears an error or is no policy of this house."""
        row = editions.draft(draft_id)
        assert row is not None
        manifest, texts = tidy(sent["manifest"]), {language: tidy(sent[f"text_{language}"]) for language in TEXTS}
        publishing.save_draft(draft_id=draft_id, revision=row.revision, manifest=manifest, texts=texts, actor=OFFICER, now=now)
        kept = editions.draft(draft_id)
        assert kept is not None
        assert (kept.manifest, dict(kept.texts)) == (manifest, texts)
        wish = publishing.Wish()
        with pytest.raises(publishing.Unpublishable):
            publishing.propose(draft_id=draft_id, seen_hash=draft_hash(manifest, texts), wish=wish, regime=regime, actor=OFFICER, now=now)
        assert newest() == 1
