"""The offline verifier: a file that stands alone, beside a stranger's second opinion about everything that somebody may have changed."""

import ast
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.journal import stranger
from tests.journal.offline import VERIFIER, verdict

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key().public_bytes_raw()
AT = "2026-11-23T05:00:00.000000Z"


def journal(size: int, withheld: frozenset[int] = frozenset()) -> list[dict[str, Any]]:
    """Return the export of some entries."""
    return [stranger.exported(number, f'{{"number":{number}}}', number.to_bytes(16, "big"), is_withheld=number in withheld) for number in range(size)]


def leaves_of(lines: Sequence[stranger.Found]) -> list[bytes]:
    return [bytes.fromhex(line["leaf"]) for line in lines]


def handed(folder: Path, *everything: Any) -> list[Path]:
    """Write checkpoints, proofs and exports into files, as somebody receives them; an export is a list."""
    paths = []
    for number, found in enumerate(everything):
        paths.append(folder / f"{number}")
        paths[-1].write_text("".join(stranger.canonical(line) + "\n" for line in (found if isinstance(found, list) else [found])))
    return paths


class TestItsFile:
    def test_has_at_most_150_lines(self) -> None:
        assert len(VERIFIER.read_text(encoding="utf-8").splitlines()) <= 150

    def test_needs_python_and_cryptography_and_nothing_else(self) -> None:
        imported = set()
        for found in ast.walk(ast.parse(VERIFIER.read_text(encoding="utf-8"))):
            if isinstance(found, ast.Import):
                imported |= {alias.name for alias in found.names}
            elif isinstance(found, ast.ImportFrom):
                imported.add(str(found.module).partition(".")[0])
        assert imported <= {*sys.stdlib_module_names, "cryptography"}

    def test_runs_alone(self, tmp_path: Path) -> None:
        lines = journal(3)
        files = handed(tmp_path, stranger.signed(KEY, leaves_of(lines), AT), lines)
        alone = tmp_path / "verify_journal.py"
        alone.write_bytes(VERIFIER.read_bytes())
        done = subprocess.run([sys.executable, "-I", alone, PUBLIC.hex(), *files], cwd=tmp_path, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "All of it holds.", "")


class TestItsAnswer:
    def test_is_2_to_wrong_use_and_to_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        assert verdict(key=PUBLIC)[0] == 2
        assert verdict(tmp_path / "nothing", key=PUBLIC) == (2, f"{tmp_path}/nothing\n{tmp_path}/nothing: No such file or directory\n")
        assert verdict(tmp_path / "nothing", key=b"short")[0] == 2

    @pytest.mark.parametrize("content", ["", "\n", "[]", "7", "null", "{}", '{"format": "x"}', '{"format": "camket proof v1"}', "[" * 5000, "\x00"])
    def test_is_1_to_a_file_that_is_none_of_ours(self, content: str, tmp_path: Path) -> None:
        (tmp_path / "junk").write_text(content)
        lines = journal(1)
        signed = handed(tmp_path, stranger.signed(KEY, leaves_of(lines), AT))
        assert verdict(*signed, tmp_path / "junk", key=PUBLIC)[0] == 1

    def test_is_1_where_nothing_was_signed(self, tmp_path: Path) -> None:
        status, said = verdict(*handed(tmp_path, journal(2)), key=PUBLIC)
        assert (status, "bring a checkpoint" in said) == (1, True)

    def test_is_1_to_what_another_kind_of_signature_was_made_for(self, tmp_path: Path) -> None:
        lines = journal(1)
        found = stranger.signed(KEY, leaves_of(lines), AT)
        framed = stranger.framed(found).replace(b"checkpoint v1", b"certificate 1")
        assert verdict(*handed(tmp_path, {**found, "signature": KEY.sign(framed).hex()}), key=PUBLIC)[0] == 1

    def test_is_1_where_the_border_between_salt_and_payload_was_moved(self, tmp_path: Path) -> None:
        lines = journal(3)
        checkpoint = stranger.signed(KEY, leaves_of(lines), AT)
        moved = {**lines[1], "salt": lines[1]["salt"] + lines[1]["payload"][:1].encode().hex(), "payload": lines[1]["payload"][1:]}
        status, said = verdict(*handed(tmp_path, checkpoint, [lines[0], moved, lines[2]]), key=PUBLIC)
        assert (status, "34 digits stand where 32 belong" in said) == (1, True)

    def test_tells_how_much_of_an_export_is_withheld_and_how_much_is_not_yet_signed(self, tmp_path: Path) -> None:
        lines = journal(9, frozenset({1, 4}))
        status, said = verdict(*handed(tmp_path, stranger.signed(KEY, leaves_of(lines[:6]), AT), lines), key=PUBLIC)
        assert status == 0
        assert "an export of 9 entries, 2 of them withheld, 3 after the last that is signed" in said

    def test_follows_one_history_over_several_proofs_and_exports(self, tmp_path: Path) -> None:
        lines = journal(12)
        three, seven, twelve = (stranger.signed(KEY, leaves_of(lines[:size]), AT) for size in (3, 7, 12))
        first = stranger.proved(lines[0], leaves_of(lines[:7]), seven, three)
        second = stranger.proved(lines[9], leaves_of(lines), twelve, seven)
        assert verdict(*handed(tmp_path, three, twelve, first, second), key=PUBLIC)[0] == 0
        assert verdict(*handed(tmp_path, three, twelve, lines[:7], lines), key=PUBLIC)[0] == 0
        assert verdict(*handed(tmp_path, three, twelve, first), key=PUBLIC)[0] == 1


