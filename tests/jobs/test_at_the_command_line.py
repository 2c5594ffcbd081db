"""What somebody does at the server's command line is told apart from what the program does by itself."""

import ast
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from camket import jobs
from camket.duties.custody import queries as custody
from camket.duties.custody.actions import keep_journal
from camket.jobs.cli import main
from camket.journal import queries as journal
from camket.journal.actions import sequence
from camket.policy.terms import COMMAND_LINE
from tests.journal.offline import export_to, verdict

# what a start does by itself is the program's act, although somebody started it
OF_ITSELF = {"cli/house.py": "greets the first officer", "serving.py": "publishes what lies there", "worker.py": "takes its turns"}


def acts() -> list[tuple[str, str, str]]:
    """Return every act with the role and the id of whoever did it, in the order of the journal."""
    sequence()
    return [(row.act, row.actor.role, row.actor.id) for row in journal.recent(limit=100)][::-1]


@pytest.mark.django_db
class TestWhatIsTyped:
    @pytest.fixture(autouse=True)
    def accounts(self, house: None) -> None:
        """An account and a token, made at the command line."""
        for line in ("staff add lan@example.com --role legal", "token add till --scope inquiries:write"):
            assert CliRunner().invoke(main, line.split()).exit_code == 0

    @pytest.mark.parametrize(
        ("line", "act"),
        [
            ("staff add chi@example.com --role adviser", "staff.added"),
            ("staff link lan@example.com", "staff.link_issued"),
            ("staff link lan@example.com --anew", "staff.ways_begun_anew"),
            ("staff role lan@example.com --role adviser", "staff.role_changed"),
            ("staff sign-out lan@example.com", "staff.sessions_ended"),
            ("staff dismiss lan@example.com --erase", "staff.erased"),
            ("token add desk --scope inquiries:write", "token.added"),
            ("token revoke till", "token.revoked"),
        ],
    )
    def test_is_the_command_lines_act(self, line: str, act: str) -> None:
        before = len(acts())
        done = CliRunner().invoke(main, line.split())
        assert done.exit_code == 0, done.stderr
        new = acts()[before:]
        assert act in {name for name, _, _ in new}
        assert {(role, who) for _, role, who in new} == {("system", "command-line")}

    def test_is_whole_for_us_and_for_the_offline_verifier(self, now: datetime, tmp_path: Path, settings: Any) -> None:
        keep_journal(now=now)
        checkpoint = max(Path(settings.CAMKET_CHECKPOINTS).glob("checkpoint-*.json"), key=lambda path: int(path.stem.partition("-")[2]))
        export = export_to(tmp_path)
        assert '\\"actor\\":{\\"id\\":\\"command-line\\",\\"role\\":\\"system\\"}' in export.read_text()
        assert verdict(checkpoint, export)[0] == 0
        assert custody.verify_journal().ok


def test_no_command_acts_in_the_name_of_the_program() -> None:
    room = Path(jobs.__path__[0])
    found = {path.relative_to(room).as_posix() for path in room.rglob("*.py") if "THE_HOUSE" in _names(path)}
    assert found == set(OF_ITSELF)


def test_its_word_is_of_nobody_who_works_at_the_server() -> None:
    assert (COMMAND_LINE.role, COMMAND_LINE.id) == ("system", "command-line")


def _names(path: Path) -> set[str]:
    return {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
