"""The document: a stranger can work from it, its test vectors are right, and it knows every code there is."""

import json
import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from camket.journal import actions, checkpoints, entries, exports, keys, queries, tree, verification
from tests.journal import stranger
from tests.journal.deeds import NOON, several
from tests.journal.offline import verdict

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "journal.md"
SEED = bytes(range(32))


def section(name: str) -> str:
    """Return what stands under a heading of the document."""
    return DOCUMENT.read_text(encoding="utf-8").split(f"\n## {name}\n")[1].split("\n## ")[0]


def members(name: str) -> set[str]:
    """Return the first words of a section's table."""
    return set(re.findall(r"^\| `(\w+)` \|", section(name), re.MULTILINE))


class TestTheTestVectors:
    @pytest.fixture
    def vectors(self) -> list[list[str]]:
        """Key, export, checkpoints and proof, each as its lines."""
        return [block.strip().splitlines() for block in re.findall(r"```(?:text|json)\n(.*?)```", section("Test vectors"), re.DOTALL)]

    def test_are_believed_by_the_verifier(self, vectors: list[list[str]], tmp_path: Path) -> None:
        files = []
        for number, line in enumerate([*vectors[2], *vectors[3]]):
            files.append(tmp_path / f"{number}.json")
            files[-1].write_text(line)
        (tmp_path / "export.jsonl").write_text("\n".join(vectors[1]) + "\n")
        assert verdict(*files, tmp_path / "export.jsonl", key=bytes.fromhex(vectors[0][0]))[0] == 0

    def test_are_what_a_stranger_makes_of_the_document(self, vectors: list[list[str]]) -> None:
        key, lines, proof = Ed25519PrivateKey.from_private_bytes(SEED), [json.loads(line) for line in vectors[1]], json.loads(vectors[3][0])
        leaves = [bytes.fromhex(line["leaf"]) for line in lines]
        two, three = (json.loads(line) for line in vectors[2])
        assert vectors[0] == [key.public_key().public_bytes_raw().hex()]
        assert (two, three) == (stranger.signed(key, leaves[:2], two["at"]), stranger.signed(key, leaves, three["at"]))
        assert proof == stranger.proved(lines[0], leaves, three, two)
        assert lines[1]["payload"] is None
        assert stranger.exported(2, lines[2]["payload"], bytes.fromhex(lines[2]["salt"])) == lines[2]
        for said in (line for block in vectors[1:] for line in block):
            assert stranger.canonical(json.loads(said)) == said

    def test_are_what_our_program_makes_of_them(self, vectors: list[list[str]]) -> None:
        lines = [json.loads(line) for line in vectors[1]]
        edge, _ = tree.append(tree.Frontier(), [bytes.fromhex(line["leaf"]) for line in lines])
        signed = checkpoints.read(vectors[2][1].encode(), name="the second")
        assert (signed.size, signed.root, signed.is_ours(bytes.fromhex(vectors[0][0]))) == (3, edge.root, True)
        for line in (lines[0], lines[2]):
            assert entries.leaf_of(bytes.fromhex(line["salt"]), line["payload"].encode()).hex() == line["leaf"]
            assert entries.canonical(json.loads(line["payload"])).decode() == line["payload"]


@pytest.mark.django_db
class TestTheDocument:
    def test_knows_every_code_and_no_other(self) -> None:
        source = Path(verification.__file__).read_text(encoding="utf-8")
        used = set(re.findall(r'(?:found\.add\(\s*|return )"([a-z]+(?:_[a-z]+)*)"', source))
        told = {
            code
            for line in section("What `verify` finds").splitlines()
            if line.startswith("| `")
            for code in re.findall(r"`([a-z_]+)`", line.split("|")[1])
        }
        assert len(used) > 10
        assert told == used

    def test_names_the_keys_and_the_limits_as_they_are(self) -> None:
        text = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
        for name in (keys._COUNTING, keys._SIGNING):
            assert f"secrets/{name}" in text
        assert actions.CHECKPOINT_INTERVAL.total_seconds() == 60
        assert actions.CHECKPOINT_ENTRIES == 1000
        assert "every 60 seconds or 1,000 entries" in text

    def test_names_the_members_of_whatever_it_describes(self) -> None:
        (entry_id,) = several(1)
        actions.checkpoint(now=NOON)
        line, proof = next(exports.lines()), exports.proof(entry_id)
        assert members("An entry") == set(json.loads(queries.opening(entry_id).payload))
        assert members("An export") == set(json.loads(line)) == set(proof["entry"])
        assert members("A proof") == set(proof)
        assert members("A checkpoint") == set(proof["checkpoint"])


class TestThePromiseOfTheJournal:
    @pytest.mark.parametrize("place", ["README.md", "docs/journal.md", "docs/operate.md", "src/camket/jobs/cli/journal.py"])
    def test_is_made_in_the_same_plain_words_wherever_it_stands(self, place: str) -> None:
        said = " ".join((ROOT / place).read_text(encoding="utf-8").split())
        assert "Whoever holds a checkpoint notices any change to what" in said
        assert "unnoticed by a holder" not in said
