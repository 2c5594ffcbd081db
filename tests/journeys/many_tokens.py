"""What the stranger at the door for programs is told of tokens: a list, to be taken in turn, for each has a budget of its own for a minute."""

import os
from itertools import cycle
from typing import Any

import schemathesis

TOKENS = "TOKENS_OF_THE_STRANGER"  # in the environment: one after the other, with spaces between


@schemathesis.auth(refresh_interval=None)
class InTurn:
    """The next token for each request."""

    def __init__(self) -> None:
        self._tokens = cycle(os.environ.get(TOKENS, "").split())

    def get(self, case: Any, context: Any) -> str:
        """Return the next token."""
        return next(self._tokens)

    def set(self, case: Any, data: str, context: Any) -> None:
        """Show it."""
        case.headers["Authorization"] = f"Bearer {data}"
