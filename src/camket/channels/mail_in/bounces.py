"""What a mail in our mailbox says of a letter of ours: that it came back, is late, or was answered by a machine; or that it is no such mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
from enum import StrEnum

from camket.channels.mail_in.anatomy import Anatomy, take_apart
from camket.channels.mail_in.causes import KIND_OF, Cause, any_of, cause_in, is_warning_only
from camket.duties.notices.rules import HARD, kind_of_status


class Kind(StrEnum):
    """What a mail is; the values are those that `report_bounce` takes."""

    HARD = "hard"
    SOFT = "soft"
    DELAYED = "delayed"
    OUT_OF_OFFICE = "away"
    NOT_ONE = "not_one"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """What a mail says of letters: ids and codes, never a word of it."""

    kind: Kind
    code: str = ""
    message_ids: tuple[str, ...] = ()  # with their angle brackets, those it speaks of most surely alone

    def __bool__(self) -> bool:
        raise TypeError("a Bounce is not a truth value: read .kind")


_MOST_IDS = 20
_ID = re.compile(r"<[^<>\s]{1,200}@[^<>\s]{1,253}>")
_ID_FIELD = re.compile(r"^[ >\t]*(?:original-)?message-id:[ \t]*(?:\n[ \t]+)?(<[^<>\s]{1,200}@[^<>\s]{1,253}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_REPLY = re.compile(r"(?<![\d.])([45])\d\d(?=[ -]|\b)")
_DAEMON = any_of((
    r"mailer[-_ ]?daemon", r"mail ?delivery", r"post[-_ ]?master", r"postoffice", r"mailadm", r"mail ?system", r"mail administrator",
    r"mail[-_ ]?router", r"deliver(?:y)?[-_ ]?(?:daemon|agent|system|subsystem)", r"mdaemon", r"mmdf", r"uucp", r"bounce",
    r"no-?reply-?dsn", r"exchange", r"system attendant", r"internet mail", r"returned mail", r"smtp server", r"mail gateway",
    r"gateway administrator",
))  # fmt: skip
_RETURN_SUBJECT = any_of((
    r"undeliver", r"delivery (?:status )?(?:notification|failure|failed|report|problem|error|delay|incomplete)",
    r"failure (?:notice|delivery)", r"returned (?:mail|to sender|e?-?mail)", r"mail (?:delivery|system|could not|failure|error)",
    r"message (?:could not|not delivered|delivery|status|delayed|undeliver)", r"non-?deliver", r"nondeliverable", r"delayed mail",
    r"warning: (?:message|could not)", r"problem delivering", r"could not (?:be deliver|send|deliver)",
    r"(?:e-?)?mail.{0,30}(?:not|cannot) be delivered", r"dead letter", r"user unknown", r"không (?:gửi|chuyển|phát) được",
))  # fmt: skip
_AWAY_SUBJECT = any_of((
    r"\[?auto(?:matic|mated|matisch\w{0,9})?[-_ :\]]{0,3}(?:re(?:ply|sponse|sponder)|answer|antwort)", r"out of (?:the )?office", r"away from",
    r"vacation", r"on (?:vacation|leave|holiday)", r"absence", r"abwesen", r"trả lời tự động", r"thư trả lời tự động", r"phản hồi tự động",
    r"vắng mặt", r"réponse automatique", r"respuesta autom", r"自動応答", r"不在",
), begins=True)  # fmt: skip
_REPLY_SUBJECT = re.compile(r"^\s*(?:re|aw|sv|antw|fwd?|tr|vs|trả lời|chuyển tiếp)\s*(?:\[\d+\])?:", re.IGNORECASE)
_PASSED_ON = frozenset({"delivered", "relayed", "expanded"})
_RANK = {Kind.HARD: 3, Kind.SOFT: 2, Kind.DELAYED: 1}


def read_bounce(raw: bytes) -> Bounce:
    """
    Read what a mail says of letters of ours; whatever the mail holds, it ends in an answer.

    A report for machines (RFC 3464) counts before the words of a system's own notice. What a person wrote is none, whatever it quotes.

    Args:
        raw: The mail, or its beginning.

    Source: RFC 3464, RFC 3463, RFC 3834 §5.
    """
    mail = take_apart(raw)
    kind, code = _kind(mail)
    return Bounce(kind=kind, code=code, message_ids=_message_ids(mail)) if kind is not Kind.NOT_ONE else Bounce(kind=kind)


def _kind(mail: Anatomy) -> tuple[Kind, str]:
    if mail.report_type in ("feedback-report", "disposition-notification"):
        return Kind.NOT_ONE, ""
    is_system = _is_from_a_system(mail)
    if mail.recipients and (mail.content_type == "multipart/report" or is_system):
        return max((_of_recipient(one, mail.notice) for one in mail.recipients), key=lambda found: _RANK.get(found[0], 0))
    if is_system:
        return _by_words(mail)
    return (Kind.OUT_OF_OFFICE, "auto.replied") if _is_from_a_machine(mail) else (Kind.NOT_ONE, "")


def _of_recipient(told: dict[str, str], notice: str) -> tuple[Kind, str]:
    action = told.get("action", "").split(";")[0].strip().lower().split(" ")[0]
    diagnostic = told.get("diagnostic-code", "")
    status = _best_status([told.get("status", ""), diagnostic])
    if action in _PASSED_ON or (status.startswith("2.") and action != "failed"):
        return Kind.NOT_ONE, ""
    if action == "delayed":
        return Kind.DELAYED, status or "delayed"
    return _judge(status, diagnostic or notice)


def _best_status(texts: Sequence[str]) -> str:
    """Of the statuses in the texts, the first that says more than that something went wrong."""
    found: list[str] = [status for text in texts for status in _STATUS.findall(text)]
    telling = [status for status in found if not status.endswith(".0.0") and not status.startswith("2.")]
    best: list[str] = telling or found
    return best[0] if best else ""


def _judge(status: str, words: str) -> tuple[Kind, str]:
    """Words on the mailbox itself count before a number: systems write 5.7.1 and 5.0.0 beside "user unknown". What else words say counts after it."""
    cause = cause_in(words)
    by_number = kind_of_status(status)
    is_telling = by_number is not None and not status.endswith(".0.0")
    if cause is not None and (KIND_OF[cause] == HARD or cause is Cause.FULL or not is_telling):
        return Kind(KIND_OF[cause]), status if is_telling else str(cause)
    if by_number is not None:
        return Kind(by_number), status
    reply = _REPLY.search(words)
    return (Kind.SOFT if reply is not None and reply[1] == "4" else Kind.HARD), "returned"


def _by_words(mail: Anatomy) -> tuple[Kind, str]:
    words = f"{_subject(mail)}\n{mail.header.get('x-failed-recipients', '')}\n{mail.notice}"
    status = _best_status([mail.notice])
    if is_warning_only(words):
        return Kind.DELAYED, status or "delayed"
    return _judge(status, mail.notice)


def _is_from_a_system(mail: Anatomy) -> bool:
    """Whether the mail speaks as a mail system: a report, a list of failed recipients, or a daemon with a subject or words to that effect."""
    header, subject = mail.header, _subject(mail)
    if mail.content_type == "multipart/report" and mail.report_type in ("", "delivery-status"):
        return True
    if "x-failed-recipients" in header:
        return True
    sender = header.get("from", "").strip()
    is_daemon = _DAEMON.search(sender) is not None or "<>" in (sender, header.get("return-path", "").strip())
    is_about_return = _RETURN_SUBJECT.search(subject) is not None
    if _AWAY_SUBJECT.search(subject) or _REPLY_SUBJECT.search(subject):
        return False
    says_why = _best_status([mail.notice]) != "" or cause_in(mail.notice) is not None
    return is_daemon and (is_about_return or says_why)


def _is_from_a_machine(mail: Anatomy) -> bool:
    """Whether no person wrote it (RFC 3834 §5, and what older systems say instead)."""
    header = mail.header
    submitted = header.get("auto-submitted", "").strip().lower()
    if submitted.startswith("auto-replied") or (submitted.startswith("auto-") and not submitted.startswith("auto-generated")):
        return True
    is_marked = any(name in header for name in ("x-autoreply", "x-autorespond", "x-auto-reply", "x-autogenerated-reply"))
    is_precedence = header.get("precedence", "").strip().lower() in ("auto_reply", "auto-reply")
    return is_marked or is_precedence or _AWAY_SUBJECT.search(_subject(mail)) is not None


def _subject(mail: Anatomy) -> str:
    written = mail.header.get("subject", "")[:1000]
    try:
        return str(make_header(decode_header(written)))
    except (ValueError, LookupError, UnicodeError):
        return written


def _message_ids(mail: Anatomy) -> tuple[str, ...]:
    """The ids of the letter that came back; where it was not sent back with its header, those that the mail answers, and last those in its words."""
    header = mail.header
    for found in (
        _ID_FIELD.findall(mail.returned),
        _ID.findall(header.get("in-reply-to", "")),
        _ID.findall(header.get("references", "")),
        _ID_FIELD.findall(mail.notice) or _ID.findall(mail.notice),
    ):
        if found:
            return tuple(dict.fromkeys(found))[:_MOST_IDS]
    return ()
