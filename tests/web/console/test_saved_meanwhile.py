"""Two at one form of texts, at every desk that has one: whoever saves second replaces only what they have seen and agreed to, text by text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest

from camket.duties.catalogue import queries as shelf
from camket.duties.notices.models import Campaign
from camket.duties.publishing import queries as editions
from camket.duties.publishing.rules import text_hash
from camket.policy.terms import EditionNumber
from tests.journeys.visitor import Page
from tests.web.browsing import Browser
from tests.web.console.test_notices import WORDS, written

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_reaches")]
SignIn = Callable[[str], Browser]
AGAIN = "Ô cả hai cùng sửa: hãy chọn bên dưới"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A form of texts: where it is, what stands in it, the text that both write, and one that only one of them writes."""

    place: str
    stands: Callable[[], Mapping[str, str]]
    both: str
    only: str = ""  # "" where the form has one text
    act: Mapping[str, str]

    def saved(self, browser: Browser, page: Page, **typed: str) -> Page:
        """What comes of a press on Save with these texts in place of those that stood on the page when it was opened."""
        return browser.submit(page, {**self.act, **typed}, self.place)


def product() -> Mapping[str, str]:
    row = shelf.on_shelf("web-hosting")
    assert row is not None
    return {name: text for name, text in row.words.items() if name != "slug"}


def site() -> Mapping[str, str]:
    return shelf.site_versions()[0].texts


def notice() -> Mapping[str, str]:
    row = Campaign.objects.get()
    return {f"{part}_{language}": text for language, parts in row.words.items() for part, text in parts.items()} | {"audience": row.audience}


def translation() -> Mapping[str, str]:
    row = editions.translation(EditionNumber(1), "en")
    assert row is not None
    return {"text": row.text}


@pytest.fixture(params=["product", "site", "notice", "translation"])
def desk(request: pytest.FixtureRequest, dung: Browser) -> Desk:
    """Each of the desks, with something that stands there."""
    match request.param:
        case "product":
            return Desk(place="/vi/console/products/web-hosting", stands=product, both="name_en", only="name_vi", act={})
        case "site":
            place = "/vi/console/site"
            texts = {"headline_vi": "Một", "headline_en": "One", "hours_vi": "8 giờ", "hours_en": "8 am"}
            assert dung.submit(dung.get(place), {"act": "save", **texts}, place).status == 302
            return Desk(place=place, stands=site, both="headline_en", only="hours_en", act={"act": "save"})
        case "notice":
            return Desk(place=f"{written(dung).url}/words", stands=notice, both="title_en", only="text_vi", act={"act": "keep"})
        case _:
            return Desk(place="/vi/console/policy/editions/1/en", stands=translation, both="text", act={})


def changed(desk: Desk, name: str, word: str) -> str:
    """A text with one word more, which fits wherever the text did."""
    text = desk.stands()[name]
    return text.replace("4.1 ", f"4.1 {word} ", 1) if name == "text" else f"{text} {word}"


