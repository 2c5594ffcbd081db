"""How often each clause answered and what none covers: counted from the journal, each entry once, at a cost that grows with what is new."""

from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from shutil import copytree

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.actions import counting
from camket.duties.publishing.models import AnswerCount, AnswersCounted, GapCount
from camket.journal import actions as journal
from camket.journal import queries as entries
from camket.policy.decide import decide
from camket.policy.terms import ADVISER, AUDITOR, VISITOR, Actor, Ask, ClauseNumber, EditionNumber, FieldName, Operation, PurposeId, RoleId
from tests.duties.publishing.bakery import bakery
from tests.duties.publishing.conftest import Publish, change

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ADVISE = PurposeId("advise")


@pytest.fixture(autouse=True)
def _house(request: pytest.FixtureRequest) -> None:
    if request.cls is not TestEvidenceOfAnotherPolicy:
        request.getfixturevalue("publish")(request.getfixturevalue("draft"))


def asked(role: RoleId, operation: Operation, *fields: str, now: datetime, purpose: str = "advise") -> None:
    """Journal an ask and its answer as the gate does."""
    ask = Ask(operation=operation, fields=frozenset(map(FieldName, fields)), purpose=PurposeId(purpose))
    decision = decide(editions.compiled(EditionNumber(1)), role=role, ask=ask)
    journal.record(act="data.shown" if decision.is_permitted else "data.refused", actor=Actor(role=role), at=now, decision=decision)
    journal.sequence()


def counts(now: datetime) -> dict[str, tuple[int, int]]:
    return {clause: (one.permitted, one.refused) for clause, one in editions.clause_counts(EditionNumber(1), now=now).items()}


