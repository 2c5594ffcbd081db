"""What the operator set is read once, and refused with a sentence where it cannot be meant."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from camket.config.environment import VARIABLES, BadSetting, database, read_settings
from camket.config.homefile import FILE_NAME
from camket.config.webkey import web_key


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of an empty home: what stands in the checkout's own must not matter here."""
    return {"CAMKET_HOME": str(tmp_path)}


class TestSettings:
    def test_have_a_default_and_say_where_their_value_came_from(self, home: dict[str, str]) -> None:
        found = read_settings({**home, "CAMKET_BIND": "0.0.0.0:9000"})
        assert (found["CAMKET_BIND"].value, found["CAMKET_BIND"].source) == ("0.0.0.0:9000", "environment")
        assert (found["CAMKET_URL"].value, found["CAMKET_URL"].source) == ("http://localhost:9000", "default")
        assert set(found) == {variable.name for variable in VARIABLES}

    @pytest.mark.parametrize(("bind", "stream"), [("", "127.0.0.1:8001"), ("[::1]:9000", "[::1]:9001"), ("0.0.0.0:65535", "off")])
    def test_have_the_live_stream_at_the_port_after_the_pages(self, home: dict[str, str], bind: str, stream: str) -> None:
        assert read_settings({**home, "CAMKET_BIND": bind})["CAMKET_STREAM_BIND"].value == stream

    def test_have_no_made_up_address_of_the_controller(self, home: dict[str, str]) -> None:
        assert read_settings(home)["CAMKET_CONTROLLER_EMAIL"].value == ""

    @pytest.mark.clause("7.1")
    def test_listen_to_nobody_but_this_machine_unless_told_otherwise(self, home: dict[str, str]) -> None:
        assert read_settings(home)["CAMKET_BIND"].value == "127.0.0.1:8000"

    def test_do_not_depend_on_the_current_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        before = read_settings({})
        monkeypatch.chdir(tmp_path)
        assert read_settings({}) == before

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CAMKET_BIND", "8000"),
            ("CAMKET_BIND", "127.0.0.1:"),
            ("CAMKET_BIND", "127.0.0.1:0"),
            ("CAMKET_BIND", "127.0.0.1:65536"),
            ("CAMKET_BIND", "127.0.0.1:٨٠"),
            ("CAMKET_BIND", "::1:8000"),
            ("CAMKET_STREAM_BIND", "8001"),
            ("CAMKET_STREAM_BIND", "on"),
            ("CAMKET_URL", "www.example.vn"),
            ("CAMKET_URL", "ftp://www.example.vn"),
            ("CAMKET_URL", "https://"),
            ("CAMKET_URL", "https://www.example.vn/shop"),
            ("CAMKET_URL", "https://www.example.vn?x=1"),
            ("CAMKET_URL", "https://www.example.vn:99999"),
            ("CAMKET_URL", "https://me:word@www.example.vn"),
            ("CAMKET_URL", "https://exa mple.vn"),
            ("CAMKET_OIDC_ISSUER", "login.example.vn"),
            ("CAMKET_OIDC_ISSUER", "http://login.example.vn"),
            ("CAMKET_OIDC_ISSUER", "https://"),
            ("CAMKET_OIDC_ISSUER", "https://me@login.example.vn"),
            ("CAMKET_OIDC_ISSUER", "https://login.example.vn?x=1"),
            ("CAMKET_OIDC_ISSUER", "https://login.example.vn/#x"),
            ("CAMKET_OIDC_ISSUER", "https://login.example.vn:0/"),
            ("CAMKET_OIDC_ISSUER", "https://login.example.vn/a b"),
            ("CAMKET_OIDC_CLIENT_ID", "cam ket"),
            ("CAMKET_OIDC_SECOND_FACTOR", "mfa"),
            ("CAMKET_OIDC_SECOND_FACTOR", "amr="),
            ("CAMKET_OIDC_SECOND_FACTOR", "amr=mfa,,"),
            ("CAMKET_STORED_IN", "vn"),
            ("CAMKET_STORED_IN", "Vietnam"),
            ("CAMKET_STORED_IN", "VN,,SG"),
            ("CAMKET_CONTROLLER_EMAIL", "lienhe"),
            ("CAMKET_CONTROLLER_EMAIL", "lienhe@localhost"),
            ("CAMKET_CONTROLLER_EMAIL", "WeSoft <lienhe@example.vn>"),
            ("CAMKET_CONTROLLER_EMAIL", "lienhe@example.vn\nBcc: ke.la@example.com"),
            ("CAMKET_CONTROLLER_EMAIL", "a@example.vn,b@example.vn"),
            ("CAMKET_TRUSTED_PROXIES", "proxy.example.vn"),
            ("CAMKET_TRUSTED_PROXIES", "10.0.0.0/8"),
            ("CAMKET_REGIME", "../secrets"),
            ("CAMKET_SITE_NAME", "May\nBcc: ke.la@example.com"),
            ("CAMKET_SITE_NAME", "<May>"),
            ("CAMKET_SITE_NAME", "M" * 61),
        ],
    )
    def test_that_cannot_be_meant_are_refused_by_name(self, home: dict[str, str], name: str, value: str) -> None:
        with pytest.raises(BadSetting, match=name):
            read_settings({**home, name: value})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("CAMKET_BIND", "[::1]:8000"),
            ("CAMKET_BIND", "localhost:8000"),
            ("CAMKET_STREAM_BIND", "127.0.0.1:9001"),
            ("CAMKET_STREAM_BIND", "off"),
            ("CAMKET_URL", "https://www.example.vn"),
            ("CAMKET_URL", "http://localhost:8000/"),
            ("CAMKET_URL", "http://[::1]:8000"),
            ("CAMKET_CONTROLLER_EMAIL", "lien.he+web@mail.example.vn"),
            ("CAMKET_STORED_IN", "VN, SG"),
            ("CAMKET_TRUSTED_PROXIES", "127.0.0.1, ::1"),
            ("CAMKET_REGIME", "vn-2026"),
            ("CAMKET_SITE_NAME", "Tiệm bánh Mây & bạn"),
        ],
    )
    def test_that_can_be_meant_are_taken_as_they_stand(self, home: dict[str, str], name: str, value: str) -> None:
        assert read_settings({**home, name: value})[name].value == value


