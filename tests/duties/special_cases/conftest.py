"""A house with An's inquiry, two advisers and a privacy officer, and a function that opens a case."""

import hashlib
from collections.abc import Callable
from datetime import datetime

import pytest

from camket.access.actions import add_staff
from camket.duties.special_cases import actions as special_cases
from camket.duties.special_cases import rules
from camket.policy.terms import ADVISER, PRIVACY_OFFICER, SYSTEM, Actor, FieldName, RoleId
from tests.duties.intake.conftest import Receive, chi, house, receive  # fixtures: the same house

__all__ = ["OpenCase", "about", "chi", "dung", "house", "mai", "open_case", "receive"]

OpenCase = Callable[..., str]
REASON = "Có người giả danh công ty gọi cho chị An; phải báo cho chị trước khi chị chuyển tiền."


def key(text: str) -> bytes:
    """Return the hash of a page's nonce."""
    return hashlib.sha256(text.encode()).digest()


def sending(text: str, nonce: str = "") -> special_cases.Sending:
    """Return what somebody wrote on a page of its own."""
    return special_cases.Sending(text=text, key=key(nonce or text))


def staff(email: str, role: RoleId, now: datetime) -> Actor:
    """Give somebody an account."""
    row = add_staff(email=email, role=role, actor=Actor(role=SYSTEM), now=now, display_name=email.split("@", 1)[0])
    return Actor(role=role, id=str(row.id))


@pytest.fixture
def mai(house: None, now: datetime) -> Actor:
    """Mai, another adviser."""
    return staff("mai@staff.example.vn", ADVISER, now)


@pytest.fixture
def dung(house: None, now: datetime) -> Actor:
    """Dũng, the privacy officer."""
    return staff("dung@staff.example.vn", PRIVACY_OFFICER, now)


@pytest.fixture
def about(receive: Receive) -> str:
    """The reference of An's inquiry."""
    return receive().reference


@pytest.fixture
def open_case(about: str, chi: Actor, now: datetime) -> OpenCase:
    """Offer a function that opens a case about An, by default Chi's, and returns its name."""

    def make(*names: str, actor: Actor | None = None, reason: str = REASON, nonce: str = "1", ground: str = "a") -> str:
        fields = frozenset(FieldName(name) for name in names or ("full_name", "phone"))
        opening = rules.Opening(about=about, ground=ground, fields=fields, reason=reason)
        return special_cases.open_case(opening=opening, key=key(nonce), actor=actor or chi, now=now)

    return make
