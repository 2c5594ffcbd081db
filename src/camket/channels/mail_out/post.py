"""The counter of the post office: send a letter, or ask whether letters could be sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings

from camket.channels.mail_out.folder import FolderCarrier
from camket.channels.mail_out.form import Sendable
from camket.channels.mail_out.letter import Delivery
from camket.channels.mail_out.route import Folder, RouteUnreadable, Server, read_route
from camket.channels.mail_out.smtp import SmtpCarrier
from camket.channels.mail_out.wire import Patience

_DETAILS = {
    "mail.no_carrier": "CAMKET_SMTP_URL is not set: letters wait.",
    "mail.route_unreadable": "CAMKET_SMTP_URL cannot be read: write smtp://user:pass@host:port?tls=starttls, or file:FOLDER.",
    "file.writable": "Letters are written into a folder: for development only.",
    "file.not_writable": "The folder for letters cannot be written.",
    "smtp.250": "The mail server answers.",
    "smtp.auth_refused": "The mail server refuses our user name or password: no letter goes out.",
    "smtp.tls_refused": "The mail server offers no TLS that can be trusted; if it is on this machine, say tls=none.",
    "smtp.timeout": "The mail server did not answer in time.",
    "smtp.no_connection": "The mail server cannot be reached: nobody listens there.",
    "smtp.no_name": "The name of the mail server cannot be looked up: no letter goes out.",
    "smtp.connection_lost": "The mail server closed the connection.",
}


class NoCarrier(Exception):
    """CAMKET_SMTP_URL is not set: there is nobody to carry a letter. Letters wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether letters could be sent now, with a code and an English sentence that name no secret."""

    ok: bool
    code: str
    detail: str


def open_carrier(*, patience: Patience | None = None, is_stopping: Callable[[], bool] = lambda: False) -> SmtpCarrier | FolderCarrier:
    """
    Return the carrier that the settings name, for a `with` block that sends many letters over one connection.

    Args:
        patience: How long the server may take; None for ten seconds a step.
        is_stopping: Asked before each letter of a batch; once it says yes, no further one is begun.

    Returns:
        The carrier; nothing is opened before its first letter.

    Raises:
        NoCarrier: CAMKET_SMTP_URL is empty.
        RouteUnreadable: CAMKET_SMTP_URL is neither a server nor a folder.
    """
    match read_route(settings.CAMKET_SMTP_URL, home=settings.CAMKET_HOME):
        case Server() as server:
            return SmtpCarrier(server, patience=patience or Patience(), is_stopping=is_stopping)
        case Folder() as folder:
            return FolderCarrier(folder)
        case _:
            raise NoCarrier("CAMKET_SMTP_URL is not set")


def send(letter: Sendable, *, patience: Patience | None = None) -> Delivery:
    """
    Hand one letter to the carrier that the settings name.

    Args:
        letter: The letter.
        patience: How long the server may take; None for ten seconds a step.

    Returns:
        What became of it; a failure of the network is an outcome, not an exception.

    Raises:
        NoCarrier: CAMKET_SMTP_URL is empty.
        RouteUnreadable: CAMKET_SMTP_URL is neither a server nor a folder.
        LetterUnsendable: The letter cannot be put into a message.
    """
    with open_carrier(patience=patience) as carrier:
        return carrier.send(letter)


def send_all(letters: Sequence[Sendable], *, patience: Patience | None = None) -> Sequence[Delivery]:
    """
    Hand many letters over one connection, grouped as far as the server allows.

    Args:
        letters: The letters, in their order.
        patience: How long the server may take; None for ten seconds a step. No letter is begun after its `batch_seconds`.

    Returns:
        What became of each; "smtp.not_begun" for those that never had their turn.

    Raises:
        NoCarrier: CAMKET_SMTP_URL is empty.
        RouteUnreadable: CAMKET_SMTP_URL is neither a server nor a folder.
    """
    with open_carrier(patience=patience) as carrier:
        return carrier.send_all(letters)


def probe(*, patience: Patience | None = None) -> Probe:
    """
    Tell whether letters could be sent now; nothing is sent.

    Args:
        patience: How long the server may take; None for ten seconds a step.

    Returns:
        The answer; it never raises.
    """
    try:
        with open_carrier(patience=patience) as carrier:
            code = carrier.greet()
    except NoCarrier:
        code = "mail.no_carrier"
    except RouteUnreadable:
        code = "mail.route_unreadable"
    return Probe(ok=code in {"smtp.250", "file.writable"}, code=code, detail=_DETAILS.get(code, f"The mail server answered: {code}."))