class TestWhoeverSavesSecond:
    def test_is_refused_again_until_they_tick_that_theirs_replaces_the_other(self, desk: Desk, dung: Browser) -> None:
        opened, first, second = dict(desk.stands()), dung.get(desk.place), dung.get(desk.place)
        theirs, mine = changed(desk, desk.both, "Theirs"), changed(desk, desk.both, "Mine")
        assert desk.saved(dung, first, **{**opened, desk.both: theirs}).status == 302
        clash = desk.saved(dung, second, **{**opened, desk.both: mine})
        for page in (clash, desk.saved(dung, clash, **{**opened, desk.both: mine})):
            assert (page.status, "Theirs" in page.text, "Mine" in page.text, AGAIN in page.words()) == (409, True, True, True)
            assert desk.stands()[desk.both] == theirs
            assert page.text.count('name="replace_') == 1
            assert f'name="replace_{desk.both}" value="{text_hash(theirs)}"' in page.text
        ticked = {**opened, desk.both: mine, f"replace_{desk.both}": text_hash(theirs)}
        assert desk.saved(dung, clash, **ticked).status == 302
        assert desk.stands()[desk.both] == mine

    def test_replaces_only_what_they_saw_when_they_agreed_to(self, desk: Desk, dung: Browser) -> None:
        opened, second, mine = dict(desk.stands()), dung.get(desk.place), changed(desk, desk.both, "Mine")
        theirs, thirds = changed(desk, desk.both, "Theirs"), changed(desk, desk.both, "Thirds")
        desk.saved(dung, dung.get(desk.place), **{**opened, desk.both: theirs})
        clash = desk.saved(dung, second, **{**opened, desk.both: mine})
        desk.saved(dung, dung.get(desk.place), **{**opened, desk.both: thirds})
        ticked = {**opened, desk.both: mine, f"replace_{desk.both}": text_hash(theirs)}
        for page in (clash, desk.saved(dung, clash, **{**opened, desk.both: mine})):
            late = desk.saved(dung, page, **ticked)
            assert (late.status, "Thirds" in late.text, desk.stands()[desk.both]) == (409, True, thirds)

    @pytest.mark.parametrize("desk", ["product", "site", "notice"], indirect=True)
    def test_never_undoes_the_first_in_a_text_that_only_the_first_changed(self, desk: Desk, dung: Browser) -> None:
        opened, second = dict(desk.stands()), dung.get(desk.place)
        theirs, mine = changed(desk, desk.only, "Theirs"), changed(desk, desk.both, "Mine")
        assert desk.saved(dung, dung.get(desk.place), **{**opened, desk.only: theirs}).status == 302
        clash = desk.saved(dung, second, **{**opened, desk.both: mine})
        assert (clash.status, theirs in clash.text, mine in clash.text) == (409, True, True)
        assert ('name="replace_' in clash.text, "Nội dung hiện có" in clash.text) == (False, False), "theirs stands in its field"
        assert desk.saved(dung, clash, **{**opened, desk.only: theirs, desk.both: mine}).status == 302
        assert (desk.stands()[desk.only], desk.stands()[desk.both]) == (theirs, mine)

    def test_is_shown_word_by_word_what_differs(self, desk: Desk, dung: Browser) -> None:
        opened, second = dict(desk.stands()), dung.get(desk.place)
        theirs, mine = changed(desk, desk.both, "Theirs"), changed(desk, desk.both, "Mine")
        desk.saved(dung, dung.get(desk.place), **{**opened, desk.both: theirs})
        clash = desk.saved(dung, second, **{**opened, desk.both: mine})
        assert clash.text.count("<del>Theirs</del><ins>Mine</ins>") == 1
        assert clash.words().count("có trong bản đã lưu, không có trong bản của bạn") == 1, "what is struck through is said in words"

    def test_finds_the_way_to_drop_theirs(self, desk: Desk, dung: Browser) -> None:
        opened, second = dict(desk.stands()), dung.get(desk.place)
        desk.saved(dung, dung.get(desk.place), **{**opened, desk.both: changed(desk, desk.both, "Theirs")})
        clash = desk.saved(dung, second, **{**opened, desk.both: changed(desk, desk.both, "Mine")})
        assert f'<a href="{desk.place}">Bỏ nội dung tôi vừa gõ' in clash.text


class TestWhomANoticeConcerns:
    def test_is_replaced_by_a_tick_alone_too(self, dung: Browser) -> None:
        place = f"{written(dung).url}/words"
        first, second = dung.get(place), dung.get(place)
        assert dung.submit(first, {**WORDS, "audience": "*open", "act": "keep"}, place).status == 302
        mine = {**WORDS, "audience": "web-hosting", "act": "keep"}
        clash = dung.submit(second, mine, place)
        again = dung.submit(clash, mine, place)
        assert (clash.status, again.status, Campaign.objects.get().audience) == (409, 409, "*open")
        assert "Người đang có cuộc trao đổi chưa xong" in again.words()
        assert '<option value="web-hosting" selected' in again.text
        assert dung.submit(again, {**mine, "replace_audience": text_hash("*open")}, place).status == 302
        assert Campaign.objects.get().audience == "web-hosting"
