"""What an account, a link and a token may be: roles, scopes, lifetimes and names; pure, no Django, no clock, no randomness."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from email_validator import EmailNotValidError, validate_email

from camket.policy.terms import ABUSE, ADVISER, AUDITOR, LEGAL, OPERATOR, PRIVACY_OFFICER, STAFF_ROLES, SYSTEM, Actor, RoleId
from camket.policy.writing import composed, has_unseen, one_line

# The names of the published face, which stay what they are; `tests/house/unopened.py` says which open nothing yet, and what will ask for them.
SCOPES = frozenset({"inquiries:write", "inquiries:read", "notices:write", "reports:write", "services:write", "services:read", "metrics:read"})

# Who may add, move and dismiss staff, and make tokens. SYSTEM is the command line as well: whoever holds the machine holds the accounts.
STAFF_KEEPERS = frozenset({OPERATOR, SYSTEM})

DESKS: Mapping[str, frozenset[RoleId]] = MappingProxyType(
    {
        "inbox": frozenset({ADVISER}),
        "abuse": frozenset({ABUSE}),
        "legal": frozenset({LEGAL}),
        "privacy": frozenset({PRIVACY_OFFICER}),
        "operations": frozenset({OPERATOR}),
        "journal": frozenset({AUDITOR, PRIVACY_OFFICER}),
        "policy": frozenset({AUDITOR, OPERATOR, PRIVACY_OFFICER}),
        "staff": frozenset({OPERATOR}),
        "access_review": frozenset({OPERATOR, PRIVACY_OFFICER, AUDITOR}),
        "sign_ins": frozenset({OPERATOR}),  # clause 11.3
    }
)

# What a session is listed under, so that its owner knows it again; what the browser says of itself beyond this is not kept.
BROWSERS = ("chrome", "edge", "firefox", "opera", "other", "safari", "samsung")
SYSTEMS = ("android", "ios", "linux", "mac", "other", "windows")

# By what somebody came in, or tried to. "password" alone opens nothing: it stands for the first of two steps.
LINK, INVITATION, PASSKEY, PASSWORD = "link", "invitation", "passkey", "password"
PASSWORD_CODE, PASSWORD_RECOVERY, NO_FACTOR = "password_code", "password_recovery", "none"
# "company" is the company's own sign-in service; with a code beside it where the account has an app
COMPANY, COMPANY_CODE, COMPANY_RECOVERY = "company", "company_code", "company_recovery"
FACTORS = (COMPANY, COMPANY_CODE, COMPANY_RECOVERY, INVITATION, LINK, NO_FACTOR, PASSKEY, PASSWORD, PASSWORD_CODE, PASSWORD_RECOVERY)
SIGNED_IN, HALF_WAY, REFUSED, SLOWED, SIGNED_OUT, CONFIRMED = "signed_in", "half_way", "refused", "slowed", "signed_out", "confirmed"
OUTCOMES = (CONFIRMED, HALF_WAY, REFUSED, SIGNED_IN, SIGNED_OUT, SLOWED)

SIGN_IN_LIFETIME = timedelta(minutes=30)
INVITATION_LIFETIME = timedelta(days=3)
FRESH_FOR = timedelta(minutes=10)  # how long after signing in, or confirming it is you, the ways in may be changed
LONGEST_SIGN_IN_LIFETIME = timedelta(hours=24)
ENTWINED_FOR = timedelta(days=30)  # how long whoever was let in by a colleague's link may be that colleague, for all that the house can tell

# How long a capability link lives when its purpose is one of these and the caller names no lifetime.
LINK_LIFETIMES: Mapping[str, timedelta] = MappingProxyType(
    {
        "read_answer": timedelta(days=30),
        "own_consents": timedelta(days=365),  # the right to take a consent back does not end with a letter's age; the link goes with the matter
        "stop_advertising": timedelta(days=365),
    }
)
LONGEST_LINK_LIFETIME = timedelta(days=366)
LINK_ATTEMPTS = 5

COMPANY_ERRAND = timedelta(minutes=10)  # how long the way to the company's sign-in service and back may take

_LINK_PURPOSE = re.compile(r"[a-z][a-z_]{0,39}")
_TOKEN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")


LEAST_PASSWORD, MOST_PASSWORD = 12, 128
RECOVERY_CODES = 10
MOST_PASSKEYS = 10
CODE_DIGITS, CODE_SECONDS, CODE_DRIFT = 6, 30, 1  # RFC 6238; a clock may be half a minute off
CODE_WAITS = timedelta(minutes=15)  # how long a new app may take to be confirmed by its first code

# What is tried first, of those that are long enough; beside Django's list of leaked ones (passwords.py).
_GUESSED_FIRST = frozenset(
    {"matkhau", "password", "passw0rd", "camket", "wesoft", "vietnam", "saigon", "hanoi", "qwerty", "iloveyou", "welcome", "admin"}
)
_ROWS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p")
_LEAST_WORD = 4  # a shorter part of a name is found in a good password by chance


class BadPassword(ValueError):
    """A password cannot be used; `reason` is "short", "long", "name", "guessed" or "characters". It is not repeated here."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the password cannot be used: {reason}")
        self.reason = reason


