"""What `camket backup` and `camket restore` say to whoever types them."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from camket.duties.custody import actions as custody
from camket.duties.intake import actions as intake
from camket.duties.notices import actions as notices
from camket.jobs.cli import main

pytestmark = pytest.mark.whatever_database


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A home whose file of settings may stand in it or not."""
    settings.CAMKET_HOME, settings.CAMKET_HOME_FILE = tmp_path, tmp_path / "camket.env"
    return tmp_path


class TestABackup:
    @pytest.fixture
    def say(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(custody, "require_keys", lambda: None)
        monkeypatch.setattr(custody, "back_up", lambda **_: 3)
        return lambda: CliRunner().invoke(main, ["backup", str(home / "data")]).stderr

    def test_says_that_the_settings_are_not_in_it(self, home: Path, say: Any) -> None:
        assert "camket.env" not in say()
        (home / "camket.env").write_text("CAMKET_LOG=json\n")
        assert f"{home / 'camket.env'} is not in it" in say()


class TestARestore:
    @pytest.fixture(autouse=True)
    def done(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        """A backup that is restored without a house."""
        restored = custody.Restored(made_at=now, rows=3, done_again=0, revoked=0, gaps=())
        monkeypatch.setattr(custody, "restore", lambda **_: restored)
        monkeypatch.setattr(custody, "end_restore", lambda: None)
        monkeypatch.setattr(intake, "finish_withdrawals", lambda: None)
        monkeypatch.setattr(notices, "set_aside", lambda **_: notices.SetAside(letters=1, campaigns=1))

    def restored(self, home: Path) -> Result:
        (home / "data").touch()
        return CliRunner().invoke(main, ["restore", str(home / "data")])

    def test_says_that_the_settings_have_to_be_copied_where_there_are_none(self, home: Path) -> None:
        said = self.restored(home)
        assert said.exit_code == 0, said.output
        assert f"Copy it to {home / 'camket.env'}" in said.stderr
        assert "1 notice to many stands still" in said.stderr
        (home / "camket.env").write_text("CAMKET_LOG=json\n")
        assert "camket.env" not in self.restored(home).stderr

    @pytest.mark.parametrize(("is_shut", "said"), [(True, "restore once more into a new home"), (False, "nothing was restored")])
    def test_that_is_broken_off_by_hand_says_what_became_of_it(
        self, home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, *, is_shut: bool, said: str
    ) -> None:
        settings.CAMKET_SECRETS = home

        def broken_off(**_: object) -> None:
            if is_shut:
                (home / "restoring").touch()
            raise KeyboardInterrupt

        monkeypatch.setattr(custody, "restore", broken_off)
        told = self.restored(home)
        assert told.exit_code == 1
        assert said in told.stderr
        assert "Aborted" not in told.stderr
