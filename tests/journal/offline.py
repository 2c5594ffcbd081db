"""The offline verifier as somebody runs it who has its file, a public key and what was handed out."""

import io
from contextlib import redirect_stdout
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any
from uuid import UUID

from camket.journal import checkpoints, entries, exports, signing
from camket.journal.checkpoints import CheckpointRow

VERIFIER = Path(__file__).parents[2] / "docs" / "verify_journal.py"


def _loaded() -> Any:
    spec = spec_from_file_location("verify_journal", VERIFIER)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_verifier = _loaded()


def verdict(*files: Path, key: bytes | None = None) -> tuple[int, str]:
    """Return the verifier's exit status and what it printed; the key is this journal's unless another is given."""
    said = io.StringIO()
    with redirect_stdout(said):
        status = _verifier.main([(signing.public_key_bytes() if key is None else key).hex(), *map(str, files)])
    return status, said.getvalue()


def export_to(folder: Path) -> Path:
    """Return the file into which the whole journal was exported just now."""
    path = folder / "export.jsonl"
    path.write_bytes(b"".join(exports.lines()))
    return path


def proof_to(folder: Path, entry_id: UUID, *, since: Path | None = None) -> Path:
    """Return the file into which an entry's proof was written just now."""
    older = None if since is None else checkpoints.read(since.read_bytes(), name=since.name)
    path = folder / f"proof-{entry_id}.json"
    path.write_bytes(entries.canonical(exports.proof(entry_id, since=older)))
    return path


def handed_out(row: CheckpointRow | None, folder: Path, name: str) -> Path:
    """Return where somebody keeps a checkpoint that they were given, out of our reach."""
    assert row is not None
    path = folder / name
    path.write_bytes(entries.canonical(row.told(signing.public_key_bytes())))
    return path
