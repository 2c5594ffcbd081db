"""What the desks of the house need of an edition: said before it is published, not found out by whoever writes to the house."""

from pathlib import Path

import pytest

from camket.duties.publishing.rules import for_this_house
from camket.policy.compiler import Compilation, compile_edition
from camket.policy.diagnostics import Severity
from camket.policy.source import EditionSource
from tests.advertising import write_edition
from tests.house.tree import ROOT

FOLDER = ROOT / "policies" / "wesoft" / "edition-1"
TEXT = "policy.vi.md"


def compiled(*edits: tuple[str, str]) -> Compilation:
    """Return edition 1, edited, as the house sees it."""
    files = {path.name: path.read_text("utf-8") for path in Path(FOLDER).iterdir()}
    for old, new in edits:
        assert old in files[TEXT]
        files[TEXT] = files[TEXT].replace(old, new)
    found = compile_edition(EditionSource(files=files), None)
    assert found.policy is not None, found.diagnostics
    return for_this_house(found)


def told(found: Compilation) -> set[str]:
    """Return what is said about desks."""
    return {one.code for one in found.diagnostics if one.code.startswith("desk.")}


STORE = 'roles = ["adviser"]\noperations = ["store"]'
ADVISER_READS = 'operations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "email", "phone", "message", "attachment"]'
CARRIER = 'purposes = ["advise", "special_case"]\nfields = ["full_name", "email", "message"]\nrecipients = ["mail_carrier"]'
SYSTEM_TOLD = 'roles = ["system"]\noperations = ["use"]\npurposes = ["special_case"]\nfields = ["full_name", "email"]'
MESSAGES = '[[collection]]\nid = "message"'
OWN = 'roles = ["subject"]\noperations = ["use"]\npurposes = ["advise"]\nfields = ["full_name", "phone", "email", "message", "attachment"]'


class TestAnEdition:
    def test_that_every_desk_can_work_with_is_told_nothing(self) -> None:
        assert told(compiled()) == set()

    @pytest.mark.parametrize(
        ("old", "new", "code"),
        [
            (STORE, STORE.replace("store", "correct"), "desk.unanswered"),
            (ADVISER_READS, ADVISER_READS.replace(', "message"', ""), "desk.unread"),
            (CARRIER, CARRIER.replace(', "message"', ""), "desk.unsent"),
            (OWN, OWN.replace(', "message"', ""), "desk.unopened"),
            ('"notify", "special_case", "legal_disclosure", "enforce_terms", "security_log"]', '"notify"]', "desk.never_erased"),
        ],
    )
    def test_that_leaves_a_desk_idle_is_told_so_and_can_be_published(self, old: str, new: str, code: str) -> None:
        found = compiled((old, new))
        assert told(found) == {code}
        assert found.policy is not None

    def test_whose_message_stands_in_a_collection_of_another_name_is_told_so(self) -> None:
        found = compiled(('[[collection]]\nid = "message"', '[[collection]]\nid = "letter"'), ("[collection.message]", "[collection.letter]"))
        assert "desk.no_message" in told(found)

    @pytest.mark.clause("8.2")
    @pytest.mark.parametrize(
        ("old", "new", "hint"),
        [
            (SYSTEM_TOLD, SYSTEM_TOLD.replace('operations = ["use"]', 'operations = ["store"]'), 'operations = ["use"]'),
            (CARRIER, CARRIER.replace('"advise", "special_case"', '"advise"'), 'recipients = ["mail_carrier"]'),
            (MESSAGES, f'[[collection]]\nid = "copy"\nfields = ["email"]\npurposes = ["advise"]\n\n{MESSAGES}', "'copy'"),
        ],
    )
    def test_whose_letter_about_a_change_could_not_go_is_told_so_with_what_to_paste(self, old: str, new: str, hint: str) -> None:
        found = compiled((old, new))
        (untold,) = [one for one in found.diagnostics if one.code == "desk.untold"]
        assert (untold.severity, untold.clause, untold.line > 1) == (Severity.WARNING, "8.2", True)
        assert hint in str(untold.hint)
        assert "desk.unconfirmed" not in told(found)

    @pytest.mark.clause("3.7")
    def test_that_knows_advertising_and_cannot_confirm_its_end_is_told_so(self, tmp_path: Path) -> None:
        place = write_edition(tmp_path, number=2)
        files = {path.name: path.read_text("utf-8") for path in place.iterdir()}
        assert not told(for_this_house(compile_edition(EditionSource(files=files), None))) & {"desk.untold", "desk.unconfirmed"}
        files[TEXT] = files[TEXT].replace(SYSTEM_TOLD, SYSTEM_TOLD.replace('operations = ["use"]', 'operations = ["store"]'))
        found = for_this_house(compile_edition(EditionSource(files=files), None))
        assert {"desk.untold", "desk.unconfirmed"} <= told(found)
        assert [one.clause for one in found.diagnostics if one.code == "desk.unconfirmed"] == ["3.7"]

    @pytest.mark.clause("4.6")
    def test_that_lets_nothing_be_erased_names_each_collection_with_its_clause(self) -> None:
        found = compiled(('roles = ["system"]\noperations = ["erase"]', 'roles = ["auditor"]\noperations = ["erase"]'))
        places = {(one.clause, one.line > 1) for one in found.diagnostics if one.code == "desk.never_erased"}
        assert ("1.4", True) in places

    def test_under_which_nobody_could_write_to_the_house_is_no_edition_for_it(self) -> None:
        found = compiled(('roles = ["visitor", "subject"]\noperations = ["collect"]', 'roles = ["subject"]\noperations = ["collect"]'))
        assert told(found) == {"desk.no_form"}
        assert found.policy is None
        assert [one.severity for one in found.diagnostics if one.code == "desk.no_form"] == [Severity.ERROR]