class BadEmail(ValueError):
    """The text is no e-mail address of a member of staff. It is not repeated here."""


class BadName(ValueError):
    """A display name is longer than 120 characters or holds control characters. It is not repeated here."""


class NotAStaffRole(ValueError):
    """The role is not one that a member of staff can have; `role` says which was asked for."""

    def __init__(self, role: str) -> None:
        super().__init__(f"{role!r} is not a role of staff; these are: {', '.join(sorted(STAFF_ROLES))}")
        self.role = role


class BadTokenName(ValueError):
    """A token's name is 1 to 40 characters of a-z, 0-9, ".", "_" and "-", and begins with a letter or digit."""


class BadScope(ValueError):
    """A token was asked for with no scope, or with one that does not exist; `scopes` holds the unknown ones."""

    def __init__(self, scopes: frozenset[str]) -> None:
        super().__init__(f"a token needs one or more of these scopes: {', '.join(sorted(SCOPES))}")
        self.scopes = scopes


class BadLink(ValueError):
    """A link was asked for with a purpose, a lifetime or a number of attempts that no link may have."""


def staff_id_of(actor: Actor) -> UUID | None:
    """
    Return the id under which a member of staff is kept; None for the house itself, and for a person by their own hand.

    Args:
        actor: Who acts, one of the three.
    """
    return UUID(actor.id) if actor.id and not actor.is_house else None


class NotForThisRole(Exception):
    """Whoever asks has a role that does not do this; `role` says which."""

    def __init__(self, role: RoleId) -> None:
        super().__init__(f"the role {role} does not do this")
        self.role = role


class NotTheOwner(Exception):
    """Only its owner does this to an account, and somebody else asks; `act` says what they asked for."""

    def __init__(self, act: str) -> None:
        super().__init__(f"the account is somebody else's: {act}")
        self.act = act


def plain_email(text: str) -> str:
    """
    Return an e-mail address in the one spelling under which a member of staff is known: NFC, trimmed, in small letters.

    Args:
        text: The address as somebody typed it.

    Returns:
        The address, at most 254 characters.

    Raises:
        BadEmail: It is not an address.
    """
    try:
        parsed = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        # `from None`: the library's message repeats the address
        raise BadEmail("not an e-mail address") from None
    return composed(f"{parsed.local_part.lower()}@{parsed.domain}")


def plain_name(text: str) -> str:
    """
    Return a display name in NFC with its spaces tidied.

    Args:
        text: The name as somebody typed it; may be empty.

    Returns:
        The name, at most 120 characters.

    Raises:
        BadName: It is longer, or holds control or invisible formatting characters.
    """
    name = one_line(text)
    if len(name) > 120 or has_unseen(name):
        raise BadName("a name has at most 120 characters and no control characters")
    return name


def plain_password(text: str) -> str:
    """
    Return a password in the one spelling in which it is hashed, however a keyboard composed its accents.

    Args:
        text: As typed; cut to what any password may be at most, so that nobody makes us hash a book.

    Source: RFC 8265 §4.2 (OpaqueString), NIST SP 800-63B §3.1.1.2 (NFKC).
    """
    return composed(text[: MOST_PASSWORD * 2], "NFKC")


def new_password(text: str, *, email: str, display_name: str) -> str:
    """
    Return a password that may be set: long, not made of whose it is, and not what is tried first. What it is composed of is nobody's business.

    Args:
        text: As typed.
        email: The owner's address.
        display_name: What colleagues call them.

    Raises:
        BadPassword: It is too short or too long, holds control characters, is made of the owner's name or address, or is guessed first.

    Source: NIST SP 800-63B §3.1.1.2 (length, a list, no rules of composition).
    """
    if len(text) > MOST_PASSWORD * 2:  # at the door no more of it would be looked at
        raise BadPassword("long")
    password = plain_password(text)
    if len(password) < LEAST_PASSWORD:
        raise BadPassword("short")
    if len(password) > MOST_PASSWORD:
        raise BadPassword("long")
    if any(unicodedata.category(char) in {"Cc", "Cs"} for char in password):  # a joiner or a mark of direction is as good a secret
        raise BadPassword("characters")
    bare = _bare(password)
    if _is_made_of(bare, _words_of(email) | _words_of(display_name)):
        raise BadPassword("name")
    if _is_guessed_first(bare):
        raise BadPassword("guessed")
    return password


def _bare(text: str) -> str:
    """Small letters without accents, the way somebody who guesses would begin."""
    spread = composed(text.lower().replace("đ", "d"), "NFD")
    return "".join(char for char in spread if not unicodedata.combining(char))


def _words_of(text: str) -> set[str]:
    words = re.split(r"[^0-9a-z]+", _bare(text))
    return {*words, "".join(words)}


