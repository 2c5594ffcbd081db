"""Cedar, an engine that shares no line with ours, gives the same answer to every ask; and a planted defect is found."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from camket.policy.cedar import as_cedar
from camket.policy.compiled import CompiledPolicy
from camket.policy.terms import ClauseNumber, FieldGrant
from tests.policy.acts import Cell, differing, read_text, rows
from tests.policy.drawn import asks, editions
from tests.policy.sample import HOME, policy_of, sample_policy
from tests.policy.second_opinion import disagreements, every_cell
from tests.policy.test_editions import FOLDERS, compiled

POLICY = sample_policy()
EVERY_EDITION = [*FOLDERS, HOME]


def policy_in(folder: Path) -> CompiledPolicy:
    """Return a published edition, or the sample edition."""
    return POLICY if folder == HOME else policy_of(compiled(folder))


@pytest.mark.parametrize("folder", EVERY_EDITION, ids=[f"{folder.parent.name}/{folder.name}" for folder in EVERY_EDITION])
class TestEveryTupleOfAnEdition:
    @pytest.mark.clause("7.2")
    def test_has_the_same_answer_by_the_same_clauses_from_cedar(self, folder: Path) -> None:
        policy = policy_in(folder)
        cells = every_cell(policy)
        assert len(cells) > 1_000
        assert not disagreements(policy, cells)

    def test_stands_in_the_table_as_the_text_says(self, folder: Path) -> None:
        """Cedar reads our rows and prohibitions; that those are the text's own, a second reading of the text shows."""
        policy = policy_in(folder)
        reading = read_text((folder / f"policy.{policy.authoritative}.md").read_text())
        said, forbidden = reading.rows(), reading.clauses("forbid")
        assert not differing(rows(policy.table), {one: row for one, row in said.items() if one not in forbidden})
        assert not differing(rows(policy.overruled), {one: row for one, row in said.items() if one in forbidden})
        assert not differing({one: found for one in every_cell(policy) if (found := forbidding(policy, one))}, forbidden)


class TestAnyAskOfAnyPolicy:
    @given(st.data())
    def test_has_the_same_answer_by_the_same_clauses_from_cedar(self, data: st.DataObject) -> None:
        drawn = data.draw(editions())
        cells = [
            ((role, ask.operation, ask.purpose, ask.recipient), name)
            for role, ask in data.draw(st.lists(asks(drawn), min_size=5, max_size=20))
            for name in ask.fields
        ]
        assert not disagreements(drawn.policy, cells)


def forbidding(policy: CompiledPolicy, one: Cell) -> tuple[str, ...]:
    """Return the clauses of the prohibitions that speak of a combination."""
    key, name = one
    return tuple(dict.fromkeys(rule.clause for rule in policy.prohibitions if rule.covers(key) and name in rule.fields))


def with_row(policy: CompiledPolicy, one: Cell, grant: FieldGrant | None) -> CompiledPolicy:
    """Return a policy whose table holds, or lacks, one grant, as no text ever said."""
    key, name = one
    row = {**policy.table.get(key, {}), name: grant}
    return replace(policy, table={**policy.table, key: {name: grant for name, grant in row.items() if grant}})


class TestAPlantedDefect:
    """The comparison can fail: what is changed on one side alone is found, and it is found where it was planted."""

    TEXT = as_cedar(POLICY)
    CELLS = every_cell(POLICY)

    @given(st.sampled_from(CELLS), st.sampled_from(CELLS))
    @settings(max_examples=30)
    def test_of_one_grant_too_many_or_too_few_is_found_wherever_it_is(self, one: Cell, other: Cell) -> None:
        key, name = one
        is_granted = name in POLICY.table.get(key, {})
        broken = with_row(POLICY, one, None if is_granted else FieldGrant(clauses=(ClauseNumber("1.1"),)))
        assert {found.cell for found in disagreements(broken, [one, other], self.TEXT)} == {one}

    @pytest.mark.parametrize(
        ("sound", "broken", "cells"),
        [
            ("forbid (", "permit (", 3 * 2 * 3 * 3),
            ('[Recipient::"controller", Recipient::"court", ', '[Recipient::"controller", ', 3 * 2 * 3),
            ('principal == Role::"legal"', "principal", 8 * 2),  # everybody else but the auditor, to whom it stays forbidden
            ('@clause("6.1")', '@clause("6.2")', 1),
            ('@obligations("justification, second_person")', '@obligations("justification")', 2),
            ('@redact("last4")\n', "", 1),
        ],
    )
    def test_in_the_cedar_text_is_found(self, sound: str, broken: str, cells: int) -> None:
        assert self.TEXT.count(sound) == 1
        assert len(disagreements(POLICY, self.CELLS, self.TEXT.replace(sound, broken))) == cells
