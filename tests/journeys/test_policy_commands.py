"""The policy as its author types at it: what a refusal tells, a later edition with notice, and an edition that somebody changed."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.journeys.test_operator import EDITION, NewHome, by_force, camket
from tests.terminals import typed


class TestARefusal:
    def told(self, *question: str) -> str:
        done = CliRunner().invoke(camket(), ["policy", "decide", str(EDITION), *question], prog_name="camket")
        assert done.exit_code == 1, done.stderr
        return done.stdout

    @pytest.mark.clause("3.1")
    def test_tells_what_comes_nearest_among_what_is_permitted(self) -> None:
        told = self.told("--role", "adviser", "--operation", "disclose", "--purpose", "advise", "--fields", "phone", "--recipient", "court")
        assert "phone: no clause speaks of it here; nearest:" in told
        assert "§3.1 would permit: operation use, recipient controller" in told

    @pytest.mark.clause("6.4")
    def test_tells_which_clause_forbids_it(self) -> None:
        told = self.told("--role", "auditor", "--operation", "use", "--purpose", "advise", "--fields", "phone")
        assert "phone: forbidden by §6.4" in told
        assert "§3.1 would permit: role adviser" in told

    def test_has_the_shape_of_every_decision_as_json(self) -> None:
        question = ("--role", "adviser", "--operation", "disclose", "--purpose", "advise", "--fields", "phone", "--recipient", "court", "--json")
        assert set(json.loads(self.told(*question))) == {"outcome", "clauses", "fields", "obligations", "reason"}

    def test_repeats_no_name_that_the_edition_does_not_know(self) -> None:
        told = self.told("--role", "adviser", "--operation", "use", "--purpose", "advise", "--fields", "phone,chim-hoang-yen")
        assert "a field that the edition does not name" in told
        assert "phone: permitted by §3.1" in told
        assert "chim-hoang-yen" not in told


def draft_of(folder: Path, *edits: tuple[str, str]) -> Path:
    """Write a second edition like the first into the folder, with pieces of its text replaced, and return its place."""
    draft = folder / "edition-2"
    shutil.copytree(EDITION, draft)
    manifest, text = draft / "edition.toml", draft / "policy.vi.md"
    manifest.write_text(manifest.read_text("utf-8").replace("number = 1", "number = 2"), "utf-8")
    for old, new in edits:
        assert old in text.read_text("utf-8")
        text.write_text(text.read_text("utf-8").replace(old, new, 1), "utf-8")
    return draft


class TestACheck:
    @pytest.mark.parametrize(("content", "code"), [(b"# T\n\xff\n", "source.bad_character"), (b"a" * 4_000_001, "source.too_large")])
    def test_of_what_is_no_text_says_so_as_of_any_other_fault(self, tmp_path: Path, content: bytes, code: str) -> None:
        draft = draft_of(tmp_path)
        (draft / "policy.vi.md").write_bytes(content)
        done = CliRunner().invoke(camket(), ["policy", "check", str(draft), "--json"], prog_name="camket")
        assert (done.exit_code, done.stderr) == (1, "")
        told = json.loads(done.stdout)
        assert not told["ok"]
        assert code in {one["code"] for one in told["diagnostics"] if one["file"] == "policy.vi.md" and one["hint"]}

    @pytest.mark.parametrize(("at", "told"), [("2000-01-01", ["edition.day_passed"]), ("2999-01-01", [])])
    def test_for_a_day_that_has_passed_warns_of_it(self, at: str, told: list[str]) -> None:
        done = CliRunner().invoke(camket(), ["policy", "check", str(EDITION), "--at", at, "--json"], prog_name="camket")
        assert done.exit_code == 0, done.stderr
        found = [one for one in json.loads(done.stdout)["diagnostics"] if one["code"].startswith("edition.")]
        assert [one["code"] for one in found] == told
        assert all((one["severity"], one["line"], bool(one["hint"])) == ("warning", 1, True) for one in found)


class TestADifference:
    def diff(self, *question: str, status: int = 0) -> Any:
        done = CliRunner().invoke(camket(), ["policy", "diff", *question], prog_name="camket")
        assert done.exit_code == status, done.stderr
        return done

    @pytest.mark.clause("8.2")
    def test_says_what_weighs_and_where_it_stands(self, tmp_path: Path) -> None:
        done = self.diff(str(EDITION), str(draft_of(tmp_path, ('keep = "P90D"', 'keep = "P1Y"'))))
        assert "! wider    what is collected (contact) for notify is kept: keep P90D -> P1Y  §4.2\n" in done.stdout
        assert "2 changes, 2 significant." in done.stderr

    @pytest.mark.clause("8.2")
    def test_says_which_promise_without_a_rule_is_gone(self, tmp_path: Path) -> None:
        done = self.diff(str(EDITION), str(draft_of(tmp_path, ('says = ["measure_reasons", "measure_appeal"]', 'says = ["measure_reasons"]'))))
        assert done.stdout == "! narrower statement measure_appeal is gone  §2.5\n"
        assert "1 change, 1 significant." in done.stderr

    def test_has_its_shape_as_json(self, tmp_path: Path) -> None:
        told = json.loads(self.diff(str(draft_of(tmp_path, ('keep = "P90D"', 'keep = "P1Y"'))), str(EDITION), "--json").stdout)
        assert (set(told), told["significant"]) == ({"significant", "changes", "words"}, False)
        assert {(one["kind"], one["clause"], one["widens"], one["significant"], one["direction"]) for one in told["changes"]} == {
            ("retention", "4.2", False, False, "narrower")
        }
        assert all(set(one) == {"kind", "clause", "clauses", "direction", "widens", "significant", "text"} for one in told["changes"])

    @pytest.mark.clause("1.3")
    def test_shows_the_sentence_that_people_agree_to_word_by_word_and_says_that_it_is_another(self, tmp_path: Path) -> None:
        draft = draft_of(tmp_path, ("để tư vấn và trả lời", "để làm mọi việc và trả lời"))
        done = self.diff(str(EDITION), str(draft))
        assert "~ vi       consent of purpose advise: " in done.stdout
        assert "[-tư vấn-]{+làm mọi việc+}" in done.stdout
        assert done.stderr.startswith("0 changes, 0 significant.\nAlso 1 other wording on forms and pages, of which no rule is made.\n")
        assert "(advise): whoever agreed so far agreed to the sentence of then." in done.stderr
        (told,) = json.loads(self.diff(str(EDITION), str(draft), "--json").stdout)["words"]
        assert (told["language"], told["kind"], told["id"], told["key"]) == ("vi", "purpose", "advise", "consent")
        assert told["before"].replace("để tư vấn", "để làm mọi việc") == told["after"]

    def test_of_the_same_edition_is_none(self) -> None:
        done = self.diff(str(EDITION), str(EDITION))
        assert (done.stdout, done.stderr.strip()) == ("", "0 changes, 0 significant.")

    def test_of_what_is_neither_folder_nor_number_is_wrong_use(self) -> None:
        assert "no such folder, and no number of an edition" in self.diff(str(EDITION), "edition-9", status=2).stderr


@pytest.mark.whatever_database
@pytest.mark.slow
class TestATamperedEdition:
    @pytest.mark.clause("7.2", "8.1")
    def test_stops_every_command_that_meets_it_with_what_to_do(self, new_home: NewHome) -> None:
        environment = {**new_home(), "CAMKET_BIND": "127.0.0.1:18999"}
        assert typed(environment, "demo", "--inquiries", "3").returncode == 0
        triggers = ("ALTER TABLE editions_edition DISABLE TRIGGER USER",) if "CAMKET_DATABASE_URL" in environment else ()
        by_force(environment, *triggers, "UPDATE editions_edition SET text = replace(text, '15', '5')")
        for command in (("serve",), ("worker",), ("retention", "plan")):
            done = typed(environment, *command)
            assert done.returncode == 3, (command, done.stdout, done.stderr)
            assert "edition 1 is not what was published" in done.stderr
            assert "Put back a whole copy" in done.stderr
            assert "Traceback" not in done.stderr
        verified = typed(environment, "journal", "verify")
        assert verified.returncode == 1
        assert "edition_changed" in verified.stdout
        looked = typed(environment, "doctor", "--json")
        assert looked.returncode == 3
        assert [one["level"] for one in json.loads(looked.stdout)["findings"] if one["topic"] == "policy"] == ["error"]


@pytest.mark.slow
@pytest.mark.whatever_database
class TestALaterEdition:
    @pytest.mark.clause("8.2")
    def test_is_published_with_the_promised_notice(self, new_home: NewHome, tmp_path: Path) -> None:
        environment = new_home()
        draft = draft_of(tmp_path)
        assert typed(environment, "demo", "--inquiries", "1").returncode == 0
        early = typed(environment, "policy", "publish", str(draft), "--at", "2000-01-01")
        assert early.returncode == 1
        assert "nothing was published" in early.stderr
        done = typed(environment, "policy", "publish", str(draft))
        assert done.returncode == 0, done.stderr
        assert typed(environment, "policy", "diff", "1", "2").stderr == "0 changes, 0 significant.\n"
        missing = typed(environment, "policy", "diff", "1", "3")
        assert (missing.returncode, missing.stderr) == (1, "camket: edition 3 is not published\n")
        assert "Edition 2 is published and comes into force at" in done.stderr
        assert "No second person confirmed it, as vn-2026 asks: whoever holds this machine holds the policy's folder too" in done.stderr
        assert "No second person" not in typed(environment, "policy", "publish", str(draft)).stderr
        moved = typed(environment, "policy", "publish", str(draft), "--at", "2099-01-01")
        assert moved.returncode == 1
        assert "does not move" in moved.stderr
        findings = json.loads(typed(environment, "doctor", "--json").stdout)["findings"]
        (policy,) = [one for one in findings if one["topic"] == "policy"]
        assert "edition 1 is in force" in policy["sentence"]
        assert "edition 2 comes into force at" in policy["sentence"]