def _is_made_of(bare: str, words: Iterable[str]) -> bool:
    """Whether hardly a letter of a password is left once somebody's name and address are taken out of it."""
    known = sorted((word for word in words if word), key=len, reverse=True)
    if not any(word in bare for word in known if len(word) >= _LEAST_WORD):
        return False
    for word in known:
        bare = bare.replace(word, "")
    return sum(char.isalpha() for char in bare) < LEAST_PASSWORD // 2


def _is_guessed_first(bare: str) -> bool:
    plain = re.sub(r"[^0-9a-z]", "", bare)
    is_repeated = any(plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, len(plain) // 2 + 1)) if plain else False
    is_row = any(plain in row * 2 or plain[::-1] in row * 2 for row in _ROWS) if plain else False
    letters = re.sub(r"[0-9]+", "", plain.translate(str.maketrans("013457", "oleast"))) if not plain.isdigit() else plain
    return len(set(bare)) < 5 or is_repeated or is_row or plain.strip("0123456789") in _GUESSED_FIRST or letters in _GUESSED_FIRST


def company_levels(accepted: str) -> tuple[str, ...]:
    """
    Return the levels (`acr`) that the operator takes for a second factor, so that they can be asked for.

    Args:
        accepted: CAMKET_OIDC_SECOND_FACTOR, such as "amr=mfa,acr=phr".
    """
    return tuple(value for kind, _, value in (one.strip().partition("=") for one in accepted.split(",")) if kind == "acr" and value)


def counts_as_second(*, methods: frozenset[str], level: str, accepted: str) -> bool:
    """
    Return whether the company's sign-in service says of a sign-in what the operator takes for a second factor.

    Args:
        methods: What it says of how (`amr`).
        level: What it says of how surely (`acr`).
        accepted: CAMKET_OIDC_SECOND_FACTOR; empty where ours is asked for whatever it says.

    Source: OpenID Connect Core 1.0 §2, RFC 8176.
    """
    said = {f"amr={method}" for method in methods} | {f"acr={level}"}
    return bool(said & {one.strip() for one in accepted.split(",") if one.strip()})


def staff_role(role: str) -> RoleId:
    """
    Return `role` when it is one that a member of staff can have.

    Args:
        role: A role's id, e.g. "adviser".

    Returns:
        The same, as a role.

    Raises:
        NotAStaffRole: It is unknown, or belongs to no member of staff (visitor, subject, system).
    """
    if role not in STAFF_ROLES:
        raise NotAStaffRole(role)
    return RoleId(role)


def token_name(name: str) -> str:
    """
    Return `name` when a token may bear it.

    Args:
        name: What the operator calls the token, e.g. "shop-website".

    Returns:
        The same name.

    Raises:
        BadTokenName: It is empty, too long, or holds other characters.
    """
    if not _TOKEN_NAME.fullmatch(name):
        raise BadTokenName("a token's name is 1 to 40 characters of a-z, 0-9, '.', '_' and '-'")
    return name


def token_scopes(scopes: Iterable[str]) -> tuple[str, ...]:
    """
    Return the scopes in one order, each once.

    Args:
        scopes: Names of scopes.

    Returns:
        The same, sorted.

    Raises:
        BadScope: None was given, or one does not exist.
    """
    wanted = frozenset(scopes)
    if not wanted or wanted - SCOPES:
        raise BadScope(wanted - SCOPES)
    return tuple(sorted(wanted))


def link_lifetime(purpose: str, lifetime: timedelta | None) -> timedelta:
    """
    Return how long a link for this purpose lives.

    Args:
        purpose: What the link lets its holder do, e.g. "read_answer".
        lifetime: What the caller asked for; None takes the purpose's own.

    Returns:
        A span above zero and at most 366 days.

    Raises:
        BadLink: The purpose is not a lower-case word, has no lifetime of its own and none was given, or the lifetime is out of bounds.
    """
    if not _LINK_PURPOSE.fullmatch(purpose):
        raise BadLink("a link's purpose is a word of a-z and '_', at most 40 characters")
    span = LINK_LIFETIMES.get(purpose) if lifetime is None else lifetime
    if span is None or not timedelta(0) < span <= LONGEST_LINK_LIFETIME:
        raise BadLink("a link needs a lifetime above zero and of at most 366 days")
    return span


def require_role(actor: Actor, roles: frozenset[RoleId]) -> None:
    """
    Return where whoever acts has one of some roles: the one way in which an action is kept to roles.

    Args:
        actor: Who acts.
        roles: Those who may.

    Raises:
        NotForThisRole: They have another; a desk answers it by the page of a refusal (`web/console/entrance`).
    """
    if actor.role not in roles:
        raise NotForThisRole(actor.role)


def may_enter(role: RoleId, desk: str) -> bool:
    """
    Tell whether a role works at a desk.

    Args:
        role: The role of the member of staff.
        desk: A key of `DESKS`.

    Returns:
        True when the desk exists and the role works there.

    Source: policy §6 (6.1: who may see the data).
    """
    return role in DESKS.get(desk, frozenset())
