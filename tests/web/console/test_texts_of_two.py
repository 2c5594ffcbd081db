"""Two who change the same text to answer with: whoever saves second replaces only what they have seen and agreed to."""

from collections.abc import Callable

import pytest

from camket.access.rules import ADVISER
from camket.duties.intake.models import CannedText
from camket.duties.publishing.rules import text_hash
from tests.cast import AN
from tests.web.browsing import Browser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_reaches")]
OPENED = {"act": "keep", "language": "en", "title": "Hours", "body": "Open from 8."}
THEIRS, MINE = {**OPENED, "body": "Open from 9."}, {**OPENED, "body": "Open from 10."}


@pytest.fixture
def chi(sign_in: Callable[[str], Browser]) -> Browser:
    """An adviser, with two windows."""
    return sign_in(ADVISER)


@pytest.fixture
def place(chi: Browser) -> str:
    """Where a text is changed."""
    assert chi.submit(chi.get("/vi/console/texts"), OPENED).status == 302
    return f"/vi/console/texts/{CannedText.objects.get().id}"


def stands() -> dict[str, str]:
    """The text as it is kept, and as the form would send it."""
    return {"act": "keep", **CannedText.objects.values("language", "title", "body").get()}


class TestWhoeverSavesATextSecond:
    def test_is_shown_what_differs_and_refused_until_they_tick_that_theirs_replaces_the_other(self, chi: Browser, place: str) -> None:
        second = chi.get(place)
        assert chi.submit(chi.get(place), THEIRS, place).status == 302
        clash = chi.submit(second, MINE, place)
        for page in (clash, chi.submit(clash, MINE, place)):
            assert (page.status, stands()) == (409, THEIRS)
            assert "bạn đã lưu nội dung khác ở một cửa sổ khác" in page.words()
            assert "<del>9</del><ins>10</ins>" in page.text
            assert page.text.count('name="replace_') == 1
        assert f'<a href="{place}">Bỏ nội dung tôi vừa gõ' in clash.text
        assert chi.submit(clash, {**MINE, "replace_body": text_hash(THEIRS["body"])}, place).status == 302
        assert stands() == MINE

    def test_replaces_only_what_they_saw_when_they_agreed_to(self, chi: Browser, place: str) -> None:
        second, thirds = chi.get(place), {**OPENED, "body": "Open from 11."}
        chi.submit(chi.get(place), THEIRS, place)
        clash = chi.submit(second, MINE, place)
        chi.submit(chi.get(place), thirds, place)
        late = chi.submit(clash, {**MINE, "replace_body": text_hash(THEIRS["body"])}, place)
        assert (late.status, "<del>11</del><ins>10</ins>" in late.text, stands()) == (409, True, thirds)

    def test_never_undoes_the_first_in_what_only_the_first_changed(self, chi: Browser, place: str) -> None:
        second = chi.get(place)
        chi.submit(chi.get(place), {**OPENED, "title": "Opening hours"}, place)
        clash = chi.submit(second, MINE, place)
        assert (clash.status, 'name="replace_' in clash.text, 'value="Opening hours"' in clash.text) == (409, False, True)
        assert chi.submit(clash, {**MINE, "title": "Opening hours"}, place).status == 302
        assert stands() == {**MINE, "title": "Opening hours"}

    def test_with_a_page_that_says_nothing_of_what_was_read_is_asked_of_the_language_too(self, chi: Browser, place: str) -> None:
        clash = chi.submit(chi.get(place), {**OPENED, "language": "vi", "seen": "", "opened": ""}, place)
        assert (clash.status, clash.text.count('name="replace_'), stands()) == (409, 1, OPENED)
        assert "Nội dung hiện có: Tiếng Anh Thay" in clash.words()
        assert chi.submit(clash, {**OPENED, "language": "vi", "replace_language": text_hash("en")}, place).status == 302
        assert stands()["language"] == "vi"

    def test_after_a_fault_is_still_found_to_be_second(self, chi: Browser, place: str) -> None:
        second = chi.get(place)
        chi.submit(chi.get(place), THEIRS, place)
        wrong = chi.submit(second, {**MINE, "body": f"Call {AN.phone}"}, place)
        assert (wrong.status, 'name="replace_' in wrong.text) == (422, False)
        assert chi.submit(wrong, MINE, place).status == 409
        assert stands() == THEIRS

    @pytest.mark.parametrize("name", ["seen", "opened", "replace_body"])
    @pytest.mark.parametrize("value", ["", "x", "body:", "9" * 5000])
    def test_is_never_a_fault_of_ours_whatever_is_sent(self, chi: Browser, place: str, name: str, value: str) -> None:
        chi.submit(chi.get(place), THEIRS, place)
        answer = chi.post(place, {**chi.get(place).hidden(), **MINE, name: value})
        assert answer.status in (302, 409)
        if name == "seen":
            assert (answer.status, stands()) == (409, THEIRS)
