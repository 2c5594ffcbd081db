"""Where the journal's export goes, and what it says where there is no room."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from camket.jobs.cli import main


@pytest.mark.django_db
class TestAnExport:
    def test_for_which_there_is_no_room_ends_with_a_sentence(self, house: None) -> None:
        done = CliRunner().invoke(main, ["journal", "export", "/dev/full"])
        assert (done.exit_code, done.stderr) == (3, "camket: No space left on device: the disk\n")

    def test_into_a_folder_that_is_not_there_ends_with_a_sentence(self, house: None, tmp_path: Path) -> None:
        done = CliRunner().invoke(main, ["journal", "export", str(tmp_path / "nowhere" / "file")])
        assert (done.exit_code, done.stderr) == (3, f"camket: No such file or directory: {tmp_path / 'nowhere' / 'file'}\n")

    def test_goes_to_standard_output_or_a_file(self, house: None, tmp_path: Path) -> None:
        printed = CliRunner().invoke(main, ["journal", "export", "-"])
        written = CliRunner().invoke(main, ["journal", "export", str(tmp_path / "file")])
        assert (printed.exit_code, written.exit_code) == (0, 0)
        assert printed.stdout == (tmp_path / "file").read_text() != ""
