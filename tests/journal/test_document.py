"""The document: its verifier works as printed, and it knows every code there is."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

from camket.journal import actions, exports, keys, queries, signing, verification
from tests.journal.deeds import NOON, several

DOCUMENT = Path(__file__).parents[2] / "docs" / "journal.md"

pytestmark = pytest.mark.django_db


@pytest.fixture
def check() -> Callable[..., None]:
    (code,) = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(code, str(DOCUMENT), "exec"), names)  # noqa: S102  # the document's own words are what is tested
    verifier: Callable[..., None] = names["check"]
    return verifier


@pytest.fixture
def lines() -> list[bytes]:
    ids = several(11)
    actions.withhold(ids[4])
    return list(exports.lines())


@pytest.fixture
def checkpoint(lines: list[bytes], home: Path) -> Mapping[str, Any]:
    actions.checkpoint(now=NOON)
    several(3)
    found: Mapping[str, Any] = json.loads((home / "checkpoints" / "checkpoint-11.json").read_text())
    return found


class TestThePrintedVerifier:
    def test_is_content_with_a_sound_export(self, check: Callable[..., None], lines: list[bytes], checkpoint: Mapping[str, Any]) -> None:
        check(lines, checkpoint, signing.public_key_bytes())
        check(list(exports.lines()), checkpoint, signing.public_key_bytes())

    @pytest.mark.parametrize("position", [0, 3, 10])
    def test_finds_a_changed_entry(self, position: int, check: Callable[..., None], lines: list[bytes], checkpoint: Mapping[str, Any]) -> None:
        lines[position] = lines[position].replace(b"phone", b"email")
        with pytest.raises(ValueError, match=f"position {position} was changed"):
            check(lines, checkpoint, signing.public_key_bytes())

    def test_finds_a_missing_entry(self, check: Callable[..., None], lines: list[bytes], checkpoint: Mapping[str, Any]) -> None:
        with pytest.raises(ValueError, match="position 2 is missing"):
            check(lines[:2] + lines[3:], checkpoint, signing.public_key_bytes())
        with pytest.raises(ValueError, match="not the entries"):
            check(lines[:-1], checkpoint, signing.public_key_bytes())

    def test_finds_a_changed_leaf(self, check: Callable[..., None], lines: list[bytes], checkpoint: Mapping[str, Any]) -> None:
        withheld = json.loads(lines[4])
        lines[4] = json.dumps({**withheld, "leaf": "00" * 32}).encode()
        with pytest.raises(ValueError, match="not the entries"):
            check(lines, checkpoint, signing.public_key_bytes())

    def test_finds_a_forged_checkpoint(self, check: Callable[..., None], lines: list[bytes], checkpoint: Mapping[str, Any]) -> None:
        with pytest.raises(InvalidSignature):
            check(lines, {**checkpoint, "root": "00" * 32}, signing.public_key_bytes())


class TestAnExport:
    def test_is_whole_whatever_the_size_of_a_batch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ids = several(7)
        monkeypatch.setattr(exports, "_CHUNK", 3)
        said = [json.loads(json.loads(line)["payload"])["id"] for line in exports.lines()]
        assert said == [str(each) for each in ids]

    def test_of_an_empty_journal_is_empty(self) -> None:
        assert list(exports.lines()) == []


class TestTheDocument:
    def test_knows_every_code_and_no_other(self) -> None:
        source = Path(verification.__file__).read_text(encoding="utf-8")
        used = set(re.findall(r'(?:found\.add\(\s*|return )"([a-z]+(?:_[a-z]+)*)"', source))
        section = DOCUMENT.read_text(encoding="utf-8").split("## What `verify` finds")[1].split("\n## ")[0]
        told = {code for line in section.splitlines() if line.startswith("| `") for code in re.findall(r"`([a-z_]+)`", line.split("|")[1])}
        assert len(used) > 10
        assert told == used

    def test_names_the_keys_and_the_limits_as_they_are(self) -> None:
        text = " ".join(DOCUMENT.read_text(encoding="utf-8").split())
        for name in (keys._COUNTING, keys._SIGNING):
            assert f"secrets/{name}" in text
        assert actions.CHECKPOINT_INTERVAL.total_seconds() == 60
        assert actions.CHECKPOINT_ENTRIES == 1000
        assert "every 60 seconds or 1,000 entries" in text

    def test_names_the_members_of_an_entry(self) -> None:
        (entry_id,) = several(1)
        section = DOCUMENT.read_text(encoding="utf-8").split("## An entry")[1].split("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(json.loads(queries.opening(entry_id).payload))
