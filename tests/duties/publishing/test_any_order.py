"""The policy desk in any order, with clocks set back and crashes: what binds was checked, agreed on by two, and never changes."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from camket.access.actions import add_staff
from camket.duties.publishing import actions as publishing
from camket.duties.publishing import queries as editions
from camket.duties.publishing.actions import editions as enacting
from camket.duties.publishing.actions import proposing
from camket.duties.publishing.queries.drafts import base_of_next
from camket.duties.publishing.rules import draft_hash, for_this_house, source_of
from camket.editions.queries import forget_cached
from camket.journal import published
from camket.policy.compiler import compile_edition
from camket.policy.regimes import Regime, RegimeValue
from camket.policy.terms import OPERATOR, PRIVACY_OFFICER, THE_HOUSE, Actor, EditionNumber
from tests.policy.sample import HOME, sample_regime
from tests.stage import TIMES

pytestmark = [pytest.mark.django_db, pytest.mark.clause("8.1")]

BEGINNING = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
WRITERS = ("dung", "binh")
EDITS = {
    "a word": ("\n1.1 ", "\n1.1 Xin nói thêm. "),
    "a longer period": ("P90D", "P120D"),
    "a shorter period": ("P90D", "P30D"),
    "no period": ('keep = "P90D"', 'keep = "mãi mãi"'),
    "no fence": ("```rule", "```"),
    "another number": ("\n2.1 ", "\n2.7 "),
}
SOUND = ("a word", "a longer period", "a shorter period")
_SOME_DAYS = st.none() | st.integers(1, 20)
_CRASHES = st.sampled_from([0, 0, 0, 0, 1, 2, 3, 4, 6, 9])  # before which writing statement; 0 for none
_AGREEMENTS = st.tuples(st.sampled_from(SOUND), _SOME_DAYS, st.sampled_from(["binh", "binh", "dung"]), _CRASHES)
REFUSALS = (
    publishing.AlreadyPublished,
    publishing.ChangedSince,
    publishing.DraftOver,
    publishing.NotForThisRole,
    publishing.NotTheSecond,
    publishing.NothingProposed,
    publishing.OutOfOrder,
    publishing.TooEarly,
    publishing.Unpublishable,
)


class Crash(Exception):
    """The process ended here."""


def newest_proposal(one: editions.DraftRow) -> int:
    return next((found.id for found in editions.proposals_of(one.id)), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What somebody proposed, as the model remembers it."""

    hash: str
    by: str


def law() -> Regime:
    """Return the law of the sample edition, which asks for a second person."""
    second = RegimeValue(
        key="publishing.second_person",
        value=True,
        unit="flag",
        basis="practice",
        confidence=next(iter(sample_regime().values.values()))[0].confidence,
        effective_from=date(2026, 1, 1),
        effective_until=None,
    )
    return replace(sample_regime(), values={**sample_regime().values, second.key: (second,)})


LAW = law()


