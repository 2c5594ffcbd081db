"""The trace of one request: a random name for it, and what may be said of it; nothing about whoever sent it."""

import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass

# without letters and digits that are mistaken for each other when somebody reads them out
_ALPHABET = "23456789BCDFGHJKMNPQRSTVWXYZ"


@dataclass(slots=True, kw_only=True)
class Trace:
    """One request: the name by which a visitor may speak of it, and what is known of it once it is answered."""

    id: str
    method: str = ""
    route: str = ""
    role: str = ""
    status: int = 0
    duration_ms: int = 0

    def facts(self) -> Mapping[str, str | int]:
        """Return what a line of the log may say of it; what is not known yet is left out."""
        told: dict[str, str | int] = {"request_id": self.id, "method": self.method, "route": self.route, "role": self.role}
        if self.status:
            told |= {"status": self.status, "duration_ms": self.duration_ms}
        return {name: value for name, value in told.items() if value != ""}


_current: ContextVar[Trace | None] = ContextVar("camket_trace", default=None)


def begin(method: str) -> Trace:
    """
    Begin the trace of a request and make it the current one of this thread.

    Args:
        method: One of HTTP's own.
    """
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    trace = Trace(id=f"{letters[:4]}-{letters[4:]}", method=method)
    _current.set(trace)
    return trace


def end() -> None:
    """Leave no trace current: the thread serves somebody else next."""
    _current.set(None)


def current() -> Trace | None:
    """Return the trace of the request that this thread serves, or None outside of one."""
    return _current.get()
