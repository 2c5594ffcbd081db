"""What must be the same at every start: each key, and which data the keys were made for."""

import hashlib
import hmac
from uuid import uuid4

from camket.vault.keys.models import Check, Epoch
from camket.vault.models import Home, Subject

_CHECK_BYTES = 16


class KeysLost(Exception):
    """A key that existing data needs is missing, open to others, or not the one it was; the message says what is lost and how to mend it."""


def value_of(name: str, key: bytes) -> bytes:
    """
    Return what is remembered of a key; it gives nothing away of 256 random bits.

    Args:
        name: What the key is called, the same at every start; another name gives another value.
        key: 32 bytes.
    """
    return hmac.digest(key, f"camket key check|{name}".encode(), hashlib.sha256)[:_CHECK_BYTES]


def is_same(name: str, key: bytes) -> bool:
    """
    Return whether a key is the one it was; at first sight it is remembered.

    Args:
        name: Of the key, the same at every start.
        key: What its file holds now.
    """
    value = value_of(name, key)
    known, _ = Check.objects.get_or_create(name=name, defaults={"value": value})
    return hmac.compare_digest(bytes(known.value), value)


def is_known(name: str) -> bool:
    """Return whether a key of this name was seen before: then its file must not be made anew."""
    return Check.objects.filter(name=name).exists()


def require_same(name: str, key: bytes, *, lost: str) -> None:
    """
    Make sure that a key is the one it was; at first sight it is remembered.

    Args:
        name: Of the key, the same at every start.
        key: What its file holds now.
        lost: The sentence that says what cannot be done without the right one.

    Raises:
        KeysLost: It is another key.
    """
    if not is_same(name, key):
        raise KeysLost(f"the key file {name} is not the one that was in use before: put back the file it replaced. {lost}")


def require_own_data() -> None:
    """
    Make sure that the keys were made for these data: over foreign data every key would look like one that nothing needs.

    Raises:
        KeysLost: The two databases do not belong together.
    """
    home = Home.objects.values_list("id", flat=True).first()
    known = Check.objects.filter(name="home").values_list("value", flat=True).first()
    has_keys, has_data = Epoch.objects.exists(), Subject.objects.exists()
    if known is None and (has_data <= has_keys):
        home = home or Home.objects.get_or_create(number=1, defaults={"id": uuid4()})[0].id
        known = Check.objects.get_or_create(name="home", defaults={"value": home.bytes})[0].value
    if known is None or home is None or bytes(known) != home.bytes:
        raise KeysLost(
            "the keys database was not made for the data in the main one: nothing there can be opened. "
            "Check CAMKET_DATABASE_URL and CAMKET_KEYS_DATABASE_URL, or restore the two together. No new key is made over old data."
        )