class ThePolicy(RuleBasedStateMachine):
    """Two privacy officers and an operator at the policy desk; every refusal is allowed, and no success that breaks a promise."""

    @initialize()
    def publish_the_first_edition(self) -> None:
        self.undo = transaction.atomic()
        self.undo.__enter__()
        forget_cached()
        self.now = self.latest = BEGINNING
        roles = {"dung": PRIVACY_OFFICER, "binh": PRIVACY_OFFICER, "hoa": OPERATOR}
        self.people = {
            name: add_staff(email=f"{name}@staff.example.vn", role=role, actor=THE_HOUSE, now=self.now).actor for name, role in roles.items()
        }
        publishing.publish_edition(path=HOME, regime=LAW, actor=self.people["dung"], now=self.now)
        self.texts = {1: editions.authoritative_text(EditionNumber(1))}
        self.hashes = {line.number: line.hash for line in editions.edition_lines()}
        self.proposed: dict[int, Proposed] = {}
        self.in_force = 1
        self.begin("dung")

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)
        forget_cached()

    def drafts(self) -> list[editions.DraftRow]:
        return [found for line in editions.draft_lines() if (found := editions.draft(line.id)) is not None]

    def a_draft(self, number: int) -> editions.DraftRow:
        """Return one of the drafts, those that are open first."""
        found = sorted(self.drafts(), key=lambda one: not one.is_open)
        return found[number % len(found)]

    def has_drafts(self) -> bool:
        return hasattr(self, "people") and bool(editions.draft_lines())

    @precondition(lambda self: hasattr(self, "people") and not any(line.is_open for line in editions.draft_lines()))
    @rule(who=st.sampled_from(WRITERS))
    def begin(self, who: str) -> None:
        publishing.start_draft(texts={}, actor=self.people[who], now=self.now)

    @precondition(has_drafts)
    @rule(
        number=st.integers(0, 2),
        who=st.sampled_from([*WRITERS, "hoa"]),
        edit=st.sampled_from(sorted(EDITS)),
        is_stale=st.sampled_from([False, False, True]),
    )
    def edit(self, number: int, who: str, edit: str, is_stale: bool) -> None:
        one = self.a_draft(number)
        old, new = EDITS[edit]
        texts = {**one.texts, "vi": one.texts["vi"].replace(old, new, 1)}
        try:
            publishing.save_draft(
                draft_id=one.id, revision=one.revision - is_stale, manifest=one.manifest, texts=texts, actor=self.people[who], now=self.now
            )
        except (publishing.DraftOver, publishing.NotForThisRole, publishing.Overtaken):
            assert is_stale or not one.is_open or who == "hoa"
            assert editions.draft(one.id) == one

    @precondition(has_drafts)
    @rule(number=st.integers(0, 2))
    def begin_anew_from_the_newest(self, number: int) -> None:
        """Mend a draft that was broken, or that another edition overtook."""
        one, base = self.a_draft(number), base_of_next()
        with suppress(publishing.DraftOver):
            publishing.save_draft(
                draft_id=one.id, revision=one.revision, manifest=base.manifest, texts=base.texts, actor=self.people["dung"], now=self.now
            )

    @precondition(has_drafts)
    @rule(number=st.integers(0, 2), puts_aside=st.booleans())
    def put_aside_or_take_back(self, number: int, puts_aside: bool) -> None:
        one = self.a_draft(number)
        act = publishing.discard_draft if puts_aside else publishing.restore_draft
        with suppress(publishing.DraftOver):
            act(draft_id=one.id, actor=self.people["binh"], now=self.now)

    @precondition(has_drafts)
    @rule(
        number=st.integers(0, 2),
        who=st.sampled_from([*WRITERS, "hoa"]),
        days=st.none() | st.integers(-3, 20),
        sees_another=st.sampled_from([False, False, True]),
    )
    def propose(self, number: int, who: str, days: int | None, sees_another: bool) -> None:
        one = self.a_draft(number)
        seen = "0" * 64 if sees_another else one.hash
        wish = publishing.Wish(wanted_at=None if days is None else self.now + timedelta(days=days))
        try:
            published_as = publishing.propose(draft_id=one.id, seen_hash=seen, wish=wish, regime=LAW, actor=self.people[who], now=self.now)
        except REFUSALS:
            return
        assert published_as is None
        assert who in WRITERS
        assert not sees_another
        assert self.is_sound(one)
        self.proposed[one.id] = Proposed(hash=one.hash, by=who)

    def is_sound(self, one: editions.DraftRow) -> bool:
        """Whether a draft is open, bears the next number and compiles."""
        found = for_this_house(compile_edition(source_of(one.manifest, one.texts), LAW))
        return one.is_open and found.policy is not None and found.policy.number == editions.next_number()

    @precondition(has_drafts)
    @rule(number=st.integers(0, 2), who=st.sampled_from([*WRITERS, "hoa"]), crash=_CRASHES)
    def confirm(self, number: int, who: str, crash: int) -> None:
        one, before = self.a_draft(number), editions.edition_lines()
        was_sound = self.is_sound(one)
        try:
            with connection.execute_wrapper(crashing_at(crash)):
                made = publishing.confirm(
                    draft_id=one.id, proposal_id=newest_proposal(one), seen_hash=one.hash, regime=LAW, actor=self.people[who], now=self.now
                )
        except REFUSALS:
            assert editions.edition_lines() == before
            return
        except Crash:
            transaction.set_rollback(False)  # a process that ends leaves what it committed, not a transaction that waits
            forget_cached()
            assert editions.edition_lines() == before
            assert editions.draft(one.id) == one
            return
        told = self.proposed.pop(one.id)
        assert was_sound
        assert (told.hash, told.by != who) == (draft_hash(one.manifest, one.texts), True)
        assert made == len(before) + 1
        self.texts[made] = one.texts["vi"]
        self.hashes[made] = next(line.hash for line in editions.edition_lines() if line.number == made)

    @rule(agreements=st.lists(_AGREEMENTS, min_size=2, max_size=5))
    @precondition(lambda self: hasattr(self, "people"))
    def write_and_agree(self, agreements: list[tuple[str, int | None, str, int]]) -> None:
        """What the desk is there for, edition after edition, without anything in between."""
        for edit, days, second, crash in agreements:
            if not any(line.is_open for line in editions.draft_lines()):
                self.begin("dung")
            self.begin_anew_from_the_newest(0)
            self.edit(0, "dung", edit, False)
            self.propose(0, "dung", days, False)
            self.confirm(0, second, crash)

    @precondition(has_drafts)
    @rule(number=st.integers(0, 2), who=st.sampled_from([*WRITERS, "hoa"]), takes_back=st.booleans())
    def end_the_proposal(self, number: int, who: str, takes_back: bool) -> None:
        one, actor = self.a_draft(number), self.people[who]
        with suppress(*REFUSALS):
            if takes_back:
                publishing.withdraw(draft_id=one.id, actor=actor, now=self.now)
            else:
                publishing.refuse(draft_id=one.id, proposal_id=newest_proposal(one), reason="Chưa rõ.", actor=actor, now=self.now)
            self.proposed.pop(one.id)

    @rule(number=st.integers(1, 3), who=st.sampled_from([*WRITERS, "hoa"]), breaks=st.booleans())
    @precondition(lambda self: hasattr(self, "people"))
    def correct_a_translation(self, number: int, who: str, breaks: bool) -> None:
        stands = editions.translation(EditionNumber(number), "en")
        text = stands.text if stands else ""
        text = text.replace("\n2.1 ", "\n2.7 ") if breaks else text.replace("\n1.1 ", "\n1.1 In other words: ", 1)
        with suppress(publishing.NoTranslation, publishing.NotForThisRole, publishing.Unpublishable, publishing.Unfit):
            revision = stands.revision if stands else 0
            publishing.correct_translation(
                number=EditionNumber(number), language="en", revision=revision, text=text, actor=self.people[who], now=self.now
            )
            assert not breaks
            assert who in WRITERS

    @rule(days=st.integers(1, 12))
    @precondition(lambda self: hasattr(self, "people"))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.latest = max(self.latest, self.now)

    @rule(days=st.integers(1, 40))
    @precondition(lambda self: hasattr(self, "people"))
    def set_the_clock_back(self, days: int) -> None:
        self.now -= timedelta(days=days)

    @rule()
    @precondition(lambda self: hasattr(self, "people"))
    def bring_into_force_what_is_due(self) -> None:
        for number in publishing.enact_due(actor=Actor(role=OPERATOR), now=self.now):
            line = next(one for one in editions.edition_lines() if one.number == number)
            assert line.due_at is not None
            assert line.due_at <= self.now

    @invariant()
    def what_is_published_is_what_two_agreed_on_and_has_not_changed(self) -> None:
        if not hasattr(self, "people"):
            return
        assert {line.number: line.hash for line in editions.edition_lines()} == self.hashes
        for line in editions.edition_lines():
            assert not (line.due_at and line.in_force_at) or line.due_at <= line.in_force_at
        for number, text in self.texts.items():
            assert editions.authoritative_text(EditionNumber(number)) == text
        assert list(published.faults()) == []

    @invariant()
    def what_binds_is_published_and_never_goes_back(self) -> None:
        if not hasattr(self, "people"):
            return
        binding = editions.edition_in_force()
        assert binding in self.texts
        assert binding >= self.in_force
        self.in_force = binding