class TestAClause:
    def test_is_counted_for_each_yes_and_each_no(self, now: datetime) -> None:
        for _ in range(3):
            asked(ADVISER, Operation.USE, "phone", now=now)
        asked(AUDITOR, Operation.USE, "phone", now=now + timedelta(minutes=1))
        publishing.count_answers(now=now)
        assert counts(now) == {"3.1": (3, 0), "6.4": (0, 1)}
        assert editions.clause_counts(EditionNumber(1), now=now)["6.4"].last_at == now + timedelta(minutes=1)
        assert editions.counted_at() == now

    def test_is_counted_once_however_often_one_counts(self, now: datetime) -> None:
        asked(ADVISER, Operation.USE, "phone", now=now)
        for _ in range(3):
            publishing.count_answers(now=now)
        asked(ADVISER, Operation.USE, "phone", now=now)
        publishing.count_answers(now=now)
        assert counts(now) == {"3.1": (2, 0)}

    def test_is_forgotten_after_ninety_days(self, now: datetime) -> None:
        asked(ADVISER, Operation.USE, "phone", now=now)
        publishing.count_answers(now=now)
        assert counts(now + 90 * DAY) == {"3.1": (1, 0)}
        assert counts(now + 91 * DAY) == {}

    def test_is_counted_on_the_day_of_each_answer(self, now: datetime) -> None:
        for day in range(3):
            asked(ADVISER, Operation.USE, "phone", now=now + day * DAY)
        publishing.count_answers(now=now + 3 * DAY)
        assert AnswerCount.objects.filter(clause="3.1").count() == 3

    def test_is_counted_over_many_batches_as_over_one(self, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(counting, "AT_ONCE", 2)
        for _ in range(7):
            asked(ADVISER, Operation.USE, "phone", now=now)
        publishing.count_answers(now=now)
        assert counts(now) == {"3.1": (7, 0)}

    def test_is_counted_the_same_when_counted_anew(self, now: datetime) -> None:
        asked(ADVISER, Operation.USE, "phone", now=now)
        asked(VISITOR, Operation.COLLECT, "address", now=now)
        publishing.count_answers(now=now)
        before, gaps = counts(now), editions.gaps(now=now)
        AnswerCount.objects.update(count=99)
        size = entries.head().size
        assert publishing.recount_answers(now=now) == size
        assert (counts(now), editions.gaps(now=now)) == (before, gaps)

    def test_costs_what_is_new_to_count_and_two_queries_to_show(self, now: datetime) -> None:
        for _ in range(20):
            asked(ADVISER, Operation.USE, "phone", now=now)
        publishing.count_answers(now=now)
        with CaptureQueriesContext(connections["default"]) as idle:
            assert publishing.count_answers(now=now) == 0
        assert all("payload" not in query["sql"] for query in idle)
        with CaptureQueriesContext(connections["default"]) as shown:
            counts(now)
            editions.gaps(now=now)
        assert len(shown) == 2
        assert all("journal" not in query["sql"] for query in shown)


class TestAClauseOfSeveralEditions:
    """What was collected under an earlier edition is answered for under that one, for as long as it is kept."""

    def publish(self, folder: Path, publish: Publish, number: int, *, keep: str = "") -> None:
        """Publish a copy of edition 1 under another number, in which what clause 4.2 promises may be another period."""
        place = folder.parent / f"edition-{number}"
        copytree(folder, place)
        change(place / "edition.toml", "number = 1", f"number = {number}")
        if keep:
            rule = 'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"'
            change(place / "policy.vi.md", rule, rule.replace("P90D", f"P{keep}D"))
            change(place / "policy.vi.md", "thêm 90 ngày sau khi khép lại, phòng khi", f"thêm {keep} ngày sau khi khép lại, phòng khi")
            change(place / "policy.en.md", "for 90 days after it closes", f"for {keep} days after it closes")
        publish(place)

    def answered(self, clause: str, *, now: datetime, **of_editions: int) -> None:
        for edition, count in of_editions.items():
            number = int(edition.removeprefix("edition_"))
            AnswerCount.objects.create(edition=number, clause=clause, outcome="PERMITTED", day=now.date(), count=count, last_at=now)

    def test_is_counted_over_all_in_which_it_means_the_same(self, draft: Path, publish: Publish, now: datetime) -> None:
        self.publish(draft, publish, 2, keep="60")
        self.publish(draft, publish, 3)
        self.answered("3.1", now=now, edition_1=4, edition_2=1, edition_3=2)
        for number in (1, 2, 3):
            count = editions.clause_counts(EditionNumber(number), now=now)["3.1"]
            assert (count.permitted, count.editions, count.otherwise) == (7, (1, 2, 3), None)

    def test_is_counted_apart_where_its_number_means_something_else(self, draft: Path, publish: Publish, now: datetime) -> None:
        self.publish(draft, publish, 2, keep="60")
        self.answered("4.2", now=now, edition_1=4, edition_2=1)
        count = editions.clause_counts(EditionNumber(2), now=now)["4.2"]
        assert (count.permitted, count.editions) == (1, (2,))
        assert count.otherwise == editions.ClauseCount(permitted=4, last_at=now, editions=(EditionNumber(1),))

    def test_costs_no_query_for_an_edition_more(self, draft: Path, publish: Publish, now: datetime) -> None:
        for number in (2, 3, 4):
            self.publish(draft, publish, number)
        self.answered("3.1", now=now, edition_1=1, edition_2=1, edition_3=1, edition_4=1)
        counts(now)
        with CaptureQueriesContext(connections["default"]) as shown:
            counts(now)
        assert len(shown) == 1


class TestAGap:
    def test_is_told_with_how_often_and_when_last(self, now: datetime) -> None:
        for minute in range(2):
            asked(VISITOR, Operation.COLLECT, "address", now=now + timedelta(minutes=minute))
        asked(ADVISER, Operation.USE, "phone", now=now, purpose="sell")
        publishing.count_answers(now=now)
        first, second = editions.gaps(now=now)
        assert (first.role, first.operation, first.purpose, first.recipient, first.fields) == (
            "visitor",
            "collect",
            "advise",
            "controller",
            ("address",),
        )
        assert (first.count, first.last_at, first.edition) == (2, now + timedelta(minutes=1), 1)
        assert (second.purpose, second.count) == ("sell", 1)

    def test_never_repeats_what_a_stranger_made_up(self, now: datetime) -> None:
        asked(VISITOR, Operation.COLLECT, "An, 0912 000 101", now=now)
        publishing.count_answers(now=now)
        (gap,) = editions.gaps(now=now)
        assert gap.fields == ("?",)
        assert "0912" not in str(list(GapCount.objects.values()))

    def test_is_none_where_a_clause_speaks(self, now: datetime) -> None:
        asked(ADVISER, Operation.USE, "phone", now=now)
        asked(AUDITOR, Operation.USE, "phone", now=now)
        publishing.count_answers(now=now)
        assert editions.gaps(now=now) == ()


class TestTheCount:
    def test_begins_at_the_first_entry(self, now: datetime) -> None:
        assert editions.counted_at() is None
        assert publishing.count_answers(now=now) == entries.head().size
        assert AnswersCounted.objects.get().position == entries.head().size


def evidence(clause: str, number: int = 1) -> editions.Evidence:
    return editions.evidence_in(EditionNumber(number))[ClauseNumber(clause)]


class TestEvidence:
    def test_names_where_a_clause_is_kept_and_what_shows_it(self) -> None:
        found = evidence("3.9")
        assert "camket.vault.gate.warrants.approve" in found.code
        (shown,) = [one for one in found.tests if one.file == "tests/vault/test_warrants.py"]
        assert editions.ShowingTest(group="TestAWarrant", name="test_opens_nothing_before_somebody_else_agreed") in shown.tests
        assert found.stands_for is editions.Standing.SAME

    def test_of_a_whole_section_is_that_of_no_clause(self) -> None:
        whole = editions.evidence_of_sections(EditionNumber(1))
        assert whole["4"] == ("camket.duties.retention.queries.still_here",)
        assert not [number for number, one in editions.evidence_in(EditionNumber(1)).items() if set(one.code) & set(whole["4"])]
        assert "5" not in whole

    def test_of_a_rule_that_people_carry_out_is_none_of_the_program(self) -> None:
        assert evidence("2.2").mechanisms
        assert not evidence("2.2").is_carried_out
        assert evidence("6.2").code == ()
        assert evidence("6.2").is_carried_out
        assert evidence("8.4").mechanisms == ()
        assert evidence("8.4").is_carried_out

    def test_stands_for_every_clause_of_the_edition_that_is_cited(self) -> None:
        found = editions.evidence_in(EditionNumber(1))
        assert len(found) > 60
        assert {one.stands_for for one in found.values()} == {editions.Standing.SAME}
        assert editions.cited_edition() == editions.CitedEdition(policy="wesoft", edition=1)

    def test_names_functions_that_are_there(self) -> None:
        named = {name for one in editions.evidence_in(EditionNumber(1)).values() for mechanism in one.mechanisms for name in mechanism.code}
        assert len(named) > 10
        for name in named:
            module, _, function = name.rpartition(".")
            assert callable(getattr(import_module(module), function)), name


def add_clause(folder: Path, number: str, *, before: str) -> None:
    """Add a clause without a rule to both texts of an edition, before what is named, or at the end."""
    for language, words in (("vi", "Thêm một điều."), ("en", "One more clause.")):
        text = folder / f"policy.{language}.md"
        rule = '\n```rule\nrule = "none"\nwhy = "Thử."\n```\n' if language == "vi" else ""
        said = text.read_text("utf-8")
        place = said.index(f"\n{before}") if before else len(said)
        text.write_text(f"{said[:place].rstrip()}\n\n{number} {words}\n{rule}\n{said[place:].lstrip()}", "utf-8")


class TestEvidenceOfAnotherEdition:
    @pytest.fixture
    def second(self, draft: Path, publish: Publish) -> Path:
        """A copy of edition 1 that is to become edition 2."""
        change(draft / "edition.toml", "number = 1", "number = 2")
        return draft

    def test_stays_where_a_clause_is_only_reworded(self, second: Path, publish: Publish) -> None:
        change(second / "policy.vi.md", "được giữ trong thời gian cuộc trao đổi còn mở, và thêm", "được lưu suốt cuộc trao đổi và thêm")
        publish(second)
        assert evidence("4.2", 2) == evidence("4.2")
        assert evidence("4.2", 2).tests

    @pytest.mark.parametrize(
        ("clause", "old", "new"),
        [
            (
                "4.2",
                'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P90D"',
                'purposes = ["advise", "notify"]\nafter = "inquiry.closed"\nkeep = "P60D"',
            ),
            ("4.1", "4.1 Thông tin của quý khách được giữ chừng nào còn cần", "4.1 Thông tin được đăng cho mọi người chừng nào còn cần"),
        ],
    )
    def test_is_gone_where_a_clause_means_something_else(self, second: Path, publish: Publish, clause: str, old: str, new: str) -> None:
        change(second / "policy.vi.md", old, new)
        if clause == "4.2":
            change(second / "policy.vi.md", "thêm 90 ngày sau khi khép lại, phòng khi", "thêm 60 ngày sau khi khép lại, phòng khi")
            change(second / "policy.en.md", "for 90 days after it closes", "for 60 days after it closes")
        publish(second)
        found = evidence(clause, 2)
        assert (found.code, found.tests, found.stands_for) == ((), (), editions.Standing.OTHER)
        assert found.mechanisms == evidence(clause).mechanisms
        assert evidence("3.9", 2).code
        assert set(editions.evidence_of_sections(EditionNumber(2))) == {"3", "8"}

    def test_of_a_clause_that_the_cited_edition_has_not_is_none(self, second: Path, publish: Publish) -> None:
        add_clause(second, "12.5", before="")
        publish(second)
        assert evidence("12.5", 2) == editions.Evidence(stands_for=editions.Standing.NONE)

    def test_of_a_section_is_none_where_a_clause_stands_in_it_that_the_cited_one_has_not(self, second: Path, publish: Publish) -> None:
        add_clause(second, "8.6", before="## 9. ")
        publish(second)
        assert set(editions.evidence_of_sections(EditionNumber(2))) == {"3", "4"}


class TestEvidenceOfAnotherPolicy:
    """The policy of docs/write-your-own-policy.md: its clauses have nothing to do with those that are cited under their numbers."""

    def test_is_only_what_can_be_told_of_any(self, draft: Path, publish: Publish) -> None:
        publish(bakery(draft.parents[1] / "may" / "edition-1", number=1))
        found = editions.evidence_in(EditionNumber(1))
        assert len(found) > 4
        assert {(one.code, one.tests) for one in found.values()} == {((), ())}
        assert editions.Standing.SAME not in {one.stands_for for one in found.values()}
        told = {one.id: set(one.kinds) for one in found[ClauseNumber("1.1")].mechanisms}
        assert told == {
            editions.MechanismId.SHAPE: {"field"},
            editions.MechanismId.GATE: {"purpose", "recipient", "permit"},
            editions.MechanismId.SEAL: {"collection"},
        }
        assert {one.id for one in found[ClauseNumber("2.1")].mechanisms} == {editions.MechanismId.RETENTION}
