"""Letters in batches: quicker, and each judged as if it had gone by itself."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from camket.channels.mail_out import Delivery, LetterForm, OutgoingLetter, blank, open_carrier, send_all
from camket.channels.mail_out.message import compose
from camket.channels.mail_out.route import Server, Tls
from camket.channels.mail_out.smtp import SmtpCarrier
from camket.channels.mail_out.wire import Patience
from tests.channels.mail_out.post_office import HANG, HANG_UP, Certificate, Clerk, Script, ScriptedOffice, authenticator
from tests.channels.mail_out.test_composing import SENT_AT, letter
from tests.ports import free_port
from tests.stage import TIMES

HASTY = Patience(step_seconds=1, answer_seconds=1)
GROUPED, PLAIN = ("PIPELINING", "SIZE 10240000", "8BITMIME"), ("8BITMIME",)
Outcomes = list[tuple[str, str]]
YES, UNTRIED = ("accepted", "smtp.250"), ("deferred", "smtp.not_begun")
Play = Callable[[Script], Script]
both_ways = pytest.mark.parametrize("offers", [GROUPED, PLAIN], ids=["grouped", "plain"])


def some(count: int, **changes: Any) -> list[OutgoingLetter]:
    return [letter(to=f"an.{number}@example.vn", message_id=f"<{number}@example.vn>", **changes) for number in range(1, count + 1)]


def told(deliveries: Sequence[Delivery]) -> Outcomes:
    return [(delivery.outcome.value, delivery.code) for delivery in deliveries]


@pytest.fixture
def play(settings: Any) -> Iterator[Play]:
    """Offer a function that opens an office with a script, and points the settings at it."""
    opened: list[ScriptedOffice] = []

    def start(script: Script) -> Script:
        office = ScriptedOffice(script)
        office.start()
        opened.append(office)
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{office.port}?tls=none"
        return script

    yield start
    for office in opened:
        office.close()


@both_ways
class TestABatch:
    def test_arrives_as_it_was_written_in_its_order_over_one_connection(self, play: Play, offers: tuple[str, ...]) -> None:
        script, letters = play(Script(offers=offers)), some(5)
        assert told(send_all(letters)) == [YES] * 5
        assert script.taken == [(one.to, compose(one).removesuffix(b"\r\n")) for one in letters]
        assert script.sessions == 1

    def test_of_none_says_nothing(self, play: Play, offers: tuple[str, ...]) -> None:
        script = play(Script(offers=offers))
        assert told(send_all([])) == []
        assert script.sessions == 0

    @pytest.mark.parametrize(
        ("step", "answer", "expected"),
        [
            ("MAIL", "452 4.3.1 disk full", ("deferred", "smtp.sender.452.4.3.1")),
            ("MAIL", "550 5.7.1 not from you", ("refused", "smtp.sender.550.5.7.1")),
            ("MAIL", "530 5.7.0 authentication required", ("deferred", "smtp.auth_refused")),
            ("RCPT", "450 4.2.1 try again", ("deferred", "smtp.recipient.450.4.2.1")),
            ("RCPT", "550 5.1.1 no such user", ("refused", "smtp.recipient.550.5.1.1")),
            ("DATA", "451 4.7.1 greylisted", ("deferred", "smtp.data.451.4.7.1")),
            ("text", "451 4.7.1 greylisted", ("deferred", "smtp.data.451.4.7.1")),
            ("text", "554 5.7.1 looks like spam", ("refused", "smtp.data.554.5.7.1")),
        ],
    )
    def test_goes_on_after_one_that_was_not_wanted(
        self, play: Play, offers: tuple[str, ...], step: str, answer: str, expected: tuple[str, str]
    ) -> None:
        script, letters = play(Script(offers=offers, says={(3, step): answer})), some(5)
        assert told(send_all(letters)) == [YES, YES, expected, YES, YES]
        assert [recipient for recipient, _ in script.taken] == [one.to for one in letters if one is not letters[2]]
        assert script.sessions == 1

    @pytest.mark.parametrize(("step", "stage"), [("MAIL", "sender"), ("RCPT", "recipient"), ("DATA", "data"), ("text", "data")])
    def test_goes_on_over_another_connection_when_the_server_closes_one_that_has_carried(
        self, play: Play, offers: tuple[str, ...], step: str, stage: str
    ) -> None:
        script = play(Script(offers=offers, says={(3, step): "421 4.7.0 enough for today"}))
        assert told(send_all(some(5))) == [YES, YES, ("deferred", f"smtp.{stage}.421.4.7.0"), YES, YES]
        assert (len(script.taken), script.sessions) == (4, 2)

    def test_waits_when_the_server_closes_before_it_has_carried_anything(self, play: Play, offers: tuple[str, ...]) -> None:
        script = play(Script(offers=offers, says={(1, "MAIL"): "421 4.3.2 going down"}))
        assert told(send_all(some(4))) == [("deferred", "smtp.sender.421.4.3.2"), UNTRIED, UNTRIED, UNTRIED]
        assert (script.taken, script.sessions) == ([], 1)

    @pytest.mark.parametrize(("answer", "code"), [(HANG, "smtp.timeout"), (HANG_UP, "smtp.connection_lost"), ("what?", "smtp.connection_lost")])
    def test_does_not_know_of_the_one_whose_text_was_not_answered_and_begins_no_other(
        self, play: Play, offers: tuple[str, ...], answer: str, code: str
    ) -> None:
        script = play(Script(offers=offers, says={(3, "text"): answer}))
        assert told(send_all(some(5), patience=HASTY)) == [YES, YES, ("unknown", code), UNTRIED, UNTRIED]
        assert (len(script.taken), script.sessions) == (2, 1)

    @pytest.mark.parametrize(("answer", "code"), [(HANG, "smtp.timeout"), (HANG_UP, "smtp.connection_lost")])
    @pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA"])
    def test_can_send_again_what_never_left(self, play: Play, offers: tuple[str, ...], step: str, answer: str, code: str) -> None:
        play(Script(offers=offers, says={(3, step): answer}))
        assert told(send_all(some(5), patience=HASTY)) == [YES, YES, ("deferred", code), UNTRIED, UNTRIED]

    def test_doubles_every_first_dot_and_nothing_else(self, play: Play, offers: tuple[str, ...]) -> None:
        text = "a\n.\n..b\nc.\n.MAIL FROM:<x@example.com>\n"
        script = play(Script(offers=offers))
        assert told(send_all(some(2, text=text))) == [YES, YES]
        assert [came.partition(b"\r\n\r\n")[2] for _, came in script.taken] == [b"a\r\n..\r\n...b\r\nc.\r\n..MAIL FROM:<x@example.com>"] * 2

    def test_refuses_the_one_that_cannot_be_written_and_sends_the_others(self, play: Play, offers: tuple[str, ...]) -> None:
        form = LetterForm(subject="Hi", text="Hi", headers={"X-Two": blank("one") + blank("two")}, from_email="hotro@example.vn")
        long = {"one": "a" * 600, "two": "b" * 600}
        unfit = form.fill(to="an.2@example.vn", message_id="<2@example.vn>", sent_at=SENT_AT, values=long)
        script, (first, third) = play(Script(offers=offers)), some(2)
        assert told(send_all([first, unfit, third])) == [YES, ("refused", "letter.headers"), YES]
        assert len(script.taken) == 2

    def test_begins_none_when_its_time_is_up(self, play: Play, offers: tuple[str, ...]) -> None:
        script = play(Script(offers=offers))
        assert told(send_all(some(3), patience=Patience(batch_seconds=0))) == [YES, UNTRIED, UNTRIED]
        assert len(script.taken) == 1

    def test_keeps_the_connection_for_the_next_one(self, play: Play, offers: tuple[str, ...]) -> None:
        script = play(Script(offers=offers))
        with open_carrier() as carrier:
            assert told([*carrier.send_all(some(2)), carrier.send(letter()), *carrier.send_all(some(2))]) == [YES] * 5
        assert (len(script.taken), script.sessions) == (5, 1)

    def test_is_announced_as_8bit_where_it_is(self, play: Play, offers: tuple[str, ...]) -> None:
        script = play(Script(offers=offers))
        send_all([letter(), letter(subject="Hello", text="Plain\n")])
        assert b"".join(script.heard).upper().count(b"BODY=8BITMIME") == 1


class TestGroups:
    def test_let_a_letter_wait_once_for_the_server(self, play: Play) -> None:
        script = play(Script(offers=GROUPED))
        send_all(some(4))
        groups = [came for came in script.heard if b"MAIL FROM" in came]
        assert len(groups) == 4
        assert all(b"\r\n.\r\nMAIL FROM" in group and group.endswith(b"\r\nDATA\r\n") for group in groups[1:])

    def test_are_not_made_for_a_server_that_has_not_offered_to_take_them(self, play: Play) -> None:
        script = play(Script(offers=PLAIN))
        send_all(some(3))
        assert all(came.count(b"\r\n") == 1 for came in script.heard if came.startswith((b"MAIL", b"RCPT", b"DATA")))

    @pytest.mark.parametrize(("step", "sessions"), [("RCPT", 1), ("MAIL", 2)])
    def test_give_no_text_to_a_server_that_asks_for_it_after_a_refusal(self, play: Play, step: str, sessions: int) -> None:
        says = {(2, step): "550 5.7.1 no", (2, "DATA"): "354 go on all the same", (2, "text"): "250 taken"}
        says |= {(2, "RCPT"): "250 OK"} if step == "MAIL" else {}
        script = play(Script(offers=GROUPED, says=says))
        assert [outcome for outcome, _ in told(send_all(some(3)))] == ["accepted", "refused", "accepted"]
        assert [text for recipient, text in script.taken if recipient in ("", "an.2@example.vn")] in ([], [b""])
        assert script.sessions == sessions

    @pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "text"])
    def test_never_send_twice_what_a_closing_server_has_taken(self, play: Play, step: str) -> None:
        script = play(Script(offers=GROUPED, says={(4, step): "421 later", (2, "RCPT"): "550 no"}))
        send_all(some(6))
        recipients = [recipient for recipient, _ in script.taken]
        assert len(recipients) == len(set(recipients)) == 4


class TestABatchBesideLettersByThemselves:
    """Whatever a server says letter by letter, all three ways come to the same."""

    answers = st.sampled_from(["450 4.2.0 later", "550 5.1.1 no", "553 no", "530 5.7.0 who?", "451 x"])
    wishes = st.dictionaries(st.tuples(st.integers(1, 6), st.sampled_from(["MAIL", "RCPT", "DATA", "text"])), answers, max_size=6)

    @hypothesis_settings(max_examples=30 * TIMES, deadline=None)
    @given(says=wishes)
    def test_is_judged_the_same(self, says: dict[tuple[int, str], str]) -> None:
        letters = some(6)
        seen: list[tuple[Outcomes, list[str]]] = []
        for offers, is_batch in ((GROUPED, True), (PLAIN, True), (PLAIN, False)):
            script = Script(offers=offers, says=says)
            office = ScriptedOffice(script)
            office.start()
            server = Server(host="127.0.0.1", port=office.port, username="", password="", tls=Tls.NONE)
            with SmtpCarrier(server, patience=HASTY) as carrier:
                deliveries = carrier.send_all(letters) if is_batch else [carrier.send(one) for one in letters]
            office.close()
            seen.append((told(deliveries), [recipient for recipient, _ in script.taken]))
        assert seen[0] == seen[1] == seen[2]


class TestTheWayToTheServer:
    def test_that_nobody_opens_keeps_all_waiting_after_one_try(self, settings: Any) -> None:
        settings.CAMKET_SMTP_URL = f"smtp://127.0.0.1:{free_port()}?tls=none"
        assert told(send_all(some(3))) == [("deferred", "smtp.no_connection"), UNTRIED, UNTRIED]

    def test_that_wants_another_password_keeps_all_waiting(self, open_office: Callable[..., Clerk]) -> None:
        open_office(login="camket:wrong@", authenticator=authenticator, auth_required=True, auth_require_tls=False)
        assert told(send_all(some(3))) == [("deferred", "smtp.auth_refused"), UNTRIED, UNTRIED]

    def test_is_encrypted_and_signed_in_for_groups_too(
        self, open_office: Callable[..., Clerk], certificate: Certificate, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        clerk = open_office(
            Clerk(offers=("PIPELINING",)), tls="starttls", login="camket:p%3Ass%40wo%2Frd@", tls_context=certificate.context(), require_starttls=True,
            authenticator=authenticator, auth_required=True,
        )  # fmt: skip
        assert told(send_all(some(4))) == [YES] * 4
        assert [received.recipients for received in clerk.received] == [[one.to] for one in some(4)]

    def test_is_cut_when_a_letter_in_the_middle_takes_too_long(self, play: Play) -> None:
        play(Script(offers=GROUPED, says={(2, "text"): HANG}))
        began = time.monotonic()
        impatient = Patience(step_seconds=20, answer_seconds=20, letter_seconds=1)
        assert [outcome for outcome, _ in told(send_all(some(3), patience=impatient))] == ["accepted", "unknown", "deferred"]
        assert time.monotonic() - began < 10


class TestAFolder:
    def test_takes_a_batch_too(self, settings: Any, tmp_path: Any) -> None:
        settings.CAMKET_SMTP_URL = f"file:{tmp_path}/letters"
        assert told(send_all(some(3))) == [("accepted", "file.written")] * 3
        assert len(list((tmp_path / "letters").glob("*.eml"))) == 3
