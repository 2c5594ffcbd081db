"""A stolen database, or two: what a thief opens who has them, and nothing, some or all of the key files."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from camket.vault import gate
from tests.cast import AN, BINH
from tests.journeys.canaries import Nose, spellings
from tests.vault import thief
from tests.vault.deeds import HOUSE, Kept, close, collect, end

pytestmark = [pytest.mark.usefixtures("vault"), pytest.mark.clause("7.1")]


@pytest.fixture(autouse=True)
def an(vault: None, now: datetime) -> Kept:
    """An and Bình have written to the house."""
    collect(BINH, now=now)
    return collect(AN, now=now)


@pytest.fixture
def data() -> dict[str, list[thief.Row]]:
    return thief.copied("default")


@pytest.fixture
def keys() -> dict[str, list[thief.Row]]:
    return thief.copied("keys")


@pytest.fixture
def secrets(home: Path) -> Path:
    return home / "secrets"


class TestBothDatabases:
    def test_open_nothing_without_the_key_files(self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]]) -> None:
        assert len(data["vault_record"]) == 4
        assert thief.opened(data, keys, thief.keys_among(data) | thief.keys_among(keys)) == []

    def test_open_everything_with_the_files_of_the_epochs(
        self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]], secrets: Path
    ) -> None:
        """A test of the thief; and what remains: who has all three has everybody who is not erased."""
        found = b"".join(thief.opened(data, keys, thief.keys_in(secrets / "epochs")))
        for person in (AN, BINH):
            assert all(value.encode() in found for value in person.values("full_name", "email", "message").values())

    def test_open_nothing_with_every_other_key_file(self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]], secrets: Path) -> None:
        others = thief.keys_in(secrets) - thief.keys_in(secrets / "epochs")
        assert others
        assert thief.opened(data, keys, others | thief.keys_among(data) | thief.keys_among(keys)) == []

    def test_do_not_tell_whether_an_address_is_known(self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]]) -> None:
        assert thief.known(AN.email, keys, thief.keys_among(data) | thief.keys_among(keys)) == []

    def test_tell_it_with_the_file_of_the_index(self, keys: dict[str, list[thief.Row]], secrets: Path) -> None:
        """A test of the thief; and what remains."""
        assert len(thief.known(AN.email, keys, thief.keys_in(secrets / "index"))) == 1


class TestTheMainDatabaseAlone:
    def test_opens_nothing_even_with_every_key_file(self, data: dict[str, list[thief.Row]], secrets: Path) -> None:
        assert thief.opened(data, {}, thief.keys_in(secrets) | thief.keys_among(data)) == []


class TestTheKeysDatabaseAlone:
    def test_has_no_record_to_open(self, keys: dict[str, list[thief.Row]]) -> None:
        assert "vault_record" not in keys or keys["vault_record"] == []
        assert keys["vault_keys_subjectkey"]

    def test_names_nobody(self, keys: dict[str, list[thief.Row]]) -> None:
        values = {f"{person.email} {name}": value for person in (AN, BINH) for name, value in person.values().items()}
        nose = Nose(spellings(values))
        assert nose.leaks_in(repr(keys).encode(), place="the keys database") == []
        keys["vault_keys_check"].append({"name": AN.phone})
        assert nose.leaks_in(repr(keys).encode(), place="the keys database")


@pytest.mark.clause("4.7")
class TestAnOldCopy:
    """Both databases were copied; then An was erased, and fourteen nights passed."""

    @pytest.fixture
    def then(self, secrets: Path) -> set[bytes]:
        """The epochs' files of the day of the copy, which nobody should have kept."""
        return thief.keys_in(secrets / "epochs")

    @pytest.fixture(autouse=True)
    def since(self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]], then: set[bytes], an: Kept, now: datetime) -> None:
        close(an, now=now)
        end(an, now=now)
        gate.collect_ended(matters=[an.matter], now=now)
        for night in range(1, 15):
            gate.keep_epochs(actor=HOUSE, now=now + timedelta(days=night))

    def test_is_opened_by_nothing_that_the_house_still_has(
        self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]], secrets: Path
    ) -> None:
        assert thief.opened(data, keys, thief.keys_in(secrets)) == []

    def test_beside_the_keys_of_today_opens_the_living_alone(self, data: dict[str, list[thief.Row]], secrets: Path) -> None:
        found = b"".join(thief.opened(data, thief.copied("keys"), thief.keys_in(secrets)))
        assert BINH.email.encode() in found
        assert AN.email.encode() not in found

    def test_is_opened_by_whoever_kept_the_epochs_file_of_its_day(
        self, data: dict[str, list[thief.Row]], keys: dict[str, list[thief.Row]], then: set[bytes]
    ) -> None:
        """A test of the thief; and what remains."""
        assert AN.email.encode() in b"".join(thief.opened(data, keys, then))
