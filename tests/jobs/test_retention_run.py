"""`camket retention run` erases nobody's data in silence."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result

from camket.duties.intake import actions as intake
from camket.duties.retention import queries
from camket.duties.retention.models import Erasure
from camket.jobs.cli import main
from camket.policy.terms import Actor
from tests.duties.intake.conftest import Receive

pytestmark = pytest.mark.django_db
FAR = "2100-01-01"


def run(*arguments: str) -> Result:
    """Run the command, as if it were the far future."""
    return CliRunner().invoke(main, ["retention", "run", "--at", FAR, "--wait", "0", *arguments])


class TestARunWithoutAMailCarrier:
    @pytest.fixture(autouse=True)
    def resting(self, receive: Receive, chi: Actor, settings: Any, now: datetime) -> None:
        """An's inquiry, to which a letter was written, is at rest; and nothing can be sent."""
        settings.CAMKET_SMTP_URL = ""
        intake.resolve_inquiry(reference=receive().reference, actor=chi, now=now)

    @pytest.mark.clause("4.6")
    def test_refuses_where_a_last_letter_is_owed(self) -> None:
        done = run()
        assert done.exit_code == 1
        assert "1 matter would go without the last letter" in done.stderr
        assert queries.count_erased() == 0

    @pytest.mark.clause("4.6")
    def test_refuses_however_many_go_before_it_to_whom_nobody_ever_wrote(self, now: datetime) -> None:
        unwritten = [Erasure(matter_id=uuid4(), erase_after=now, due_at=now + timedelta(days=99_999)) for _ in range(1_000)]
        Erasure.objects.bulk_create(unwritten)
        assert run().exit_code == 1
        assert queries.count_erased() == 0

    def test_erases_where_it_is_told_to_without_the_letter(self) -> None:
        done = run("--without-letter")
        assert done.exit_code == 0, done.stderr
        assert "Erased 1 matter." in done.stderr
        assert queries.count_erased() == 1
