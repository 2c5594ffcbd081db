"""A draft is published as it was compared, never too early, never weighing less than it does, and by two people where the regime says so."""

import hashlib
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from camket.access.actions import add_staff, dismiss_staff
from camket.access.rules import ENTWINED_FOR
from camket.duties.intake import actions as intake
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.models import Proposal
from camket.duties.publishing.rules import UNNOTED, reason_in
from camket.journal import published
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.languages import LANGUAGES
from camket.policy.regimes import Regime
from camket.policy.terms import AUDITOR, OPERATOR, PRIVACY_OFFICER, THE_HOUSE, VISITOR, Actor, EditionNumber
from tests.access.entwining import entwine
from tests.cast import AN
from tests.duties.publishing.conftest import Publish

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.1")]

NOTICE_OVER = datetime(2026, 12, 8, 17, 0, tzinfo=UTC)  # the local midnight that ends the fifteenth day after 23 November 2026
DAY = timedelta(days=1)
REASON = "Đổi cách gọi, khách có thể hiểu khác đi."
REASONS = {"vi": REASON, "en": "Things are called otherwise, and may be taken otherwise."}


def officer(name: str, role: str, now: datetime) -> Actor:
    return add_staff(email=f"{name}@staff.example.vn", role=role, actor=THE_HOUSE, now=now).actor


@pytest.fixture
def dung(publish: Publish, draft: Path, now: datetime) -> Actor:
    """Publish edition 1; Dũng is the privacy officer."""
    publish(draft)
    return officer("dung", PRIVACY_OFFICER, now)


@pytest.fixture
def binh(now: datetime, dung: Actor) -> Actor:
    """Another privacy officer."""
    return officer("binh", PRIVACY_OFFICER, now)


@pytest.fixture
def alone(regime: Regime) -> Regime:
    """A regime that asks for no second person."""
    return replace(regime, values={key: values for key, values in regime.values.items() if key != "publishing.second_person"})


@pytest.fixture
def begun(dung: Actor, now: datetime) -> editions.DraftRow:
    """A draft of edition 2 that says one word more."""
    first = row(publishing.start_draft(texts={}, actor=dung, now=now))
    return saved(first, dung, now, "\n1.1 ", "\n1.1 Nói thêm một lời. ")


def saved(one: editions.DraftRow, who: Actor, now: datetime, old: str, new: str) -> editions.DraftRow:
    assert old in one.texts["vi"]
    texts = {**one.texts, "vi": one.texts["vi"].replace(old, new, 1)}
    publishing.save_draft(draft_id=one.id, revision=one.revision, manifest=one.manifest, texts=texts, actor=who, now=now)
    return row(one.id)


def row(draft_id: int) -> editions.DraftRow:
    found = editions.draft(draft_id)
    assert found is not None
    return found


def propose(one: editions.DraftRow, who: Actor, regime: Regime, now: datetime, **wish: object) -> EditionNumber | None:
    return publishing.propose(draft_id=one.id, seen_hash=one.hash, wish=publishing.Wish(**wish), regime=regime, actor=who, now=now)


def confirm(one: editions.DraftRow, who: Actor, regime: Regime, now: datetime) -> EditionNumber:
    return publishing.confirm(draft_id=one.id, proposal_id=newest(one), seen_hash=one.hash, regime=regime, actor=who, now=now)


def newest(one: editions.DraftRow) -> int:
    """What was proposed last of a draft; 0 where nothing was."""
    return next((found.id for found in editions.proposals_of(one.id)), 0)


def told() -> dict[str, object]:
    """What the journal says of the publishing of edition 2."""
    return dict(next(entry.facts for entry in journal.of_act("edition.published") if entry.facts["edition"] == 2))


def somebody_writes(now: datetime) -> None:
    submission = intake.Submission(channel="form", language="vi", key=b"k" * 32)
    values = AN.values("full_name", "email", "message")
    intake.receive_inquiry(submission=submission, values=values, consents=("advise",), actor=Actor(role=VISITOR), now=now)


