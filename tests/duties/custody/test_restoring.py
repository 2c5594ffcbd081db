"""What a backup says of its journal is compared with what is in it before anything of it is restored."""

import io
import json
import tarfile
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from camket.duties.custody import actions as custody
from camket.duties.custody import queries as health
from camket.duties.custody.actions import archive
from camket.journal import signing
from camket.journal.models import TreeNode
from camket.vault import gate
from tests.crashes.homes import Home, home
from tests.journal.deeds import by_force
from tests.lives.houses import House, built, forget
from tests.vault.deeds import HOUSE

__all__ = ["home"]

_LATER = timedelta(minutes=5)


@pytest.fixture
def house(home: Home, now: datetime) -> Iterator[House]:
    """A house that is lost in a moment."""
    made = built(home, now)
    yield made
    made.opened.close()


def lose_a_node() -> None:
    """What a failing disk, or somebody with SQL, takes away from the tree."""
    level, index = TreeNode.objects.order_by("level", "index").values_list("level", "index")[0]
    assert by_force('DELETE FROM journal_treenode WHERE level = %s AND "index" = %s', (level, index)) == 1


def packed(names: Iterable[str]) -> io.BytesIO:
    """A packed file with parts of these names."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = 1
            tar.addfile(entry, io.BytesIO(b"x"))
    return stream


def signed_by_another(path: Path) -> Path:
    """The same parts with a list that another house's key signed."""
    with archive.opened(path, identity="", folder=path.parent) as stream:
        parts = {member.name: member.content for member in archive.members(stream, path.name)}
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes_raw()
    listed = {name: value for name, value in json.loads(parts[archive.MANIFEST]).items() if name not in ("key_id", "public_key", "signature")}
    message = len(signing.BACKUP).to_bytes(8, "big") + signing.BACKUP.encode() + rfc8785.dumps(listed)
    told = {"key_id": signing.key_id_of(public), "public_key": public.hex(), "signature": key.sign(message).hex()}
    parts[archive.MANIFEST] = rfc8785.dumps(listed | told)
    forged = path.with_name("forged")
    with tarfile.open(forged, mode="w:gz") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return forged


class TestAPartOfABackup:
    @pytest.mark.parametrize(
        "name",
        [
            "secrets/../camket.env",
            "secrets/../../planted.key",
            "secrets/..",
            "secrets/.x.key",
            "secrets/a/b/c.key",
            "secrets/camket.env",
            "tables/../x",
        ],
    )
    def test_that_leads_out_of_its_place_is_none(self, name: str) -> None:
        with pytest.raises(archive.ArchiveDamaged):
            list(archive.members(packed([name]), "x"))

    @pytest.mark.parametrize("name", ["secrets/web.key", "secrets/epochs/000001.key", "tables/default/vault.matter/0", "manifest.json"])
    def test_in_its_place_is_one(self, name: str) -> None:
        assert [one.name for one in archive.members(packed([name]), "x")] == [name]

    def test_of_another_house_brings_no_keys(self, house: House, now: datetime) -> None:
        data, keys = house.back_up(now)
        house.lose()
        with pytest.raises(archive.ArchiveDamaged, match="another house"):
            custody.restore(path=data, keys_path=signed_by_another(keys), identity="", accepts_gap=True, actor=HOUSE, now=now + _LATER)


class TestABackupOfATreeThatIsNotWhole:
    @pytest.mark.clause("7.1")
    def test_is_restored_only_when_that_is_accepted_and_is_told_of_afterwards(self, house: House, now: datetime) -> None:
        lose_a_node()
        data, keys = house.back_up(now)
        house.lose()
        with pytest.raises(custody.Gap) as gap:
            custody.restore(path=data, keys_path=keys, identity="", accepts_gap=False, actor=HOUSE, now=now + _LATER)
        assert "of the journal's tree 1 node cannot be found" in str(gap.value)
        restored = custody.restore(path=data, keys_path=keys, identity="", accepts_gap=True, actor=HOUSE, now=now + _LATER)
        custody.end_restore()
        forget()
        assert restored.gaps == gap.value.sentences
        assert not health.verify_journal().ok

    def test_that_is_whole_is_not_spoken_of(self, house: House, now: datetime) -> None:
        data, keys = house.back_up(now)
        house.lose()
        assert custody.restore(path=data, keys_path=keys, identity="", accepts_gap=False, actor=HOUSE, now=now + _LATER).gaps == ()


@pytest.mark.clause("4.7")
class TestAHouseOfManyNights:
    def test_is_restored_with_the_keys_of_its_last_day_and_lets_the_older_ones_die(self, house: House, now: datetime) -> None:
        for _ in range(5):
            now += timedelta(days=1)
            gate.keep_epochs(actor=HOUSE, now=now)
        files = house.back_up(now)
        house.lose()
        house.restore(files, now + _LATER)
        custody.require_keys()
        assert gate.epochs_in_use() == {6}
        assert sorted(path.name for path in (Path(settings.CAMKET_SECRETS) / "epochs").iterdir()) == ["000005.key", "000006.key"]
        assert health.verify_journal().ok
