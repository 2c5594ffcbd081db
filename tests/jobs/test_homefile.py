"""The commented file of settings that a new home gets."""

from pathlib import Path

from camket.config.environment import VARIABLES, read_settings
from camket.jobs.homefile import lay_template


class TestTheFile:
    def test_repeats_no_secret_that_the_environment_held(self, tmp_path: Path) -> None:
        secrets = {one.name: f"postgresql://u:geheim-4811@h/{one.name}" for one in VARIABLES if one.is_secret}
        assert "CAMKET_OIDC_CLIENT_SECRET" in secrets
        assert lay_template(tmp_path / "camket.env", read_settings({"CAMKET_HOME": str(tmp_path), **secrets}))
        written = (tmp_path / "camket.env").read_text()
        assert all(f"# {name}=" in written for name in secrets)
        assert "4811" not in written
