"""How a letter becomes the bytes of a message (RFC 5322, MIME)."""

import io
from email.generator import BytesGenerator
from email.policy import Compat32
from email.utils import formataddr

from django.core.mail import EmailMultiAlternatives

from camket.channels.mail_out.letter import LetterUnsendable, OutgoingLetter, in_ascii

_LONGEST_LINE = 998


class _AsTheyStand(Compat32):
    """Folds headers but those that are one line of ASCII already: they would only be cut up and come out the same."""

    def fold_binary(self, name: str, value: str) -> bytes:
        is_one_line = isinstance(value, str) and value.isascii() and value.isprintable() and value == value.strip()
        if is_one_line and len(name) + len(": ") + len(value) <= _LONGEST_LINE:
            return f"{name}: {value}{self.linesep}".encode()
        return super().fold_binary(name, value)


_AS_THEY_STAND = _AsTheyStand()


def compose(letter: OutgoingLetter) -> bytes:
    """
    Write a letter as a message, with CRLF at every line's end.

    Args:
        letter: The letter.

    Returns:
        The whole message; 8bit or quoted-printable where it is not ASCII.

    Raises:
        LetterUnsendable: The mail library refuses a part; which one is not repeated, for its own message would hold it.

    Source: RFC 5322 §2.1, RFC 2045 §6, RFC 2047.
    """
    return write(letter, to=in_ascii(letter.to), message_id=letter.message_id, date=letter.date_header)


def write(letter: OutgoingLetter, *, to: str, message_id: str, date: str) -> bytes:
    """
    Write a message out of a letter's common parts and what is its own.

    Args:
        letter: Sender, subject, texts and further headers.
        to: The address, its domain in ASCII.
        message_id: With its angle brackets.
        date: As the header says it.

    Raises:
        LetterUnsendable: The mail library refuses a part.
    """
    sender = in_ascii(letter.from_email)
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=formataddr((letter.from_name, sender)) if letter.from_name else sender,
        to=[to],
        headers={"Message-ID": message_id, "Date": date, **letter.headers},
    )
    if letter.html:
        message.attach_alternative(letter.html, "text/html")
    written = io.BytesIO()
    try:
        # folded at the limit, not at the usual 78: a second folding would leave the first line of a Vietnamese subject empty
        generator = BytesGenerator(written, mangle_from_=False, maxheaderlen=_LONGEST_LINE, policy=_AS_THEY_STAND)
        generator.flatten(message.message(), linesep="\r\n")
    except ValueError:
        raise LetterUnsendable("letter.not_composed") from None
    return written.getvalue()
