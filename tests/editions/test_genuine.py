"""A stored edition that somebody changed decides nothing: its text, its rules and its translations must belong together."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from camket.editions import actions, queries
from camket.editions.models import Edition
from camket.policy.compiler import compile_edition
from camket.policy.exports import edition_hash, translation_hash
from camket.policy.source import EditionSource
from camket.policy.terms import EditionNumber
from tests.editions.tampering import by_force, rewrite_rules

ONE = EditionNumber(1)


@pytest.fixture(autouse=True)
def published(db: None, now: datetime) -> None:
    """Publish the company's first edition, which has a translation."""
    folder = Path(settings.CAMKET_POLICY) / "edition-1"
    files = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    policy = compile_edition(EditionSource(files=files), None).policy
    assert policy is not None
    texts = {"vi": files["policy.vi.md"], "en": files["policy.en.md"]}
    actions.publish(policy=policy, texts=texts, edition_hash=edition_hash(texts["vi"], policy), key_id="k" * 16, signature=b"-", now=now)


@pytest.mark.clause("8.1")
class TestAnEditionAsItWasPublished:
    def test_is_read(self) -> None:
        assert queries.compiled(ONE).number == queries.stored(ONE).number == 1


@pytest.mark.clause("8.1")
class TestATamperedEdition:
    def refused(self, sentence: str, code: str = "edition_changed") -> None:
        for read in (queries.compiled, queries.edition, queries.stored):
            with pytest.raises(queries.EditionTampered, match=sentence) as tampered:
                read(ONE)
            assert (tampered.value.number, tampered.value.code) == (1, code)

    def test_with_a_prohibition_taken_out_of_its_rules_decides_nothing(self) -> None:
        rules = json.loads(bytes(Edition.objects.get().compiled))
        assert rules["prohibitions"]
        rewrite_rules(1, json.dumps(rules["prohibitions"], separators=(",", ":"), ensure_ascii=False).encode(), b"[]")
        self.refused("its text and its rules do not give its fingerprint")

    def test_with_rules_that_cannot_be_read_decides_nothing(self) -> None:
        by_force("UPDATE editions_edition SET compiled = %s", [b"{}"])
        self.refused("cannot be read")

    def test_with_another_text_is_not_shown(self) -> None:
        by_force("UPDATE editions_edition SET text = replace(text, '15', '5')")
        self.refused("do not give its fingerprint")

    def test_with_another_hash_decides_nothing(self) -> None:
        by_force("UPDATE editions_edition SET hash = %s", ["0" * 64])
        self.refused("do not give its fingerprint")

    @pytest.mark.parametrize(
        "statement", ["UPDATE editions_edition SET slug = 'en'", "UPDATE editions_edition SET authoritative = 'en'"], ids=["slug", "language"]
    )
    def test_under_another_name_decides_nothing(self, statement: str) -> None:
        by_force(statement)
        self.refused("those of another edition")

    def test_with_another_translation_is_not_shown(self) -> None:
        by_force("UPDATE editions_translation SET text = replace(text, '15', '5')")
        self.refused("its translation en does not give", "translation_changed")

    def test_with_another_consent_beside_the_tick_box_is_not_shown(self) -> None:
        wording = queries.compiled(ONE).consent_wording(next(iter(queries.compiled(ONE).purposes)), "en")
        assert wording
        rewrite_rules(1, wording.encode(), b"You may do whatever you like.")
        self.refused("the words shown in en", "translation_changed")

    def test_without_its_translation_is_not_shown(self) -> None:
        by_force("DELETE FROM editions_translation")
        self.refused("the words shown in en", "translation_changed")

    def test_whose_translation_was_exchanged_together_with_its_hash_is_not_shown_with_the_old_words(self) -> None:
        text = Edition.objects.get().translations.get().text.replace("label = ", "label  =", 1).replace('why = "', 'why = "We do not say why. ', 1)
        by_force("UPDATE editions_translation SET text = %s, hash = %s", [text, translation_hash(text)])
        self.refused("the words shown in en", "translation_changed")

    def test_says_what_to_do(self) -> None:
        by_force("UPDATE editions_edition SET hash = %s", ["0" * 64])
        self.refused("Put back a whole copy of the database")

    def test_is_noticed_by_a_process_that_has_it_in_memory_when_it_is_told_to_look(self) -> None:
        before = queries.compiled(ONE)
        by_force("UPDATE editions_edition SET hash = %s", ["0" * 64])
        assert before.number == 1
        with pytest.raises(queries.EditionTampered):
            queries.stored(ONE)
