"""What a field of each kind may hold: cleaned, or turned down with a code that a door can put into a sentence."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from camket.policy.terms import FieldName
from camket.policy.writing import composed

_REGION, _COUNTRY = "VN", 84
_LINE_BREAKS = re.compile(r"\r\n?|\u2028|\u2029")
_SPACES = re.compile(r"[^\S\n]+")
# Some scripts and emoji are put together with joiners: honest between two signs of a message, never in a name or an address.
_JOINERS = frozenset("\u200c\u200d")
# Letters and signs that draw nothing: Braille's blank, and what stands for a missing half of a Korean syllable.
_FILLERS = frozenset("\u2800\u3164\u115f\u1160\uffa0")
# Marks that only choose how the sign before them is drawn.
_SELECTORS = frozenset(map(chr, (0x34F, 0x17B4, 0x17B5, *range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
_INVISIBLE = frozenset({"Cf", "Co", "Cn", "Cs"})
_SMALLEST_NAME, _SMALLEST_POSTAL = 2, 6
_AN_ADDRESS = re.compile(r"[^\s@]@[^\s@.]+\.")
_A_NUMBER = re.compile(r"(?:\+|\b0)[\d](?:[\s.()-]{0,2}\d){7,}|\b\d{9,}\b")


class BadValue(ValueError):
    """A value is not of its kind; `code` says how, and the message never repeats it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _draws(character: str) -> bool:
    """Return whether a character by itself draws something: a letter, a number, a sign, but no filler."""
    return unicodedata.category(character)[0] in "LNPS" and character not in _FILLERS


def _is_blank(text: str) -> bool:
    """Return whether a text is made of spaces and of what draws nothing by itself; control characters are a fault of their own."""
    return all(c.isspace() or c in _FILLERS or unicodedata.category(c) in ("Cf", "Mc", "Me", "Mn") for c in text)


def _joins(text: str, at: int) -> bool:
    """Return whether a joiner stands between two signs that can be seen; accents and selectors belong to the sign before them."""
    before = next((c for c in reversed(text[:at]) if not unicodedata.category(c).startswith("M")), "")
    return bool(before) and _draws(before) and _draws(text[at + 1 : at + 2] or " ")


def _cleaned(text: str, *, is_multiline: bool) -> str:
    text = _LINE_BREAKS.sub("\n", composed(text))
    for at, character in enumerate(text):
        category = unicodedata.category(character)
        if category == "Cc" and character not in "\n\t":
            raise BadValue("control_character")
        if category in _INVISIBLE and not (character in _JOINERS and _joins(text, at)):
            raise BadValue("invisible_character")
    text = _SPACES.sub(" ", text)
    if not is_multiline:
        return text.replace("\n", " ").strip()
    return "\n".join(line.strip() for line in text.split("\n")).strip()


def _plain(text: str, *, is_multiline: bool) -> str:
    """Clean a text in which nothing invisible has an honest use."""
    text = _cleaned(text, is_multiline=is_multiline)
    _refuse_invisible(text)
    return text


def draws_nothing(character: str) -> bool:
    """Return whether a character is there to be read and cannot be seen: a filler, a selector, a joiner or a mark of direction."""
    return character in _FILLERS or character in _SELECTORS or unicodedata.category(character) == "Cf"


def _refuse_invisible(text: str) -> None:
    if any(map(draws_nothing, text)):
        raise BadValue("invisible_character")


def _bare(text: str) -> str:
    """Drop what address books paste around numbers and addresses, marks of direction and zero-width spaces; inside they are refused."""
    text = composed(text)
    seen = [at for at, c in enumerate(text) if not (c.isspace() or c in _FILLERS or unicodedata.category(c) == "Cf")]
    text = text[seen[0] : seen[-1] + 1] if seen else ""
    _refuse_invisible(text)
    return text


def _email(text: str) -> str:
    try:
        checked = validate_email(_bare(text), check_deliverability=False)
    except EmailNotValidError:
        # the library's message quotes the address: it ends here
        raise BadValue("bad_email") from None
    return checked.normalized


def _phone(text: str) -> str:
    try:
        number = phonenumbers.parse(_bare(text), _REGION)
    except phonenumbers.NumberParseException:
        raise BadValue("bad_phone") from None
    # a number at home must exist in the plan of numbers; abroad its length is all we judge
    is_good = phonenumbers.is_valid_number(number) if number.country_code == _COUNTRY else phonenumbers.is_possible_number(number)
    if not is_good or number.extension:
        raise BadValue("bad_phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _name(text: str) -> str:
    name = _plain(text, is_multiline=False)
    if len(name) < _SMALLEST_NAME:
        raise BadValue("short_name")
    if not any(c.isalpha() for c in name):
        raise BadValue("bad_name")
    if "://" in name or "@" in name:
        raise BadValue("bad_name")
    return name


def _postal(text: str) -> str:
    address = _plain(text, is_multiline=True)
    if len(address) < _SMALLEST_POSTAL:
        raise BadValue("bad_address")
    return address


def clean(kind: str, text: str, *, max_length: int, is_multiline: bool = False) -> str:
    """
    Return the value as it is kept: NFC, trimmed, an e-mail address or E.164 number in its canonical form.

    Args:
        kind: The field's kind in the edition: name, text, phone, email, postal.
        text: What was typed; a text without one visible character is empty.
        max_length: Characters, from the edition.
        is_multiline: Whether line breaks are kept.

    Raises:
        BadValue: With code too_long, control_character, invisible_character, bad_email, bad_phone, short_name, bad_name or bad_address.

    Source: policy §1 (1.1, 1.2: field rules of the edition).
    """
    if _is_blank(text):
        return ""
    if len(text) > max_length:
        # no number is as long: how many characters there may be helps nobody
        raise BadValue("bad_phone" if kind == "phone" else "too_long")
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
    return f"{composed(local.lower())}@{domain}"


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


def looks_personal(text: str) -> bool:
    """
    Return whether a text that is to be about nobody holds what looks like an e-mail address or a telephone number.

    Args:
        text: What a member of staff typed as a name or as a text of the company's.
    """
    return bool(_AN_ADDRESS.search(text) or _A_NUMBER.search(text))
