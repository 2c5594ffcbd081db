"""`camket policy export`: the compiled value in each tongue, alone on standard output, and a status that a script can trust."""

import json
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

    def test_to_the_w3cs_vocabulary_is_json(self) -> None:
        assert json.loads(self.exported("--format", "dpv"))["@type"] == "dpv:PrivacyNotice"

    @pytest.mark.parametrize("language", ["", "vi", "en"])
    def test_to_paper_is_a_pdf(self, language: str) -> None:
        done = CliRunner().invoke(policy, ["export", str(EDITION), "--format", "pdf", *(["--language", language] if language else [])])
        assert (done.exit_code, done.stdout_bytes[:5]) == (0, b"%PDF-")

    @pytest.mark.parametrize("options", [("--language", "vi"), ("--format", "pdf", "--language", "fr"), ("--format", "xml")])
    def test_of_what_there_is_not_is_wrong_use(self, options: tuple[str, ...]) -> None:
        assert CliRunner().invoke(policy, ["export", str(EDITION), *options]).exit_code == 2
