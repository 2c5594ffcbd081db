"""Letters going out: over SMTP, or into a folder while somebody develops."""

from camket.channels.mail_out.letter import Delivery, DeliveryOutcome, LetterUnsendable, OutgoingLetter
from camket.channels.mail_out.post import NoCarrier, Probe, open_carrier, probe, send
from camket.channels.mail_out.route import RouteUnreadable

__all__ = [
    "Delivery",
    "DeliveryOutcome",
    "LetterUnsendable",
    "NoCarrier",
    "OutgoingLetter",
    "Probe",
    "RouteUnreadable",
    "open_carrier",
    "probe",
    "send",
]