@st.composite
def two_sizes(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(st.integers(min_value=1, max_value=20))
    return draw(st.integers(min_value=1, max_value=new)), new


def places(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every text and number in what was handed out."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        return [place for name, held in inside for place in places(held, (*before, name))]
    return [] if value is None else [before]


def changed(value: Any, place: tuple[Any, ...], by: int) -> Any:
    """Return a copy in which one text or number is another."""
    copy = deepcopy(value)
    held = copy
    for name in place[:-1]:
        held = held[name]
    was = held[place[-1]]
    if isinstance(was, int):
        held[place[-1]] = was + by
    else:
        number = by % len(was)
        held[place[-1]] = was[:number] + ("0" if was[number] != "0" else "1") + was[number + 1 :]
    return copy


def believes(checkpoint: Any, since: Any, proof: Any, lines: Any) -> bool:
    """Return what a stranger makes of it: all six rules."""
    try:
        return (
            stranger.believes_checkpoint(checkpoint, PUBLIC)
            and stranger.believes_checkpoint(since, PUBLIC)
            and stranger.believes_export(lines, checkpoint)
            and stranger.believes_export(lines, since)
            and stranger.believes_proof(proof, PUBLIC)
        )
    except (ValueError, LookupError, TypeError):
        return False


class TestItAndAStranger:
    @given(two_sizes(), st.data())
    def test_believe_and_disbelieve_the_same(self, sizes: tuple[int, int], data: st.DataObject) -> None:
        old, new = sizes
        lines = journal(new, data.draw(st.frozensets(st.integers(0, new - 1))))
        since, checkpoint = stranger.signed(KEY, leaves_of(lines[:old]), AT), stranger.signed(KEY, leaves_of(lines), AT)
        proof = stranger.proved(lines[data.draw(st.integers(0, new - 1))], leaves_of(lines), checkpoint, since)
        everything = [checkpoint, since, proof, lines]
        assert believes(*everything)
        with tempfile.TemporaryDirectory() as folder:
            assert verdict(*handed(Path(folder), *everything), key=PUBLIC)[0] == 0
            tampered = changed(everything, data.draw(st.sampled_from(places(everything))), data.draw(st.integers(1, 130)))
            assert (verdict(*handed(Path(folder), *tampered), key=PUBLIC)[0] == 0) == believes(*tampered)
