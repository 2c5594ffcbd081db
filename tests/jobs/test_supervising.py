"""What the log tells of a process that ended although nobody asked it to."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from camket.jobs.supervisor import Name, _Child


@pytest.fixture
def child() -> Iterator[_Child]:
    """A process that works until it is killed."""
    made = _Child(name=Name.WORKER, work=lambda: time.sleep(60))
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.join()


@pytest.mark.whatever_database
class TestAProcessThatEnded:
    def test_is_started_again_and_told(self, child: _Child, caplog: pytest.LogCaptureFixture) -> None:
        child.keep_running()
        assert caplog.messages == []
        assert child.process is not None
        first = child.process
        os.kill(int(first.pid or 0), signal.SIGKILL)
        first.join()
        child.started_at_seconds = float("-inf")
        child.keep_running()
        assert child.is_alive
        assert child.process is not first
        assert caplog.messages == ["camket-worker ended (-9) and is started again"]