class TestTheFileInTheHome:
    @pytest.fixture
    def write(self, home: dict[str, str]) -> Callable[[str], dict[str, str]]:
        """Offer a function that writes the file and returns the environment of its home."""

        def put(text: str) -> dict[str, str]:
            (Path(home["CAMKET_HOME"]) / FILE_NAME).write_text(text, "utf-8")
            return home

        return put

    def test_stands_between_the_environment_and_the_defaults(self, write: Callable[[str], dict[str, str]]) -> None:
        environment = write("# ours\n\nCAMKET_BIND = 0.0.0.0:9000\nCAMKET_REGIME=eu-gdpr\n")
        found = read_settings({**environment, "CAMKET_REGIME": "vn-2026"})
        assert (found["CAMKET_BIND"].value, found["CAMKET_BIND"].source) == ("0.0.0.0:9000", "file")
        assert (found["CAMKET_REGIME"].value, found["CAMKET_REGIME"].source) == ("vn-2026", "environment")
        assert (found["CAMKET_URL"].value, found["CAMKET_URL"].source) == ("http://localhost:9000", "default")

    def test_counts_an_empty_value_as_none_and_takes_quotes_off(self, write: Callable[[str], dict[str, str]]) -> None:
        found = read_settings({**write("CAMKET_SMTP_URL=\nCAMKET_POLICY='/srv/our texts'\n"), "CAMKET_POLICY": ""})
        assert found["CAMKET_SMTP_URL"].source == "default"
        assert (found["CAMKET_POLICY"].value, found["CAMKET_POLICY"].source) == ("/srv/our texts", "file")

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("# first\nCAMKET_PORT=9000\n", "line 2: there is no setting CAMKET_PORT"),
            ("CAMKET_HOME=/srv/camket\n", "only the environment"),
            ("a-secret-word\n", "line 1: this is not KEY=VALUE"),
            ("CAMKET_BIND=0.0.0.0:1\nCAMKET_BIND=0.0.0.0:2\n", "line 2: CAMKET_BIND is set a second time"),
            ("CAMKET_BIND=9000\n", "CAMKET_BIND"),
        ],
    )
    def test_that_cannot_be_meant_is_refused_with_its_line(self, write: Callable[[str], dict[str, str]], text: str, said: str) -> None:
        with pytest.raises(BadSetting, match=said) as refused:
            read_settings(write(text))
        assert "a-secret-word" not in str(refused.value)

    def test_that_is_no_text_is_refused(self, home: dict[str, str]) -> None:
        (Path(home["CAMKET_HOME"]) / FILE_NAME).write_bytes(b"\xff\xfe")
        with pytest.raises(BadSetting, match="UTF-8"):
            read_settings(home)

    def test_is_not_missed_where_the_home_is_no_folder(self, tmp_path: Path) -> None:
        (tmp_path / "home").touch()
        assert read_settings({"CAMKET_HOME": str(tmp_path / "home")})["CAMKET_REGIME"].source == "default"


