"""Key files: the ones that were, nobody else's to read, and never a new one over old data."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest

from camket.vault import gate, keyring
from camket.vault.keys.models import Check, Epoch, MatterKey, SubjectKey
from camket.vault.models import Home
from tests.cast import AN
from tests.vault.deeds import collect, revealed, use

EPOCH, INDEX = "epochs/000001.key", "index/identity-1.key"
both = pytest.mark.parametrize("name", [EPOCH, INDEX])


@pytest.fixture
def files(home: Path) -> Path:
    return home / "secrets"


def damage(name: str) -> Callable[[Path], object]:
    """Return what may happen to a key file."""
    return {
        "missing": lambda path: path.unlink(),
        "short": lambda path: path.write_bytes(path.read_bytes()[:-1]),
        "empty": lambda path: path.write_bytes(b""),
        "swapped": lambda path: path.write_bytes(bytes(reversed(path.read_bytes()))),
        "open to its group": lambda path: path.chmod(0o640),
        "open to all": lambda path: path.chmod(0o604),
    }[name]


@pytest.mark.usefixtures("db")
class TestTheFirstStart:
    @both
    def test_makes_files_that_only_their_owner_reads(self, files: Path, now: datetime, name: str) -> None:
        gate.prepare_keys(now=now)
        assert (files / name).stat().st_mode & 0o777 == 0o600
        assert len((files / name).read_bytes()) == 32

    def test_makes_two_keys(self, files: Path, now: datetime) -> None:
        gate.prepare_keys(now=now)
        assert (files / EPOCH).read_bytes() != (files / INDEX).read_bytes()

    def test_broken_off_is_taken_up_again(self, files: Path, now: datetime) -> None:
        gate.prepare_keys(now=now)
        made = (files / EPOCH).read_bytes()
        Epoch.objects.all().delete()
        Check.objects.all().delete()
        gate.prepare_keys(now=now)
        assert (files / EPOCH).read_bytes() == made


@pytest.mark.usefixtures("vault")
class TestALaterStart:
    def test_finds_everything_as_it_was(self, now: datetime) -> None:
        an = collect(now=now)
        gate.prepare_keys(now=now)
        assert revealed(use(an, now=now))["email"] == AN.email

    @both
    @pytest.mark.parametrize("fate", ["missing", "short", "empty", "swapped", "open to its group", "open to all"])
    def test_stops_at_a_file_that_is_not_what_it_was(self, files: Path, now: datetime, name: str, fate: str) -> None:
        damage(fate)(files / name)
        left = (files / name).read_bytes() if fate != "missing" else None
        with pytest.raises(gate.KeysLost, match=Path(name).stem):
            gate.prepare_keys(now=now)
        assert (files / name).exists() is (left is not None)
        assert left is None or (files / name).read_bytes() == left

    def test_tells_how_to_mend_an_open_file(self, files: Path, now: datetime) -> None:
        (files / EPOCH).chmod(0o644)
        with pytest.raises(gate.KeysLost, match="chmod 600"):
            gate.prepare_keys(now=now)

    def test_never_makes_keys_over_data_whose_keys_are_lost(self, files: Path, now: datetime) -> None:
        collect(now=now)
        for model in (Check, Epoch, MatterKey, SubjectKey):
            model.objects.all().delete()
        with pytest.raises(gate.KeysLost):
            gate.prepare_keys(now=now)
        assert not Epoch.objects.exists()

    def test_never_takes_another_main_database_for_its_own(self, now: datetime) -> None:
        Home.objects.update(id=uuid4())
        with pytest.raises(gate.KeysLost, match="CAMKET_KEYS_DATABASE_URL"):
            gate.prepare_keys(now=now)

    def test_never_takes_an_empty_main_database_for_its_own(self, now: datetime) -> None:
        Home.objects.all().delete()
        with pytest.raises(gate.KeysLost):
            gate.prepare_keys(now=now)


@pytest.mark.usefixtures("vault")
class TestARunningVault:
    def test_opens_more_keys_than_a_statement_takes_values(self, now: datetime) -> None:
        subject, matters = uuid4(), [uuid4() for _ in range(70_000)]
        kept = keyring.make_matter_key(subject=subject, matter=matters[-1], identities=(), now=now)
        assert keyring.matter_keys(matters) == {matters[-1]: kept}

    def test_opens_nothing_with_a_swapped_epoch_key(self, files: Path, now: datetime) -> None:
        an = collect(now=now)
        damage("swapped")(files / EPOCH)
        with pytest.raises(gate.SealBroken):
            use(an, now=now)
