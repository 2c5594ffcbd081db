"""Every sentence on a screen exists in every language, whole, and the compiled catalogue is the written one."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from django.conf import settings

from tests.house.catalogues import asked, asked_by, asked_by_template, catalogue_files, compiled, pairs, read, unanswered
from tests.house.tree import ROOT, listed, name_of

_ENGLISH = re.compile(r"\b(the|of|and|that|with|is|was|by|from|your|you)\b")


def is_english(text: str) -> bool:
    """Return whether a text has so many of English's small words that a part of it must be English."""
    return len(_ENGLISH.findall(text)) >= 4


class TestACatalogue:
    def test_is_there_for_vietnamese(self) -> None:
        assert {path.parents[1].name for path in catalogue_files()} >= {"vi"}

    @pytest.mark.parametrize("path", catalogue_files(), ids=name_of)
    def test_leaves_no_message_untranslated_or_fuzzy(self, path: Path) -> None:
        assert not unanswered(read(path)), listed(unanswered(read(path)))

    @pytest.mark.parametrize("path", catalogue_files(), ids=name_of)
    def test_holds_no_sentence_of_the_other_language(self, path: Path) -> None:
        """What was left of an edit stands behind the sentence that took its place, where nobody looks for it."""
        left = [message for (_, message), said in pairs(read(path)).items() if any(is_english(one) for one in said)]
        assert not left, listed(left)

    @pytest.mark.parametrize("path", catalogue_files(), ids=name_of)
    def test_keeps_no_message_that_nobody_asks_for(self, path: Path) -> None:
        wanted = {(context, message) for context, message, _ in asked()}
        left = [message for context, message in pairs(read(path)) if (context, message) not in wanted]
        assert not left, listed(left)
        assert not read(path).obsolete, listed(sorted(map(str, read(path).obsolete)))

    @pytest.mark.parametrize("path", catalogue_files(), ids=name_of)
    def test_is_compiled_as_written(self, path: Path) -> None:
        binary = path.with_suffix(".mo")
        assert binary.exists(), f"compile it: pybabel compile -i {name_of(path)} -o {name_of(binary)} -l {path.parents[1].name}"
        with binary.open("rb") as file:
            shipped = pairs(read_mo(file))
        apart = [f"{message!r}" for (context, message), said in pairs(compiled(read(path))).items() if shipped.get((context, message)) != said]
        assert not apart, listed(apart)
        assert len(shipped) == len(pairs(read(path)))

    @pytest.mark.parametrize("path", catalogue_files(), ids=name_of)
    def test_answers_every_message_that_is_asked_for(self, path: Path) -> None:
        known = pairs(read(path))
        missing = sorted({f"{message!r} in {where}" for context, message, where in asked() if (context, message) not in known})
        assert not missing, listed(missing)


class TestTheFoldersOfCatalogues:
    def test_are_those_the_settings_name(self) -> None:
        named = {Path(folder).resolve() for folder in settings.LOCALE_PATHS}
        assert {path.parents[2] for path in catalogue_files()} <= named

    def test_hold_only_languages_the_product_speaks(self) -> None:
        assert {path.parents[1].name for path in catalogue_files()} <= {code for code, _ in settings.LANGUAGES}


class TestTheReader:
    def test_tells_an_english_sentence_behind_a_vietnamese_one(self) -> None:
        vietnamese = "Cần một người khác quyết định. "
        assert not is_english(vietnamese)
        assert is_english(vietnamese + "Somebody else has to decide, or the one who was let in begins anew by a link of the server and that is all.")

    def test_finds_what_a_module_asks_for(self) -> None:
        source = (
            "from django.utils.translation import gettext as _\nA = _('Send')\nB = ngettext('one day', '%(n)s days', 3)\nC = pgettext('menu', 'Home')"
        )
        assert {(context, message) for context, message, _ in asked_by(source, "x")} == {("", "Send"), ("", "one day"), ("menu", "Home")}

    def test_finds_what_a_template_asks_for(self) -> None:
        source = (
            "{% load i18n %}<h1>{% translate 'Policy' %}</h1>{% blocktranslate with n=x trimmed %}\n  Edition {{ n }}\n{% endblocktranslate %}"
            "{% include 'a.html' with label=_(\"Back\") %}{% translate 'Home' context 'menu' %}"
        )
        assert {(c, m) for c, m, _ in asked_by_template(source, "x")} == {("", "Policy"), ("", "Edition %(n)s"), ("", "Back"), ("menu", "Home")}

    def test_finds_a_missing_a_fuzzy_and_a_maimed_message(self) -> None:
        catalogue = Catalog(locale="vi")
        catalogue.add("Missing", "")
        catalogue.add("Fuzzy", "Mờ", flags=["fuzzy"])
        catalogue.add("%(n)s days", "vài ngày")
        catalogue.add("Send", "Gửi")
        assert [finding.split(":")[0] for finding in unanswered(catalogue)] == ["missing", "fuzzy", "other placeholders"]


class TestTheTextsOfAnEdition:
    def test_exist_in_every_language_the_pages_speak(self) -> None:
        editions = sorted((ROOT / "policies").glob("*/edition-*"))
        missing = [
            f"{name_of(edition)}/policy.{code}.md"
            for edition in editions
            for code, _ in settings.LANGUAGES
            if not (edition / f"policy.{code}.md").exists()
        ]
        assert editions, "no edition under policies/"
        assert not missing, listed(missing)
