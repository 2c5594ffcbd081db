"""What the server's answers mean for a letter, and what the way to it failed of. Pure: words in, outcomes out."""

import re
import smtplib
import socket
import ssl
from typing import NamedTuple

from camket.channels.mail_out.letter import Delivery, DeliveryOutcome

START_INPUT = 354
SHUTTING_DOWN = 421
TAKEN = Delivery(outcome=DeliveryOutcome.ACCEPTED, code="smtp.250")
NOT_BEGUN = Delivery(outcome=DeliveryOutcome.DEFERRED, code="smtp.not_begun")

_GOOD = {"sender": frozenset({250}), "recipient": frozenset({250, 251}), "data": frozenset({START_INPUT}), "text": frozenset({250})}
_ENHANCED_CODE = re.compile(rb"([245]\.\d{1,3}\.\d{1,3})(?:\s|$)")
_FOR_GOOD = 500
_AUTHENTICATION_WANTED = frozenset({530, 534, 535, 538})


class Reply(NamedTuple):
    """One answer of the server; it begins with a code, and may say more."""

    code: int
    text: bytes


def is_yes(step: str, reply: Reply) -> bool:
    """
    Return whether an answer lets the conversation go on.

    Args:
        step: "sender", "recipient", "data", or "text" for what the whole message is answered with.
        reply: The answer.
    """
    return reply.code in _GOOD[step]


def judge(step: str, reply: Reply) -> Delivery:
    """
    Tell what a letter has come to by an answer that is no yes.

    Args:
        step: What was answered.
        reply: The answer.

    Returns:
        Refused for a code of the five hundreds, deferred otherwise.

    Source: RFC 5321 §4.2.1, RFC 3463.
    """
    if step == "sender" and reply.code in _AUTHENTICATION_WANTED:
        # the sender is the same for every letter: nobody's goes out before our set-up is mended
        return deferred("smtp.auth_refused")
    enhanced = _ENHANCED_CODE.match(reply.text)
    # said of one addressee it may be that server's way of refusing them; our set-up may be at fault all the same, and then it must still go
    is_final = 500 <= reply.code <= 599 and reply.code not in _AUTHENTICATION_WANTED
    outcome = DeliveryOutcome.REFUSED if is_final else DeliveryOutcome.DEFERRED
    said = "data" if step == "text" else step
    return Delivery(outcome=outcome, code=f"smtp.{said}.{reply.code}" + (f".{enhanced[1].decode()}" if enhanced else ""))


def deferred(code: str) -> Delivery:
    """Return that a letter is to be tried again, and why."""
    return Delivery(outcome=DeliveryOutcome.DEFERRED, code=code)


def why_not_open(failure: OSError) -> str:
    """
    Return the code of what stood in the way of a connection.

    Args:
        failure: What opening it raised.
    """
    if isinstance(failure, socket.gaierror):
        return "smtp.no_name"
    if isinstance(failure, smtplib.SMTPAuthenticationError):
        # the four hundreds are the server's own trouble, which passes: it could not look up who we are (RFC 4954 §6)
        return "smtp.auth_refused" if failure.smtp_code >= _FOR_GOOD else f"smtp.connect.{failure.smtp_code}"
    if isinstance(failure, smtplib.SMTPNotSupportedError):
        return "smtp.tls_refused" if "STARTTLS" in str(failure) else "smtp.auth_refused"
    if isinstance(failure, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return f"smtp.connect.{failure.smtp_code}"
    if isinstance(failure, ssl.SSLError | smtplib.SMTPResponseException):
        # what is left of the answers at this stage is the one to STARTTLS
        return "smtp.tls_refused"
    return why_lost(failure)


def why_lost(failure: OSError) -> str:
    """
    Return the code of what ended a conversation.

    Args:
        failure: What reading or writing raised.
    """
    if isinstance(failure, TimeoutError) or isinstance(failure.__context__, TimeoutError):
        return "smtp.timeout"
    if isinstance(failure, smtplib.SMTPServerDisconnected | smtplib.SMTPResponseException | ssl.SSLError | ConnectionResetError | BrokenPipeError):
        return "smtp.connection_lost"
    return "smtp.no_connection"
