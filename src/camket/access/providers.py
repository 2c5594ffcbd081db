"""What a company's own sign-in service (OpenID Connect) is asked and what it says of somebody: the shape that a channel to it has."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

CALLBACK: Final = "/console/sign-in/oidc"  # below CAMKET_URL; what the operator registers at the service


class Away(StrEnum):
    """What stood in the way of an answer. A closed list: it may stand in a line of the log."""

    NO_ANSWER = "no_answer"
    TIMEOUT = "timeout"
    CERTIFICATE = "certificate"
    REDIRECTED = "redirected"
    BROKEN = "broken"  # a status of 500 or more
    TOO_LONG = "too_long"
    NOT_JSON = "not_json"
    NO_PAPERS = "no_papers"
    ANOTHER_ISSUER = "another_issuer"
    UNFIT_ADDRESS = "unfit_address"
    NO_KEYS = "no_keys"
    CLIENT_UNKNOWN = "client_unknown"  # the operator's to mend, and nothing against whoever came
    BUSY = "busy"  # as many ask as may


class Unfit(StrEnum):
    """What was wrong with what came back. A closed list: it may stand in a line of the log."""

    NO_CODE = "no_code"  # the browser brought none
    CODE = "code"
    NO_TOKEN = "no_token"  # noqa: S105  # a code, and no password
    ALGORITHM = "algorithm"
    SIGNATURE = "signature"
    KEY = "key"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    PARTY = "party"
    EXPIRED = "expired"
    ISSUED = "issued"
    NONCE = "nonce"
    SUBJECT = "subject"


class ProviderAway(Exception):
    """The service could not be asked, or gave no answer that can be read. Nothing was decided about anybody; `code` says what stood in the way."""

    def __init__(self, code: Away) -> None:
        super().__init__(code)
        self.code = code


class ProviderRefused(Exception):
    """What came back is not the service's word about just this question; `code` says what was wrong with it, and nothing of it is repeated."""

    def __init__(self, code: Unfit) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked once: three random texts that must come back, or be shown, before an answer counts."""

    state: str = field(repr=False)  # ties the answer to the browser that asked
    nonce: str = field(repr=False)  # ties the signed token to the question
    verifier: str = field(repr=False)  # ties the code to whoever asked for it (RFC 7636)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """What the service signed about somebody, as far as anything here depends on it; never kept, never printed."""

    issuer: str
    subject: str = field(repr=False)
    shown_at: datetime | None = None  # when they last showed the service who they are, where it says so
    methods: frozenset[str] = field(default=frozenset(), repr=False)  # `amr`
    level: str = field(default="", repr=False)  # `acr`


class Provider(Protocol):
    """A channel to one sign-in service."""

    def address(self, question: Question, *, is_anew: bool, now: datetime) -> str:
        """
        Return the address to which a browser is sent.

        Args:
            question: What must come back.
            is_anew: Whether the service shall ask its user again who they are, though it knows them.
            now: UTC instant.

        Raises:
            ProviderAway: The service does not say where that is.
        """
        ...

    def prove(self, *, code: str, issuer: str, question: Question, now: datetime) -> Proven:
        """
        Return whom the service means by a code.

        Args:
            code: As the browser brought it.
            issuer: What the browser brought along as the service's name (RFC 9207); "" where nothing.
            question: What had been asked.
            now: UTC instant.

        Raises:
            ProviderAway: The service did not answer.
            ProviderRefused: The code, or what it stands for, does not hold.
        """
        ...
