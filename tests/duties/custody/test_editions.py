"""Editions that somebody changed in the database are noticed at start-up, by the journal's check and by the doctor."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from camket.duties.custody import actions as custody
from camket.duties.custody import queries
from camket.duties.custody.rules import is_healthy
from camket.editions.models import Edition
from camket.journal import signing
from camket.policy.exports import as_json, edition_hash, from_json, translation_hash
from tests.duties.intake.conftest import house  # a fixture: edition 1, published and in force
from tests.editions.tampering import by_force

__all__ = ["house"]
pytestmark = [pytest.mark.django_db, pytest.mark.clause("7.2", "8.1")]

FORGER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def edition() -> Edition:
    """Edition 1 as it is stored."""
    return Edition.objects.get(number=1)


def sign_with_a_key_of_their_own() -> None:
    key = FORGER.public_key().public_bytes_raw()
    signature = FORGER.sign(signing.framed(bytes.fromhex(edition().hash), signing.EDITION))
    by_force("UPDATE editions_edition SET signature = %s, key_id = %s", [signature, signing.key_id_of(key)])


def take_a_prohibition_out_and_sign_anew() -> None:
    """What somebody can do who holds the signing key too: everything fits, but for the journal."""
    policy = replace(from_json(bytes(edition().compiled)), prohibitions=())
    identity = edition_hash(edition().text, policy)
    assert identity != edition().hash
    signature = signing.sign(bytes.fromhex(identity), context=signing.EDITION).signature
    by_force("UPDATE editions_edition SET compiled = %s, hash = %s, signature = %s", [as_json(policy), identity, signature])


def soften_the_translation() -> None:
    text = edition().translations.get(language="en").text.replace("At least 15 days", "At least 5 days")
    by_force("UPDATE editions_translation SET text = %s, hash = %s", [text, translation_hash(text)])


TAMPERINGS: dict[str, tuple[Callable[[], None], str]] = {
    "the rules": (lambda: by_force("UPDATE editions_edition SET compiled = %s", [bytes(edition().compiled)[:-1] + b" "]), "edition_changed"),
    "the text": (lambda: by_force("UPDATE editions_edition SET text = replace(text, '15', '5')"), "edition_changed"),
    "the hash": (lambda: by_force("UPDATE editions_edition SET hash = %s", ["a" * 64]), "edition_changed"),
    "the translation": (lambda: by_force("UPDATE editions_translation SET text = replace(text, '15', '5')"), "translation_changed"),
    "the translation and its hash": (soften_the_translation, "edition_unrecorded"),
    "the signature": (lambda: by_force("UPDATE editions_edition SET signature = %s", [b"0" * 64]), "edition_forged"),
    "the signature and the key": (sign_with_a_key_of_their_own, "edition_forged"),
    "the edition before": (lambda: by_force("UPDATE editions_edition SET previous_hash = %s", ["b" * 64]), "edition_unchained"),
    "everything, with our own key": (take_a_prohibition_out_and_sign_anew, "edition_unrecorded"),
    "the day of publishing": (lambda: by_force("UPDATE editions_edition SET published_at = '2020-01-01 00:00:00+00:00'"), "edition_unrecorded"),
    "the day that was planned": (lambda: by_force("UPDATE editions_schedule SET due_at = '2020-01-01 00:00:00+00:00'"), "edition_unrecorded"),
    "the day it came into force": (
        lambda: by_force("UPDATE editions_enactment SET in_force_at = '2020-01-01 00:00:00+00:00'"),
        "enactment_unrecorded",
    ),
}


@pytest.mark.usefixtures("house")
class TestAnEditionAsItWasSigned:
    def test_is_found_as_it_was(self, now: datetime) -> None:
        custody.keep_journal(now=now)
        custody.open_house(now=now)
        assert queries.verify_journal().ok
        assert is_healthy(queries.look_around(now=now))


@pytest.mark.usefixtures("house")
class TestATamperedEdition:
    @pytest.mark.parametrize(("tamper", "code"), TAMPERINGS.values(), ids=TAMPERINGS)
    def test_is_noticed_wherever_it_was_changed(self, now: datetime, tamper: Callable[[], None], code: str) -> None:
        custody.keep_journal(now=now)
        tamper()
        with pytest.raises(custody.EditionTampered, match="edition 1 is not what was published") as refused:
            custody.open_house(now=now)
        assert refused.value.code == code
        found = queries.verify_journal()
        assert not found.ok
        assert code in [problem.code for problem in found.problems]
        (finding,) = [one for one in queries.look_around(now=now) if one.topic == "policy"]
        assert finding.level == "error"
        assert "whole copy" in finding.hint

    def test_that_decides_nothing_is_not_ready(self, now: datetime) -> None:
        assert queries.readiness(now=now)["edition"]
        by_force("UPDATE editions_edition SET hash = %s", ["a" * 64])
        assert not queries.readiness(now=now)["edition"]

    def test_under_another_signing_key_says_which_was_in_use(self, now: datetime, settings: Any) -> None:
        was = signing.key_id()
        (Path(settings.CAMKET_SECRETS) / "signing.key").write_bytes(bytes(range(32)))
        with pytest.raises(custody.EditionTampered, match=f"the key {was} and ours is {signing.key_id()}"):
            custody.require_editions()


@pytest.mark.usefixtures("house")
class TestAnEditionThatIsGone:
    @pytest.mark.parametrize("table", ["editions_enactment", "editions_schedule"])
    def test_is_missed_by_the_journal(self, now: datetime, table: str) -> None:
        custody.keep_journal(now=now)
        by_force({"editions_enactment": "DELETE FROM editions_enactment", "editions_schedule": "DELETE FROM editions_schedule"}[table])
        found = queries.verify_journal()
        assert [problem.code for problem in found.problems] == [{"editions_enactment": "edition_missing"}.get(table, "edition_unrecorded")]

    def test_altogether_is_missed_by_the_journal(self, now: datetime) -> None:
        custody.keep_journal(now=now)
        for table in ("enactment", "schedule", "translation", "edition"):
            by_force(f"DELETE FROM editions_{table}")  # noqa: S608  # our own words, nobody else's
        assert {problem.code for problem in queries.verify_journal().problems} == {"edition_missing"}


@pytest.mark.usefixtures("house")
class TestAnEnactmentThatNobodyJournaled:
    def test_is_noticed(self, now: datetime) -> None:
        by_force("UPDATE editions_enactment SET in_force_at = %s", [now + timedelta(seconds=1)])
        with pytest.raises(custody.EditionTampered, match="came into force") as refused:
            custody.require_editions()
        assert refused.value.code == "enactment_unrecorded"
