"""What became of a letter is told as it is: accepted, to be tried again, refused for good, or not known."""

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from camket.channels.mail_out import DeliveryOutcome, NoCarrier, OutgoingLetter, RouteUnreadable, open_carrier, probe, send
from camket.channels.mail_out.wire import Patience
from tests.cast import AN
from tests.channels.mail_out.post_office import HANG, HANG_UP, Certificate, Clerk, ImplicitTls, authenticator
from tests.ports import free_port

HASTY = Patience(step_seconds=1, answer_seconds=1)
Write = Callable[..., OutgoingLetter]
Open = Callable[..., Clerk]


def told(letter: OutgoingLetter, *, patience: Patience = HASTY) -> tuple[str, str]:
    delivery = send(letter, patience=patience)
    assert re.fullmatch(r"[a-z0-9_.]{1,60}", delivery.code)  # fit to be kept as an error code
    return delivery.outcome.value, delivery.code


class TestALetter:
    def test_that_is_taken_is_accepted(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        assert told(write()) == ("accepted", "smtp.250")
        (received,) = clerk.received
        assert (received.sender, received.recipients) == ("hotro@mail.example.vn", [AN.email])

    @pytest.mark.parametrize(
        ("step", "answer", "expected"),
        [
            ("at_rcpt", "450 4.2.1 try again", ("deferred", "smtp.recipient.450.4.2.1")),
            ("at_rcpt", "550 5.1.1 no such user", ("refused", "smtp.recipient.550.5.1.1")),
            ("at_rcpt", "553 no", ("refused", "smtp.recipient.553")),
            ("at_mail", "452 4.3.1 disk full", ("deferred", "smtp.sender.452.4.3.1")),
            ("at_mail", "550 5.7.1 not from you", ("refused", "smtp.sender.550.5.7.1")),
            ("at_mail", "530 5.7.0 authentication required", ("deferred", "smtp.auth_refused")),
            ("at_data", "451 4.7.1 greylisted", ("deferred", "smtp.data.451.4.7.1")),
            ("at_data", "421 4.3.2 going down", ("deferred", "smtp.data.421.4.3.2")),
            ("at_data", "554 5.7.1 looks like spam", ("refused", "smtp.data.554.5.7.1")),
        ],
    )
    def test_is_deferred_or_refused_as_the_server_says(
        self, write: Write, open_office: Open, step: str, answer: str, expected: tuple[str, str]
    ) -> None:
        clerk = open_office(Clerk(**{step: answer}))
        assert told(write()) == expected
        assert clerk.received == []

    @pytest.mark.parametrize(("answer", "code"), [(HANG, "smtp.timeout"), (HANG_UP, "smtp.connection_lost")])
    def test_whose_text_left_without_an_answer_is_in_nobodys_knowledge(self, write: Write, open_office: Open, answer: str, code: str) -> None:
        open_office(Clerk(at_data=answer))
        assert told(write()) == ("unknown", code)

    @pytest.mark.parametrize(("answer", "code"), [(HANG, "smtp.timeout"), (HANG_UP, "smtp.connection_lost")])
    def test_whose_text_never_left_can_be_sent_again(self, write: Write, open_office: Open, answer: str, code: str) -> None:
        open_office(Clerk(at_rcpt=answer))
        assert told(write()) == ("deferred", code)

    def test_waits_when_nobody_listens(self, write: Write, settings: Any) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{free_port()}?tls=none"
        assert told(write()) == ("deferred", "smtp.no_connection")

    def test_waits_when_the_server_is_not_known(self, write: Write, settings: Any) -> None:
        settings.CAMKET_SMTP_URL = "smtp://mail.invalid:25?tls=none"
        assert told(write()) == ("deferred", "smtp.no_name")

    def test_waits_when_somebody_listens_and_says_nothing(self, write: Write, settings: Any, mute: int) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{mute}?tls=none"
        assert told(write()) == ("deferred", "smtp.timeout")

    @pytest.fixture
    def mute(self) -> Iterator[int]:
        with socket.create_server(("127.0.0.1", 0)) as server:
            yield server.getsockname()[1]

    def test_is_greeted_for_in_the_senders_name_and_not_the_machines(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        send(write())
        assert clerk.received[0].helo == "mail.example.vn"

    def test_in_vietnamese_is_announced_as_8bit_and_one_in_ascii_is_not(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        send(write())
        send(write(subject="Hello", text="Plain\n", from_name=""))
        assert ["BODY=8BITMIME" in [option.upper() for option in received.options] for received in clerk.received] == [True, False]

    def test_to_a_domain_with_diacritics_goes_to_its_ascii_name(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        send(write(to="an@thư.example.vn"))
        assert clerk.received[0].recipients == [f"an@xn--{'thư'.encode('punycode').decode()}.example.vn"]

    def test_goes_to_the_very_domain_that_was_typed_and_not_to_one_that_looks_like_it(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        for domain in ("straße.de", "strasse.de"):
            assert send(write(to=f"an@{domain}")).outcome is DeliveryOutcome.ACCEPTED
        assert [received.recipients for received in clerk.received] == [["an@xn--strae-oqa.de"], ["an@strasse.de"]]


class TestManyLetters:
    def test_go_over_one_connection(self, write: Write, open_office: Open) -> None:
        clerk = open_office()
        with open_carrier() as carrier:
            outcomes = [carrier.send(write(message_id=f"<letter-{number}@example.vn>")).outcome for number in range(5)]
        assert outcomes == [DeliveryOutcome.ACCEPTED] * 5
        assert (len(clerk.received), clerk.sessions) == (5, 1)

    @pytest.mark.parametrize("answer", ["550 5.1.1 no such user", HANG_UP])
    def test_go_on_after_one_that_failed(self, write: Write, open_office: Open, answer: str) -> None:
        clerk = open_office(Clerk(at_rcpt=answer))
        with open_carrier(patience=HASTY) as carrier:
            first = carrier.send(write()).outcome
            clerk.at_rcpt = "250 2.1.5 OK"
            second = carrier.send(write()).outcome
        assert first != DeliveryOutcome.ACCEPTED
        assert second == DeliveryOutcome.ACCEPTED


@pytest.mark.clause("7.1")
class TestTheWayToTheServer:
    def test_is_not_taken_in_the_open_when_tls_was_asked_for(self, write: Write, open_office: Open) -> None:
        clerk = open_office(tls="starttls")
        assert told(write()) == ("deferred", "smtp.tls_refused")
        assert clerk.received == []

    def test_is_not_trusted_because_of_a_certificate_nobody_signed(self, write: Write, open_office: Open, certificate: Certificate) -> None:
        clerk = open_office(tls="starttls", tls_context=certificate.context())
        assert told(write()) == ("deferred", "smtp.tls_refused")
        assert clerk.received == []

    def test_is_not_trusted_so_from_the_first_byte_either(self, write: Write, open_office: Open, certificate: Certificate) -> None:
        clerk = open_office(tls="implicit", kind=ImplicitTls, ssl_context=certificate.context())
        assert told(write()) == ("deferred", "smtp.tls_refused")
        assert clerk.received == []

    @pytest.mark.parametrize("tls", ["starttls", "implicit"])
    def test_is_encrypted_when_the_certificate_is_trusted(
        self, write: Write, open_office: Open, certificate: Certificate, monkeypatch: pytest.MonkeyPatch, tls: str
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        if tls == "starttls":
            clerk = open_office(tls=tls, tls_context=certificate.context(), require_starttls=True)
        else:
            clerk = open_office(tls=tls, kind=ImplicitTls, ssl_context=certificate.context())
        assert told(write()) == ("accepted", "smtp.250")
        assert len(clerk.received) == 1

    @pytest.mark.parametrize("login", ["camket:p%3Ass%40wo%2Frd@", "h%E1%BB%99p-th%C6%B0:m%E1%BA%ADt%20kh%E1%BA%A9u@"])
    def test_is_opened_with_a_password_of_any_characters(self, write: Write, open_office: Open, login: str) -> None:
        clerk = open_office(login=login, authenticator=authenticator, auth_required=True, auth_require_tls=False)
        assert told(write()) == ("accepted", "smtp.250")
        assert len(clerk.received) == 1

    @pytest.mark.parametrize("login", ["camket:wrong@", "camket:kh%C3%B4ng%20%C4%91%C3%BAng@"])
    def test_stays_closed_to_a_wrong_password_and_the_letter_waits(self, write: Write, open_office: Open, login: str) -> None:
        open_office(login=login, authenticator=authenticator, auth_required=True, auth_require_tls=False)
        assert told(write()) == ("deferred", "smtp.auth_refused")


class TestWithoutACarrier:
    def test_no_letter_goes_and_none_pretends_to(self, write: Write, settings: Any) -> None:
        settings.CAMKET_SMTP_URL = ""
        with pytest.raises(NoCarrier):
            send(write())

    @pytest.mark.parametrize(
        "url",
        [
            "http://example.com",
            "smtp://",
            "smtp://host:99999",
            "smtp://host?tls=maybe",
            "smtp://host?x=y",
            "smtp://host/path",
            "file:",
            "file:letters%00x",
            "smtp://u:geheim@[::1",
            "smtp://u:geheim@",
        ],
    )
    def test_a_setting_that_cannot_be_read_is_said_without_repeating_it(self, write: Write, settings: Any, url: str) -> None:
        settings.CAMKET_SMTP_URL = url
        with pytest.raises(RouteUnreadable) as caught:
            send(write())
        assert "geheim" not in str(caught.value)
        assert probe().code == "mail.route_unreadable"


class TestAProbe:
    def test_says_that_the_server_answers(self, open_office: Open) -> None:
        clerk = open_office()
        found = probe()
        assert (found.ok, found.code) == (True, "smtp.250")
        assert clerk.received == []

    @pytest.mark.parametrize(
        ("url", "code"),
        [("", "mail.no_carrier"), ("smtp://mail.invalid?tls=none", "smtp.no_name")],
    )
    def test_says_what_is_missing(self, settings: Any, url: str, code: str) -> None:
        settings.CAMKET_SMTP_URL = url
        found = probe(patience=HASTY)
        assert (found.ok, found.code) == (False, code)
        assert found.detail.endswith(".")

    def test_says_that_the_password_is_wrong_without_saying_it(self, open_office: Open) -> None:
        open_office(login="camket:geheim@", authenticator=authenticator, auth_required=True, auth_require_tls=False)
        found = probe()
        assert (found.ok, found.code) == (False, "smtp.auth_refused")
        assert "geheim" not in found.detail
