"""Three field libraries that seal with Fernet, and a plain model beside them: three personal fields of one person a row."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from django.db import models, transaction

from bench.peers import djangohome
from bench.peers.answering import answer
from bench.people import person
from bench.sample import timed, whole

# an invented key: 32 times the letter b, in base64
_KEY = "YmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmJiYmI="
_BATCH = 1000


def prepare(settings: Mapping[str, Any]) -> Callable[..., Mapping[str, Any]]:
    """Set Django up, then make a model of each library."""
    djangohome.configure(settings, SALT_KEY="invented salt", FIELD_ENCRYPTION_KEY=_KEY, CRYPTOGRAPHY_KEY="invented key")
    tables = _models()
    people, postmaster = settings["people"], settings["postmaster"]
    for table in tables.values():
        _write(table, 1)  # some derive their key at the first use, and only then

    def reply(*, do: str, library: str) -> Mapping[str, Any]:
        table = tables[library]
        if do == "bytes":
            return {"bytes": djangohome.bytes_of(table)}
        if do == "look up":
            wanted = [person(number * 7 % people).email for number in range(50)]
            return timed(((do, partial(_found, table, email)) for email in wanted), postmaster=postmaster).as_dict()
        if do == "write":
            table.objects.all().delete()
        return whole(people, partial(_write if do == "write" else _read, table, people), postmaster=postmaster).as_dict()

    return reply


def _models() -> dict[str, Any]:
    from django_cryptography.fields import encrypt  # noqa: PLC0415  # it reads the settings, which exist only once Django is set up
    from encrypted_fields import fields as fernet  # noqa: PLC0415  # the same
    from encrypted_model_fields import fields as encrypted  # noqa: PLC0415  # the same

    kinds: dict[str, Callable[..., Any]] = {
        "plain": models.CharField,
        "fernet-encrypted-fields": fernet.EncryptedCharField,
        "encrypted-model-fields": encrypted.EncryptedCharField,
        "cryptography-5": lambda **more: encrypt(models.CharField(**more)),
    }
    made = {}
    for name, kind in kinds.items():
        columns = {"full_name": kind(max_length=120), "email": kind(max_length=254), "phone": kind(max_length=32)}
        if name == "plain":
            columns["email"] = models.CharField(max_length=254, db_index=True)
        meta = type("Meta", (), {"app_label": "contenttypes"})
        made[name] = type(f"Person{len(made)}", (models.Model,), {**columns, "__module__": __name__, "Meta": meta})
    djangohome.make_tables(*made.values())
    return made


def _write(table: Any, people: int) -> None:
    for start in range(0, people, _BATCH):
        some = (person(number) for number in range(start, min(start + _BATCH, people)))
        with transaction.atomic(durable=True):
            table.objects.bulk_create(table(full_name=one.full_name, email=one.email, phone=one.phone) for one in some)


def _read(table: Any, people: int) -> None:
    found = sum(len(row.full_name) > 0 and len(row.email) > 0 and len(row.phone) > 0 for row in table.objects.all())
    assert found == people, f"{found} of {people} people were read"


def _found(table: Any, email: str) -> None:
    assert table.objects.filter(email=email).values_list("id", flat=True).first() is not None


if __name__ == "__main__":
    answer(prepare)
