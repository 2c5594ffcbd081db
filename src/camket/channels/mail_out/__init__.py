"""Letters going out: over SMTP, or into a folder while somebody develops."""

from camket.channels.mail_out.form import FilledLetter, LetterForm, Sendable, blank
from camket.channels.mail_out.letter import Delivery, DeliveryOutcome, LetterUnsendable, OutgoingLetter
from camket.channels.mail_out.post import NoCarrier, Probe, open_carrier, probe, send, send_all
from camket.channels.mail_out.route import RouteUnreadable
from camket.channels.mail_out.wire import Patience

__all__ = [
    "Delivery",
    "DeliveryOutcome",
    "FilledLetter",
    "LetterForm",
    "LetterUnsendable",
    "NoCarrier",
    "OutgoingLetter",
    "Patience",
    "Probe",
    "RouteUnreadable",
    "Sendable",
    "blank",
    "open_carrier",
    "probe",
    "send",
    "send_all",
]
