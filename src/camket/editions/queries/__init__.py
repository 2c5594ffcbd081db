"""Reading editions, and what a yes to one of them covers of another."""

from camket.editions.genuine import EditionTampered
from camket.editions.queries.covering import between, covers, forget_compared, widened, widening
from camket.editions.queries.reading import (
    Correction,
    EditionRow,
    NoEdition,
    as_published,
    compiled,
    decider,
    due,
    edition,
    enacted,
    forget_read,
    in_force,
    last_due_at,
    newest,
    newest_text,
    one_edition,
    policy_in_force,
    replaced_at,
    stored,
)

__all__ = [
    "Correction",
    "EditionRow",
    "EditionTampered",
    "NoEdition",
    "as_published",
    "between",
    "compiled",
    "covers",
    "decider",
    "due",
    "edition",
    "enacted",
    "forget_cached",
    "in_force",
    "last_due_at",
    "newest",
    "newest_text",
    "one_edition",
    "policy_in_force",
    "replaced_at",
    "stored",
    "widened",
    "widening",
]


def forget_cached() -> None:
    """Drop what is kept in memory: for tests that publish other texts under the same number."""
    forget_compared()
    forget_read()