class TestADatabasesAddress:
    def test_is_sqlite_in_the_home_where_none_is_set(self, tmp_path: Path) -> None:
        assert database("", sqlite_file=tmp_path / "data.sqlite3", name="CAMKET_DATABASE_URL")["NAME"] == str(tmp_path / "data.sqlite3")

    def test_is_taken_apart(self, tmp_path: Path) -> None:
        found = database("postgresql://us%40er:p%2Fw@db.example.vn:5433/camket?sslmode=require", sqlite_file=tmp_path, name="X")
        assert [found[key] for key in ("USER", "PASSWORD", "HOST", "PORT", "NAME")] == ["us@er", "p/w", "db.example.vn", "5433", "camket"]
        assert found["OPTIONS"] == {"sslmode": "require", "server_side_binding": True, "prepare_threshold": 3}

    @pytest.mark.parametrize(("written", "times"), [("0", 0), ("20", 20), ("none", None)])
    def test_says_how_often_a_statement_is_asked_before_it_is_prepared(self, tmp_path: Path, written: str, times: int | None) -> None:
        found = database(f"postgresql://localhost/camket?prepare_threshold={written}", sqlite_file=tmp_path, name="X")
        assert found["OPTIONS"] == {"server_side_binding": True, "prepare_threshold": times}

    @pytest.mark.parametrize("written", ["-1", "often", "1.5"])
    def test_that_says_it_in_no_number_is_refused(self, tmp_path: Path, written: str) -> None:
        with pytest.raises(BadSetting, match="prepare_threshold"):
            database(f"postgresql://localhost/camket?prepare_threshold={written}", sqlite_file=tmp_path, name="X")

    @pytest.mark.parametrize(
        "url",
        [
            "mysql://localhost/camket",
            "postgresql://localhost",
            "camket",
            "postgresql://u:secret@127.0.0.1:abc/x",
            "postgresql://u:secret@127.0.0.1:99999/x",
            "postgresql://u:secret@127.0.0.1:-1/x",
            "postgresql://u:secret@[::1/x",
            "postgresql://u:secret@[localhost]/x",
            "postgresql://u:sec/ret@127.0.0.1/x",
        ],
    )
    def test_of_another_kind_is_refused_without_being_repeated(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(BadSetting, match="CAMKET_KEYS_DATABASE_URL") as refused:
            database(url, sqlite_file=tmp_path, name="CAMKET_KEYS_DATABASE_URL")
        assert url not in str(refused.value)


class TestTheKeyOfThePages:
    def test_is_made_once(self, tmp_path: Path) -> None:
        first, fault = web_key(tmp_path / "secrets")
        assert fault == ""
        assert web_key(tmp_path / "secrets") == (first, "")
        assert (tmp_path / "secrets" / "web.key").stat().st_mode & 0o077 == 0

    @pytest.mark.skipif(not os.access("/proc", os.R_OK), reason="needs a folder that nobody can write")
    def test_is_a_passing_one_with_a_sentence_where_the_home_cannot_be_used(self) -> None:
        key, fault = web_key(Path("/proc/nowhere/secrets"))
        assert len(key) == 64
        assert "CAMKET_HOME" in fault

    def test_that_is_damaged_or_open_to_others_is_refused(self, tmp_path: Path) -> None:
        web_key(tmp_path)
        (tmp_path / "web.key").chmod(0o644)
        with pytest.raises(BadSetting, match="chmod 600"):
            web_key(tmp_path)
