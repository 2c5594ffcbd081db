"""A PostgreSQL that is not as a house needs it: a start, a restore and the doctor say what is wrong with it, before anything is made there."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from tests import stage
from tests.ports import free_port
from tests.terminals import typed

NewHome = Callable[[], Mapping[str, str]]
pytestmark = [pytest.mark.slow, pytest.mark.postgres]
DATA, KEYS = "CAMKET_DATABASE_URL", "CAMKET_KEYS_DATABASE_URL"


def command(*statements: str, at: str = "") -> None:
    """Let the server's own account do something, in one of its databases."""
    with psycopg.connect(at or os.environ["CAMKET_TEST_POSTGRES_URL"], autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def found(environment: Mapping[str, str], topic: str) -> tuple[str, str, str]:
    """What the doctor says of one thing: level, sentence, hint."""
    findings = json.loads(typed(environment, "doctor", "--json").stdout)["findings"]
    return next((one["level"], one["sentence"], one["hint"]) for one in findings if one["topic"] == topic)


def refused(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command says that ends with 3."""
    done = typed({**environment, "CAMKET_BIND": f"127.0.0.1:{free_port()}"}, *arguments)
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    return done.stderr


def as_user(address: str, user: str) -> str:
    """The same database, asked as somebody else."""
    parts = urlsplit(address)
    return f"postgresql://{user}@{parts.netloc.rpartition('@')[2]}" + urlunsplit(("", "", parts.path, parts.query, ""))


@pytest.fixture
def database() -> Iterator[str]:
    """The name of a database that goes when the test is over, made by the test."""
    name = f"camket_{uuid4().hex}_odd"
    yield name
    stage.drop_databases([name])


@pytest.fixture
def user() -> Iterator[str]:
    """Somebody who may connect, and nothing else."""
    name = f"camket_{uuid4().hex}"
    command(f"CREATE ROLE {name} LOGIN")
    yield name
    command(f"DROP ROLE {name}")


class TestADatabaseForAnotherScript:
    def test_is_refused_before_anything_is_made_in_it(self, bare_home: Mapping[str, str], database: str) -> None:
        command(f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        environment = {**bare_home, DATA: stage.address_of(database)}
        level, sentence, hint = found(environment, "database default")
        assert (level, sentence) == ("error", "PostgreSQL keeps text as SQL_ASCII there, and Vietnamese needs UTF8")
        assert DATA in hint
        assert sentence in refused(environment, "serve")
        with psycopg.connect(stage.address_of(database)) as connection:
            assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)

    def test_is_refused_a_backup(self, bare_home: Mapping[str, str], new_home: NewHome, database: str, tmp_path: Path) -> None:
        command(f"CREATE DATABASE {database} TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'")
        home, data, keys = new_home(), str(tmp_path / "data"), str(tmp_path / "keys")
        for arguments in (("demo", "--inquiries", "1"), ("backup", data), ("backup", "--keys", keys)):
            assert typed(home, *arguments).returncode == 0
        environment = {**bare_home, KEYS: stage.address_of(database)}
        assert "keeps text as SQL_ASCII" in refused(environment, "restore", data, "--keys", keys, "--accept-gap")


class TestOneDatabaseForBoth:
    def test_is_refused(self, bare_home: Mapping[str, str]) -> None:
        environment = {**bare_home, KEYS: bare_home[DATA]}
        level, sentence, hint = found(environment, "database keys")
        assert (level, sentence) == ("error", "it is the main database too")
        assert KEYS in hint
        assert sentence in refused(environment, "serve")

    def test_may_hold_them_in_two_schemas(self, bare_home: Mapping[str, str]) -> None:
        command("CREATE SCHEMA of_the_keys", at=bare_home[DATA])
        apart = bare_home[DATA] + ("&" if "?" in bare_home[DATA] else "?") + "options=-csearch_path%3Dof_the_keys"
        assert found({**bare_home, KEYS: apart}, "database keys")[0] == "ok"


class TestAUserWhoMayMakeNoTables:
    def test_is_told_what_to_grant(self, bare_home: Mapping[str, str], user: str) -> None:
        command("REVOKE CREATE ON SCHEMA public FROM PUBLIC", at=bare_home[KEYS])
        environment = {**bare_home, KEYS: as_user(bare_home[KEYS], user)}
        level, sentence, hint = found(environment, "database keys")
        assert (level, sentence) == ("error", "its user may make no tables there")
        assert KEYS in hint
        assert sentence in refused(environment, "serve")


class TestADatabaseThatCannotBeOpened:
    def test_is_told_apart_from_a_server_that_is_away(self, bare_home: Mapping[str, str]) -> None:
        nobody = as_user(bare_home[DATA], f"nobody_{uuid4().hex}")
        nowhere = stage.address_of(f"camket_{uuid4().hex}_nowhere")
        away = f"postgresql://camket:x@127.0.0.1:{free_port()}/camket"
        odd = bare_home[KEYS] + ("&" if "?" in bare_home[KEYS] else "?") + "sslmod=require"
        said = {
            nobody: "PostgreSQL does not let us in",
            nowhere: "PostgreSQL has no database of this name",
            odd: "PostgreSQL cannot be asked in the way that CAMKET_KEYS_DATABASE_URL says",
            away: "PostgreSQL does not answer",
        }
        for data, keys in ((nobody, nowhere), (nowhere, away), (away, nobody), (away, odd)):
            environment = {**bare_home, DATA: data, KEYS: keys}
            for name, topic in ((DATA, "database default"), (KEYS, "database keys")):
                level, sentence, hint = found(environment, topic)
                assert (level, sentence) == ("error", said[environment[name]])
                assert name in sentence + hint
