"""The keys as their operator meets them: a house that steps, and a start that refuses what is not as it was."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.terminals import typed

NewHome = Callable[[], Mapping[str, str]]
FILES = ("epochs/000001.key", "epochs/000002.key", "index/identity-2.key", "journal.key", "signing.key", "codes.key")


@pytest.mark.slow
@pytest.mark.whatever_database
class TestAHouseThatHasStepped:
    @pytest.mark.clause("7.1")
    def test_serves_with_every_file_and_with_none_of_them_missing_or_another(self, new_home: NewHome) -> None:
        environment = {**new_home(), "CAMKET_BIND": "127.0.0.1:18999"}
        secrets = Path(environment["CAMKET_HOME"]) / "secrets"
        for words in (("demo", "--inquiries", "2"), ("keys", "rotate"), ("indexes", "rebuild")):
            done = typed(environment, *words)
            assert done.returncode == 0, done.stderr
        whole = {name: (secrets / name).read_bytes() for name in FILES}
        assert {str(path.relative_to(secrets)) for path in secrets.rglob("*.key")} == {*FILES, "web.key"}
        for number, name in enumerate(FILES):
            other = whole[FILES[number - 1]]
            for command, is_missing in (("serve", True), ("worker", False)):
                (secrets / name).unlink()
                if not is_missing:
                    (secrets / name).write_bytes(other)
                    (secrets / name).chmod(0o600)
                done = typed(environment, command)
                assert done.returncode == 3, (name, command, done.stderr)
                assert Path(name).stem in done.stderr
                assert "put" in done.stderr
                assert "Traceback" not in done.stderr
                assert (secrets / name).exists() is not is_missing
                (secrets / name).write_bytes(whole[name])
                (secrets / name).chmod(0o600)
        assert typed(environment, "keys", "rotate").returncode == 0
        assert typed(environment, "journal", "verify").returncode == 0
