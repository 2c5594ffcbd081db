"""Drafts: begun from what is published or from what is brought, saved without overwriting anybody unseen, and never in force."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.access.actions import add_staff
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.models import Draft
from camket.duties.publishing.rules import MOST_TEXT_BYTES
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import ADVISER, AUDITOR, OPERATOR, PRIVACY_OFFICER, THE_HOUSE, Actor
from tests.duties.publishing.conftest import Publish

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.1")]

MINUTE = timedelta(minutes=1)


@pytest.fixture
def officer(publish: Publish, draft: Path, now: datetime) -> Actor:
    """Publish edition 1, and let a privacy officer come to work."""
    publish(draft)
    return add_staff(email="dung@staff.example.vn", role=PRIVACY_OFFICER, actor=THE_HOUSE, now=now).actor


@pytest.fixture
def begun(officer: Actor, now: datetime) -> editions.DraftRow:
    """A draft of edition 2."""
    return row(publishing.start_draft(texts={}, actor=officer, now=now))


def row(draft_id: int) -> editions.DraftRow:
    found = editions.draft(draft_id)
    assert found is not None
    return found


def save(one: editions.DraftRow, officer: Actor, now: datetime, **texts: str) -> int:
    return publishing.save_draft(
        draft_id=one.id, revision=one.revision, manifest=one.manifest, texts={**one.texts, **texts}, actor=officer, now=now + MINUTE
    )


class TestADraft:
    def test_begins_with_the_newest_editions_texts_under_the_next_number(self, begun: editions.DraftRow) -> None:
        assert (begun.number, begun.based_on, begun.revision) == (2, 1, 1)
        assert begun.texts["vi"] == editions.authoritative_text(editions.EditionNumber(1))
        assert list(begun.texts) == ["vi", "en"]
        assert 'number = 2\nslug = "wesoft"' in begun.manifest

    def test_that_nobody_has_changed_compiles(self, begun: editions.DraftRow) -> None:
        assert check(begun).errors == ()

    def test_binds_nobody(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        save(begun, officer, now, vi=begun.texts["vi"].replace("\n1.1 ", "\n1.1 Khác hẳn. "))
        assert editions.edition_in_force() == 1
        assert [line.number for line in editions.edition_lines()] == [1]

    def test_may_begin_with_a_text_that_somebody_brings(self, officer: Actor, now: datetime) -> None:
        brought = row(publishing.start_draft(texts={"vi": "\ufeff# Khác\r\n", "en": ""}, actor=officer, now=now))
        assert brought.texts["vi"] == "# Khác\n"
        assert brought.texts["en"].startswith("# ")
        assert brought.based_on == 1
        assert row(publishing.start_draft(texts={"vi": "# a", "en": "# b"}, actor=officer, now=now)).based_on is None

    def test_is_saved_with_who_and_when_and_counted(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        assert save(begun, officer, now, en="# Other\n") == 2
        stands = row(begun.id)
        assert (stands.revision, stands.texts["en"], str(stands.changed_by), stands.changed_at) == (2, "# Other\n", officer.id, now + MINUTE)
        assert [one.facts["revision"] for one in journal.of_act("draft.saved")] == [2]
        assert save(stands, officer, now) == 2  # nothing differs, so nothing is stored or told again

    def test_takes_its_number_from_its_manifest_while_that_can_be_read(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        for manifest, number in ((begun.manifest.replace("number = 2", "number = 7"), 7), ("nonsense [", 7)):
            stands = row(begun.id)
            publishing.save_draft(draft_id=begun.id, revision=stands.revision, manifest=manifest, texts=stands.texts, actor=officer, now=now)
            assert row(begun.id).number == number

    def test_of_a_wrong_number_cannot_be_published_as_it_is(self, begun: editions.DraftRow) -> None:
        wrong = editions.check_draft(manifest=begun.manifest.replace("number = 2", "number = 3"), texts=begun.texts, regime_file=regime_file())
        assert [(one.code, one.line) for one in wrong.errors] == [("edition.number", 1)]
        assert wrong.policy is None

    def test_tells_which_clause_lacks_its_translation(self, begun: editions.DraftRow) -> None:
        shorter = begun.texts["en"].replace("\n4.2 ", "\nNo number: ")
        found = editions.check_draft(manifest=begun.manifest, texts={**begun.texts, "en": shorter}, regime_file=regime_file())
        assert "4.2" in {one.number for one in found.clauses if one.lines["en"] is None}

    def test_of_as_many_clauses_as_somebody_types_is_checked_while_they_wait(self, begun: editions.DraftRow) -> None:
        many = "# T\n\n" + "".join(f"## {section}. A\n\n" + "".join(f"{section}.{at} x\n\n" for at in range(1, 1000)) for section in range(1, 21))
        began = time.process_time()
        found = editions.check_draft(manifest=begun.manifest, texts={**begun.texts, "en": many}, regime_file=regime_file())
        editions.text_difference_to(editions.EditionNumber(1), {"en": many}, "en")
        assert len(found.clauses) >= 19_980
        assert time.process_time() - began < 10, "it is read once, and not once for each clause"

    def test_that_is_put_aside_is_kept_and_can_be_taken_back(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        for _ in range(2):
            publishing.discard_draft(draft_id=begun.id, actor=officer, now=now)
        assert row(begun.id).state == "discarded"
        with pytest.raises(publishing.DraftOver):
            save(begun, officer, now, en="# Late\n")
        publishing.restore_draft(draft_id=begun.id, actor=officer, now=now)
        assert row(begun.id).is_open
        sequence()
        assert [one.act for one in journal.recent(limit=2)] == ["draft.restored", "draft.discarded"]
        assert save(begun, officer, now, en="# In time\n") == 2


class TestTwoWriters:
    def test_never_overwrite_each_other_unseen(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        save(begun, officer, now, vi="# Của người đầu\n")
        with pytest.raises(publishing.Overtaken) as overtaken:
            save(begun, officer, now, vi="# Của người sau\n")
        assert overtaken.value.now_at == 2
        assert row(begun.id).texts["vi"] == "# Của người đầu\n"

    def test_may_choose_their_own_text_once_they_have_seen_the_other(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        save(begun, officer, now, vi="# Của người đầu\n")
        assert save(row(begun.id), officer, now, vi="# Của người sau\n") == 3


class TestWhoMayWrite:
    @pytest.mark.parametrize("role", [ADVISER, AUDITOR, OPERATOR])
    def test_is_the_privacy_officer_alone(self, begun: editions.DraftRow, now: datetime, role: str) -> None:
        somebody = Actor(role=role, id="00000000-0000-4000-8000-000000000000")
        for act in (
            lambda: publishing.start_draft(texts={}, actor=somebody, now=now),
            lambda: save(begun, somebody, now, en="# x\n"),
            lambda: publishing.discard_draft(draft_id=begun.id, actor=somebody, now=now),
            lambda: publishing.restore_draft(draft_id=begun.id, actor=somebody, now=now),
        ):
            with pytest.raises(publishing.NotForThisRole):
                act()
        assert Draft.objects.count() == 1


class TestATextThatCannotBeKept:
    @pytest.mark.parametrize(
        ("text", "code"),
        [("\0", "bad_character"), ("a\ud800", "bad_character"), ("� here", "damaged"), ("ữ" * (MOST_TEXT_BYTES // 3 + 1), "too_long")],
    )
    def test_is_refused_and_changes_nothing(self, begun: editions.DraftRow, officer: Actor, now: datetime, text: str, code: str) -> None:
        with pytest.raises(publishing.Unfit) as unfit:
            save(begun, officer, now, en=text)
        assert [(fault.field, fault.code) for fault in unfit.value.faults] == [("en", code)]
        assert row(begun.id) == begun

    def test_of_another_language_is_no_text_of_this_draft(self, begun: editions.DraftRow, officer: Actor, now: datetime) -> None:
        with pytest.raises(publishing.DraftUnknown):
            publishing.save_draft(draft_id=begun.id, revision=1, manifest=begun.manifest, texts={"vi": "# x"}, actor=officer, now=now)

    def test_of_a_draft_that_is_not_there_is_told_so(self, officer: Actor, now: datetime) -> None:
        for act in (publishing.discard_draft, publishing.restore_draft):
            with pytest.raises(publishing.DraftUnknown):
                act(draft_id=999, actor=officer, now=now)
        assert editions.draft(999) is None


class TestTheListOfDrafts:
    def test_costs_one_query_however_many_there_are(self, officer: Actor, now: datetime) -> None:
        for _ in range(3):
            publishing.start_draft(texts={}, actor=officer, now=now)
        with CaptureQueriesContext(connections["default"]) as queries:
            assert len(editions.draft_lines()) == 3
        assert len(queries) == 1
        assert "manifest" not in queries[0]["sql"]


def regime_file() -> Path:
    return Path(configured.CAMKET_REGIME_FILE)


def check(one: editions.DraftRow) -> editions.Checked:
    return editions.check_draft(manifest=one.manifest, texts=one.texts, regime_file=regime_file())
