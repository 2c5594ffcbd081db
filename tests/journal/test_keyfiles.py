"""Key files: readable by their owner alone, whole or refused, and never made anew over old data."""

import threading
from pathlib import Path

import pytest

from camket.journal import keyfiles


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "some.key"


class TestANewKeyFile:
    def test_gives_back_what_was_put_in(self, path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        assert keyfiles.read(path, 32) == b"k" * 32

    def test_can_be_read_by_its_owner_alone(self, path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700

    def test_never_replaces_one_that_is_there(self, path: Path) -> None:
        keyfiles.create(path, b"a" * 32)
        with pytest.raises(FileExistsError):
            keyfiles.create(path, b"b" * 32)
        assert keyfiles.read(path, 32) == b"a" * 32

    def test_leaves_nothing_else_in_the_folder(self, path: Path) -> None:
        keyfiles.create(path, b"a" * 32)
        with pytest.raises(FileExistsError):
            keyfiles.create(path, b"b" * 32)
        assert [each.name for each in path.parent.iterdir()] == ["some.key"]


class TestReading:
    def test_says_which_file_is_missing_and_where_it_belongs(self, path: Path) -> None:
        with pytest.raises(keyfiles.KeyFileMissing, match=r"some\.key is missing from") as missing:
            keyfiles.read(path, 32)
        assert missing.value.path == path

    @pytest.mark.parametrize("length", [0, 31, 33, 5000])
    def test_refuses_a_key_of_another_length_and_does_not_print_it(self, path: Path, length: int) -> None:
        keyfiles.create(path, b"Z" * length)
        with pytest.raises(keyfiles.KeyFileDamaged, match=f"holds {length} bytes instead of 32") as damaged:
            keyfiles.read(path, 32)
        assert "ZZ" not in str(damaged.value)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601])
    def test_refuses_a_file_on_which_others_have_a_right(self, path: Path, mode: int) -> None:
        keyfiles.create(path, b"k" * 32)
        path.chmod(mode)
        with pytest.raises(keyfiles.KeyFileExposed, match="chmod 600"):
            keyfiles.read(path, 32)


class TestReadOrCreate:
    def test_makes_no_key_over_old_data(self, path: Path) -> None:
        with pytest.raises(keyfiles.KeyFileMissing):
            keyfiles.read_or_create(path, length=32, may_create=False)
        assert not path.exists()

    def test_makes_a_random_key_once(self, path: Path) -> None:
        first = keyfiles.read_or_create(path, length=32, may_create=True)
        assert len(first) == 32
        assert keyfiles.read_or_create(path, length=32, may_create=True) == first
        assert keyfiles.read_or_create(path.with_name("other.key"), length=32, may_create=True) != first

    def test_gives_eight_starters_at_once_the_same_key(self, path: Path) -> None:
        found: list[bytes] = []
        gate = threading.Barrier(8)

        def start() -> None:
            gate.wait()
            found.append(keyfiles.read_or_create(path, length=32, may_create=True))

        threads = [threading.Thread(target=start) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len(set(found)) == 1


class TestDestroying:
    def test_overwrites_before_it_removes(self, path: Path, tmp_path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        other_name = tmp_path / "kept-by-somebody"
        other_name.hardlink_to(path)
        assert keyfiles.destroy(path)
        assert not path.exists()
        assert len(other_name.read_bytes()) == 32
        assert b"k" * 8 not in other_name.read_bytes()

    def test_takes_what_a_broken_off_creation_left(self, path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        (path.parent / ".some.key.00ff00ff00ff00ff").write_bytes(b"k" * 32)
        keyfiles.create(path.with_name("other.key"), b"o" * 32)
        assert keyfiles.destroy(path)
        assert [each.name for each in path.parent.iterdir()] == ["other.key"]

    def test_of_what_is_gone_changes_nothing(self, path: Path) -> None:
        assert not keyfiles.destroy(path)
        keyfiles.create(path.with_name("other.key"), b"o" * 32)
        assert not keyfiles.destroy(path)


class TestASecondName:
    def test_of_a_key_that_a_crash_left_is_taken_away(self, path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        path.with_name(".some.key.0123456789abcdef").hardlink_to(path)
        keyfiles.drop_second_names(path.parent)
        assert [each.name for each in path.parent.iterdir()] == ["some.key"]

    def test_that_is_about_to_become_a_key_is_left_alone(self, path: Path) -> None:
        keyfiles.create(path, b"k" * 32)
        on_its_way = path.with_name(".next.key.0123456789abcdef")
        on_its_way.write_bytes(b"n" * 32)
        keyfiles.drop_second_names(path.parent)
        assert on_its_way.exists()
