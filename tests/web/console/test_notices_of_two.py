"""Two colleagues at one notice: nothing goes out unread, and neither overwrites the other unseen."""

from collections.abc import Callable

import pytest

from camket.duties.notices.models import Campaign
from camket.duties.publishing.rules import text_hash
from tests.web.browsing import Browser, Clock
from tests.web.console.test_notices import WORDS, written

pytestmark = [pytest.mark.django_db, pytest.mark.whatever_database, pytest.mark.usefixtures("fresh_reaches")]
SignIn = Callable[[str], Browser]


@pytest.fixture
def officer(sign_in: SignIn) -> Browser:
    """Dũng at his desk."""
    return sign_in("privacy_officer")


class TestANotice:
    @pytest.mark.parametrize("act", [{"act": "begin"}, {"act": "schedule", "at": "2026-11-23T10:00"}])
    def test_goes_out_in_the_words_that_were_read_by_whoever_lets_it_go(
        self, officer: Browser, sign_in: SignIn, clock: Clock, act: dict[str, str]
    ) -> None:
        """A colleague may change them, or whom it concerns, while the page lies open."""
        colleague, read = sign_in("operator"), written(officer)
        for changed in ({"title_en": "Closing down"}, {"audience": "*open"}):
            form = colleague.get(f"{read.url}/words")
            assert colleague.submit(form, {**WORDS, **changed, "act": "keep"}, form.url).status == 302
            answer = officer.submit(read, act)
            assert (answer.status, "đã sửa thông báo sau khi bạn mở trang này" in answer.words()) == (409, True)
            assert Campaign.objects.get().starts_at is None
            read = officer.get(read.url)
        assert officer.submit(read, act).status == 302

    def test_is_overwritten_by_nobody_who_has_not_seen_what_stands_there(self, officer: Browser, sign_in: SignIn) -> None:
        place = written(officer).url
        colleague = sign_in("operator")
        mine, theirs = officer.get(f"{place}/words"), colleague.get(f"{place}/words")
        assert colleague.submit(theirs, {**WORDS, "title_en": "Closing down", "audience": "*open", "act": "keep"}, theirs.url).status == 302
        answer = officer.submit(mine, {**WORDS, "title_en": "Moving house", "act": "keep"}, mine.url)
        assert (answer.status, "operator đã lưu nội dung khác" in answer.words()) == (409, True)
        assert ("Closing down" in answer.words(), 'value="Moving house"' in answer.text) == (True, True)
        assert '<option value="*open" selected' in answer.text, "what only the colleague changed is taken over"
        assert Campaign.objects.get().words["en"]["title"] == "Closing down"
        meant = {**WORDS, "title_en": "Moving house", "audience": "*open", "act": "keep", "replace_title_en": text_hash("Closing down")}
        assert (officer.submit(answer, meant, mine.url).status, Campaign.objects.get().words["en"]["title"]) == (302, "Moving house")
