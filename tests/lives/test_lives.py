"""Whatever happens in whatever order, restores of any backup included: nobody is readable without a clause, a consent and a reason to be there."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from camket.duties.custody import actions as custody
from camket.duties.custody.actions import restoring
from camket.editions import queries as editions
from camket.policy.terms import ADVISER
from camket.vault.gate import asking, erasing, rebinding
from tests.cast import AN, BINH
from tests.crashes.homes import Home
from tests.lives.houses import House, built, forget
from tests.lives.machine import BEGINNING, TheHouse

pytestmark = pytest.mark.slow
_LIVES = 12
_MOST_LIVES = 60  # for a planted breach, of which the first life that meets it is the last
# what an operator does costs most of a life: a breach that needs none of it is met sooner in a house that is left in peace
_BY_OPERATORS = ("back_up", "lose_everything_and_restore", "rebuild_the_index", "start_again", "step_to_a_new_epoch")
_ACTS = 40
_NOTICED = (AssertionError, pytest.fail.Exception)  # the second where a refusal did not come


@pytest.fixture
def house(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A house on the databases of this run; processes end here and not the machine, so nothing waits for a medium."""
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)
    made = built(home, BEGINNING)
    yield made
    forget()
    editions.forget_cached()
    made.opened.close()


def of(house: House) -> type[TheHouse]:
    """Return the machine of a house."""
    return type("Lives", (TheHouse,), {"house": house})


def live(house: House, *, lives: int = _LIVES, is_left_in_peace: bool = False) -> None:
    """Let the house live its lives; the first that goes wrong is raised as it was, and not made smaller."""
    machine = of(house)
    if is_left_in_peace:
        machine = type("InPeace", (machine,), dict.fromkeys(_BY_OPERATORS, lambda told: None))
    budget = settings(max_examples=lives, stateful_step_count=_ACTS, phases=[Phase.generate], report_multiple_bugs=False)
    run_state_machine_as_test(machine, settings=budget)


class TestNobody:
    @pytest.mark.clause("4.6")
    @pytest.mark.clause("4.7")
    @pytest.mark.clause("7.2")
    def test_is_readable_without_a_clause(self, house: House) -> None:
        live(house)


@pytest.mark.whatever_database
class TestTheMachine:
    """A machine that finds nothing could be one that looks at nothing: each breach is planted, and must be found."""

    @pytest.mark.parametrize(
        ("module", "name", "answer"),
        [
            pytest.param(erasing, "finish_withdrawals", 0, id="withdrawals are not replayed"),
            pytest.param(erasing, "_finish_erasures", 0, id="erasures are not replayed"),
            pytest.param(asking, "_unmet", "", id="consent is not asked for"),
        ],
    )
    def test_finds_a_breach(self, house: House, monkeypatch: pytest.MonkeyPatch, module: Any, name: str, answer: object) -> None:
        monkeypatch.setattr(module, name, lambda *arguments, **named: answer)
        with pytest.raises(_NOTICED):
            live(house, lives=_MOST_LIVES)

    @pytest.mark.clause("8.5")
    def test_finds_that_something_was_bound_anew_without_a_yes(self, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rebinding, "_waits_for_nothing", lambda *arguments: True)
        monkeypatch.setattr(rebinding, "stays", lambda *arguments, **named: False)
        with pytest.raises(_NOTICED):
            live(house, lives=_MOST_LIVES, is_left_in_peace=True)


def a_later_matter_is_lost(told: TheHouse) -> None:
    """Somebody's first matter was erased while their second kept them alive, and of the second the backup knows nothing."""
    first = told.collect(AN, consents=True)
    told.back_up()
    told.collect_more(first, consents=True)
    told.end(first, "", is_over=True)
    told.lose_everything_and_restore(1, "")
    told.no_key_outlives_its_erasure()


def another_past_is_restored(told: TheHouse) -> None:
    """An old backup was the wrong one: the house went on from it for a while, and then a newer one of the past before is restored."""
    an = told.collect(AN, consents=True)
    told.back_up()
    for _ in range(10):
        told.agree(an)
        told.take_back(an, power_cut="")
    told.back_up()
    told.lose_everything_and_restore(1, "")
    told.use(told.collect(BINH, consents=True), ADVISER)
    told.let_time_pass(1)
    custody.keep_journal(now=told.now)
    told.lose_everything_and_restore(2, "")


class TestAStory:
    """What chance seldom tells, told to the same machine; each ended badly once, and would again."""

    @pytest.fixture
    def told(self, house: House) -> TheHouse:
        machine = of(house)()
        machine.open(BINH, consents=False)
        return machine

    @pytest.mark.clause("4.6")
    @pytest.mark.parametrize("story", [a_later_matter_is_lost, another_past_is_restored])
    def test_ends_well(self, told: TheHouse, story: Callable[[TheHouse], None]) -> None:
        story(told)
        told.start_again()

    @pytest.mark.whatever_database
    @pytest.mark.parametrize(
        ("story", "breach"),
        [(a_later_matter_is_lost, (erasing, "_erase_left_empty", {})), (another_past_is_restored, (restoring, "_is_of_this_journal", True))],
    )
    def test_would_end_badly(
        self, told: TheHouse, monkeypatch: pytest.MonkeyPatch, story: Callable[[TheHouse], None], breach: tuple[Any, str, object]
    ) -> None:
        module, name, answer = breach
        monkeypatch.setattr(module, name, lambda *arguments: answer)
        with pytest.raises(_NOTICED):
            story(told)
