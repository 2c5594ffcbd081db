"""Signatures: ours, of one kind, over exactly these bytes; and keys that are born once, before the first entry."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from camket.journal import keyfiles, signing
from camket.journal.signing import CERTIFICATE, CHECKPOINT, Signed
from tests.journal.deeds import shown

pytestmark = pytest.mark.django_db


class TestASignature:
    def test_holds_for_what_was_signed(self) -> None:
        signed = signing.sign(b"a certificate", context=CERTIFICATE)
        assert signing.verify(b"a certificate", signed, context=CERTIFICATE)
        assert signing.verify(b"a certificate", signed, context=CERTIFICATE, public_key=signing.public_key_bytes())

    def test_does_not_hold_for_another_message(self) -> None:
        signed = signing.sign(b"a certificate", context=CERTIFICATE)
        assert not signing.verify(b"a certificatf", signed, context=CERTIFICATE)

    def test_does_not_hold_as_another_kind_of_thing(self) -> None:
        signed = signing.sign(b"the same bytes", context=CERTIFICATE)
        assert not signing.verify(b"the same bytes", signed, context=CHECKPOINT)

    def test_cannot_move_bytes_between_context_and_message(self) -> None:
        signed = signing.sign(b"bc", context="a")
        assert not signing.verify(b"c", signed, context="ab")

    def test_does_not_hold_under_another_key(self) -> None:
        signed = signing.sign(b"m", context=CERTIFICATE)
        stranger = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
        named_alike = Signed(key_id=signing.key_id_of(stranger), signature=signed.signature)
        assert not signing.verify(b"m", signed, context=CERTIFICATE, public_key=stranger)
        assert not signing.verify(b"m", named_alike, context=CERTIFICATE, public_key=stranger)

    def test_does_not_hold_under_a_key_id_that_is_not_its_key_s(self) -> None:
        signed = signing.sign(b"m", context=CERTIFICATE)
        assert not signing.verify(b"m", Signed(key_id="0" * 16, signature=signed.signature), context=CERTIFICATE)

    @pytest.mark.parametrize("junk", [b"", b"\x00", b"\xff" * 64])
    def test_that_is_junk_is_false_and_not_an_error(self, junk: bytes) -> None:
        assert not signing.verify(b"m", Signed(key_id=signing.key_id(), signature=junk), context=CERTIFICATE)

    def test_can_be_checked_by_a_stranger_from_the_document_alone(self) -> None:
        signed = signing.sign(b"m", context="camket certificate v1")
        message = b"\x00\x00\x00\x00\x00\x00\x00\x15camket certificate v1m"
        Ed25519PublicKey.from_public_bytes(signing.public_key_bytes()).verify(signed.signature, message)


class TestTheKeys:
    def test_are_both_there_after_the_first_entry(self, home: Path) -> None:
        shown()
        assert {each.name for each in (home / "secrets").iterdir()} == {"journal.key", "signing.key"}

    def test_are_both_there_after_the_first_signature(self, home: Path) -> None:
        signing.sign(b"an edition", context=signing.EDITION)
        shown()
        assert signing.verify(b"an edition", signing.sign(b"an edition", context=signing.EDITION), context=signing.EDITION)

    @pytest.mark.parametrize("lost", ["journal.key", "signing.key"])
    def test_are_never_made_anew_once_there_is_an_entry(self, home: Path, lost: str) -> None:
        shown()
        (home / "secrets" / lost).unlink()
        with pytest.raises(keyfiles.KeyFileMissing, match=lost.replace(".", r"\.")):
            shown() if lost == "journal.key" else signing.sign(b"m", context=CERTIFICATE)
        assert not (home / "secrets" / lost).exists()

    def test_are_never_made_anew_while_the_second_medium_holds_a_checkpoint(self, home: Path) -> None:
        (home / "checkpoints").mkdir()
        (home / "checkpoints" / "checkpoint-7.json").write_bytes(b"{}")
        with pytest.raises(keyfiles.KeyFileMissing):
            shown()
