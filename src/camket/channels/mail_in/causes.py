"""What mail systems write when they return a letter, in words: the cause, whether it is for good, and whether it is a warning only."""

import re
from enum import StrEnum

from camket.duties.notices.rules import HARD, SOFT


class Cause(StrEnum):
    """Why a letter came back, where the words say it; the value is the code that is kept."""

    FULL = "mailbox.full"
    UNKNOWN = "address.unknown"
    CLOSED = "mailbox.closed"
    NO_DOMAIN = "domain.unknown"
    REFUSED = "policy.refused"
    TOO_LARGE = "letter.too.large"
    NO_WAY = "no.way.there"


KIND_OF: dict[Cause, str] = {
    Cause.FULL: SOFT,
    Cause.UNKNOWN: HARD,
    Cause.CLOSED: HARD,
    Cause.NO_DOMAIN: HARD,
    Cause.REFUSED: SOFT,
    Cause.TOO_LARGE: SOFT,
    Cause.NO_WAY: SOFT,
}

# any word for who or what could not be reached; written BOX in the phrases
_BOX = (
    r"(?:user|recipient|mailbox|account|address|addressee|e-?mail address|mail ?box|customer|alias|login|local part)"
    r"(?: name|'s account| account)?"
)
# In this order: a full mailbox also "cannot be delivered to", and a refusal by a rule often ends in "rejected".
# Every phrase is bounded, so that no text makes it slow.
_PHRASES: dict[Cause, tuple[str, ...]] = {
    Cause.FULL: (
        r"(?:mail ?box|inbox|mail ?folder|quota|mail ?drop|account)[^.\n]{0,40}\b(?:full|over ?quota|exceeded|exceeds|exhausted)",
        r"over (?:the )?(?:allowed )?(?:disk |storage |mail )?quota",
        r"over ?quota",
        r"quota (?:is )?(?:exceeded|full|violation)",
        r"exceed\w{0,9}[^.\n]{0,40}(?:quota|storage)",
        r"(?:insufficient|not enough|out of)[^.\n]{0,20}(?:disk|storage|space)",
        r"too many messages in",
        r"mailbox size limit",
        r"hộp thư[^.\n]{0,20}đầy",
    ),
    Cause.CLOSED: (
        r"BOX[^.\n]{0,60}\b(?:disabled|inactive|suspended|deactivated|closed|deleted|terminated|expired|locked)\b",
        r"no longer (?:valid|active|available|in use|accept\w{0,9}|employed|works|with|exists?)",
        r"(?:inactive|disabled|suspended|deactivated) (?:user|account|mailbox)",
        r"has moved to",
        r"user has moved",
        r"account has been",
    ),
    Cause.UNKNOWN: (
        r"(?:user|recipient|mailbox|address|account|addressee)s? (?:is |was )?unknown",
        r"unknown (?:user|recipient|mailbox|account|address|addressee|local)",
        r"no such (?:user|recipient|mailbox|address|person|account|email|local)",
        r"no mailbox (?:here|by that name)",
        r"unrout(?:e)?able address",
        r"user not local",
        r"BOX[^.\n]{0,60}\b(?:not found|n't found|(?:does|do|did)(?:n't| not) exist|not exist|is invalid)",
        r"BOX[^.\n]{0,60}\b(?:not known|not recogni[sz]ed|not listed|unavailable)",
        r"(?:invalid|illegal|bad|non-?existent|nonexistent) BOX",
        r"not a (?:valid|known|local) BOX",
        r"(?:can't|cannot|could not|couldn't) find[^.\n]{0,30}BOX",
        r"mailbox unavailable",
        r"delivery to the following recipients? (?:has )?failed permanently",
        r"doesn't have an? [^\n]{0,40} account",
        r"not our customer",
        r"recipient (?:address )?rejected: (?:user|undeliverable)",
        r"unable to deliver to (?:this )?address",
        r"no account by that name",
        r"did not reach the following",
        r"không tìm thấy địa chỉ",
        r"địa chỉ[^.\n]{0,30}không (?:tồn tại|hợp lệ)",
        r"người nhận không tồn tại",
    ),
    Cause.NO_DOMAIN: (
        r"(?:host|domain|hostname|server)(?: name)?[^.\n]{0,60}\b(?:not found|unknown|(?:does|do)(?:n't| not) exist|couldn't be found)",
        r"unknown (?:host|domain|mail system)",
        r"no such (?:host|domain)",
        r"name or domain",
        r"bad destination (?:host|system)",
        r"domain of[^.\n]{0,60}does not resolve",
        r"nxdomain",
        r"host unreachable: unknown",
    ),
    Cause.TOO_LARGE: (
        r"(?:message|mail|size)[^.\n]{0,40}\b(?:too (?:large|big|long)|exceeds?[^.\n]{0,30}(?:size|limit|maximum))",
        r"(?:exceed\w{0,9})[^.\n]{0,30}(?:size|maximum)",
    ),
    Cause.REFUSED: (
        r"spam",
        r"junk",
        r"virus",
        r"block(?:ed|ing|list)",
        r"black ?list",
        r"denied",
        r"policy",
        r"polic(?:y|ies)",
        r"reputation",
        r"dmarc",
        r"\bspf\b",
        r"dkim",
        r"gr[ae]ylist",
        r"rate limit",
        r"not (?:authori[sz]ed|permitted|allowed)",
        r"prohibit",
        r"content (?:filter|reject)",
        r"relay\w{0,9} (?:not|denied)",
        r"unsolicited",
        r"filter",
        r"refused to accept",
        r"restricted",
        r"only accept",
    ),
    Cause.NO_WAY: (
        r"tim(?:e|ed)[ -]?out",
        r"connection[^.\n]{0,30}(?:refused|lost|reset|closed|dropped)",
        r"(?:could not|couldn't|cannot|unable to)[^.\n]{0,30}connect",
        r"unreachable",
        r"temporar",
        r"try(?:ing)? again later",
        r"expired",
        r"deferred",
        r"too many hops",
        r"mail loop",
        r"loop(?:s|ing)? (?:back|detected)",
        r"lookup",
        r"dns",
        r"too long (?:in|on)",
        r"for \d+ (?:hours|days)",
        r"server (?:is )?(?:busy|down|unavailable)",
        r"not responding",
        r"retry",
    ),
}


