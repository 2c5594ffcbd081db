"""Two history packages for Django, each on a model like the plain one beside it."""

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from django.db import models, transaction
from django.utils import timezone

from bench.peers import djangohome
from bench.peers.answering import answer
from bench.people import person
from bench.sample import timed

_numbers = count(1)


def prepare(settings: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """Set Django up, then make the three models."""
    djangohome.configure(settings, apps=("simple_history", "auditlog"))
    tables = _models()

    def reply(*, do: str, operations: int) -> Mapping[str, Any]:
        return timed((("save", lambda: _save(tables[do])) for _ in range(operations)), postmaster=settings["postmaster"]).as_dict()

    return reply


def _models() -> dict[str, Any]:
    from auditlog.registry import auditlog  # noqa: PLC0415  # it has models, which can be made only once Django is set up
    from simple_history.models import HistoricalRecords  # noqa: PLC0415  # the same

    def table(name: str, **more: Any) -> Any:
        columns = {
            "id": models.UUIDField(primary_key=True),
            "person_id": models.UUIDField(db_index=True),
            "matter_id": models.UUIDField(db_index=True),
            "full_name": models.CharField(max_length=120),
            "email": models.CharField(max_length=254, db_index=True),
            "phone": models.CharField(max_length=32, db_index=True),
            "message": models.TextField(),
            "created_at": models.DateTimeField(),
        }
        meta = type("Meta", (), {"app_label": "contenttypes"})
        return type(name, (models.Model,), {**columns, **more, "__module__": __name__, "Meta": meta})

    made = {"their plain": table("Bare"), "simple-history": table("Kept", history=HistoricalRecords()), "auditlog": table("Logged")}
    auditlog.register(made["auditlog"])
    djangohome.make_tables(*made.values(), made["simple-history"].history.model)
    return made


def _save(table: Any) -> None:
    one = person(next(_numbers))
    values = {"full_name": one.full_name, "email": one.email, "phone": one.phone, "message": ""}
    with transaction.atomic(durable=True):
        table(id=uuid4(), person_id=uuid4(), matter_id=uuid4(), created_at=timezone.now(), **values).save(force_insert=True)


if __name__ == "__main__":
    answer(prepare)
