"""Which letters there are, what each may carry, and when one may go out again."""

from dataclasses import dataclass

from camket.policy.terms import FieldName

EMAIL, FULL_NAME, MESSAGE = FieldName("email"), FieldName("full_name"), FieldName("message")
MOST_UNANSWERED = 2  # the first sending and one resending with the same Message-ID (house.md §9.5)
MOST_TRIES = 25  # with the outbox's back-off about four days, as long as mail servers themselves keep trying (RFC 5321 §4.5.4.1)

INVENTED = "invented"  # why a letter to somebody who does not exist was dropped
TAKEN_BACK = "taken.back"  # why a letter was dropped whose writer thought better of it
RESTORED = "house.restored"  # why a letter that waited when the backup was made waits for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterKind:
    """What one kind of letter is allowed to be."""

    template: str
    carries_content: bool  # its text goes only to an address that has been proven
    has_link: bool  # brings a link to the reading page
    has_consents_link: bool  # brings a link to the person's page of their consents: as long as there is something to take back
    is_once_an_hour: bool  # we are nobody's mail bomb
    can_be_taken_back: bool = False  # by who wrote it, until a worker takes it


ACKNOWLEDGEMENT = LetterKind(
    template="intake/letters/acknowledgement", carries_content=False, has_link=True, has_consents_link=True, is_once_an_hour=True
)
SPOKEN_ACKNOWLEDGEMENT = LetterKind(
    template="intake/letters/acknowledgement_spoken", carries_content=False, has_link=True, has_consents_link=True, is_once_an_hour=True
)
ANSWER = LetterKind(
    template="intake/letters/answer",
    carries_content=True,
    has_link=True,
    has_consents_link=True,
    is_once_an_hour=False,
    can_be_taken_back=True,
)
FAREWELL = LetterKind(template="retention/letters/farewell", carries_content=False, has_link=False, has_consents_link=False, is_once_an_hour=False)
KINDS = {kind.template: kind for kind in (ACKNOWLEDGEMENT, SPOKEN_ACKNOWLEDGEMENT, ANSWER, FAREWELL)}


def fields_needed(kind: LetterKind, *, is_proven: bool) -> frozenset[FieldName]:
    """
    Return the fields a letter needs opened: the address, and name and text only where they may stand in it.

    Args:
        kind: Which letter.
        is_proven: Whether a round trip over the address has succeeded.

    Source: house.md §4 (a letter to an unproven address carries a reference and no content).
    """
    return frozenset({EMAIL, FULL_NAME, MESSAGE}) if kind.carries_content and is_proven else frozenset({EMAIL})


def split_letter(text: str) -> tuple[str, str]:
    """
    Return the subject and body of a rendered letter, whose first line is `Subject: …`.

    Raises:
        ValueError: It does not begin so.
    """
    head, _, body = text.lstrip().partition("\n")
    if not head.startswith("Subject: "):
        raise ValueError("a letter's first line is its subject")
    return head.removeprefix("Subject: ").strip(), body.strip() + "\n"