def crashing_at(number: int) -> Callable[..., Any]:
    """Return what ends the process before its n-th writing statement; never, for 0."""
    written = 0

    def guard(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        nonlocal written
        writes = sql.lstrip().upper().startswith(("INSERT", "UPDATE"))
        written += writes
        if writes and written == number:
            raise Crash
        return execute(sql, *rest)

    return guard


@pytest.fixture
def a_house(house: None) -> Iterator[None]:
    """A house in which nothing is published; each life puts back what it did."""
    yield
    editions.forget_pages()


def live(lives: int) -> None:
    """Let the desk live so many lives; the first that goes wrong is raised as it was, and not made smaller."""
    budget = settings(
        max_examples=lives,
        report_multiple_bugs=False,
        stateful_step_count=25,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(ThePolicy, settings=budget)


class TestThePolicyOfAHouse:
    def test_binds_nobody_unchecked_and_never_changes_whatever_happens_in_whatever_order(self, a_house: None) -> None:
        live(8 * TIMES)


@pytest.mark.whatever_database
class TestTheMachine:
    """A machine that finds nothing could be one that looks at nothing: a breach is planted, and must be found."""

    @pytest.mark.parametrize("breach", ["a crash leaves half of it", "what is not due comes into force"])
    def test_finds_a_planted_breach(self, a_house: None, breach: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if breach == "a crash leaves half of it":
            monkeypatch.setattr(proposing, "transaction", SimpleNamespace(atomic=nullcontext))
        else:
            monkeypatch.setattr(enacting.queries, "due", lambda *, now: [line.number for line in editions.edition_lines() if not line.in_force_at])
        with pytest.raises((AssertionError, editions.EditionTampered)):
            live(100)  # it ends with the first that is found
