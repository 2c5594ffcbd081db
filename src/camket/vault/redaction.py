"""How much of an opened field leaves the vault."""

from camket.policy.terms import Redaction

_DOT = "•"
_LAST = 4


def redact(text: str, redaction: Redaction) -> str:
    """
    Return what may be seen of a value.

    Args:
        text: The whole value.
        redaction: full: all of it; masked: the first letter of each word; last4: the last four characters; exists: that there is one.
    """
    match redaction:
        case Redaction.FULL:
            return text
        case Redaction.MASKED:
            return " ".join(word[:1] + _DOT * 3 for word in text.split())
        case Redaction.LAST4:
            return _DOT * 4 + text[-_LAST:] if len(text) > 2 * _LAST else _DOT * 4
        case Redaction.EXISTS:
            return _DOT * 4
