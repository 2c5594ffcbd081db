"""pymerkle's tree in SQLite, as it comes: rollback journal, synchronous FULL. It is GPL, so it is only ever run, in its own environment."""

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from pymerkle import SqliteTree

from bench.peers.answering import answer
from bench.sample import timed

_ENTRY_BYTES = 120  # less than an entry of ours has
_CHUNK = 10_000


def prepare(settings: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """Grow the tree to its size in bulk."""
    tree = SqliteTree(str(Path(settings["folder"]) / "pymerkle.sqlite3"))
    size = settings["size"]
    tree.append_entries([secrets.token_bytes(_ENTRY_BYTES) for _ in range(size)], chunksize=min(size, _CHUNK))
    draw = Random(1)

    def reply(*, do: str, operations: int) -> Mapping[str, Any]:
        if do == "append":
            return timed((do, partial(tree.append_entry, secrets.token_bytes(_ENTRY_BYTES))) for _ in range(operations)).as_dict()
        places = (draw.randrange(1, size) for _ in range(operations))
        return timed((do, partial(tree.prove_inclusion, place, size)) for place in places).as_dict()

    return reply


if __name__ == "__main__":
    answer(prepare)
