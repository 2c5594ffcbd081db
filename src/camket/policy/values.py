"""What a field of each kind may hold: cleaned, or turned down with a code that a door can put into a sentence."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from camket.policy.terms import FieldName

_REGION, _COUNTRY = "VN", 84
_LINE_BREAKS = re.compile(r"\r\n?|\u2028|\u2029")
_SPACES = re.compile(r"[^\S\n]+")
# Zero-width joiners are part of some scripts and of emoji; every other invisible mark has no honest use in a name or a message.
_JOINERS = frozenset("\u200c\u200d")
_INVISIBLE = frozenset({"Cf", "Co", "Cn", "Cs"})
_SMALLEST_NAME, _SMALLEST_POSTAL = 2, 6


class BadValue(ValueError):
    """A value is not of its kind; `code` says how, and the message never repeats it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _cleaned(text: str, *, is_multiline: bool) -> str:
    text = _LINE_BREAKS.sub("\n", unicodedata.normalize("NFC", text))
    for character in text:
        category = unicodedata.category(character)
        if category == "Cc" and character not in "\n\t":
            raise BadValue("control_character")
        if category in _INVISIBLE and character not in _JOINERS:
            raise BadValue("invisible_character")
    text = _SPACES.sub(" ", text)
    if not is_multiline:
        return text.replace("\n", " ").strip()
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _without_marks(text: str) -> str:
    """Drop the direction marks and zero-width spaces that address books paste around numbers and addresses."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf").strip()


def _email(text: str) -> str:
    try:
        checked = validate_email(_without_marks(text), check_deliverability=False)
    except EmailNotValidError:
        # the library's message quotes the address: it ends here
        raise BadValue("bad_email") from None
    return checked.normalized


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(_without_marks(text), _REGION)
    except phonenumbers.NumberParseException:
        raise BadValue("bad_phone") from None
    # a number at home must exist in the plan of numbers; abroad its length is all we judge
    is_good = phonenumbers.is_valid_number(number) if number.country_code == _COUNTRY else phonenumbers.is_possible_number(number)
    if not is_good or number.extension:
        raise BadValue("bad_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _name(text: str) -> str:
    name = _cleaned(text, is_multiline=False)
    if len(name) < _SMALLEST_NAME:
        raise BadValue("short_name")
    if not any(c.isalpha() for c in name):
        raise BadValue("bad_name")
    if "://" in name or "@" in name:
        raise BadValue("bad_name")
    return name


def _postal(text: str) -> str:
    address = _cleaned(text, is_multiline=True)
    if len(address) < _SMALLEST_POSTAL:
        raise BadValue("bad_address")
    return address


def clean(kind: str, text: str, *, max_length: int, is_multiline: bool = False) -> str:
    """
    Return the value as it is kept: NFC, trimmed, an e-mail address or E.164 number in its canonical form.

    Args:
        kind: The field's kind in the edition: name, text, phone, email, postal.
        text: What was typed; empty text stays empty.
        max_length: Characters, from the edition.
        is_multiline: Whether line breaks are kept.

    Raises:
        BadValue: With code too_long, control_character, invisible_character, bad_email, bad_phone, short_name, bad_name or bad_address.

    Source: policy §1 (field rules of the edition).
    """
    if not text.strip():
        return ""
    if len(text) > max_length:
        raise BadValue("too_long")
    match kind:
        case "email":
            return _email(text)
        case "phone":
            return _phone(text)
        case "name":
            return _name(text)
        case "postal":
            return _postal(text)
        case _:
            return _cleaned(text, is_multiline=is_multiline)


def _mailbox(address: str) -> str:
    """Letters of one address in another size are the same address; ß and ss are two, which casefold() would make one."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = validate_email(f"a@{domain}", check_deliverability=False).ascii_domain
    return f"{unicodedata.normalize('NFC', local.lower())}@{domain}"


def canonical_identity(kind: FieldName, text: str) -> str | None:
    """
    Return the one form under which an identity is looked up, or None where the text is none.

    Args:
        kind: `email` (NFC, trimmed, in small letters, its domain as it is asked for in the DNS) or `phone` (E.164, region VN).
        text: As typed.

    Source: reference privacy (d.3); RFC 5891 (IDNA 2008).
    """
    try:
        if kind == "email":
            return _mailbox(_email(text))
        if kind == "phone":
            return _phone(text)
    except BadValue:
        return None
    return None
