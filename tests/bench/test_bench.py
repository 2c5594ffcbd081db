"""Every scene runs to its end on the database this run is about; how quick anything was is nobody's promise here."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import SCENES
from bench.figures import AT_LEAST, AT_MOST, Naming, printed
from bench.rounds import interleaved, ratio
from bench.sample import Sample, timed, whole
from tests import stage
from tests.house.tree import ROOT


def sample(rate: float) -> Sample:
    """Return a round of so many operations a second."""
    return Sample(operations=10, wall_s=10 / rate, cpu_s=0.001)


class TestARun:
    @pytest.mark.slow
    @pytest.mark.database
    @pytest.mark.whatever_database
    def test_tells_a_figure_of_every_scene(self, tmp_path: Path) -> None:
        told = tmp_path / "figures.json"
        command = [sys.executable, "-m", "bench", "--quick", "--database", stage.DATABASE, "--json", str(told)]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": f"{stage.SOURCE}{os.pathsep}{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        found = json.loads(told.read_text())
        expected = [f"{scene}, {stage.DATABASE}" for scene, databases in SCENES.items() if stage.DATABASE in databases]
        assert found["skipped"] == []
        assert len({one["scene"] for one in found["figures"]}) == len(expected)
        assert found["quick"] is True


class TestAFigure:
    @pytest.mark.parametrize(
        ("sense", "value", "is_met"), [(AT_LEAST, 4.0, True), (AT_LEAST, 3.9, False), (AT_MOST, 4.0, True), (AT_MOST, 4.1, False)]
    )
    def test_is_met_or_missed(self, sense: str, value: float, is_met: bool) -> None:
        figure = Naming(scene="erase").figure("a person", [value], "ms", target=(sense, 4.0))
        assert figure.is_met is is_met
        assert ("met" if is_met else "missed") in printed([figure])

    def test_without_a_target_is_neither(self) -> None:
        assert Naming(scene="erase").figure("a person", [1.0], "ms").is_met is None

    def test_is_the_median_of_its_rounds_and_tells_their_range(self) -> None:
        figure = Naming(scene="erase").figure("a person", [3.0, 1.0, 8.0], "ms")
        assert (figure.value, figure.low, figure.high) == (3.0, 1.0, 8.0)


class TestRounds:
    def test_let_everybody_go_first_in_turn(self) -> None:
        turns: list[str] = []

        def contender(name: str) -> Sample:
            turns.append(name)
            return sample(1.0)

        interleaved(2, {name: lambda name=name: contender(name) for name in ("ours", "theirs")})  # type: ignore[misc]  # bound at each turn
        assert turns == ["ours", "theirs", "theirs", "ours"]

    def test_are_compared_round_by_round(self) -> None:
        assert ratio([sample(10.0), sample(40.0)], [sample(5.0), sample(10.0)]) == [2.0, 4.0]


class TestASample:
    def test_counts_every_deed_and_keeps_its_kind(self) -> None:
        done: list[int] = []
        taken = timed((kind, lambda: done.append(1)) for kind in ("read", "write", "read"))
        assert (taken.operations, len(done), set(taken.p50_us)) == (3, 3, {"read", "write"})

    def test_of_a_whole_speaks_of_one_operation(self) -> None:
        taken = whole(1000, lambda: None)
        assert taken.p50_us["all"] == pytest.approx(taken.wall_s * 1000)

    def test_survives_a_pipe(self) -> None:
        assert Sample(**json.loads(json.dumps(sample(2.0).as_dict()))) == sample(2.0)
