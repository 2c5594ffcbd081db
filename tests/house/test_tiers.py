"""What CONTRIBUTING.md says of the tiers of tests, and what script/test does: compared both ways."""

import re
import shutil
import subprocess
import tomllib

import pytest

from tests.house.papers import code_spans
from tests.house.tree import ROOT

SCRIPT = (ROOT / "script" / "test").read_text()
PAGE = (ROOT / "CONTRIBUTING.md").read_text()


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the page."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


TIERS = section(PAGE, "The tiers of tests")


def usage() -> str:
    """Return what `script/test --help` prints."""
    bash = shutil.which("bash") or "/bin/bash"
    return subprocess.run([bash, ROOT / "script" / "test", "--help"], capture_output=True, text=True, check=True, timeout=30).stdout


def steps_run(script: str) -> dict[str, list[str]]:
    """Return the steps of each tier, in the order in which the script runs them."""
    both = script[script.index('\nelif [ -n "$fast" ]; then') :]
    fast, _, full = both.partition("\nelse\n")
    return {tier: re.findall(r'^\s*(?:step|meanwhile) "([^"]+)"', part, flags=re.MULTILINE) for tier, part in (("fast", fast), ("full", full))}


def steps_told(text: str) -> dict[str, list[str]]:
    """Return the steps of each tier, in the order in which the page tells them."""
    rows = [[cell.strip() for cell in row.strip().strip("|").split(" | ")] for row in text.splitlines() if row.startswith("| ")]
    return {row[0]: code_spans(row[2]) for row in rows if row[0] in ("fast", "full")}


class TestATier:
    def test_runs_the_steps_that_the_page_tells_and_no_other(self) -> None:
        assert steps_told(TIERS) == steps_run(SCRIPT)
        assert set(steps_told(TIERS)) == {"fast", "full"}

    def test_leaves_out_what_the_page_says(self) -> None:
        choices = re.findall(r'step "tests, SQLite" tests sqlite \w+ "([^"]+)"', SCRIPT)
        assert choices == ["not slow and not browser", "not browser"]
        assert all(f"`{choice}`" in TIERS for choice in choices)

    def test_that_gains_a_step_is_noticed(self) -> None:
        planted = SCRIPT.replace('    step "lint-imports" lint-imports --no-cache\n', '    step "spelling" spell\n    step "lint-imports" x\n', 1)
        assert steps_run(planted) != steps_told(TIERS)


class TestTheUsage:
    def test_names_every_option_that_the_page_uses(self) -> None:
        used = set(re.findall(r"script/test[^`\n]*?(--[a-z-]+)", PAGE))
        assert used == set(re.findall(r"^\s+(--[a-z-]+)", usage(), flags=re.MULTILINE)) == {"--fast", "--leg"}

    def test_names_every_variable_that_the_page_names_for_it(self) -> None:
        told = set(re.findall(r"CAMKET_TEST_[A-Z_]+", usage()))
        assert told == set(re.findall(r"CAMKET_TEST_[A-Z_]+", PAGE)) - {"CAMKET_TEST_DATABASE"}  # that one is for pytest by itself

    def test_shows_an_example_that_the_page_explains(self) -> None:
        assert "script/test tests/vault -k erase" in usage()
        assert "`script/test tests/vault -k erase`" in TIERS


class TestAMark:
    def test_is_on_the_page_where_it_moves_a_test_between_tiers(self) -> None:
        declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["markers"]
        names = {one.partition(":")[0].partition("(")[0] for one in declared} - {"clause"}
        told = {row.split("`")[1] for row in TIERS.splitlines() if row.startswith("| `") and "script/test" not in row.split("|")[1]}
        assert told == names


@pytest.mark.parametrize("heading", ["The tiers of tests", "How we test"])
def test_the_page_has_the_heading(heading: str) -> None:
    assert section(PAGE, heading)