def any_of(phrases: tuple[str, ...], *, begins: bool = False) -> re.Pattern[str]:
    """
    Return a pattern that finds any of the phrases, however it is capitalised.

    Args:
        phrases: Regular expressions.
        begins: Whether the text must begin with it.
    """
    found = "|".join(phrases).replace("BOX", _BOX)
    return re.compile(rf"\A\s*(?:{found})" if begins else found, re.IGNORECASE)


_PATTERNS = {cause: any_of(phrases) for cause, phrases in _PHRASES.items()}
_WARNING_ONLY = any_of(
    (
        r"warning message only",
        r"not (?:need|have) to (?:re-?send|resend)",
        r"(?:will|shall) (?:continue|keep|be retried|retry|try)[^.\n]{0,60}",
        r"still (?:being retried|trying)",
        r"(?:has|have|could) not (?:yet )?been delivered (?:yet|to all)",
        r"delivery (?:is |has been |status notification \()?delay",
        r"not yet been delivered",
        r"delayed mail",
        r"message (?:is |has been )?delayed",
        r"do not resend",
    )
)
_GIVEN_UP = any_of(
    (
        r"permanent",
        r"gave up",
        r"given up",
        r"giving up",
        r"will not be (?:retried|tried)",
        r"not be delivered",
        r"has been (?:returned|deleted)",
    )
)


def cause_in(text: str) -> Cause | None:
    """
    Return the cause that a mail system's words give, or None where they give none that is known.

    Args:
        text: A diagnostic, or the part of a notice that people are meant to read; bounded by whoever calls.
    """
    return next((cause for cause, pattern in _PATTERNS.items() if pattern.search(text)), None)


def is_warning_only(text: str) -> bool:
    """
    Return whether a notice says that the letter is still being tried, and nothing is lost yet.

    Args:
        text: The part of a notice that people are meant to read.
    """
    return _WARNING_ONLY.search(text) is not None and _GIVEN_UP.search(text) is None
