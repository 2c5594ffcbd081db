"""`camket policy export`: the compiled value in each tongue, alone on standard output, and a status that a script can trust."""

import shutil
from pathlib import Path

import cedarpy
import pytest
from click.testing import CliRunner

from camket.jobs.cli.policy import policy
from camket.policy.exports import from_json
from tests.house.tree import ROOT

EDITION = ROOT / "policies" / "wesoft" / "edition-1"


class TestAnExport:
    def exported(self, *options: str) -> str:
        done = CliRunner().invoke(policy, ["export", str(EDITION), *options], prog_name="camket policy")
        assert (done.exit_code, done.stderr) == (0, "")
        return done.stdout

    def test_is_one_line_of_canonical_json(self) -> None:
        printed = self.exported()
        assert printed == self.exported("--format", "json")
        policy = from_json(printed.removesuffix("\n").encode())
        assert (policy.slug, policy.number) == ("wesoft", 1)

    def test_to_cedar_is_two_files_that_cedar_accepts(self) -> None:
        policies, schema = self.exported("--format", "cedar"), self.exported("--format", "cedar", "--schema")
        assert '@clause("3.1")' in policies
        assert cedarpy.validate_policies(policies, schema).validation_passed

    @pytest.mark.parametrize("options", [(), ("--format", "cedar"), ("--format", "cedar", "--schema")], ids=" ".join)
    def test_of_an_invalid_policy_ends_with_1_and_says_where_to_look(self, options: tuple[str, ...], tmp_path: Path) -> None:
        draft = tmp_path / "edition-1"
        shutil.copytree(EDITION, draft)
        (draft / "policy.en.md").write_text("# A policy\n", "utf-8")
        done = CliRunner().invoke(policy, ["export", str(draft), *options], prog_name="camket policy")
        assert (done.exit_code, done.stdout) == (1, "")
        assert f"camket policy check {draft}" in done.stderr