class TestADraftThatTwoAgreeOn:
    def test_becomes_an_edition_signed_and_in_force(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        assert propose(begun, dung, regime, now) is None
        assert [line.number for line in editions.edition_lines()] == [1]
        assert confirm(begun, binh, regime, now) == editions.edition_in_force() == 2
        assert editions.authoritative_text(EditionNumber(2)) == begun.texts["vi"]
        assert (row(begun.id).published_as, row(begun.id).state) == (2, "published")
        assert list(published.faults()) == []
        sequence()
        assert [entry.act for entry in journal.recent(limit=3)] == ["edition.enacted", "edition.published", "edition.proposed"]

    def test_is_the_same_edition_as_its_folder_would_be(
        self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime, tmp_path: Path
    ) -> None:
        (tmp_path / "edition.toml").write_text(begun.manifest)
        for language, text in begun.texts.items():
            (tmp_path / f"policy.{language}.md").write_text(text)
        assert propose(begun, dung, alone, now) == 2
        assert publishing.publish_edition(path=tmp_path, regime=alone, actor=dung, now=now) == 2

    def test_binds_nobody_before_the_second_has_agreed(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now)
        publishing.enact_due(actor=dung, now=now + 100 * DAY)
        assert editions.edition_in_force() == 1


class TestTheSecondPerson:
    def test_is_not_the_first(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        with pytest.raises(publishing.NotTheSecond):
            confirm(begun, dung, regime, now)
        with pytest.raises(publishing.NotTheSecond):
            publishing.refuse(draft_id=begun.id, proposal_id=newest(begun), reason=REASON, actor=dung, now=now)

    @pytest.mark.parametrize("is_the_first", [True, False])
    def test_is_nobody_who_may_be_the_first_by_a_link_of_theirs(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime, *, is_the_first: bool
    ) -> None:
        """One let the other in: whoever made the link may have used it."""
        propose(begun, dung, regime, now)
        one, other = (dung, binh) if is_the_first else (binh, dung)
        entwine(one.id, by=other.id, now=now)
        with pytest.raises(publishing.NotTheSecond):
            confirm(begun, binh, regime, now)
        assert editions.proposals_for(binh, now=now) == ()
        assert confirm(begun, binh, regime, now + ENTWINED_FOR) == 2

    def test_is_the_operator_where_there_is_one_officer_alone(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        operator = officer("operator", OPERATOR, now)
        propose(begun, dung, regime, now)
        assert confirm(begun, operator, regime, now) == 2

    def test_is_no_operator_while_another_officer_works_here(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        operator = officer("operator", OPERATOR, now)
        propose(begun, dung, regime, now)
        with pytest.raises(publishing.NotTheSecond):
            confirm(begun, operator, regime, now)
        dismiss_staff(staff_id=id_of(binh), actor=THE_HOUSE, now=now)
        with pytest.raises(publishing.NotTheSecond):  # who has left confirms nothing
            confirm(begun, binh, regime, now)
        assert confirm(begun, operator, regime, now) == 2

    def test_is_nobody_else(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        with pytest.raises(publishing.NotForThisRole):
            confirm(begun, officer("auditor", AUDITOR, now), regime, now)

    def test_may_say_no_with_a_reason(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        with pytest.raises(publishing.BadReason):
            publishing.refuse(draft_id=begun.id, proposal_id=newest(begun), reason=" ", actor=binh, now=now)
        publishing.refuse(draft_id=begun.id, proposal_id=newest(begun), reason=REASON, actor=binh, now=now)
        assert (editions.proposals_of(begun.id)[0].state, editions.proposals_of(begun.id)[0].refusal) == ("refused", REASON)
        with pytest.raises(publishing.NothingProposed):
            confirm(begun, binh, regime, now)
        assert row(begun.id).is_open

    def test_is_asked_for_from_a_day_of_the_law_where_the_law_counts_its_days(self, begun: editions.DraftRow, dung: Actor, regime: Regime) -> None:
        (asked,) = regime.values["publishing.second_person"]
        dated = replace(regime, values={**regime.values, asked.key: (replace(asked, effective_from=date(2026, 12, 1)),)})
        assert propose(begun, dung, dated, datetime(2026, 11, 30, 17, 0, tzinfo=UTC)) is None

    def test_is_not_asked_where_the_regime_asks_for_none(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        assert propose(begun, dung, alone, now) == editions.edition_in_force() == 2

    def test_is_kept_apart_from_the_first_by_the_database_itself(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        with pytest.raises(IntegrityError), transaction.atomic():
            Proposal.objects.update(state="confirmed", decided_by=id_of(dung), decided_at=now)
        assert connection.vendor in ("sqlite", "postgresql")

    def test_finds_nothing_once_it_was_taken_back(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        publishing.withdraw(draft_id=begun.id, actor=dung, now=now)
        with pytest.raises(publishing.NothingProposed):
            confirm(begun, binh, regime, now)


class TestWhatIsConfirmed:
    def test_is_what_was_compared_and_nothing_that_was_saved_since(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now)
        later = saved(begun, dung, now, "\n1.2 ", "\n1.2 Lén thêm. ")
        for seen in (begun, later):
            with pytest.raises(publishing.ChangedSince):
                confirm(seen, binh, regime, now)
        propose(later, dung, regime, now)
        assert confirm(later, binh, regime, now) == 2
        assert [one.state for one in editions.proposals_of(begun.id)] == ["confirmed", "withdrawn"]

    def test_was_read_by_who_proposes_it(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        saved(begun, dung, now, "\n1.2 ", "\n1.2 Thêm. ")
        with pytest.raises(publishing.ChangedSince):
            propose(begun, dung, regime, now)

    def test_has_no_errors(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        wrong = saved(begun, dung, now, "\n4.1 ", "\n4.7 ")
        with pytest.raises(publishing.Unpublishable):
            propose(wrong, dung, regime, now)

    def test_has_the_next_number(self, begun: editions.DraftRow, dung: Actor, binh: Actor, *, alone: Regime, regime: Regime, now: datetime) -> None:
        other = row(publishing.start_draft(texts={}, actor=binh, now=now))
        propose(begun, dung, regime, now)
        propose(other, binh, alone, now)
        with pytest.raises(publishing.Unpublishable) as refused:
            confirm(begun, binh, regime, now)
        assert refused.value.diagnostics[0].code == "edition.number"

    def test_is_no_draft_that_was_put_aside(self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now)
        publishing.discard_draft(draft_id=begun.id, actor=dung, now=now)
        with pytest.raises(publishing.DraftOver):
            confirm(begun, binh, regime, now)

    def test_waits_for_nobody_while_its_draft_is_put_aside(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now)
        publishing.discard_draft(draft_id=begun.id, actor=dung, now=now)
        assert editions.proposals_for(binh, now=now) == ()
        publishing.restore_draft(draft_id=begun.id, actor=dung, now=now)
        assert [one.draft_id for one in editions.proposals_for(binh, now=now)] == [begun.id]


@pytest.mark.clause("8.2")
class TestTheDay:
    def test_is_never_before_the_promised_notice_has_run(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        somebody_writes(now)
        found = editions.earliest_due(now)
        assert (found.at, found.reason, found.notice_days, found.clause) == (NOTICE_OVER, "notice", 15, "8.2")
        with pytest.raises(publishing.TooEarly) as early:
            propose(begun, dung, regime, now, wanted_at=NOTICE_OVER - DAY)
        assert early.value.earliest == NOTICE_OVER
        assert Proposal.objects.count() == 0

    def test_moves_on_where_the_second_person_took_long(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        somebody_writes(now)
        propose(begun, dung, regime, now, wanted_at=NOTICE_OVER)
        confirm(begun, binh, regime, now + 3 * DAY)
        assert editions.edition_line(EditionNumber(2)).due_at == NOTICE_OVER + 3 * DAY

    def test_may_be_later_and_then_comes_by_itself(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        propose(begun, dung, alone, now, wanted_at=now + 40 * DAY)
        assert editions.edition_in_force() == 1
        assert publishing.enact_due(actor=dung, now=now + 40 * DAY) == [2]

    def test_waits_for_an_edition_that_waits(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        propose(begun, dung, alone, now, wanted_at=now + 40 * DAY)
        assert (editions.earliest_due(now).reason, editions.earliest_due(now).at) == ("waiting", now + 40 * DAY)


@pytest.mark.clause("8.4")
class TestItsWeight:
    def test_is_what_the_rules_show(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        propose(begun, dung, alone, now)
        assert (told()["significant"], told()["significant_computed"], "raised_by" in told()) == (False, False, False)

    def test_is_never_lowered(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        heavy = saved(begun, dung, now, "P90D", "P120D")
        propose(heavy, dung, alone, now, is_raised=True)  # asks for no reason: there is nothing left to raise
        assert (told()["significant"], told()["significant_computed"], "raised_by" in told()) == (True, True, False)

    def test_is_raised_by_a_person_with_a_reason_of_which_the_journal_keeps_the_hash_in_each_language(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now, is_raised=True, reasons={**REASONS, "vi": f" {unicodedata.normalize('NFD', REASON)}\r\n"})
        confirm(begun, binh, regime, now)
        facts = told()
        assert (facts["significant"], facts["significant_computed"], facts["raised_by"]) == (True, False, dung.id)
        assert {language: facts[f"reason_{language}"] for language in LANGUAGES} == {
            language: hashlib.sha256(REASONS[language].encode()).hexdigest() for language in LANGUAGES
        }
        assert editions.proposals_of(begun.id)[0].reasons == REASONS
        assert editions.raised_for(EditionNumber(2)) == REASONS
        assert list(published.faults()) == []

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize(
        ("reason", "code"),
        [
            ("", "required"),
            ("  \n", "required"),
            ("x" * 1001, "too_long"),
            ("Hỏi an@example.com", "personal"),
            ("a\0b", "bad_character"),
            ("a\u200bb", "bad_character"),
            ("a\u202eb", "bad_character"),
        ],
    )
    def test_is_raised_with_no_other_reason_in_any_language(
        self, begun: editions.DraftRow, dung: Actor, regime: Regime, *, now: datetime, language: str, reason: str, code: str
    ) -> None:
        with pytest.raises(publishing.Unfit) as bad:
            propose(begun, dung, regime, now, is_raised=True, reasons={**REASONS, language: reason})
        assert [(one.field, one.code) for one in bad.value.faults] == [(f"reason_{language}", code)]
        assert reason not in str(bad.value) or not reason.strip()
        assert editions.proposals_of(begun.id) == ()

    def test_is_raised_in_every_language_or_not_at_all(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        with pytest.raises(publishing.Unfit) as bad:
            propose(begun, dung, regime, now, is_raised=True)
        assert [one.field for one in bad.value.faults] == [f"reason_{language}" for language in LANGUAGES]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_given_no_reason_where_the_words_in_one_language_are_no_longer_those_of_the_journal(
        self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime, language: str
    ) -> None:
        propose(begun, dung, alone, now, is_raised=True, reasons=REASONS)
        Proposal.objects.update(**{f"reason_{language}": "Words of somebody else."})
        assert editions.raised_for(EditionNumber(2)) == {}

    def test_is_given_no_reason_where_the_languages_changed_places(self, begun: editions.DraftRow, dung: Actor, alone: Regime, now: datetime) -> None:
        propose(begun, dung, alone, now, is_raised=True, reasons=REASONS)
        Proposal.objects.update(reason_vi=REASONS["en"], reason_en=REASONS["vi"])
        assert editions.raised_for(EditionNumber(2)) == {}

    def test_that_was_raised_before_the_reason_was_asked_for_in_each_language_is_still_held_against_the_journal(
        self, begun: editions.DraftRow, dung: Actor, binh: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now, is_raised=True, reasons=REASONS)
        Proposal.objects.update(reason=REASON, reason_vi="", reason_en="")
        confirm(begun, binh, regime, now)
        facts = told()
        assert facts["reason"] == hashlib.sha256(REASON.encode()).hexdigest()
        assert not {f"reason_{language}" for language in LANGUAGES} & set(facts)
        assert editions.raised_for(EditionNumber(2)) == {UNNOTED: REASON}
        assert {reason_in({UNNOTED: REASON}, language) for language in LANGUAGES} == {REASON}
        assert list(published.faults()) == []

    def test_is_not_raised_in_one_language_by_whoever_writes_past_us(
        self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime
    ) -> None:
        propose(begun, dung, regime, now, is_raised=True, reasons=REASONS)
        for columns in ({"reason_en": ""}, {"reason": REASON}, {"reason_vi": "", "reason_en": ""}, {"is_raised": False}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Proposal.objects.update(**columns)

    def test_is_not_lowered_by_proposing_the_same_text_again(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now, is_raised=True, reasons=REASONS)
        with pytest.raises(publishing.Lowered):
            propose(begun, dung, regime, now, wanted_at=now + 40 * DAY)
        (waiting,) = editions.proposals_of(begun.id)
        assert (waiting.state, waiting.is_raised, waiting.wanted_at) == ("waiting", True, None)
        publishing.withdraw(draft_id=begun.id, actor=dung, now=now)
        propose(begun, dung, regime, now)
        assert [one.is_raised for one in editions.proposals_of(begun.id)] == [False, True]

    def test_is_found_anew_where_the_text_is_another(self, begun: editions.DraftRow, dung: Actor, regime: Regime, now: datetime) -> None:
        propose(begun, dung, regime, now, is_raised=True, reasons=REASONS)
        other = saved(begun, dung, now, "# ", "#  ")
        propose(other, dung, regime, now)
        assert [one.is_raised for one in editions.proposals_of(begun.id)] == [False, True]

    def test_of_a_folder_is_journaled_alike(self, begun: editions.DraftRow, regime: Regime, dung: Actor, now: datetime, tmp_path: Path) -> None:
        (tmp_path / "edition.toml").write_text(begun.manifest)
        for language, text in begun.texts.items():
            (tmp_path / f"policy.{language}.md").write_text(text.replace("P90D", "P120D"))
        publishing.publish_edition(path=tmp_path, regime=regime, actor=dung, now=now)
        assert (told()["significant"], told()["significant_computed"]) == (True, True)


def id_of(who: Actor) -> UUID:
    return UUID(who.id)
