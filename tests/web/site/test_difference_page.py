"""What changes from one edition to another, as anybody may read it."""

import re
import shutil
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation
from hypothesis import HealthCheck, given
from hypothesis import settings as tries

from camket.duties.publishing import actions as publishing
from camket.policy.changes import difference
from camket.policy.compiled import CompiledPolicy
from camket.policy.regimes import Regime
from camket.policy.terms import THE_HOUSE
from camket.web.kit.change_words import read_aloud
from tests.duties.publishing.test_coming_into_force import next_edition
from tests.policy.pairs import two_policies
from tests.web.browsing import Browser, Clock


@pytest.fixture
def edition_2(tmp_path: Path, regime: Regime, clock: Clock) -> None:
    """Publish a second edition that keeps what is collected for longer."""
    draft = tmp_path / "drafts" / "edition-1"
    shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", draft)
    text = (draft / "policy.vi.md").read_text("utf-8")
    assert 'keep = "P90D"' in text
    (draft / "policy.vi.md").write_text(text.replace('keep = "P90D"', 'keep = "P1Y"', 1).replace("90 ngày", "một năm", 1), "utf-8")
    publishing.publish_edition(path=next_edition(draft, 2), regime=regime, actor=THE_HOUSE, now=clock.now)


def section(text: str, name: str) -> str:
    """Return the words of a section of the page, with single spaces."""
    held = text.partition(f'aria-labelledby="{name}"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", held))


@pytest.mark.usefixtures("edition_2")
class TestThePageOfADifference:
    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize(
        ("language", "told", "was", "becomes"),
        [
            ("vi", "Thông tin được giữ lâu hơn", "90 ngày", "1 năm"),
            ("en", "Information is kept longer", "90 days", "1 year"),
        ],
    )
    def test_tells_what_weighs_with_what_was_before(self, visitor: Browser, language: str, told: str, was: str, becomes: str) -> None:
        page = visitor.get(f"/{language}/policy/diff/1/2")
        assert page.status == 200
        words = section(page.text, "weighing")
        assert told in words
        assert re.search(rf"{was} .*→ .*{becomes}", words)
        assert f'href="/{language}/policy/editions/2#c4.2"' in page.text

    @pytest.mark.clause("8.1")
    @pytest.mark.parametrize(
        ("language", "binding", "translated"),
        [
            ("vi", "Tiếng Việt văn bản có giá trị ràng buộc", "Tiếng Anh bản dịch"),
            ("en", "Vietnamese the text that binds", "English translation"),
        ],
    )
    def test_shows_the_text_that_binds_first_whatever_language_is_read(self, visitor: Browser, language: str, binding: str, translated: str) -> None:
        text = visitor.get(f"/{language}/policy/diff/1/2").text
        words = section(text, "text")
        assert words.index(binding) < words.index("một năm") < words.index(translated)
        assert f'<details class="in-language"{" open" if language == "en" else ""}><summary><h3>' in text
        shown = text.partition('aria-labelledby="text"')[2].partition("</section>")[0]
        assert ('<ol class="passages" lang="vi">' in shown) is (language == "en")

    def test_marks_the_words_that_differ_in_the_text(self, visitor: Browser) -> None:
        page = visitor.get("/vi/policy/diff/1/2").text
        assert "<del>90 ngày</del><ins>một năm</ins>" in page.partition('id="text"')[2]

    def test_of_an_edition_with_itself_says_that_nothing_differs(self, visitor: Browser) -> None:
        words = visitor.get("/en/policy/diff/2/2").words()
        assert "Both mean the same: no rule differs." in words
        assert "Every word is the same." in words
        assert "Significant changes" not in words

    def test_read_backwards_weighs_nothing(self, visitor: Browser) -> None:
        page = visitor.get("/en/policy/diff/2/1").text
        assert "Nothing significant changes" in page
        assert "90 days" in section(page, "other")

    @pytest.mark.parametrize("place", ["1/3", "0/1", "9999999/1"])
    def test_of_an_edition_that_is_not_there_is_not_found(self, visitor: Browser, place: str) -> None:
        assert visitor.get(f"/vi/policy/diff/{place}").status == 404

    def test_is_led_to_from_the_later_edition_and_from_the_list_and_not_from_the_first(self, visitor: Browser) -> None:
        link = 'href="/en/policy/diff/1/2"'
        assert link in visitor.get("/en/policy/editions/2").text
        assert link in visitor.get("/en/policy/editions").text
        assert "/policy/diff/" not in visitor.get("/en/policy/editions/1").text


@pytest.fixture
def draft(tmp_path: Path) -> Path:
    """A draft that is edition 1 as yet."""
    place = tmp_path / "drafts" / "edition-1"
    shutil.copytree(Path(settings.CAMKET_POLICY) / "edition-1", place)
    return place


def published(draft: Path, old: str, new: str, regime: Regime, clock: Clock) -> None:
    """Publish a draft as the second edition with a piece of its text replaced."""
    text = (draft / "policy.vi.md").read_text("utf-8")
    assert old in text
    (draft / "policy.vi.md").write_text(text.replace(old, new, 1), "utf-8")
    publishing.publish_edition(path=next_edition(draft, 2), regime=regime, actor=THE_HOUSE, now=clock.now)


class TestAPromiseThatNoRuleCarries:
    @pytest.mark.clause("8.2")
    def test_is_missed_where_the_new_text_no_longer_makes_it(self, visitor: Browser, draft: Path, regime: Regime, clock: Clock) -> None:
        published(draft, 'says = ["breach_notice"]', "", regime, clock)
        words = section(visitor.get("/vi/policy/diff/1/2").text, "weighing")
        assert "Văn bản không còn nói ai được báo, và trong thời hạn nào, khi dữ liệu bị lộ hoặc bị mất" in words


class TestTheSentenceThatPeopleAgreeTo:
    @pytest.mark.clause("1.3")
    def test_is_told_beside_the_word_that_no_rule_differs(self, visitor: Browser, draft: Path, regime: Regime, clock: Clock) -> None:
        published(draft, "để tư vấn và trả lời cho tôi", "tùy ý công ty", regime, clock)
        for language, said in (("vi", "Câu xin đồng ý đã khác trước"), ("en", "The sentence that people agree to reads differently")):
            page = visitor.get(f"/{language}/policy/diff/1/2")
            assert said in page.words()
            assert "<del>để tư vấn và trả lời cho tôi</del><ins>tùy ý công ty</ins>" in page.text.partition('aria-labelledby="words"')[2]
            assert "Every word is the same." not in page.words()


READ = 'roles = ["adviser"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'


class TestAPermissionThatIsTakenAway:
    def test_is_under_no_term_that_says_it_still_holds_and_struck_nowhere(self, visitor: Browser, draft: Path, regime: Regime, clock: Clock) -> None:
        published(draft, READ, READ.replace('"phone", ', ""), regime, clock)
        for language, act, before in (("vi", "Việc", "Trước đây chỉ khi"), ("en", "Doing what", "Until now only if")):
            held = visitor.get(f"/{language}/policy/diff/1/2").text.partition('aria-labelledby="other"')[2].partition("</section>")[0]
            terms = set(re.findall("<dt>([^<]*)</dt>", held))
            assert {act, before} <= terms
            assert not {"Được phép", "Chỉ khi", "May", "Only if"} & terms
            assert "<del>" not in held


class TestAListThatChangedByOneItem:
    def test_is_told_by_that_item_alone(self, visitor: Browser, draft: Path, regime: Regime, clock: Clock) -> None:
        rule = 'id = "message"\nfields = ["message", "attachment"]\npurposes = ["advise", "special_case"]'
        published(draft, rule, rule.replace('"special_case"]', '"special_case", "notify"]'), regime, clock)
        for language, added in (("vi", "thêm: Thông báo về công việc"), ("en", "added: Notices about matters")):
            words = section(visitor.get(f"/{language}/policy/diff/1/2").text, "weighing")
            assert added in words
            assert "Trường hợp đặc biệt" not in words
            assert "Special cases" not in words


UNWORDED = re.compile(r"\b(lock|refuse)_service\b")  # the drawn editions give these no words
CODES = re.compile(r"[a-z]+_[a-z_]+|legal_|\bP\d+[DMYW]\b|%\(")


class TestAnyDifference:
    @given(two_policies())
    @tries(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_is_read_aloud_in_both_languages_without_a_code(self, pair: tuple[CompiledPolicy, CompiledPolicy]) -> None:
        old, new = pair
        found = difference(old, new)
        for language in ("vi", "en"):
            with translation.override(language):
                shown = read_aloud(found, old=old, new=new, language=language)
            assert len(shown) == len(found.changes)
            for one in shown:
                words = [one.heading, *(part for line in (*one.lines, *one.compared) for part in line)]
                assert one.heading
                assert not [text for text in words if CODES.search(UNWORDED.sub("", text))]
