"""A malformed policy never publishes, and a published one never changes."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from camket.duties.custody.actions import keep_journal
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.journal import queries as journal
from camket.journal import signing
from camket.policy.regimes import Regime
from tests.duties.publishing.conftest import OFFICER, Publish, change

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.1")]


def spoilt(draft: Path, how: str) -> None:
    """Damage a draft in one way."""
    vietnamese, english = draft / "policy.vi.md", draft / "policy.en.md"
    match how:
        case "no rule":
            change(vietnamese, "```rule", "```toml")
        case "broken rule":
            change(vietnamese, "[[retain]]", "[[retain")
        case "unknown word":
            change(vietnamese, "[[retain]]", "[[keep_for_ever]]")
        case "a clause missing in the translation":
            change(english, "\n1.1 ", "\n1.99 ")
        case "an empty text":
            vietnamese.write_text("")
        case "a broken manifest":
            (draft / "edition.toml").write_text("number = ")


SPOILT = ("no rule", "broken rule", "unknown word", "a clause missing in the translation", "an empty text", "a broken manifest")


class TestAMalformedEdition:
    @pytest.mark.parametrize("how", SPOILT)
    def test_is_not_published_and_says_where_it_is_wrong(self, publish: Publish, draft: Path, how: str, now: datetime) -> None:
        spoilt(draft, how)
        with pytest.raises(publishing.Unpublishable) as refused:
            publish(draft)
        assert editions.edition_lines() == ()
        keep_journal(now=now)
        assert not journal.recent(limit=5)
        for one in refused.value.diagnostics:
            assert one.severity == "error"
            assert one.file
            assert one.message

    @pytest.mark.parametrize("how", SPOILT)
    def test_is_not_brought_into_force_at_a_start_either(self, house: None, draft: Path, regime: Regime, now: datetime, how: str) -> None:
        spoilt(draft, how)
        with pytest.raises(publishing.Unpublishable):
            publishing.publish_pending(folder=draft.parent, regime=regime, actor=OFFICER, now=now)
        with pytest.raises(editions.NoEdition):
            editions.edition_in_force()

    def test_leaves_the_edition_in_force_as_it_was(self, publish: Publish, draft: Path) -> None:
        publish(draft)
        before = editions.edition_line(editions.edition_in_force())
        spoilt(draft, "broken rule")
        with pytest.raises(publishing.Unpublishable):
            publish(draft)
        assert editions.edition_line(editions.edition_in_force()) == before


class TestAnEdition:
    def test_published_twice_is_published_once(self, publish: Publish, draft: Path, now: datetime) -> None:
        assert publish(draft) == publish(draft) == 1
        assert [line.number for line in editions.edition_lines()] == [1]
        keep_journal(now=now)
        assert [entry.act for entry in journal.recent(limit=5)] == ["edition.enacted", "edition.published"]

    def test_takes_no_other_text_under_its_number(self, publish: Publish, draft: Path) -> None:
        publish(draft)
        change(draft / "policy.vi.md", "1.1 ", "1.1 Một chữ khác. ")
        before = editions.edition_line(editions.edition_in_force())
        with pytest.raises(publishing.AlreadyPublished):
            publish(draft)
        assert editions.edition_line(editions.edition_in_force()) == before

    def test_comes_in_the_order_of_its_number(self, publish: Publish, draft: Path) -> None:
        change(draft / "edition.toml", "number = 1", "number = 3")
        with pytest.raises(publishing.OutOfOrder):
            publish(draft)

    def test_carries_a_signature_over_the_hash_of_its_text_and_rules(self, publish: Publish, draft: Path) -> None:
        number = publish(draft)
        line = editions.edition_line(number)
        signed = signing.Signed(key_id=line.key_id, signature=bytes.fromhex(line.signature))
        assert signing.verify(bytes.fromhex(line.hash), signed, context=signing.EDITION, public_key=bytes.fromhex(editions.public_key()))
        assert json.loads(editions.compiled_json(number))["number"] == 1

    def test_is_shown_in_the_language_asked_for_and_in_the_original_where_there_is_no_translation(self, publish: Publish, draft: Path) -> None:
        number = publish(draft)
        pages = {language: editions.policy_page(number, language) for language in ("vi", "en", "fr")}
        assert [pages[language].language for language in pages] == ["vi", "en", "vi"]
        assert [pages[language].is_authoritative for language in pages] == [True, False, True]
        assert [len(section.clauses) for section in pages["vi"].sections] == [len(section.clauses) for section in pages["en"].sections]


class TestAFolderOfEditions:
    def test_is_published_in_the_order_of_the_numbers_and_only_what_is_new(self, house: None, draft: Path, regime: Regime, now: datetime) -> None:
        assert publishing.publish_pending(folder=draft.parent, regime=regime, actor=OFFICER, now=now) == [1]
        assert publishing.publish_pending(folder=draft.parent, regime=regime, actor=OFFICER, now=now) == []

    def test_lists_ten_after_nine(self, tmp_path: Path) -> None:
        for number in (10, 9, 2):
            (tmp_path / f"edition-{number}").mkdir()
            (tmp_path / f"edition-{number}" / "edition.toml").touch()
        (tmp_path / "edition-11").mkdir()
        assert [place.name for place in editions.editions_in(tmp_path)] == ["edition-2", "edition-9", "edition-10"]

    def test_passes_over_a_folder_whose_number_is_none(self, tmp_path: Path) -> None:
        for name in ("edition-1", "edition-draft"):
            (tmp_path / name).mkdir()
            (tmp_path / name / "edition.toml").touch()
        assert [place.name for place in editions.editions_in(tmp_path)] == ["edition-1"]


class TestADraft:
    def test_is_checked_without_being_published(self, house: None, draft: Path) -> None:
        compilation = editions.check_edition(path=draft, regime_file=Path(settings.CAMKET_REGIME_FILE))
        assert compilation.policy is not None
        assert editions.edition_lines() == ()

    @pytest.mark.parametrize("how", ["not there", "too many files"])
    def test_that_cannot_be_read_says_what_was_looked_for(self, draft: Path, how: str) -> None:
        match how:
            case "not there":
                draft = draft / "nowhere"
            case "too many files":
                for number in range(50):
                    (draft / f"more-{number}.md").touch()
        with pytest.raises(editions.SourceMissing, match="edition"):
            editions.read_edition(draft)

    @pytest.mark.parametrize(
        ("content", "code", "line"),
        [
            (b"# T\n\n\xff\xfe\n", "source.bad_character", 3),
            ("# Chính".encode("utf-16"), "source.bad_character", 1),
            (b"a" * 4_000_001, "source.too_large", 1),
            (b"\xff" * 5_000_000, "source.too_large", 1),
        ],
    )
    @pytest.mark.parametrize("file", ["policy.vi.md", "policy.en.md", "edition.toml"])
    def test_that_is_no_text_or_too_long_is_a_finding_like_any_other(
        self, draft: Path, regime: Regime, now: datetime, *, file: str, content: bytes, code: str, line: int
    ) -> None:
        (draft / file).write_bytes(content)
        compilation = editions.check_edition(path=draft, regime_file=Path(settings.CAMKET_REGIME_FILE))
        assert compilation.policy is None
        assert [(one.file, one.line, one.code) for one in compilation.diagnostics if one.severity == "error" and one.hint] == [(file, line, code)]
        with pytest.raises(publishing.Unpublishable):
            publishing.publish_edition(path=draft, regime=regime, actor=OFFICER, now=now)
