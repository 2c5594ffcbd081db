"""What every rival does with its pipe: read its settings, then answer one line with another until the pipe is closed."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any


def answer(prepare: Callable[[Mapping[str, Any]], Callable[..., Mapping[str, Any]]]) -> None:
    """
    Prepare with the first line, and answer every later one.

    Args:
        prepare: Takes the settings, and returns what answers a line.
    """
    spoken = sys.stdout
    sys.stdout = sys.stderr  # a library that prints would break the line of answers
    reply: Callable[..., Mapping[str, Any]] | None = None
    for line in sys.stdin:
        words = json.loads(line)
        if reply is None:
            reply, answered = prepare(words), {}
        else:
            answered = dict(reply(**words))
        spoken.write(json.dumps(answered) + "\n")
        spoken.flush()
