"""What a letter came to, told apart by whose fault it was: the carrier's own, or that of whom it was for."""

import pytest

from camket.jobs.envelopes import is_the_carriers


class TestACode:
    @pytest.mark.parametrize(
        "code",
        [
            "smtp.timeout", "smtp.no_connection", "smtp.connection_lost", "smtp.auth_refused", "smtp.tls_refused", "smtp.connect.421",
            "smtp.connect.554", "smtp.sender.421", "smtp.recipient.421.4.7.0", "smtp.data.421",
        ],
    )  # fmt: skip
    def test_of_a_carrier_that_would_keep_the_next_letter_waiting_is_its_own(self, code: str) -> None:
        assert is_the_carriers(code)

    @pytest.mark.parametrize(
        "code", ["smtp.250", "smtp.recipient.550.5.1.1", "smtp.recipient.450", "smtp.recipient.4215", "smtp.data.554", "smtp.unknown"]
    )
    def test_of_a_recipient_is_not(self, code: str) -> None:
        assert not is_the_carriers(code)
